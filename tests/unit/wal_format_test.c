/* Catches a log whose bytes are not what wal(5) says: another spelling, another sum, a batch taken
 * for what it is not. */
#include "buf.h"
#include "crc32c.h"
#include "test.h"
#include "wal_format.h"

/* Sums by an independent bitwise CRC-32C. */
#define FILE_LINE "{\"wal\":1,\"salt\":\"9f3c21aa\",\"first\":1,\"prev\":null,\"c\":\"2e51c202\"}\n"
#define LINES "{\"a\":1}\n{\"a\":2}\n"
#define BATCH_LINE "{\"s\":1,\"n\":2,\"d\":0,\"p\":\"9f3c21aa\",\"b\":16,\"c\":\"fd32fc39\"}\n"
#define MARK_LINE "{\"s\":3,\"n\":0,\"d\":2,\"p\":\"fd32fc39\",\"b\":0,\"c\":\"7b01c85a\"}\n"
#define NEXT_FILE_LINE                                                                       \
	"{\"wal\":1,\"salt\":\"00000000\",\"first\":3,\"prev\":\"0000000001.wal:7b01c85a\"," \
	"\"c\":\"fb877980\"}\n"

static void
test_known_bytes(void)
{
	struct wal_header h = {.salt = 0x9f3c21aa, .first = 1};
	struct wal_header next = {.first = 3, .prev_number = 1, .prev_crc = 0x7b01c85a};
	struct wal_batch b = {.seq = 1, .n = 2, .prev = 0x9f3c21aa, .payload = SPAN_LIT(LINES)};
	struct wal_batch mark = {.seq = 3, .durable = 2, .prev = 0xfd32fc39};
	char text[128];

	EXPECT(wal_header_print(&h, text) == sizeof FILE_LINE - 1);
	EXPECT_STR(text, FILE_LINE);
	EXPECT(wal_header_print(&next, text) == sizeof NEXT_FILE_LINE - 1);
	EXPECT_STR(text, NEXT_FILE_LINE);
	EXPECT(wal_batch_print(&b, h.salt, text) == sizeof BATCH_LINE - 1);
	EXPECT_STR(text, BATCH_LINE);
	mark.payload = SPAN_LIT("");
	wal_batch_print(&mark, h.salt, text);
	EXPECT_STR(text, MARK_LINE);
}

static void
test_longest_lines(void)
{
	struct wal_header h = {
	    .first = WAL_SEQ_MAX, .prev_number = WAL_NUMBER_MAX, .prev_crc = 0xffffffff};
	struct wal_header shortest = {.first = 1};
	static char payload[LIMIT_WAL_BATCH_BYTES];
	struct wal_batch b = {.seq = WAL_SEQ_MAX - sizeof payload,
			      .durable = WAL_SEQ_MAX - sizeof payload - 1,
			      .n = sizeof payload,
			      .payload = {payload, sizeof payload}};
	struct wal_batch mark = {.seq = 1, .payload = SPAN_LIT("")};
	char text[128];
	size_t len;

	memset(payload, '\n', sizeof payload);
	EXPECT(wal_header_print(&h, text) == WAL_HEADER_MAX);
	EXPECT(wal_header_parse(span_of(text), &h, &len) == WAL_PARSE_WHOLE &&
	       len == WAL_HEADER_MAX && h.first == WAL_SEQ_MAX && h.prev_number == WAL_NUMBER_MAX);
	EXPECT(wal_header_print(&shortest, text) == WAL_HEADER_MIN);
	/* b could have 7 digits where n has 1: two more, four less */
	EXPECT(wal_batch_print(&b, 0, text) == WAL_BATCH_HEADER_MAX - 2);
	EXPECT(wal_batch_print(&mark, 0, text) == WAL_BATCH_HEADER_MIN);
}

/* Each prefix is a beginning, each other spelling is none. */
static void
test_parse_exactly(void)
{
	static const char whole[] = BATCH_LINE LINES;
	static const char *const bad[] = {
	    " {\"s\":1,\"n\":2,\"d\":0,\"p\":\"9f3c21aa\",\"b\":16,\"c\":\"fd32fc39\"}\n" LINES,
	    "{\"s\":01,\"n\":2,\"d\":0,\"p\":\"9f3c21aa\",\"b\":16,\"c\":\"fd32fc39\"}\n" LINES,
	    "{\"s\":1,\"n\":2,\"d\":0,\"p\":\"9F3C21AA\",\"b\":16,\"c\":\"fd32fc39\"}\n" LINES,
	    "{\"s\":1,\"n\":2,\"d\":0,\"p\":\"9f3c21aa\",\"b\":16,\"c\":\"FD32FC39\"}\n" LINES,
	    "{\"s\":1,\"n\":2,\"d\":0,\"p\":\"9f3c21aa\",\"b\":16,\"c\":\"fd32fc39\"} \n" LINES,
	    "{\"s\":1,\"n\":2,\"d\":0,\"p\":\"9f3c21aa\",\"b\":16,\"c\":\"fd32fc39\"}\r\n" LINES,
	    "{\"s\":,\"n\":2,\"d\":0,\"p\":\"9f3c21aa\",\"b\":16,\"c\":\"fd32fc39\"}\n" LINES,
	    "{\"s\":-1,\"n\":2,\"d\":0,\"p\":\"9f3c21aa\",\"b\":16,\"c\":\"fd32fc39\"}\n" LINES,
	    "{\"s\":1,\"n\":2,\"d\":1,\"p\":\"9f3c21aa\",\"b\":16,\"c\":\"fd32fc39\"}\n" LINES,
	    "{\"s\":1000000000000000000,\"n\":2,\"d\":0,\"p\":\"9f3c21aa\",\"b\":16,\"c\":"
	    "\"fd32fc39\"}\n" LINES,
	    BATCH_LINE "{\"a\":1}\n{\"a\":2}x",
	    BATCH_LINE "{\"a\":1}\n{\"a\":3}\n",
	};
	struct wal_batch b;
	struct wal_header h;
	char changed[sizeof FILE_LINE];
	size_t len;

	EXPECT(wal_batch_parse(SPAN_LIT(whole), 0x9f3c21aa, &b) == WAL_PARSE_WHOLE && b.seq == 1 &&
	       b.n == 2 && b.payload.len == 16 && b.crc == 0xfd32fc39);
	EXPECT(wal_batch_parse(SPAN_LIT(whole), 0x9f3c21ab, &b) == WAL_PARSE_BAD);
	for (size_t n = 0; n < sizeof whole - 1; n++)
		EXPECT(wal_batch_parse((struct span){whole, n}, 0x9f3c21aa, &b) == WAL_PARSE_SHORT);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		EXPECT(wal_batch_parse(span_of(bad[i]), 0x9f3c21aa, &b) == WAL_PARSE_BAD);
	EXPECT(wal_header_parse(SPAN_LIT(NEXT_FILE_LINE), &h, &len) == WAL_PARSE_WHOLE &&
	       h.prev_number == 1 && h.prev_crc == 0x7b01c85a && h.first == 3);
	for (size_t n = 0; n < sizeof FILE_LINE - 1; n++)
		EXPECT(wal_header_parse((struct span){FILE_LINE, n}, &h, &len) == WAL_PARSE_SHORT);
	for (size_t i = 0; i < 8 * (sizeof FILE_LINE - 1); i++) {
		memcpy(changed, FILE_LINE, sizeof FILE_LINE);
		changed[i / 8] = (char)(changed[i / 8] ^ 1 << i % 8);
		EXPECT(wal_header_parse((struct span){changed, sizeof FILE_LINE - 1}, &h, &len) !=
		       WAL_PARSE_WHOLE);
	}
}

static void
test_names(void)
{
	static const char *const bad[] = {"",
					  "1.wal",
					  "000000001.wal",
					  "00000000001.wal",
					  "0000000000.wal",
					  "0000000001.wal.torn-9",
					  "0000000001.WAL",
					  "000000000a.wal",
					  "0000000001.wa"};
	char name[WAL_NAME_BYTES];
	uint64_t number;

	wal_name(7, name);
	EXPECT_STR(name, "0000000007.wal");
	EXPECT(wal_name_parse(name, &number) && number == 7);
	wal_name(WAL_NUMBER_MAX, name);
	EXPECT(wal_name_parse(name, &number) && number == WAL_NUMBER_MAX);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		EXPECT(!wal_name_parse(bad[i], &number));
}

/* How a batch of these fields parses when its sum is right, so that only they can be wrong. */
static enum wal_parse
parse_summed(const char *fields, struct span payload, struct wal_batch *b)
{
	static char whole[WAL_BATCH_MAX + 64];
	int len = snprintf(whole, sizeof whole, "%s", fields);
	uint32_t crc = crc32c(crc32c(0, span_of(fields)), payload);

	len += snprintf(whole + len, 32, ",\"c\":\"%08" PRIx32 "\"}\n", crc);
	memcpy(whole + len, payload.ptr, payload.len);
	return wal_batch_parse((struct span){whole, (size_t)len + payload.len}, 0, b);
}

static void
test_fields(void)
{
	static const struct {
		const char *fields, *payload;
		enum wal_parse expected;
	} cases[] = {
	    {"{\"s\":3,\"n\":2,\"d\":2,\"p\":\"00000000\",\"b\":4", "a\nb\n", WAL_PARSE_WHOLE},
	    {"{\"s\":3,\"n\":1,\"d\":2,\"p\":\"00000000\",\"b\":4", "a\nb\n", WAL_PARSE_BAD},
	    {"{\"s\":3,\"n\":3,\"d\":2,\"p\":\"00000000\",\"b\":4", "a\nb\n", WAL_PARSE_BAD},
	    {"{\"s\":3,\"n\":5,\"d\":2,\"p\":\"00000000\",\"b\":4", "a\nb\n", WAL_PARSE_BAD},
	    {"{\"s\":3,\"n\":1,\"d\":2,\"p\":\"00000000\",\"b\":3", "a\nb", WAL_PARSE_BAD},
	    {"{\"s\":3,\"n\":2,\"d\":3,\"p\":\"00000000\",\"b\":4", "a\nb\n", WAL_PARSE_BAD},
	    {"{\"s\":3,\"n\":2,\"d\":4,\"p\":\"00000000\",\"b\":4", "a\nb\n", WAL_PARSE_BAD},
	    {"{\"s\":03,\"n\":2,\"d\":2,\"p\":\"00000000\",\"b\":4", "a\nb\n", WAL_PARSE_BAD},
	    {"{\"s\":3,\"n\":2,\"d\":00,\"p\":\"00000000\",\"b\":4", "a\nb\n", WAL_PARSE_BAD},
	    {"{\"s\":0,\"n\":2,\"d\":0,\"p\":\"00000000\",\"b\":4", "a\nb\n", WAL_PARSE_BAD},
	    {"{\"s\":999999999999999999,\"n\":0,\"d\":2,\"p\":\"00000000\",\"b\":0", "",
	     WAL_PARSE_WHOLE},
	    {"{\"s\":1000000000000000000,\"n\":0,\"d\":2,\"p\":\"00000000\",\"b\":0", "",
	     WAL_PARSE_BAD},
	};
	struct wal_batch b;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		EXPECT(parse_summed(cases[i].fields, span_of(cases[i].payload), &b) ==
		       cases[i].expected);
}

/* Is a batch of n lines over these bytes one? */
static enum wal_parse
parse_lengths(uint32_t n, size_t bytes)
{
	static char payload[WAL_PAYLOAD_MAX + 1];
	struct wal_batch b;
	char fields[96];

	memset(payload, 'x', sizeof payload);
	if (n && bytes)
		memset(payload + bytes - n, '\n', n);
	snprintf(fields, sizeof fields,
		 "{\"s\":1,\"n\":%" PRIu32 ",\"d\":0,\"p\":\"00000000\",\"b\":%zu", n, bytes);
	return parse_summed(fields, (struct span){payload, bytes}, &b);
}

static void
test_limits_of_a_batch(void)
{
	EXPECT(parse_lengths(0, 0) == WAL_PARSE_WHOLE);
	EXPECT(parse_lengths(0, 1) == WAL_PARSE_BAD);
	EXPECT(parse_lengths(1, 0) == WAL_PARSE_BAD);
	EXPECT(parse_lengths(1, 1) == WAL_PARSE_WHOLE);
	EXPECT(parse_lengths(2, LIMIT_WAL_BATCH_BYTES - 1) == WAL_PARSE_WHOLE);
	EXPECT(parse_lengths(2, LIMIT_WAL_BATCH_BYTES) == WAL_PARSE_WHOLE);
	EXPECT(parse_lengths(2, LIMIT_WAL_BATCH_BYTES + 1) == WAL_PARSE_BAD);
	EXPECT(parse_lengths(1, LIMIT_WAL_BATCH_BYTES + 1) == WAL_PARSE_WHOLE);
	EXPECT(parse_lengths(1, WAL_PAYLOAD_MAX) == WAL_PARSE_WHOLE);
	EXPECT(parse_lengths(1, WAL_PAYLOAD_MAX + 1) == WAL_PARSE_BAD);
	EXPECT(parse_lengths(LIMIT_WAL_BATCH_BYTES, LIMIT_WAL_BATCH_BYTES) == WAL_PARSE_WHOLE);
}

static void
test_chain(void)
{
	struct wal_chain c = {.salt = 1, .crc = 2, .last = 10, .durable = 5};
	struct wal_batch good = {.seq = 11, .n = 3, .durable = 7, .prev = 2, .crc = 9}, b;

	EXPECT(wal_chain_follows(&c, &good));
	b = good;
	b.seq = 10;
	EXPECT(!wal_chain_follows(&c, &b));
	b.seq = 12;
	EXPECT(!wal_chain_follows(&c, &b));
	b = good;
	b.prev = 3;
	EXPECT(!wal_chain_follows(&c, &b));
	b = good;
	b.durable = 5;
	EXPECT(wal_chain_follows(&c, &b));
	b.durable = 4;
	EXPECT(!wal_chain_follows(&c, &b));
	b.durable = 10;
	EXPECT(wal_chain_follows(&c, &b));
	b.durable = 11;
	EXPECT(!wal_chain_follows(&c, &b));
	b = good;
	wal_chain_take(&c, &b);
	EXPECT(c.salt == 1 && c.crc == 9 && c.last == 13 && c.durable == 7);
	c.last = b.seq = WAL_SEQ_MAX;
	EXPECT(!wal_chain_follows(&c, &b));
}

/* The bytes of a batch, appended to out. */
static void
add_batch(struct buf *out, uint64_t seq, uint64_t durable, uint32_t prev, const char *lines,
	  struct wal_batch *b)
{
	char header[WAL_BATCH_HEADER_MAX + 1];
	struct span payload = span_of(lines);

	*b = (struct wal_batch){.seq = seq,
				.n = (uint32_t)wal_count_lines(payload),
				.durable = durable,
				.prev = prev,
				.payload = payload};
	buf_add(out, (struct span){header, wal_batch_print(b, 77, header)});
	buf_add(out, payload);
}

/* What is evidence of damage in a tail behind line 10, and what is not. */
static void
test_judge(void)
{
	static const struct {
		const char *before; /* what stands at the beginning of the tail */
		uint64_t seq, durable;
		enum wal_judgement expected;
	} cases[] = {
	    /* directly there, but another's place */
	    {"", 12, 10, WAL_JUDGED_MISPLACED},
	    {"", 9, 8, WAL_JUDGED_MISPLACED},
	    /* behind something bad: only what says that line 11 was durable */
	    {"garbage\n", 12, 10, WAL_JUDGED_TORN},
	    {"garbage\n", 12, 11, WAL_JUDGED_DURABLE},
	    {"garbage\n", 99, 11, WAL_JUDGED_DURABLE},
	    {"garbage", 12, 11, WAL_JUDGED_DURABLE}, /* not at a line's beginning */
	    {"{\"s\":1{\"s\":", 12, 11, WAL_JUDGED_DURABLE},
	    /* a copy of what came before, in the payload of a write cut short */
	    {"garbage\n", 9, 8, WAL_JUDGED_TORN},
	    {"garbage\n", 11, 10, WAL_JUDGED_TORN},
	};
	struct wal_chain c = {.salt = 77, .crc = 5, .last = 10, .durable = 8};
	struct buf tail;
	struct wal_batch b;
	size_t at;

	buf_init(&tail, 4096);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		buf_clear(&tail);
		buf_str(&tail, cases[i].before);
		add_batch(&tail, cases[i].seq, cases[i].durable, 1234, "x\n", &b);
		EXPECT(wal_judge(&c, buf_span(&tail), &at) == cases[i].expected);
		if (cases[i].expected != WAL_JUDGED_TORN)
			EXPECT(at == strlen(cases[i].before));
		/* one byte less, and it is no batch */
		tail.len--;
		EXPECT(wal_judge(&c, buf_span(&tail), &at) == WAL_JUDGED_TORN);
	}
	EXPECT(wal_judge(&c, SPAN_LIT(""), &at) == WAL_JUDGED_TORN);
	/* a batch with the evidence hidden behind one that claims its bytes */
	buf_clear(&tail);
	buf_str(&tail, "garbage\n{\"s\":99,\"n\":1,\"d\":98,\"p\":\"00000000\",\"b\":900,\"c\":"
		       "\"00000000\"}\n");
	add_batch(&tail, 12, 11, 1234, "x\n", &b);
	EXPECT(wal_judge(&c, buf_span(&tail), &at) == WAL_JUDGED_DURABLE);
	buf_release(&tail);
}

int
main(void)
{
	RUN(test_known_bytes);
	RUN(test_longest_lines);
	RUN(test_parse_exactly);
	RUN(test_names);
	RUN(test_fields);
	RUN(test_limits_of_a_batch);
	RUN(test_chain);
	RUN(test_judge);
	return test_done();
}
