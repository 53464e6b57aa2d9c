/*
 * wal_writer: the smallest durable program: logs the lines of stdin in DIR and acknowledges them on
 * stdout, for tests that make it fail or kill it.
 *
 *     wal_writer DIR [FILE_MAX [LINES [threads]]]
 *
 * It prints the last seq of the log once it is open, skips as many lines of stdin (which is always
 * the whole stream), and then prints the seq up to which lines are durable, one number a line:
 * after each LINES lines (1), or with `threads`, whenever the syncing thread has got further.
 * Status 0, 100 (corrupt) or 111.
 */
#include "limit.h"
#include "line.h"
#include "sandbox.h"
#include "wal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char tool_name[] = "wal_writer";
const char tool_help[] = "usage: wal_writer DIR [FILE_MAX [LINES [threads]]]\n\n";
const char tool_version[] = "0";

static struct wal wal;
static struct buf run;
static _Atomic bool at_end;

static _Noreturn void
give_up(const char *what)
{
	fprintf(stderr, "wal_writer: error: %s\n", what);
	_exit(EXIT_TEMP);
}

/* One write a line: a reader never sees half a number. */
static void
acknowledge(uint64_t seq)
{
	char text[32];
	int n = snprintf(text, sizeof text, "%llu\n", (unsigned long long)seq);

	if (write(1, text, (size_t)n) != n)
		give_up("stdout");
}

static void *
keep_syncing(void *nothing)
{
	uint64_t seq = wal_durable(&wal);

	while (!at_end || wal_durable(&wal) < wal_last(&wal)) {
		if (!wal_sync(&wal))
			give_up("sync");
		if (wal_durable(&wal) > seq)
			acknowledge(seq = wal_durable(&wal));
	}
	return nothing;
}

static void
log_run(bool threads)
{
	if (!wal_append(&wal, buf_span(&run)))
		give_up("append");
	buf_clear(&run);
	if (threads)
		return;
	if (!wal_sync(&wal))
		give_up("sync");
	acknowledge(wal_durable(&wal));
}

static void
log_lines(unsigned long lines_a_run, bool threads)
{
	struct line_reader in;
	struct line line;
	enum line_status got;
	unsigned long n = 0;
	uint64_t have = wal_last(&wal);

	if (!line_reader_init(&in, 0, LIMIT_LINE_BYTES, NULL))
		give_up("memory");
	buf_init(&run, 4u << 20);
	while ((got = line_next(&in, &line)) == LINE_OK) {
		if (line.number <= have)
			continue;
		buf_add(&run, line.text);
		buf_byte(&run, '\n');
		if (!buf_ok(&run))
			give_up("memory");
		if (++n % lines_a_run == 0)
			log_run(threads);
	}
	if (got != LINE_END)
		give_up("stdin");
	if (run.len)
		log_run(threads);
	line_reader_release(&in);
	buf_release(&run);
}

/* Without threads also in the sandbox of a durable tool: whatever the log does must fit in there.
 */
static void
open_log(const char *path, uint64_t file_max, bool threads)
{
	struct wal_options options = {.file_max = file_max};
	struct wal_report report;
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	struct sandbox_path state = {.fd = directory, .writable = 1};

	if (directory < 0)
		give_up("directory");
	if (!threads)
		sandbox_files(&state, 1);
	if (wal_open(&wal, directory, &options, &report) > WAL_STATE_TORN) {
		wal_report_tell(&report);
		_exit((int)wal_report_status(&report));
	}
	wal_report_tell(&report);
	acknowledge(wal_durable(&wal));
}

int
main(int argc, char **argv)
{
	bool threads = argc > 4;
	pthread_t syncer;

	if (argc < 2)
		give_up(tool_help);
	tool_start(TOOL_DURABLE);
	open_log(argv[1], argc > 2 ? strtoull(argv[2], NULL, 10) : 0, threads);
	if (threads && pthread_create(&syncer, NULL, keep_syncing, NULL) != 0)
		give_up("thread");
	log_lines(argc > 3 ? strtoul(argv[3], NULL, 10) : 1, threads);
	at_end = true;
	if (threads && pthread_join(syncer, NULL) != 0)
		give_up("thread");
	if (!wal_close(&wal))
		give_up("close");
	return 0;
}
