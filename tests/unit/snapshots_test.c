/* Catches a snapshot whose damage passes, one that is kept or removed where it should not be, and a
 * number or text that is read otherwise than it was written. */
#include "exact.h"
#include "snapshots.h"
#include "wal_directory.h"

static uint64_t kept[SNAPSHOTS_KEPT];

static void
write_file(const char *name)
{
	close(openat(directory, name, O_WRONLY | O_CREAT, 0640));
}

static bool
is_there(const char *name)
{
	struct stat st;

	return fstatat(directory, name, &st, 0) == 0;
}

static bool
keep(uint64_t seq, uint64_t apart)
{
	return snapshots_keep(directory, kept, seq, apart, SPAN_LIT("x\n"));
}

static void
expect_kept(uint64_t newer, uint64_t older)
{
	uint64_t listed[SNAPSHOTS_KEPT];

	EXPECT(kept[0] == newer && kept[1] == older);
	EXPECT(snapshots_list(directory, listed));
	EXPECT(listed[0] == newer && listed[1] == older);
}

static void
two_are_kept(void)
{
	EXPECT(snapshots_list(directory, kept) && kept[0] == 0 && kept[1] == 0);
	EXPECT(keep(5, 5));
	expect_kept(5, 0);
	EXPECT(keep(9, 5)); /* too soon: in the place of 5 */
	expect_kept(9, 0);
	EXPECT(keep(14, 5));
	expect_kept(14, 9);
	EXPECT(keep(14, 5)); /* the same again */
	expect_kept(14, 9);
	EXPECT(keep(18, 5));
	expect_kept(18, 9);
	EXPECT(keep(23, 5));
	expect_kept(23, 18);
	snapshots_forget(kept, 1);
	EXPECT(kept[0] == 23 && kept[1] == 0);
	EXPECT(keep(30, 5));
	expect_kept(30, 23);
	snapshots_forget(kept, 0);
	EXPECT(kept[0] == 23 && kept[1] == 0);
	EXPECT(keep(31, 5)); /* 30 was of no use */
	expect_kept(31, 23);
}

static void
what_is_swept(void)
{
	write_file("snapshot-000000000000000040.ndjson.tmp");
	write_file("snapshot-000000000000000007.ndjson");
	write_file("snapshot-7.ndjson");
	write_file("snapshot-000000000000000007.ndjson.old");
	write_file("0000000001.wal");
	EXPECT(keep(50, 5));
	expect_kept(50, 31);
	EXPECT(!is_there("snapshot-000000000000000040.ndjson.tmp"));
	EXPECT(!is_there("snapshot-000000000000000007.ndjson"));
	EXPECT(is_there("snapshot-7.ndjson"));
	EXPECT(is_there("snapshot-000000000000000007.ndjson.old"));
	EXPECT(is_there("0000000001.wal"));
}

static void
not_written(void)
{
	uint64_t before[] = {kept[0], kept[1]};

	/* a directory of that name is in the way */
	EXPECT(mkdirat(directory, "snapshot-000000000000000060.ndjson", 0750) == 0);
	EXPECT(!keep(60, 5) && errno != 0);
	EXPECT(kept[0] == before[0] && kept[1] == before[1]);
	EXPECT(is_there("snapshot-000000000000000050.ndjson"));
	EXPECT(unlinkat(directory, "snapshot-000000000000000060.ndjson", AT_REMOVEDIR) == 0);
}

/* Each too soon after the one before: the older one is left behind, but not for ever. */
static void
always_too_soon(void)
{
	EXPECT(keep(70, 10));
	expect_kept(70, 50);
	EXPECT(keep(80, 10));
	expect_kept(80, 70);
	for (uint64_t seq = 81; seq < 90; seq++) {
		EXPECT(keep(seq, 10));
		expect_kept(seq, 70);
	}
	EXPECT(keep(90, 10));
	expect_kept(90, 89);
	EXPECT(keep(91, 10));
	expect_kept(91, 89);
}

static void
seals(void)
{
	struct span text;
	struct buf b;

	buf_init(&b, 200);
	buf_str(&b, "before");
	snapshots_seal(&b, 6);
	text = (struct span){b.ptr + 6, b.len - 6};
	EXPECT(snapshots_open_seal(&text) && text.len == 0);
	buf_clear(&b);
	buf_str(&b, "{\"a\":1}\n");
	snapshots_seal(&b, 0);
	text = buf_span(&b);
	EXPECT(snapshots_open_seal(&text) && span_is(text, "{\"a\":1}\n"));
	for (size_t i = 0; i < b.len * 8; i++) {
		b.ptr[i / 8] ^= (char)(1 << i % 8);
		text = buf_span(&b);
		EXPECT(!snapshots_open_seal(&text));
		b.ptr[i / 8] ^= (char)(1 << i % 8);
	}
	for (size_t n = 0; n < b.len; n++) {
		text = (struct span){b.ptr, n};
		EXPECT(!snapshots_open_seal(&text));
	}
	buf_release(&b);
}

static void
exact(void)
{
	struct exact x = {.rest = SPAN_LIT("{\"a\":18446744073709551615,\"b\":0,\"t\":\"x y\","
					   "\"d\":\"-0.5\",\"n\":null}\n")};
	struct decimal d;

	EXPECT(exact_u64(&x, "{\"a\":", UINT64_MAX) == UINT64_MAX);
	EXPECT(exact_i64(&x, ",\"b\":", INT64_MAX) == 0);
	EXPECT(span_is(exact_text(&x, ",\"t\":", 3), "x y"));
	d = exact_decimal(&x, ",\"d\":");
	EXPECT(d.coef == -5 && d.scale == 1);
	EXPECT(exact_starts(&x, ",\"n\":") && !exact_starts(&x, "n"));
	exact_skip(&x, ",\"n\":null}\n");
	EXPECT(!x.bad && x.rest.len == 0);
	exact_skip(&x, "}");
	EXPECT(x.bad);
}

static void
not_exact(void)
{
	static const char *const numbers[] = {
	    "", "x", "-1", "01", "18446744073709551616", "8", " 1", "+1", "99999999999999999999"};
	static const char *const texts[] = {"x", "\"abcd\"", "\"a", "\"a\\\"", "\"a\nb\""};
	static const char *const decimals[] = {"1",    "\"1.0\"", "\"+1\"",
					       "\"\"", "\"1e3\"", "\"-0\""};

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		struct exact x = {.rest = span_of(numbers[i])};

		EXPECT(exact_u64(&x, "", 7) == 0 && x.bad);
		EXPECT(exact_u64(&x, "", 7) == 0 && x.rest.len == strlen(numbers[i]));
	}
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct exact x = {.rest = span_of(texts[i])};

		EXPECT(exact_text(&x, "", 3).len == 0 && x.bad);
	}
	for (size_t i = 0; i < sizeof decimals / sizeof decimals[0]; i++) {
		struct exact x = {.rest = span_of(decimals[i])};

		EXPECT(exact_decimal(&x, "").coef == 0 && x.bad);
	}
}

int
main(void)
{
	make_directory();
	RUN(two_are_kept);
	RUN(what_is_swept);
	RUN(not_written);
	RUN(always_too_soon);
	RUN(seals);
	RUN(exact);
	RUN(not_exact);
	empty_directory();
	rmdir(directory_path);
	return test_done();
}
