/* Catches a recovery that loses a line, changes what it should leave alone, or leaves a log that
 * cannot be written on. */
#include "wal_directory.h"

static char image[3][4096], saved[4096];
static size_t image_len[3];

/* Three files of two lines each, and their bytes. */
static void
make_three_files(void)
{
	char name[WAL_NAME_BYTES];

	empty_directory();
	EXPECT(open_wal(86 + 2 * 58) == WAL_STATE_CLEAN);
	for (char c = 'a'; c < 'g'; c++) {
		char text[] = {c, '\n', 0};

		append_line(text);
		EXPECT(wal_sync(&wal));
	}
	EXPECT(wal_close(&wal));
	for (size_t i = 0; i < 3; i++) {
		wal_name(i + 1, name);
		image_len[i] = read_whole(name, image[i], sizeof image[i]);
	}
	EXPECT(file_count() == 3);
}

static void
lay_out(size_t files, size_t last_len)
{
	char name[WAL_NAME_BYTES];

	empty_directory();
	for (size_t i = 0; i < files; i++) {
		wal_name(i + 1, name);
		write_whole(name, image[i], i + 1 == files ? last_len : image_len[i]);
	}
}

/* Cut at every byte of every file: opened, the tail kept aside, written on, read back. */
static void
test_mend(void)
{
	for (size_t files = 1; files <= 3; files++) {
		for (size_t len = 0; len <= image_len[files - 1]; len++) {
			char expected[16] = "abcdef", name[64];
			uint64_t last;
			size_t at;

			lay_out(files, len);
			EXPECT(open_wal(0) == report.state);
			EXPECT(report.state == WAL_STATE_CLEAN || report.state == WAL_STATE_TORN);
			last = wal_last(&wal);
			at = (size_t)report.offset;
			EXPECT(last >= 2 * (files - 1) && last <= 2 * files);
			EXPECT(report.torn_bytes == len - at);
			if (report.torn_bytes) {
				snprintf(name, sizeof name, "%010zu.wal.torn-%zu", files, at);
				EXPECT(read_whole(name, saved, sizeof saved) == len - at &&
				       memcmp(saved, image[files - 1] + at, len - at) == 0);
			}
			append_line("z\n");
			EXPECT(replay(1) == WAL_STATE_CLEAN && got.text.len == 2 * (last + 1));
			EXPECT(wal_close(&wal));
			for (size_t i = 0; i <= last; i++)
				EXPECT(got.text.ptr[2 * i] == (i < last ? expected[i] : 'z'));
			EXPECT(open_wal(0) == WAL_STATE_CLEAN && wal_last(&wal) == last + 1);
			EXPECT(wal_close(&wal));
		}
	}
}

/* Stopped between the cut and the new file: nothing more is written under the old salt. */
static void
test_mend_cut_short(void)
{
	size_t end = 0;
	struct span rest = {image[0], image_len[0]};

	/* behind the second line of file 1 */
	end = span_find(rest, SPAN_LIT("\nb\n")) + 3;
	lay_out(1, end);
	EXPECT(open_wal(0) == WAL_STATE_CLEAN && file_count() == 1);
	EXPECT(wal_close(&wal));
	lay_out(1, end);
	snprintf(saved, sizeof saved, "0000000001.wal.torn-%zu", end);
	write_whole(saved, "{\"s\"", 4);
	EXPECT(open_wal(0) == WAL_STATE_CLEAN && file_count() == 2);
	EXPECT(wal_close(&wal));
	expect_log("a\nb\n", 2);
}

static void
test_torn_first_lines(void)
{
	static const char zeros[200];
	char name[] = "0000000004.wal";

	/* a next file that was only begun: none of its bytes, some, or other ones, came through */
	for (size_t len = 0; len <= WAL_HEADER_MAX + 1; len++) {
		lay_out(3, image_len[2]);
		write_whole(name, zeros, len);
		if (len > WAL_HEADER_MAX) {
			EXPECT(open_wal(0) == WAL_STATE_CORRUPT);
			continue;
		}
		EXPECT(open_wal(0) == WAL_STATE_TORN && wal_last(&wal) == 6);
		append_line("g\n");
		EXPECT(wal_close(&wal));
		expect_log("a\nb\nc\nd\ne\nf\ng\n", 7);
	}
	/* the only file, and not the first: its beginning was durable once */
	empty_directory();
	write_whole(name, image[0], 40);
	EXPECT(open_wal(0) == WAL_STATE_CORRUPT);
}

/* A corrupt log is left exactly as it is. */
static void
test_corrupt_is_left_alone(void)
{
	char name[WAL_NAME_BYTES];

	for (size_t file = 0; file < 3; file++)
		for (size_t at = 0; at < image_len[file]; at += 7) {
			char was = image[file][at];

			image[file][at] ^= 0x10;
			lay_out(3, image_len[2]);
			if (open_wal(0) == WAL_STATE_TORN) {
				/* the last mark */
				EXPECT(file == 2 && wal_last(&wal) == 6 && wal_close(&wal));
			} else {
				EXPECT(report.state == WAL_STATE_CORRUPT && report.why);
				EXPECT(report.number == file + 1 || report.number == file + 2);
				EXPECT(file_count() == 3);
				for (size_t i = 0; i < 3; i++) {
					wal_name(i + 1, name);
					EXPECT(read_whole(name, saved, sizeof saved) ==
						   image_len[i] &&
					       memcmp(saved, image[i], image_len[i]) == 0);
				}
			}
			image[file][at] = was;
		}
	lay_out(3, image_len[2]);
	remove_file("0000000002.wal");
	EXPECT(open_wal(0) == WAL_STATE_CORRUPT && report.number == 2);
}

/* A reader that has seen half of a file's first line, and then it is made anew. */
static void
test_follow_a_torn_first_line(void)
{
	struct wal_dir d;
	struct wal_scan s;
	struct wal_batch b;

	lay_out(1, 40);
	EXPECT(wal_dir_open(&d, directory));
	wal_scan_init(&s, wal_dir_source(&d), 1);
	EXPECT(wal_scan_next(&s, &b) == WAL_TORN && wal_scan_tail(&s).len == 40);
	EXPECT(open_wal(0) == WAL_STATE_TORN);
	append_line("a\n");
	EXPECT(wal_scan_next(&s, &b) == WAL_BATCH && span_is(b.payload, "a\n"));
	EXPECT(wal_scan_next(&s, &b) == WAL_END);
	EXPECT(wal_close(&wal));
	wal_scan_release(&s);
	wal_dir_release(&d);
}

int
main(void)
{
	make_directory();
	RUN(make_three_files);
	RUN(test_mend);
	RUN(test_mend_cut_short);
	RUN(test_torn_first_lines);
	RUN(test_corrupt_is_left_alone);
	RUN(test_follow_a_torn_first_line);
	return remove_directory();
}
