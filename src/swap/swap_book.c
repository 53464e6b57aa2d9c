#include "check.h"
#include "json.h"
#include "number.h"
#include "swap_book_parts.h"

#include <stdlib.h>

/* ---- memory ---- */

void
swap_book_init(struct swap_book *b, const uint64_t secret[2])
{
	*b = (struct swap_book){0};
	keymap_init(&b->swap_names, SWAP_BOOK_NAMES_MAX, secret);
	keymap_init(&b->leg_names, SWAP_BOOK_NAMES_MAX, secret);
	keymap_init(&b->address_names, SWAP_BOOK_NAMES_MAX, secret);
	keymap_init(&b->carry_names, SWAP_BOOK_NAMES_MAX, secret);
	settled_init(&b->settled, secret);
}

void
swap_book_release(struct swap_book *b)
{
	for (size_t i = 0; i < b->legs_n; i++)
		leg_free(b->legs[i]);
	for (size_t i = 0; i < b->swaps_n; i++)
		swap_free(b->swaps[i]);
	for (size_t i = 0; i < b->addresses_n; i++)
		book_free_address(&b->addresses[i]);
	free(b->legs);
	free(b->swaps);
	free(b->addresses);
	for (size_t i = 0; i < b->carry_n; i++)
		free(b->carries[i].key);
	free(b->carries);
	settled_release(&b->settled);
	keymap_release(&b->swap_names);
	keymap_release(&b->leg_names);
	keymap_release(&b->address_names);
	keymap_release(&b->carry_names);
}

void
swap_book_clear(struct swap_book *b)
{
	uint64_t secret[2] = {b->swap_names.secret[0], b->swap_names.secret[1]};

	swap_book_release(b);
	swap_book_init(b, secret);
}

/* ---- lines ---- */

static void
keep(struct swap_book *b, bool printed, struct span line)
{
	struct buf *kept = &b->touched->kept;

	b->receipts += printed;
	buf_str(kept, "{\"n\":");
	buf_u64(kept, printed ? b->receipts : 0);
	buf_str(kept, ",\"l\":");
	buf_add(kept, line);
	buf_str(kept, "}\n");
	CHECK(buf_ok(kept));
}

bool
swap_book_next_kept(struct span *rest, uint64_t *number, struct span *line)
{
	size_t end = span_find(*rest, SPAN_LIT("\n"));
	struct span l = SPAN_LIT(",\"l\":");
	size_t at, begin = sizeof "{\"n\":" - 1;

	if (end == rest->len)
		return false;
	at = span_find((struct span){rest->ptr, end}, l);
	if (end < begin || !span_starts(*rest, SPAN_LIT("{\"n\":")) || at + l.len >= end ||
	    !number_u64((struct span){rest->ptr + begin, at - begin}, number))
		return false;
	*line = (struct span){rest->ptr + at + l.len, end - at - l.len - 1};
	*rest = (struct span){rest->ptr + end + 1, rest->len - end - 1};
	return true;
}

static const char *
apply(struct swap_book *b, struct span type, struct span line)
{
	if (span_is(type, "receipt"))
		return book_apply_receipt(b, line);
	if (span_is(type, "swap"))
		return book_apply_swap(b, line);
	if (span_is(type, "legs"))
		return book_apply_legs(b, line);
	if (span_is(type, "hold"))
		return book_apply_hold(b, line, true);
	if (span_is(type, "retry"))
		return book_apply_hold(b, line, false);
	if (span_is(type, "address"))
		return book_apply_address(b, line);
	return "no type that the log knows";
}

const char *
swap_book_apply(struct swap_book *b, struct span line)
{
	struct span type;
	const char *why;

	if (json_check(line, NULL) != JSON_OK || json_type(json_trim(line)) != JSON_OBJECT)
		return "no JSON object";
	line = json_trim(line);
	if (!book_get_text(line, "type", &type))
		return "no type";
	b->touched = NULL;
	why = apply(b, type, line);
	if (!why && b->touched)
		keep(b, !span_is(type, "swap") && !span_is(type, "legs"), line);
	return why;
}

/* ---- forgetting ---- */

static void
drop_legs(struct swap_book *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->legs_n; i++) {
		struct leg *l = b->legs[i];

		if (l->swap->dropped) {
			CHECK(keymap_remove(&b->leg_names, span_of(l->id)));
			leg_free(l);
			continue;
		}
		CHECK(keymap_put(&b->leg_names, span_of(l->id), n));
		b->legs[n++] = l;
	}
	b->legs_n = n;
}

void
swap_book_drop(struct swap_book *b, bool (*chosen)(void *context, const struct swap *s),
	       void *context)
{
	size_t n = 0;

	for (size_t i = 0; i < b->swaps_n; i++) /* asked before its legs are gone */
		b->swaps[i]->dropped = chosen(context, b->swaps[i]);
	drop_legs(b);
	for (size_t i = 0; i < b->swaps_n; i++) {
		struct swap *s = b->swaps[i];

		if (s->dropped) {
			settled_add(&b->settled, span_of(s->id));
			CHECK(keymap_remove(&b->swap_names, span_of(s->id)));
			swap_free(s);
			continue;
		}
		CHECK(keymap_put(&b->swap_names, span_of(s->id), n));
		b->swaps[n++] = s;
	}
	b->swaps_n = n;
}
