/* Catches a line that the short ways of reading take otherwise than the long way: shapes against
 * the walk through all members, eight digits at a time against one by one. UNIT_ROUNDS=N makes it
 * longer. */
#include "grid.h"
#include "message.h"
#include "test.h"

static struct message quick, slow; /* quick keeps what it learns from line to line */
static uint64_t state = 1;

static uint64_t
below(uint64_t n)
{
	return test_random(&state) % n;
}

static bool
same_message(void)
{
	bool same = quick.type == slow.type && quick.ts == slow.ts && quick.side == slow.side &&
		    quick.ord_type == slow.ord_type && quick.stp == slow.stp &&
		    quick.trigger_by == slow.trigger_by && quick.present == slow.present &&
		    quick.strings == slow.strings;

	for (unsigned i = 0; i < MEMBERS; i++)
		same =
		    same && !quick.m[i].ptr == !slow.m[i].ptr && span_equal(quick.m[i], slow.m[i]);
	return same;
}

static unsigned long
test_rounds(unsigned long usual)
{
	const char *text = getenv("UNIT_ROUNDS");

	return text ? usual * strtoul(text, NULL, 10) : usual;
}

/* A space in front, and it is read the long way, and no shape is learnt. Is it accepted? */
static bool
compare(const char *text, size_t n)
{
	static char line[1024 + MESSAGE_PAD], spaced[1024 + MESSAGE_PAD];
	struct message_fault f, g;
	bool a, b;

	memset(line, 0, sizeof line);
	memset(spaced, 0, sizeof spaced);
	memcpy(line, text, n);
	spaced[0] = ' ';
	memcpy(spaced + 1, text, n);
	/* what lies behind a line in a block: the next one */
	memcpy(line + n, "\n{\"type\":\"order\",\"id\":\"", 23);
	a = message_parse((struct span){line, n}, &quick, &f);
	b = message_parse((struct span){spaced, n + 1}, &slow, &g);
	EXPECT(a == b);
	EXPECT(f.error == g.error && f.json == g.json && f.member == g.member);
	EXPECT(!a || !b || same_message());
	if (a != b || (a && !same_message()))
		printf("line: %.*s\n", (int)n, text);
	return a;
}

static bool
reads(const char *text)
{
	return compare(text, strlen(text));
}

/* ---- one by one ---- */

#define ORDER(id, more)                                                                    \
	"{\"type\":\"order\",\"id\":" id ",\"account\":\"a\",\"symbol\":\"A-B\",\"side\":" \
	"\"buy\",\"ordType\":\"limit\",\"px\":\"1.5\",\"sz\":\"2\",\"ts\":17" more "}"

static void
test_known_shape(void)
{
	static const char *const refused[] = {
	    ORDER("\"\"", ""),
	    ORDER("7", ""),
	    ORDER("\"b\"", "x"),
	    ORDER("\"b\"", "}"),
	    ORDER("\"b\"", ".5"),
	    ORDER("\"b\"", ",\"ts\":18"),
	    ORDER("\"b\\u0022\"", ""),
	    ORDER("\"0123456789012345678901234567890123456789012345678901234567890123x\"", ""),
	    ORDER("\"b\"", "\"ts\":1"),
	};
	static const char *const accepted[] = {
	    ORDER("\"b\"", ""),
	    ORDER("\"0123456789012345678901234567890123456789012345678901234567890123\"", ""),
	    ORDER("\"\\u0062\"", ""),
	    ORDER("\"b\"", ",\"stpMode\":\"cancel_both\""),
	    ORDER("\"b\"", ",\"nonce\":1"),
	    ORDER("\"b\"", ",\"nonce\":2"),
	    ORDER("\"b\"", " "),
	    "{\"type\":\"cancel\",\"id\":\"b\",\"symbol\":\"A-B\"}",
	    "{\"type\":\"cancel\",\"id\":\"b\",\"account\":\"c\",\"symbol\":\"A-B\"}",
	    "{\"symbol\":\"A-B\",\"type\":\"cancel\",\"id\":\"b\"}",
	};

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
			EXPECT(reads(accepted[i]));
			EXPECT(reads(accepted[i]));
			for (size_t j = 0; j < sizeof refused / sizeof refused[0]; j++)
				EXPECT(!reads(refused[j]));
		}
	}
}

/* A line that ends anywhere is not the one that went on. */
static void
test_cut(void)
{
	static const char whole[] = ORDER("\"b\"", "");

	for (size_t n = 0; n < sizeof whole - 1; n++) {
		EXPECT(reads(whole));
		EXPECT(!compare(whole, n));
	}
}

static void
test_many_members(void)
{
	char line[1024];
	size_t n = (size_t)snprintf(line, sizeof line, "{\"type\":\"watermark\",\"ts\":1");

	for (int i = 0; i < 40; i++) {
		n += (size_t)snprintf(line + n, sizeof line - n, ",\"x%d\":\"%d\"", i, i);
		line[n] = '}';
		EXPECT(compare(line, n + 1));
		EXPECT(compare(line, n + 1));
	}
}

static void
test_long_names(void)
{
	char line[256];

	for (int width = 1; width < 60; width++) {
		snprintf(line, sizeof line, "{\"type\":\"watermark\",\"%0*d\":\"x\",\"ts\":1}",
			 width, 7);
		EXPECT(reads(line));
		EXPECT(reads(line));
		line[21 + width / 2]++;
		EXPECT(reads(line));
	}
}

/* ---- at random ---- */

static size_t
random_line(char *line, size_t size)
{
	static const char *const members[] = {
	    "\"id\":\"%u\"",
	    "\"account\":\"a%u\"",
	    "\"symbol\":\"S-%u\"",
	    "\"side\":\"buy\"",
	    "\"side\":\"sell\"",
	    "\"ordType\":\"limit\"",
	    "\"px\":\"%u.5\"",
	    "\"px\":%u",
	    "\"sz\":\"0.%u\"",
	    "\"ts\":%u",
	    "\"stpMode\":\"cancel_both\"",
	    "\"nonce\":%u",
	    "\"sig\":\"%08x\"",
	    "\"reduceOnly\":true",
	    "\"displaySz\":\"%u\"",
	    "\"memo\":\"\\n%u\"",
	    "\"ordType\":\"ioc\"",
	    "\"count\":%u",
	};
	static const char *const types[] = {"order", "cancel", "amend",	 "symbol",
					    "price", "end",    "order2", "mass_cancel"};
	size_t n = (size_t)snprintf(line, size, "{\"type\":\"%s\"", types[below(8)]);

	for (unsigned i = 0; i < sizeof members / sizeof members[0]; i++) {
		if (below(3) == 0)
			continue;
		line[n++] = ',';
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		n += (size_t)snprintf(line + n, size - n, members[i],
				      (unsigned)below(UINT64_C(1) << below(32)));
#pragma GCC diagnostic pop
	}
	line[n++] = '}';
	return n;
}

static void
test_random_lines(void)
{
	static const char bytes[] = "\"\\{}[],:0123456789.-eE truefalsn\n\t\177\200";
	unsigned long rounds = test_rounds(20000), taken = 0;
	char line[1024], changed[1024];

	for (unsigned long i = 0; i < rounds; i++) {
		size_t n = random_line(line, sizeof line);

		for (int again = 0; again < 4; again++) {
			taken += compare(line, n);
			memcpy(changed, line, n);
			changed[below(n)] = bytes[below(sizeof bytes - 1)];
			if (!memchr(changed, '\n', n))
				taken += compare(changed, n);
		}
	}
	EXPECT(taken > rounds / 10);
}

/* ---- numbers ---- */

/* The same, digit by digit. */
static enum grid_error
plainly(const char *text, unsigned decimals, int64_t *value)
{
	unsigned places = 0, zeros = 0, digits = 0;
	bool point = false;
	__extension__ unsigned __int128 v = 0;

	if (!text[0] || text[0] == '.' || (text[0] == '0' && text[1] && text[1] != '.'))
		return GRID_E_SYNTAX;
	for (const char *p = text; *p; p++) {
		if (*p == '.' && !point && p[1]) {
			point = true;
			continue;
		}
		if (*p < '0' || *p > '9')
			return GRID_E_SYNTAX;
		digits += digits || *p != '0';
		places += point;
		zeros = point && *p == '0' ? zeros + 1 : 0;
		v = v * 10 + (unsigned)(*p - '0');
	}
	if (digits > 30)
		return GRID_E_LARGE;
	for (; zeros && places > decimals; zeros--, places--)
		v /= 10;
	if (places > decimals)
		return v > GRID_VALUE_MAX ? GRID_E_LARGE : GRID_E_OFF;
	for (; places < decimals; places++) {
		v *= 10;
		if (v > GRID_VALUE_MAX)
			return GRID_E_LARGE;
	}
	if (v > GRID_VALUE_MAX)
		return GRID_E_LARGE;
	*value = (int64_t)v;
	return GRID_OK;
}

static void
test_numbers(void)
{
	unsigned long rounds = test_rounds(300000);

	for (unsigned long i = 0; i < rounds; i++) {
		struct grid g = {1, (unsigned)below(GRID_DECIMALS_MAX + 1)};
		char text[64] = "";
		size_t n = below(13), point = below(24);
		int64_t got = -1, want = -1;
		enum grid_error a, b;

		for (size_t k = 0; k < n; k++)
			text[k] = (char)("0000123456789999"[below(16)]);
		if (point < n)
			text[point] = '.';
		if (n && below(40) == 0)
			text[below(n)] = (char)(1 + below(255));
		/* digits behind the text are not of it */
		memset(text + n + 1, '7', sizeof text - n - 1);
		a = grid_parse(&g, (struct span){text, n}, &got);
		b = plainly(text, g.decimals, &want);
		EXPECT(a == b && (a != GRID_OK || got == want));
		if (a != b || (a == GRID_OK && got != want))
			printf("%s, %u decimals: %d %" PRId64 ", not %d %" PRId64 "\n", text,
			       g.decimals, (int)a, got, (int)b, want);
	}
}

int
main(void)
{
	RUN(test_known_shape);
	RUN(test_cut);
	RUN(test_many_members);
	RUN(test_long_names);
	RUN(test_random_lines);
	RUN(test_numbers);
	return test_done();
}
