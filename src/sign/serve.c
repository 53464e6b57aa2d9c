#include "serve.h"

#include "diag.h"
#include "durable.h"
#include "limit.h"
#include "line.h"
#include "stop.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Lines that are collected before they go to the log; there a batch is no larger. */
#define LINES_BYTES LIMIT_WAL_BATCH_BYTES

/* Answers that share one sync while more requests wait: some 800 of them, or 40 ms of signing. Who
 * asks one by one is answered, after a sync of his own, before the next is waited for. */
#define ANSWERS_BYTES (256u << 10)

/* ---- the log
 * ------------------------------------------------------------------------------------ */

/* What has been collected goes to the log as one batch. */
static void
append_lines(struct server *s)
{
	if (!buf_ok(&s->lines))
		tool_die(EXIT_TEMP, "log", NULL, strerror(ENOMEM));
	if (s->lines.len && !wal_append(&s->wal, buf_span(&s->lines)))
		tool_die(EXIT_TEMP, "log", NULL, strerror(wal_error(&s->wal)));
	buf_clear(&s->lines);
}

void
server_append(void *server, struct span line)
{
	struct server *s = server;

	buf_add(&s->lines, line);
	if (s->lines.len >= LINES_BYTES || !buf_ok(&s->lines))
		append_lines(s);
}

/* Nothing goes out that is not kept. */
static bool
commit(void *context)
{
	struct server *s = context;

	append_lines(s);
	if (!wal_sync(&s->wal))
		tool_die(EXIT_TEMP, "log", NULL, strerror(wal_error(&s->wal)));
	return true;
}

static void
mark(void *context)
{
	struct server *s = context;

	append_lines(s);
	if (!wal_mark(&s->wal))
		tool_die(EXIT_TEMP, "log", NULL, strerror(wal_error(&s->wal)));
}

static bool
replay(void *context, uint64_t seq, struct span line)
{
	struct server *s = context;

	if (s->replay(s->context, line))
		return true;
	diag(DIAG_ERROR, "log", diag_u64("seq", seq),
	     diag_str("why", "a line that is none of ours: the limits would not hold"));
	exit(EXIT_USAGE);
}

static _Noreturn void
refuse_log(const struct wal_report *r)
{
	wal_report_tell(r);
	exit((int)wal_report_status(r));
}

void
server_open(struct server *s, const char *state)
{
	struct wal_options options = {.mode = 0600};
	struct wal_report r;
	enum wal_state got;

	s->lines_total =
	    metrics_add(&s->metrics, "tradepipe_lines_total", "counter", "Input lines read.", NULL);
	s->refused_total = metrics_add(&s->metrics, "tradepipe_rejects_total", "counter",
				       "Requests that were refused or failed.", NULL);
	buf_init(&s->lines, LIMIT_LINE_BYTES + LINES_BYTES);
	if (!durable_make_directories(AT_FDCWD, state, 0700))
		tool_die(EXIT_CONFIG, "state", state, strerror(errno));
	s->directory = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->directory < 0)
		tool_die(EXIT_CONFIG, "state", state, strerror(errno));
	got = wal_open(&s->wal, s->directory, &options, &r);
	if (got != WAL_STATE_CLEAN && got != WAL_STATE_TORN)
		refuse_log(&r);
	if (got == WAL_STATE_TORN)
		wal_report_tell(&r);
	if (wal_replay(&s->wal, 1, replay, s, &r) != WAL_STATE_CLEAN)
		refuse_log(&r);
}

void
server_close(struct server *s)
{
	append_lines(s);
	buf_release(&s->lines);
	s->measure(s->context, &s->metrics);
	if (!metrics_write(&s->metrics))
		diag(DIAG_WARNING, "metrics", diag_str("file", s->metrics.file), diag_errno(errno));
	if (!wal_close(&s->wal))
		tool_die(EXIT_TEMP, "log", NULL, strerror(wal_error(&s->wal)));
}

/* ---- one stream
 * --------------------------------------------------------------------------------- */

static bool
answer(struct server *s, const struct line *in, struct buf *out)
{
	uint64_t before = s->good(s->context);
	struct span error, code, text = SPAN_LIT("?");

	buf_clear(out);
	s->before(s->context, utc_now_us() / 1000);
	frame_answer(s->ops, s->ops_n, s->context, in->text, out);
	metrics_count(&s->metrics, s->lines_total, 1);
	s->measure(s->context, &s->metrics);
	metrics_write_sometimes(&s->metrics);
	if (s->good(s->context) != before)
		return true;
	metrics_count(&s->metrics, s->refused_total, 1);
	if (json_find(buf_span(out), "error", &error) && json_find(error, "code", &code))
		json_plain(code, &text);
	diag(DIAG_WARNING, "refused", diag_u64("line", in->number), diag_span("code", text));
	return false;
}

enum exit_status
server_run(struct server *s, int in, int out)
{
	enum exit_status status = EXIT_YES;
	enum line_status got;
	struct line_reader reader;
	struct line_writer writer;
	struct line line;
	struct buf text;

	buf_init(&text, LIMIT_LINE_BYTES);
	if (!line_writer_init_size(&writer, out, ANSWERS_BYTES) ||
	    !line_reader_init(&reader, in, LIMIT_LINE_BYTES, &writer))
		tool_die(EXIT_TEMP, "start", NULL, strerror(ENOMEM));
	writer.before_write = commit;
	writer.context = s;
	reader.tick = mark;
	reader.tick_context = s;
	reader.tick_ms = 50;
	while ((got = line_next(&reader, &line)) == LINE_OK || got == LINE_TOO_LONG) {
		if (!answer(s, &line, &text))
			status = EXIT_NO;
		if (!line_write(&writer, buf_span(&text)))
			break;
	}
	s->stopped = got == LINE_STOPPED;
	if (got == LINE_READ_FAILED) {
		diag(DIAG_ERROR, "stdin", diag_errno(reader.error));
		status = EXIT_TEMP;
	}
	if (!line_flush(&writer)) {
		diag(DIAG_ERROR, "stdout", diag_errno(writer.error));
		status = EXIT_TEMP;
	}
	line_reader_release(&reader);
	line_writer_release(&writer);
	buf_release(&text);
	return status;
}

/* ---- a socket
 * ----------------------------------------------------------------------------------- */

int
server_listen(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat st;
	mode_t mask;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof address.sun_path)
		tool_die(EXIT_CONFIG, "listen", path, "longer than a socket's path may be");
	memcpy(address.sun_path, path, strlen(path));
	if (fd < 0)
		tool_die(EXIT_TEMP, "listen", path, strerror(errno));
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
		if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
			tool_die(EXIT_CONFIG, "listen", path, "somebody listens there already");
		unlink(path);
	}
	mask = umask(0177);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 16) != 0)
		tool_die(EXIT_CONFIG, "listen", path, strerror(errno));
	umask(mask);
	return fd;
}

enum exit_status
server_accept(struct server *s, int listening)
{
	struct pollfd waiting = {.fd = listening, .events = POLLIN};

	while (!s->stopped && stop_poll(&waiting, 1, -1) > 0) {
		int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0 && errno != EINTR && errno != ECONNABORTED) {
			diag(DIAG_ERROR, "accept", diag_errno(errno));
			return EXIT_TEMP;
		}
		if (fd < 0)
			continue;
		server_run(s, fd, fd);
		close(fd);
	}
	return EXIT_YES;
}
