/* Would catch: a short way that accepts, or reads, a line otherwise than the full way does; a
 * decimal that is rounded. */
#include "test.h"

#include "fixed.h"
#include "record.h"

static const struct record_field fields[] = {{"type", RECORD_STRING},
					     {"ts", RECORD_INTEGER},
					     {"px", RECORD_STRING},
					     {"flag", RECORD_BOOL},
					     {"any", RECORD_ANY}};
enum { TYPE, TS, PX, FLAG, ANY, N };

static char got[300];

/* type=...;ts=... as the reader sees it, or the error's code. */
static const char *
read_line(struct record_reader *r, const char *line)
{
	struct span out[N];
	struct record_fault fault;
	enum record_error e = record_read(r, span_of(line), out, &fault);
	size_t len = 0;

	if (e != RECORD_OK)
		return record_error_code(e);
	got[0] = 0;
	for (size_t i = 0; i < N; i++)
		if (out[i].ptr)
			len += (size_t)snprintf(got + len, sizeof got - len, "%s=%.*s;",
						fields[i].name, (int)out[i].len, out[i].ptr);
	return got;
}

static void
reads(void)
{
	static const struct {
		const char *line, *want;
	} cases[] = {
	    {"{\"type\":\"a\",\"ts\":12}", "type=a;ts=12;"},
	    {"{\"type\":\"bcd\",\"ts\":-3}", "type=bcd;ts=-3;"},
	    {"{\"type\":\"\",\"ts\":0}", "type=;ts=0;"},
	    {"{\"type\":\"abcdefghijklmnop\",\"ts\":1234567890123456}",
	     "type=abcdefghijklmnop;ts=1234567890123456;"},
	    /* near misses of the shape */
	    {"{\"type\":\"a\",\"ts\":012}", "BAD_JSON"},
	    {"{\"type\":\"a\",\"ts\":-}", "BAD_JSON"},
	    {"{\"type\":\"a\",\"ts\":1.5}", "BAD_MEMBER"},
	    {"{\"type\":\"a\",\"ts\":1e3}", "BAD_MEMBER"},
	    {"{\"type\":\"a\",\"ts\":\"1\"}", "BAD_MEMBER"},
	    {"{\"type\":\"a\",\"ts\":12", "BAD_JSON"},
	    {"{\"type\":\"a\",\"ts\":12}}", "BAD_JSON"},
	    {"{\"type\":\"a\",\"ts\":12} ", "type=a;ts=12;"},
	    {"{\"type\":\"a\x01\",\"ts\":12}", "BAD_JSON"},
	    {"{\"type\":\"a\xff\",\"ts\":12}", "BAD_JSON"},
	    {"{\"type\":\"abcdefgh\x80\",\"ts\":12}", "BAD_JSON"},
	    {"{\"type\":\"\xc3\xa4\",\"ts\":12}", "type=\xc3\xa4;ts=12;"},
	    {"{\"type\":\"a\x7f\",\"ts\":12}", "type=a\x7f;ts=12;"},
	    {"{\"type\":\"\\u0041\\n\",\"ts\":12}", "type=A\n;ts=12;"},
	    {"{\"type\":\"a\\\",\"ts\":12}", "BAD_JSON"},
	    {"{\"type\":null,\"ts\":12}", "BAD_MEMBER"},
	    {"{\"type\":\"a\",\"ts\":12,\"flag\":true}", "type=a;ts=12;flag=true;"},
	    {"{\"type\":\"a\",\"ts\":13,\"flag\":true}", "type=a;ts=13;flag=true;"},
	    {"{\"type\":\"a\",\"ts\":12,\"flag\":false}", "type=a;ts=12;flag=false;"},
	    {"{\"type\":\"a\",\"ts\":12,\"flag\":tru}", "BAD_JSON"},
	    {"{\"flag\":true,\"x\":\"y\"}", "flag=true;"},
	    {"{\"flag\":true,\"x\":\"zz\"}", "flag=true;"},
	    {"{\"x\":1.50,\"px\":\"2\",\"any\":{\"a\":[1]}}", "px=2;any={\"a\":[1]};"},
	    {"{\"x\":1.50,\"px\":\"3\",\"any\":{\"a\":[2]}}", "px=3;any={\"a\":[2]};"},
	    {"{\"any\":\"s\"}", "any=\"s\";"},
	    {"{\"any\":17,\"type\":\"t\"}", "type=t;any=17;"},
	    {"{\"any\":18,\"type\":\"u\"}", "type=u;any=18;"},
	    {"{\"type\":\"a\",\"type\":\"b\"}", "DUPLICATE_NAME"},
	    {"{\"type\":\"a\",\"ty\\u0070e\":\"b\"}", "DUPLICATE_NAME"},
	    {"{}", ""},
	    {"{} ", ""},
	    {"[]", "NOT_OBJECT"},
	    {"", "BAD_JSON"},
	    {"\"\"", "NOT_OBJECT"},
	};
	struct record_reader r;

	record_init(&r, fields, N);
	/* each line after each other line: whatever was learnt before, the answer is the same */
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
			EXPECT_STR(read_line(&r, cases[i].line), cases[i].want);
			EXPECT_STR(read_line(&r, cases[k].line), cases[k].want);
		}
	}
	record_release(&r);
}

/* Any one byte of a line that has been learnt is changed: with or without memory, the answer is
 * one. */
static void
changed_bytes(void)
{
	const char line[] =
	    "{\"type\":\"trade\",\"ts\":1700000000,\"px\":\"65000.5\",\"flag\":true}";
	struct record_reader memory, fresh;
	char changed[sizeof line];

	record_init(&memory, fields, N);
	EXPECT_STR(read_line(&memory, line), "type=trade;ts=1700000000;px=65000.5;flag=true;");
	for (size_t i = 0; i + 1 < sizeof line; i++) {
		for (int c = 1; c < 256; c++) {
			char first[sizeof got];

			memcpy(changed, line, sizeof line);
			changed[i] = (char)c;
			record_init(&fresh, fields, N);
			snprintf(first, sizeof first, "%s", read_line(&fresh, changed));
			EXPECT_STR(read_line(&memory, changed), first);
			record_release(&fresh);
		}
	}
	record_release(&memory);
}

static void
learns(void)
{
	struct record_reader r;

	record_init(&r, fields, N);
	for (int i = 0; i < 1000; i++) {
		char line[100];

		snprintf(line, sizeof line, "{\"type\":\"%d\",\"ts\":%d,\"px\":\"%d.%d\"}", i, i, i,
			 i);
		read_line(&r, line);
		read_line(&r, i % 2 ? "{\"type\":\"x\"}" : "{\"px\":\"x\",\"flag\":false}");
	}
	EXPECT(r.slow == 3);
	record_release(&r);
}

static void
fixed_numbers(void)
{
	static const struct {
		const char *text;
		unsigned scale;
		enum fixed_error want;
		int64_t value;
	} cases[] = {
	    {"0", 8, FIXED_OK, 0},
	    {"1", 0, FIXED_OK, 1},
	    {"-1.5", 1, FIXED_OK, -15},
	    {"61800.30", 8, FIXED_OK, INT64_C(6180030000000)},
	    {"0.00000001", 8, FIXED_OK, 1},
	    {"0.000000010", 8, FIXED_OK, 1},
	    {"0.000000001", 8, FIXED_E_INEXACT, 0},
	    {"1.10000000000000000000000000", 2, FIXED_OK, 110},
	    {"92233720368.54775807", 8, FIXED_OK, INT64_MAX},
	    {"92233720368.54775808", 8, FIXED_E_RANGE, 0},
	    {"9223372036854775807", 0, FIXED_E_RANGE,
	     0}, /* 19 digits: out of this reader's range */
	    {"999999999999999999", 0, FIXED_OK, INT64_C(999999999999999999)},
	    {"9999999999999999999999999999", 0, FIXED_E_RANGE, 0},
	    {"9999999999999999999999999999x", 0, FIXED_E_SYNTAX, 0},
	    {"", 8, FIXED_E_SYNTAX, 0},
	    {"-", 8, FIXED_E_SYNTAX, 0},
	    {".5", 8, FIXED_E_SYNTAX, 0},
	    {"5.", 8, FIXED_E_SYNTAX, 0},
	    {"05", 8, FIXED_E_SYNTAX, 0},
	    {"00", 8, FIXED_E_SYNTAX, 0},
	    {"1e5", 8, FIXED_E_SYNTAX, 0},
	    {"+1", 8, FIXED_E_SYNTAX, 0},
	    {"1.5.", 8, FIXED_E_SYNTAX, 0},
	    {"1.x", 8, FIXED_E_SYNTAX, 0},
	    {" 1", 8, FIXED_E_SYNTAX, 0},
	    {"1.0000000000x", 8, FIXED_E_SYNTAX, 0},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t v = 0;
		enum fixed_error e = fixed_parse(span_of(cases[i].text), cases[i].scale, &v);

		EXPECT(e == cases[i].want);
		if (e == FIXED_OK)
			EXPECT(v == cases[i].value);
	}
}

/* Against decimal.h: the same texts, the same values. */
static void
fixed_and_decimal(void)
{
	uint64_t seed = 99;

	for (int i = 0; i < 100000; i++) {
		int64_t v = (int64_t)test_random(&seed) >> (test_random(&seed) % 64), back;
		unsigned scale = (unsigned)(test_random(&seed) % 19);
		char mine[FIXED_TEXT_MAX], theirs[DECIMAL_TEXT_MAX];
		size_t n = fixed_print(v, scale, mine);

		EXPECT(decimal_print((struct decimal){v, scale}, theirs) == n);
		EXPECT(memcmp(mine, theirs, n) == 0);
		if (v / 10 < INT64_C(99999999999999999) && v / 10 > -INT64_C(99999999999999999))
			EXPECT(fixed_parse((struct span){mine, n}, scale, &back) == FIXED_OK &&
			       back == v);
	}
	for (unsigned scale = 0; scale <= 38; scale++) {
		decimal_int v = ((decimal_int)INT64_MAX << 63) | 12345;
		char mine[FIXED_TEXT_MAX], theirs[DECIMAL_TEXT_MAX];
		size_t n = fixed_print(-v, scale, mine);

		EXPECT(decimal_print((struct decimal){-v, scale}, theirs) == n);
		EXPECT(memcmp(mine, theirs, n) == 0);
	}
}

int
main(void)
{
	RUN(reads);
	RUN(changed_bytes);
	RUN(learns);
	RUN(fixed_numbers);
	RUN(fixed_and_decimal);
	return test_done();
}
