/*
 * Catches a market line that is read differently when it is written differently or was read by
 * another, that is taken though it is no JSON, or that leaves a crossed book, or a market that its
 * own snapshot does not hold; and a snapshot that makes the reader stumble.
 */
#include "crc32c.h"
#include "fuzz.h"
#include "json.h"
#include "market_parts.h"
#include "print.h"
#include "snapshot.h"

static char line[1 << 16], spaced[1 << 16], printed[PRINT_MAX];
static struct message one, two, reader, recalled;
static struct printer printer;

static void
hear(void *context, const struct event *e)
{
	const struct market *m = context;
	static char again[PRINT_MAX];
	struct printer none = {0};
	char *end = print_event(printed, &printer, m, e);
	size_t len = (size_t)(end - printed);

	/* what was printed before must not show */
	FUZZ_CHECK((size_t)(print_event(again, &none, m, e) - again) == len &&
		   memcmp(printed, again, len) == 0);

	FUZZ_CHECK(end[-1] == '\n');
	FUZZ_CHECK(json_check((struct span){printed, (size_t)(end - printed) - 1}, NULL) ==
		   JSON_OK);
}

static void
expect_same(const struct message *a, const struct message *b)
{
	FUZZ_CHECK(a->type == b->type && a->ts == b->ts && a->side == b->side &&
		   a->ord_type == b->ord_type && a->stp == b->stp &&
		   a->trigger_by == b->trigger_by && a->present == b->present &&
		   a->strings == b->strings);
	for (unsigned m = 0; m < MEMBERS; m++)
		FUZZ_CHECK(span_equal(a->m[m], b->m[m]));
}

/* What is recalled is what would be read; what is wrong is not noted. */
static void
compare_brief(struct span in, const struct message *plain)
{
	struct brief b;

	brief_note(&b, in, &reader);
	FUZZ_CHECK(b.line_len == in.len && (plain || b.type == MESSAGE_NONE));
	if (b.type == MESSAGE_NONE)
		return;
	brief_recall(&b, in.ptr, &recalled);
	expect_same(&recalled, plain);
}

/* With a space in front, the line takes the slow way. */
static void
compare_readings(struct span in)
{
	struct message_fault f1, f2;
	bool a, b;

	memset(spaced, 0, in.len + 1 + MESSAGE_PAD);
	spaced[0] = ' ';
	memcpy(spaced + 1, in.ptr, in.len);
	/* once as a line of a new shape, then as one of a known */
	message_parse(in, &one, &f1);
	a = message_parse(in, &one, &f1);
	b = message_parse((struct span){spaced, in.len + 1}, &two, &f2);
	FUZZ_CHECK(a == b && f1.error == f2.error && f1.member == f2.member && f1.json == f2.json);
	FUZZ_CHECK(!a || json_check(in, NULL) == JSON_OK);
	compare_brief(in, a ? &one : NULL);
	if (a)
		expect_same(&one, &two);
}

static void
apply(struct market *m, struct span text)
{
	if (text.len > sizeof line - MESSAGE_PAD - 2)
		return;
	memset(line, 0, text.len + MESSAGE_PAD);
	memcpy(line, text.ptr, text.len);
	text.ptr = line;
	compare_readings(text);
	FUZZ_CHECK(market_apply(m, text, false));
	FUZZ_CHECK(m->in > 0 && m->seq >= m->in);
}

static void
check_books(const struct market *m)
{
	for (uint32_t i = 0; i < m->symbol_names.n; i++) {
		const struct symbol *s = &m->symbols[i];
		const struct level *bid = side_best(&s->sides[BUY]),
				   *ask = side_best(&s->sides[SELL]);

		FUZZ_CHECK(s->auction || !bid || !ask ||
			   level_px(&s->sides[BUY], bid) < level_px(&s->sides[SELL], ask));
	}
}

static void
through_snapshot(struct market *m)
{
	struct market other;
	struct buf first, second;

	buf_init(&first, 1u << 22);
	buf_init(&second, 1u << 22);
	snapshot_write(m, &first);
	FUZZ_CHECK(market_init(&other, hear, &other));
	FUZZ_CHECK(snapshot_read(&other, buf_span(&first)) == SNAPSHOT_OK);
	snapshot_write(&other, &second);
	FUZZ_CHECK(span_equal(buf_span(&first), buf_span(&second)));
	market_release(&other);
	buf_release(&first);
	buf_release(&second);
}

/* Anything, under a sum that is right. */
static void
read_snapshot(struct span in)
{
	struct market m;
	char crc[32];
	struct buf text;

	buf_init(&text, 1u << 20);
	buf_add(&text, in);
	snprintf(crc, sizeof crc, "{\"crc\":\"%08x\"}\n", crc32c(0, in));
	buf_str(&text, crc);
	FUZZ_CHECK(market_init(&m, hear, &m));
	if (buf_ok(&text))
		FUZZ_CHECK(snapshot_read(&m, buf_span(&text)) != SNAPSHOT_E_MEMORY);
	market_release(&m);
	buf_release(&text);
}

/* Lines for a market; or, where the first byte is '#', a snapshot. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size);
	struct market m;

	if (size && data[0] == '#') {
		fuzz_take(&in, 1);
		read_snapshot(in);
		return 0;
	}
	FUZZ_CHECK(market_init(&m, hear, &m));
	apply(&m, SPAN_LIT("{\"type\":\"symbol\",\"symbol\":\"A-B\",\"tickSz\":\"0.5\",\"lotSz\":"
			   "\"0.1\",\"maxDeviation\":\"0.5\"}"));
	while (in.len)
		apply(&m, fuzz_until(&in, '\n'));
	check_books(&m);
	through_snapshot(&m);
	market_release(&m);
	return 0;
}
