/*
 * Catches a double that is printed otherwise than ECMAScript prints it, does not read back, or is
 * no longer canonical when it is read again.
 *
 * TRADEPIPE_DOUBLES names a file of lines "BITS,TEXT": the bits of a double as 1 to 16 hexadecimal
 * digits, and what an ECMAScript engine prints for it. tests/peers makes such files by the hundred
 * thousand. Without it a small table is checked.
 */
#include "es6num.h"
#include "test.h"

#include <inttypes.h>

static double
double_of(uint64_t bits)
{
	double d;

	memcpy(&d, &bits, sizeof d);
	return d;
}

static uint64_t
bits_of(double d)
{
	uint64_t bits;

	memcpy(&bits, &d, sizeof bits);
	return bits;
}

static void
expect_double(uint64_t bits, const char *want)
{
	char text[ES6NUM_MAX + 1], again[ES6NUM_MAX];
	size_t len = es6num_print(double_of(bits), text), again_len;

	text[len] = 0;
	EXPECT_STR(text, want);
	/* -0 is printed as 0 */
	EXPECT(bits_of(strtod(text, NULL)) == (bits == UINT64_C(1) << 63 ? 0 : bits));
	EXPECT(es6num((struct span){text, len}, again, &again_len) == ES6NUM_EXACT);
	EXPECT(span_equal((struct span){text, len}, (struct span){again, again_len}));
}

/* Powers of two and what stands beside them; where the two gaps around a double differ, the nearest
 * digits may not be the right ones. The texts are those of V8. */
static void
test_table(void)
{
	static const struct {
		uint64_t bits;
		const char *text;
	} cases[] = {
	    {0x0000000000000000, "0"},
	    {0x8000000000000000, "0"},
	    {0x0000000000000002, "1e-323"},
	    {0x0000000000000003, "1.5e-323"},
	    {0x0008000000000000, "1.1125369292536007e-308"},
	    {0x0010000000000001, "2.225073858507202e-308"},
	    {0x3fd0000000000000, "0.25"},
	    {0x3ff0000000000000, "1"},
	    {0x3ff0000000000001, "1.0000000000000002"},
	    {0x3fefffffffffffff, "0.9999999999999999"},
	    {0xc000000000000000, "-2"},
	    {0x3f1a36e2eb1c432d, "0.0001"},
	    {0x3e7ad7f29abcaf48, "1e-7"},
	    {0x432fffffffffffff, "4503599627370495.5"},
	    {0x4330000000000000, "4503599627370496"},
	    {0x4340000000000001, "9007199254740994"},
	    {0x43e0000000000000, "9223372036854776000"},
	    {0x4415af1d78b58c40, "100000000000000000000"},
	    {0x7fe0000000000000, "8.98846567431158e+307"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		expect_double(cases[i].bits, cases[i].text);
}

/* What is printed reads back, over the whole range of exponents. */
static void
test_reads_back(void)
{
	uint64_t seed = 7;

	for (int i = 0; i < 20000; i++) {
		uint64_t bits = test_random(&seed);
		char text[ES6NUM_MAX + 1];

		if ((bits >> 52 & 0x7ff) == 0x7ff)
			continue;
		text[es6num_print(double_of(bits), text)] = 0;
		EXPECT(bits_of(strtod(text, NULL)) == bits);
	}
}

static void
test_file(void)
{
	const char *name = getenv("TRADEPIPE_DOUBLES");
	unsigned long lines = 0;
	char line[128];
	FILE *file;

	if (!name)
		return;
	file = fopen(name, "r");
	EXPECT(file != NULL);
	while (file && fgets(line, sizeof line, file)) {
		char *comma;
		uint64_t bits = strtoull(line, &comma, 16);

		EXPECT(*comma == ',' && comma > line);
		comma[strcspn(comma, "\n")] = 0;
		expect_double(bits, comma + 1);
		lines++;
	}
	EXPECT(lines > 0);
	if (file)
		fclose(file);
	printf("%lu doubles of %s\n", lines, name);
}

int
main(void)
{
	RUN(test_table);
	RUN(test_reads_back);
	RUN(test_file);
	return test_done();
}
