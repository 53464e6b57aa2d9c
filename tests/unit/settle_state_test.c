/* Would catch: a trade id that is settled and forgotten or known and was not, a snapshot from which
 * another book is read than was written, a log that is cut too early or never. */
#include "book_state.h"
#include "book_text.h"
#include "diag.h"
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

static const uint64_t secret[2] = {3, 4};

/* ---- settled ---- */

static bool
has(const struct settled *s, const char *id)
{
	return settled_has(s, span_of(id));
}

static void
numbers(void)
{
	static const char *const add[] = {"A:5", "A:7", "A:6", "A:1", "B:6", "A:8", "A:8", "A:3"};
	struct settled s;

	settled_init(&s, secret);
	for (size_t i = 0; i < sizeof add / sizeof add[0]; i++)
		settled_add(&s, span_of(add[i]));
	for (int n = 0; n < 12; n++) {
		char id[16];

		snprintf(id, sizeof id, "A:%d", n);
		EXPECT(has(&s, id) == (n == 1 || n == 3 || (n >= 5 && n <= 8)));
	}
	EXPECT(has(&s, "B:6") && !has(&s, "B:5") && !has(&s, "C:6"));
	EXPECT(s.symbols[0].n == 3);
	settled_add(&s, SPAN_LIT("A:2"));
	settled_add(&s, SPAN_LIT("A:4"));
	EXPECT(s.symbols[0].n == 1 && s.symbols[0].ranges[0].from == 1 &&
	       s.symbols[0].ranges[0].to == 8);
	settled_release(&s);
}

/* Spellings of the same number are other trades. */
static void
other_ids(void)
{
	static const char *const ids[] = {"A:01", "A:",	  "A:x",  "A:1234567890123456789",
					  "none", "A:-1", "A:1:2"};
	struct settled s;

	settled_init(&s, secret);
	settled_add(&s, SPAN_LIT("A:1"));
	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		EXPECT(!has(&s, ids[i]));
		settled_add(&s, span_of(ids[i]));
		settled_add(&s, span_of(ids[i]));
		EXPECT(has(&s, ids[i]));
	}
	EXPECT(s.others_n == sizeof ids / sizeof ids[0] && s.symbols[0].n == 1);
	EXPECT(has(&s, "A:1") && !has(&s, "A:2"));
	settled_add(&s, SPAN_LIT("A:999999999999999999"));
	EXPECT(has(&s, "A:999999999999999999") && !has(&s, "A:999999999999999998"));
	/* what was written can be read in its order only */
	EXPECT(!settled_range(&s, SPAN_LIT("A"), 5, 6));
	EXPECT(settled_range(&s, SPAN_LIT("Z"), 5, 6) && !settled_range(&s, SPAN_LIT("Z"), 7, 7) &&
	       !settled_range(&s, SPAN_LIT("Z"), 9, 8) && settled_range(&s, SPAN_LIT("Z"), 8, 8));
	EXPECT(!settled_other(&s, SPAN_LIT("A:x")) && !settled_other(&s, SPAN_LIT("A:7")));
	settled_release(&s);
}

/* Against a list of what was added. */
static void
numbers_at_random(void)
{
	struct settled s;
	bool is[200] = {false};
	uint64_t random = 88172645463325252u;
	char id[16];
	size_t holes = 0;

	settled_init(&s, secret);
	for (int i = 0; i < 150; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		is[random % 200] = true;
		snprintf(id, sizeof id, "S:%d", (int)(random % 200));
		settled_add(&s, span_of(id));
	}
	for (int i = 0; i < 200; i++) {
		snprintf(id, sizeof id, "S:%d", i);
		EXPECT(has(&s, id) == is[i]);
		holes += is[i] && (i == 0 || !is[i - 1]);
	}
	EXPECT(s.symbols[0].n == holes);
	settled_release(&s);
}

/* ---- the book as text ---- */

static void
take(struct swap_book *b, const char *line)
{
	const char *why = swap_book_apply(b, span_of(line));

	EXPECT_STR(why ? why : "", "");
}

static void
swap_line(struct swap_book *b, int n, const char *status, const char *more)
{
	char line[600];

	snprintf(
	    line, sizeof line,
	    "{\"type\":\"swap\",\"swap\":\"S:%d\",\"matchId\":\"%d\",\"symbol\":\"S\",\"digest\":"
	    "\"d%d\",\"ts\":%d,\"legs\":[{\"leg\":\"S:%d/1\",\"account\":\"a\",\"chain\":\"eth\","
	    "\"asset\":\"USDC\",\"direction\":\"out\",\"amount\":\"5\"%s,\"to\":\"x\",\"status\":"
	    "\"%s\"}]}",
	    n, n, n, n, n, more, status);
	take(b, line);
}

static void
receipt(struct swap_book *b, int n, const char *status, const char *more)
{
	char line[300];

	snprintf(line, sizeof line,
		 "{\"type\":\"receipt\",\"swap\":\"S:%d\",\"leg\":\"S:%d/"
		 "1\",\"status\":\"%s\",\"ts\":%d%s}",
		 n, n, status, 10 + n, more);
	take(b, line);
}

static bool
is_over(void *context, const struct swap *s)
{
	(void)context;
	return s->over;
}

static void
fill(struct swap_book *b)
{
	take(b, "{\"type\":\"address\",\"account\":\"a\",\"asset\":\"USDC\",\"chain\":\"bsc\","
		"\"address\":\"one\"}");
	take(b, "{\"type\":\"address\",\"account\":\"a\",\"asset\":\"USDC\",\"chain\":\"eth\","
		"\"address\":\"two\"}");
	take(b, "{\"type\":\"address\",\"account\":\"a\",\"asset\":\"USDC\",\"chain\":\"bsc\","
		"\"address\":\"three\"}");
	swap_line(b, 1, "carried", "");
	swap_line(b, 2, "carried", "");
	swap_line(b, 3, "new", ",\"purse\":\"4\"");
	receipt(b, 3, "screened", "");
	swap_line(b, 4, "new", "");
	receipt(b, 3, "prepared",
		",\"kind\":\"pay\",\"fee\":\"1\",\"log\":{\"spends\":[\"w/1\"],\"unsigned\":{}}");
	receipt(b, 4, "failed", "");
	receipt(b, 3, "signed", ",\"txId\":\"t1\",\"log\":{\"raw\":\"01\"}");
	take(b, "{\"type\":\"hold\",\"swap\":\"S:3\",\"code\":\"OPERATOR\",\"ts\":30}");
	receipt(b, 4, "expired", "");
}

static void
expect_filled(const struct swap_book *b)
{
	const struct leg *l = swap_book_leg(b, SPAN_LIT("S:3/1"));

	EXPECT(b->receipts == 6 && b->numbers == 4 && b->swaps_n == 2 && b->legs_n == 2);
	EXPECT(has(&b->settled, "S:1") && has(&b->settled, "S:2") && !has(&b->settled, "S:3"));
	EXPECT(swap_book_carried(b, SPAN_LIT("a"), SPAN_LIT("USDC"), SPAN_LIT("eth")) == 6);
	EXPECT(l && l->status == LEG_SIGNED && l->versions_n == 1 && l->purse == 4);
	EXPECT(l && l->swap->held && l->swap->number == 3);
	EXPECT_STR(l->versions[0].raw, "01");
	EXPECT_STR(
	    swap_book_address(b, SPAN_LIT("a"), SPAN_LIT("USDC"), (struct span){"", 0})->address,
	    "three");
	EXPECT(swap_book_apply((struct swap_book *)(uintptr_t)b,
			       SPAN_LIT("{\"type\":\"swap\",\"swap\":\"S:1\",\"digest\":\"d\"}")) !=
	       NULL);
}

static void
written_and_read(void)
{
	struct swap_book b, again;
	struct buf text, second;
	uint64_t seq, archived;
	const char *why;

	swap_book_init(&b, secret);
	swap_book_init(&again, secret);
	buf_init(&text, 1u << 20);
	buf_init(&second, 1u << 20);
	fill(&b);
	swap_book_drop(&b, is_over, NULL);
	expect_filled(&b);
	book_text_write(&b, 77, 2, &text);
	why = book_text_read(&again, buf_span(&text), &seq, &archived);
	EXPECT_STR(why ? why : "", "");
	EXPECT(seq == 77 && archived == 2);
	expect_filled(&again);
	book_text_write(&again, 77, 2, &second);
	EXPECT(span_equal(buf_span(&text), buf_span(&second)));
	/* it goes on as the other does */
	receipt(&again, 3, "failed", "");
	EXPECT(again.receipts == 7);
	swap_line(&again, 5, "carried", "");
	EXPECT(swap_book_swap(&again, SPAN_LIT("S:5"))->number == 5);
	EXPECT(swap_book_carried(&again, SPAN_LIT("a"), SPAN_LIT("USDC"), SPAN_LIT("eth")) == 11);
	/* no byte can change, none be missing */
	for (size_t i = 0; i < text.len; i++) {
		text.ptr[i] ^= 4;
		swap_book_clear(&again);
		EXPECT(book_text_read(&again, buf_span(&text), &seq, &archived) != NULL);
		text.ptr[i] ^= 4;
		swap_book_clear(&again);
		EXPECT(book_text_read(&again, (struct span){text.ptr, i}, &seq, &archived) != NULL);
	}
	swap_book_release(&b);
	swap_book_release(&again);
	buf_release(&text);
	buf_release(&second);
}

/* ---- the log is cut ---- */

static char folder[] = "/tmp/settle-state-XXXXXX";

static unsigned
files(const char *with)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	unsigned n = 0;

	while ((e = readdir(d)) != NULL)
		n += strstr(e->d_name, with) != NULL;
	closedir(d);
	return n;
}

static void
write_line(struct flow *f, const char *line)
{
	char text[700];

	snprintf(text, sizeof text, "%s\n", line);
	EXPECT(wal_append(&f->wal, span_of(text)) && wal_sync(&f->wal));
	EXPECT(!swap_book_apply(&f->book, span_of(line)));
}

static void
open_state(struct book_state *s, struct flow *f)
{
	*s = (struct book_state){.every = 50, .file_max = 4096};
	*f = (struct flow){.clock_us = INT64_MAX / 2};
	s->directory = open(folder, O_RDONLY | O_DIRECTORY);
	swap_book_init(&f->book, secret);
	book_state_open(s, folder, f, NULL, NULL);
}

static void
close_state(struct book_state *s, struct flow *f)
{
	book_archive_close(&s->archive);
	EXPECT(wal_close(&f->wal));
	swap_book_release(&f->book);
	close(s->directory);
}

static void
settle_one(struct flow *f, int n)
{
	char line[400];

	snprintf(
	    line, sizeof line,
	    "{\"type\":\"swap\",\"swap\":\"S:%d\",\"digest\":\"d%d\",\"legs\":[{\"leg\":\"S:%d/1\","
	    "\"account\":\"a\",\"chain\":\"eth\",\"asset\":\"USDC\",\"direction\":\"out\","
	    "\"amount\":\"5\",\"status\":\"new\"}]}",
	    n, n, n);
	write_line(f, line);
	snprintf(line, sizeof line,
		 "{\"type\":\"receipt\",\"swap\":\"S:%d\",\"leg\":\"S:%d/"
		 "1\",\"status\":\"%s\",\"ts\":1}",
		 n, n, n % 100 == 7 ? "screened" : "confirmed");
	write_line(f, line);
}

static void
count_line(void *context, struct span line)
{
	*(int *)context += line.len > 0;
}

static void
log_is_cut(void)
{
	struct book_state s;
	struct flow f;
	struct buf digest;
	int receipts = 0;

	EXPECT(mkdtemp(folder) != NULL);
	open_state(&s, &f);
	for (int n = 1; n <= 1000; n++) {
		settle_one(&f, n);
		book_state_snapshot_if_due(&s, &f, false);
	}
	EXPECT(files("snapshot-") == 2 && files(".wal") < 12 && files("0000000001.wal") == 0);
	EXPECT(f.book.swaps_n < 10 + 50 && book_archive_count(&s.archive) > 1000 - 10 - 50);
	book_state_snapshot_if_due(&s, &f, true);
	EXPECT(f.book.swaps_n == 10 && book_archive_count(&s.archive) == 990);
	close_state(&s, &f);
	open_state(&s, &f);
	EXPECT(f.book.swaps_n == 10 && f.book.receipts == 1000 && f.book.numbers == 1000);
	for (int n = 1; n <= 1001; n++) {
		char id[16];

		snprintf(id, sizeof id, "S:%d", n);
		EXPECT((swap_book_swap(&f.book, span_of(id)) != NULL) ==
		       (n % 100 == 7 && n <= 1000));
		EXPECT(has(&f.book.settled, id) == (n % 100 != 7 && n <= 1000));
	}
	buf_init(&digest, 100);
	EXPECT(book_archive_digest(&s.archive, SPAN_LIT("S:500"), &digest));
	EXPECT(span_is(buf_span(&digest), "d500"));
	EXPECT(!book_archive_digest(&s.archive, SPAN_LIT("S:507"), &digest));
	buf_release(&digest);
	book_state_receipts(&s, &f.book, 10, count_line, &receipts);
	EXPECT(receipts == 990);
	close_state(&s, &f);
}

static void
remove_folder(void)
{
	char path[400];
	DIR *d = opendir(folder);
	const struct dirent *e;

	while ((e = readdir(d)) != NULL) {
		snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		unlink(path);
	}
	closedir(d);
	EXPECT(rmdir(folder) == 0);
}

int
main(void)
{
	RUN(numbers);
	RUN(other_ids);
	RUN(numbers_at_random);
	RUN(written_and_read);
	RUN(log_is_cut);
	RUN(remove_folder);
	return test_done();
}
