#include "book_text.h"

#include "exact.h"
#include "snapshots.h"
#include "utf8.h"

#include <stdlib.h>

#define NAME_MAX_BYTES 400
/* of the log, of receipts, of swaps */
#define NUMBER_MAX (UINT64_C(999999999999999999))

/* ---- out ---- */

static int
by_logged(const void *a, const void *b)
{
	const struct address *x = *(const struct address *const *)a;
	const struct address *y = *(const struct address *const *)b;

	return x->logged < y->logged ? -1 : x->logged > y->logged;
}

/* In the order in which the log first named them: it tells which is taken where no chain is asked
 * for. */
static void
write_addresses(const struct swap_book *b, struct buf *out)
{
	const struct address **list = malloc((b->addresses_n + 1) * sizeof *list);
	size_t n = 0;

	if (!list) {
		out->overflow = true;
		return;
	}
	for (size_t i = 0; i < b->addresses_n; i++)
		if (b->addresses[i].line)
			list[n++] = &b->addresses[i];
	qsort(list, n, sizeof *list, by_logged);
	for (size_t i = 0; i < n; i++) {
		buf_str(out, "{\"address\":");
		buf_str(out, list[i]->line);
		buf_str(out, "}\n");
	}
	free(list);
}

static void
write_carry(const struct carry *c, struct buf *out)
{
	char units[BASE_UNITS_TEXT_MAX];
	struct span key = span_of(c->key), parts[3];

	for (size_t i = 0; i < 3; i++) {
		size_t n = span_find(key, SPAN_LIT("\n"));

		parts[i] = (struct span){key.ptr, n};
		n += n < key.len;
		key = (struct span){key.ptr + n, key.len - n};
	}
	base_units_print(c->units, units);
	buf_byte(out, '{');
	buf_json_member_string(out, "carry", span_of(units));
	buf_json_member_string(out, "account", parts[0]);
	buf_json_member_string(out, "asset", parts[1]);
	buf_json_member_string(out, "chain", parts[2]);
	buf_str(out, "}\n");
}

void
book_text_write(const struct swap_book *b, uint64_t seq, uint64_t archived, struct buf *out)
{
	size_t start = out->len;

	buf_str(out, "{\"snapshot\":1");
	buf_json_member_u64(out, "in", seq);
	buf_json_member_u64(out, "receipts", b->receipts);
	buf_json_member_u64(out, "swaps", b->numbers);
	buf_json_member_u64(out, "archived", archived);
	buf_str(out, "}\n");
	write_addresses(b, out);
	for (size_t i = 0; i < b->carry_n; i++)
		if (b->carries[i].units)
			write_carry(&b->carries[i], out);
	settled_write(&b->settled, out);
	for (size_t i = 0; i < b->swaps_n; i++) {
		buf_str(out, "{\"swap\":");
		buf_u64(out, b->swaps[i]->number);
		buf_str(out, "}\n");
		buf_add(out, buf_span(&b->swaps[i]->kept));
	}
	snapshots_seal(out, start);
}

/* ---- in ---- */

static const char damaged[] = "not as it was written";

static const char *
read_address(struct swap_book *b, struct exact *x)
{
	size_t end = span_find(x->rest, SPAN_LIT("\n")), begin = sizeof "{\"address\":" - 1;
	struct span line;

	if (end == x->rest.len || end <= begin)
		return damaged;
	line = (struct span){x->rest.ptr + begin, end - begin - 1};
	x->rest = (struct span){x->rest.ptr + end + 1, x->rest.len - end - 1};
	return swap_book_apply(b, line);
}

static struct span
name_of(struct exact *x, const char *key)
{
	struct span name = exact_text(x, key, NAME_MAX_BYTES);

	x->bad = x->bad || !utf8_valid(name, NULL);
	return name;
}

static const char *
read_carry(struct swap_book *b, struct exact *x)
{
	struct span units = exact_text(x, "{\"carry\":", BASE_UNITS_TEXT_MAX);
	struct span account = name_of(x, ",\"account\":");
	struct span asset = name_of(x, ",\"asset\":");
	struct span chain = name_of(x, ",\"chain\":");
	decimal_int v;

	exact_skip(x, "}\n");
	if (x->bad || account.len + asset.len + chain.len + 3 >= NAME_MAX_BYTES ||
	    !base_units_parse(units, &v))
		return damaged;
	swap_book_carry(b, account, asset, chain, v);
	return NULL;
}

static const char *
read_settled(struct swap_book *b, struct exact *x)
{
	struct span name;
	uint64_t from, to;

	if (exact_starts(x, "{\"settledId\":")) {
		name = name_of(x, "{\"settledId\":");
		exact_skip(x, "}\n");
		return !x->bad && settled_other(&b->settled, name) ? NULL : damaged;
	}
	name = name_of(x, "{\"settled\":");
	from = exact_u64(x, ",\"from\":", NUMBER_MAX);
	to = exact_u64(x, ",\"to\":", NUMBER_MAX);
	exact_skip(x, "}\n");
	return !x->bad && settled_range(&b->settled, name, from, to) ? NULL : damaged;
}

/* Its lines, each with the number that it was printed under. */
static const char *
read_swap(struct swap_book *b, struct exact *x)
{
	uint64_t number = exact_u64(x, "{\"swap\":", NUMBER_MAX), printed;
	struct span line;

	exact_skip(x, "}\n");
	if (x->bad || number <= b->numbers)
		return damaged;
	b->numbers = number - 1;
	while (exact_starts(x, "{\"n\":")) {
		const char *why;

		if (!swap_book_next_kept(&x->rest, &printed, &line))
			return damaged;
		if (printed)
			b->receipts = printed - 1;
		why = swap_book_apply(b, line);
		if (why || !b->touched || b->touched->number != number ||
		    (printed && b->receipts != printed))
			return why ? why : damaged;
	}
	return b->numbers == number ? NULL : damaged;
}

static const char *
read_parts(struct swap_book *b, struct exact *x)
{
	const char *why = NULL;

	while (!why && x->rest.len) {
		if (exact_starts(x, "{\"address\":"))
			why = read_address(b, x);
		else if (exact_starts(x, "{\"carry\":"))
			why = read_carry(b, x);
		else if (exact_starts(x, "{\"settled"))
			why = read_settled(b, x);
		else
			why = read_swap(b, x);
	}
	return why;
}

const char *
book_text_read(struct swap_book *b, struct span text, uint64_t *seq, uint64_t *archived)
{
	struct exact x;
	uint64_t receipts, numbers;
	const char *why;

	if (!snapshots_open_seal(&text))
		return "damaged, or cut short";
	x = (struct exact){.rest = text};
	*seq = exact_u64(&x, "{\"snapshot\":1,\"in\":", NUMBER_MAX);
	receipts = exact_u64(&x, ",\"receipts\":", NUMBER_MAX);
	numbers = exact_u64(&x, ",\"swaps\":", NUMBER_MAX);
	*archived = exact_u64(&x, ",\"archived\":", NUMBER_MAX);
	exact_skip(&x, "}\n");
	if (x.bad)
		return damaged;
	b->restoring = true;
	why = read_parts(b, &x);
	b->restoring = false;
	if (!why && b->numbers > numbers)
		why = damaged;
	b->receipts = receipts;
	b->numbers = numbers;
	return why;
}
