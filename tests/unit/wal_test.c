/* Catches a log whose files are begun, mended, dropped or handed out wrongly, or that goes on after
 * a failure. The bytes: wal_format_test.c; damage and power cuts: wal_damage_test.c. */
#include "wal_directory.h"

/* What looks like a log's own lines, and is payload here. */
#define FILE_LINE "{\"wal\":1,\"salt\":\"9f3c21aa\",\"first\":1,\"prev\":null,\"c\":\"2e51c202\"}\n"
#define BATCH_LINE "{\"s\":1,\"n\":2,\"d\":0,\"p\":\"9f3c21aa\",\"b\":16,\"c\":\"fd32fc39\"}\n"

static void
test_write_and_read(void)
{
	static const char nasty[] = "\n{\"s\":1,\n\xff\xfe\r\n" FILE_LINE BATCH_LINE;
	char nul[] = "a\0b\n";

	empty_directory();
	expect_log("", 0);
	EXPECT(open_wal(0) == WAL_STATE_CLEAN && report.files == 1 && report.last == 0);
	append_line("one\ntwo\n");
	EXPECT(wal_last(&wal) == 2 && wal_durable(&wal) == 0);
	EXPECT(wal_sync(&wal) && wal_durable(&wal) == 2);
	append_line("three\n");
	append_line("");
	EXPECT(wal_last(&wal) == 3 && wal_durable(&wal) == 2);
	EXPECT(wal_close(&wal));
	expect_log("one\ntwo\nthree\n", 3);
	EXPECT(open_wal(0) == WAL_STATE_CLEAN && report.durable == 3 && report.lines == 3);
	EXPECT(wal_append(&wal, (struct span){nul, 4}) && wal_append(&wal, SPAN_LIT(nasty)));
	EXPECT(wal_last(&wal) == 9);
	EXPECT(replay(5) == WAL_STATE_CLEAN && span_is(buf_span(&got.text), nasty));
	EXPECT(replay(9) == WAL_STATE_CLEAN && span_is(buf_span(&got.text), BATCH_LINE));
	EXPECT(replay(10) == WAL_STATE_CLEAN && got.text.len == 0);
	got.stop_after = 2;
	EXPECT(replay(1) == WAL_STATE_CLEAN && span_is(buf_span(&got.text), "one\ntwo\n"));
	got.stop_after = 0;
	EXPECT(wal_close(&wal));
}

static void
test_second_writer(void)
{
	struct wal other;
	int fd;

	empty_directory();
	EXPECT(open_wal(0) == WAL_STATE_CLEAN);
	fd = open(directory_path, O_RDONLY | O_DIRECTORY);
	EXPECT(wal_open(&other, fd, NULL, &report) == WAL_STATE_BUSY);
	EXPECT(wal_report_status(&report) == EXIT_TEMP);
	EXPECT(wal_close(&wal));
	EXPECT(wal_open(&other, fd, NULL, &report) == WAL_STATE_CLEAN);
	EXPECT(wal_close(&other));
	close(fd);
}

/* The header lines of all batches, one a line, into got.text. */
static void
list_batches(void)
{
	struct wal_dir d;
	struct wal_scan s;
	struct wal_batch b;
	char text[96];

	EXPECT(wal_dir_open(&d, directory));
	wal_scan_init(&s, wal_dir_source(&d), d.oldest);
	buf_clear(&got.text);
	while (wal_scan_next(&s, &b) == WAL_BATCH) {
		snprintf(text, sizeof text, "%" PRIu64 ":%" PRIu64 "+%" PRIu32 "d%" PRIu64 "b%zu ",
			 s.number, b.seq, b.n, b.durable, b.payload.len);
		buf_str(&got.text, text);
	}
	buf_byte(&got.text, 0);
	wal_scan_release(&s);
	wal_dir_release(&d);
}

static void
test_marks(void)
{
	empty_directory();
	EXPECT(open_wal(0) == WAL_STATE_CLEAN);
	EXPECT(wal_mark(&wal));
	append_line("a\n");
	EXPECT(wal_mark(&wal)); /* nothing durable yet: nothing to say */
	EXPECT(wal_sync(&wal) && wal_mark(&wal) && wal_mark(&wal));
	append_line("b\n");
	EXPECT(wal_sync(&wal));
	append_line("c\n");
	EXPECT(wal_mark(&wal)); /* c says it already */
	EXPECT(wal_close(&wal));
	list_batches();
	EXPECT_STR(got.text.ptr, "1:1+1d0b2 1:2+0d1b0 1:2+1d1b2 1:3+1d2b2 1:4+0d3b0 ");
	expect_log("a\nb\nc\n", 3);
	list_batches();
	EXPECT_STR(got.text.ptr, "1:1+1d0b2 1:2+0d1b0 1:2+1d1b2 1:3+1d2b2 1:4+0d3b0 ");
}

/* A run of lines around 64 KiB, lines around it, and the longest line. */
static void
test_batches_are_cut(void)
{
	static char run[LIMIT_LINE_BYTES + 100000];
	static const size_t runs[] = {LIMIT_WAL_BATCH_BYTES - 1, LIMIT_WAL_BATCH_BYTES,
				      LIMIT_WAL_BATCH_BYTES + 1, 200000};
	static const char *const expected[] = {
	    "1:1+3d0b65535 1:4+0d3b0 ", "1:1+3d0b65536 1:4+0d3b0 ",
	    "1:1+2d0b20 1:3+1d0b65517 1:4+0d3b0 ", "1:1+2d0b20 1:3+1d0b199980 1:4+0d3b0 "};

	for (size_t i = 0; i < 4; i++) {
		empty_directory();
		EXPECT(open_wal(0) == WAL_STATE_CLEAN);
		memset(run, 'x', sizeof run);
		run[9] = run[19] = run[runs[i] - 1] = '\n';
		EXPECT(wal_append(&wal, (struct span){run, runs[i]}) && wal_close(&wal));
		list_batches();
		EXPECT_STR(got.text.ptr, expected[i]);
	}
	empty_directory();
	EXPECT(open_wal(0) == WAL_STATE_CLEAN);
	memset(run, 'x', sizeof run);
	run[LIMIT_LINE_BYTES] = '\n';
	memcpy(run + LIMIT_LINE_BYTES + 1, "end\n", 4);
	run[LIMIT_LINE_BYTES + 5] = 0;
	EXPECT(wal_append(&wal, (struct span){run, LIMIT_LINE_BYTES + 5}) && wal_close(&wal));
	expect_log(run, 2);
}

/* A batch that just fits, one byte less room, one more. */
static void
test_rotation(void)
{
	static const struct {
		uint64_t file_max;
		const char *expected;
	} cases[] = {
	    {65 + 2 * 58, "1:1+1d0b2 1:2+1d0b2 1:3+0d2b0 2:3+1d2b2 2:4+0d3b0 "},
	    {65 + 2 * 58 - 1, "1:1+1d0b2 1:2+0d1b0 2:2+1d1b2 2:3+0d2b0 3:3+1d2b2 3:4+0d3b0 "},
	    {65 + 3 * 58 - 1, "1:1+1d0b2 1:2+1d0b2 1:3+0d2b0 2:3+1d2b2 2:4+0d3b0 "},
	    {65 + 3 * 58, "1:1+1d0b2 1:2+1d0b2 1:3+1d0b2 1:4+0d3b0 "},
	    {1, "1:1+1d0b2 1:2+0d1b0 2:2+1d1b2 2:3+0d2b0 3:3+1d2b2 3:4+0d3b0 "},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		empty_directory();
		EXPECT(open_wal(cases[i].file_max) == WAL_STATE_CLEAN);
		append_line("a\n");
		append_line("b\n");
		append_line("c\n");
		EXPECT(wal_close(&wal));
		list_batches();
		EXPECT_STR(got.text.ptr, cases[i].expected);
		expect_log("a\nb\nc\n", 3);
	}
}

static void
test_drop(void)
{
	static const struct {
		uint64_t before;
		size_t left;
	} cases[] = {{1, 6}, {2, 5}, {3, 4}, {3, 4}, {6, 1}, {99, 1}};
	struct wal_options enough = {.first_needed = 6, .last_needed = 6};
	struct wal_options too_early = {.first_needed = 5};
	struct wal_options too_late = {.last_needed = 7};

	empty_directory();
	EXPECT(open_wal(1) == WAL_STATE_CLEAN);
	for (int i = 0; i < 6; i++)
		append_line("x\n");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		EXPECT(wal_drop_before(&wal, cases[i].before));
		EXPECT(file_count() == cases[i].left);
	}
	EXPECT(replay(6) == WAL_STATE_CLEAN && span_is(buf_span(&got.text), "x\n"));
	EXPECT(replay(5) == WAL_STATE_CORRUPT && got.text.len == 0);
	EXPECT(wal_close(&wal));
	EXPECT(wal_open(&wal, directory, &too_early, &report) == WAL_STATE_CORRUPT);
	EXPECT(wal_report_status(&report) == EXIT_USAGE);
	EXPECT(wal_open(&wal, directory, &too_late, &report) == WAL_STATE_CORRUPT);
	EXPECT(wal_open(&wal, directory, &enough, &report) == WAL_STATE_CLEAN);
	EXPECT(wal_close(&wal));
	empty_directory();
	EXPECT(wal_open(&wal, directory, &enough, &report) == WAL_STATE_CORRUPT);
	EXPECT(file_count() == 0);
}

/* ---- failures and threads ---- */

/* After one failed write or sync, nothing is ever said to be durable again. */
static void
test_failure_is_final(void)
{
	for (int sync = 0; sync < 2; sync++) {
		int broken = sync ? open("/dev/null", O_WRONLY) : open("/dev/full", O_WRONLY);

		empty_directory();
		EXPECT(open_wal(0) == WAL_STATE_CLEAN);
		append_line("a\n");
		EXPECT(wal_sync(&wal));
		if (sync)
			append_line("b\n");
		/* fdatasync of a device fails with EINVAL, a write to /dev/full with ENOSPC */
		EXPECT(dup2(broken, wal.fd) == wal.fd);
		if (sync)
			EXPECT(!wal_sync(&wal) && errno == EINVAL);
		else
			EXPECT(!wal_append(&wal, SPAN_LIT("b\n")) && errno == ENOSPC);
		errno = 0;
		EXPECT(!wal_append(&wal, SPAN_LIT("c\n")) && errno == (sync ? EINVAL : ENOSPC));
		EXPECT(!wal_sync(&wal) && !wal_mark(&wal) && !wal_drop_before(&wal, 1));
		EXPECT(wal_durable(&wal) == 1 && wal_error(&wal) == (sync ? EINVAL : ENOSPC));
		EXPECT(!wal_close(&wal));
		close(broken);
	}
}

static _Atomic bool syncing;

static void *
keep_syncing(void *context)
{
	uint64_t *durable = context;

	while (syncing) {
		if (!wal_sync(&wal) || wal_durable(&wal) < *durable)
			return context;
		*durable = wal_durable(&wal);
	}
	return NULL;
}

/* One thread appends through many files, the other syncs. */
static void
test_two_threads(void)
{
	pthread_t thread;
	uint64_t durable = 0;
	void *failed;

	empty_directory();
	EXPECT(open_wal(3000) == WAL_STATE_CLEAN);
	syncing = true;
	EXPECT(pthread_create(&thread, NULL, keep_syncing, &durable) == 0);
	for (int i = 0; i < 3000; i++) {
		EXPECT(wal_append(&wal, SPAN_LIT("one\ntwo\n")));
		EXPECT(wal_durable(&wal) <= wal_last(&wal));
		if (i % 7 == 0)
			EXPECT(wal_mark(&wal));
	}
	syncing = false;
	EXPECT(pthread_join(thread, &failed) == 0 && !failed);
	EXPECT(file_count() > 50);
	EXPECT(replay(1) == WAL_STATE_CLEAN && got.in_order && got.text.len == 3000 * 8);
	EXPECT(wal_close(&wal));
	EXPECT(open_wal(0) == WAL_STATE_CLEAN && wal_last(&wal) == 6000 && report.durable == 6000);
	EXPECT(wal_close(&wal));
}

/* ---- following ---- */

/* A reader of a directory that is written, torn, mended and rotated under it. */
static void
test_follow(void)
{
	struct wal_dir d;
	struct wal_scan s;
	struct wal_batch b;
	uint64_t last = 0;
	char name[WAL_NAME_BYTES];
	int fd;

	empty_directory();
	EXPECT(open_wal(150) == WAL_STATE_CLEAN);
	EXPECT(wal_dir_open(&d, directory));
	wal_scan_init(&s, wal_dir_source(&d), 1);
	for (int round = 0; round < 50; round++) {
		append_line("a\nb\n");
		if (round % 5 == 0) {
			wal_name(wal.number, name);
			EXPECT(wal_close(&wal));
			fd = openat(directory, name, O_WRONLY | O_APPEND);
			EXPECT(write(fd, "{\"s\":1", 6) == 6); /* a write cut short */
			close(fd);
		}
		for (;;) {
			enum wal_step step = wal_scan_next(&s, &b);

			if (step != WAL_BATCH) {
				EXPECT(step == (round % 5 ? WAL_END : WAL_TORN));
				break;
			}
			EXPECT(b.seq == last + 1);
			last += b.n;
		}
		EXPECT(last == 2 * (uint64_t)(round + 1));
		if (round % 5 == 0)
			EXPECT(open_wal(150) == WAL_STATE_TORN);
	}
	EXPECT(wal_close(&wal));
	wal_scan_release(&s);
	wal_dir_release(&d);
}

int
main(void)
{
	make_directory();
	RUN(test_write_and_read);
	RUN(test_second_writer);
	RUN(test_marks);
	RUN(test_batches_are_cut);
	RUN(test_rotation);
	RUN(test_drop);
	RUN(test_failure_is_final);
	RUN(test_two_threads);
	RUN(test_follow);
	return remove_directory();
}
