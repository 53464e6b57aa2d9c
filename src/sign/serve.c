#include "serve.h"

#include "diag.h"
#include "durable.h"
#include "hex.h"
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

static const struct frame_op operations[] = {{"sign", signing_sign}};

/* ---- the log
 * ------------------------------------------------------------------------------------ */

static void
append(void *context, struct span line)
{
	struct server *s = context;

	if (!wal_append(&s->wal, line))
		tool_die(EXIT_TEMP, "log", NULL, strerror(wal_error(&s->wal)));
}

/* Nothing goes out that is not kept. */
static bool
commit(void *context)
{
	struct server *s = context;

	if (!wal_sync(&s->wal))
		tool_die(EXIT_TEMP, "log", NULL, strerror(wal_error(&s->wal)));
	return true;
}

static void
mark(void *context)
{
	struct server *s = context;

	if (!wal_mark(&s->wal))
		tool_die(EXIT_TEMP, "log", NULL, strerror(wal_error(&s->wal)));
}

static bool
replay(void *context, uint64_t seq, struct span line)
{
	struct server *s = context;

	if (signing_replay(&s->signing, line))
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
	struct metrics *m = &s->metrics;
	struct wal_report r;
	enum wal_state got;

	s->lines_total =
	    metrics_add(m, "tradepipe_lines_total", "counter", "Input lines read.", NULL);
	s->signed_total = metrics_add(m, "dex_sign_total", "counter",
				      "Transactions signed for the first time.", NULL);
	s->again_total = metrics_add(m, "dex_sign_again_total", "counter",
				     "Transactions signed before and asked for again.", NULL);
	s->refused_total = metrics_add(m, "dex_sign_refused_total", "counter",
				       "Requests that were refused or failed.", NULL);
	s->failed_total = metrics_add(m, "dex_sign_failures_total", "counter",
				      "Signatures that a key or a token did not give.", NULL);
	if (!durable_make_directories(AT_FDCWD, state, 0700))
		tool_die(EXIT_CONFIG, "state", state, strerror(errno));
	s->directory = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->directory < 0)
		tool_die(EXIT_CONFIG, "state", state, strerror(errno));
	s->signing.append = append;
	s->signing.context = s;
	got = wal_open(&s->wal, s->directory, &options, &r);
	if (got != WAL_STATE_CLEAN && got != WAL_STATE_TORN)
		refuse_log(&r);
	if (got == WAL_STATE_TORN)
		wal_report_tell(&r);
	if (wal_replay(&s->wal, 1, replay, s, &r) != WAL_STATE_CLEAN)
		refuse_log(&r);
}

static void
count(struct server *s, bool finally)
{
	const struct signing *g = &s->signing;

	metrics_set(&s->metrics, s->signed_total, (int64_t)g->signed_total);
	metrics_set(&s->metrics, s->again_total, (int64_t)g->again_total);
	metrics_set(&s->metrics, s->refused_total, (int64_t)g->refused_total);
	metrics_set(&s->metrics, s->failed_total, (int64_t)g->failed_total);
	if (!finally)
		metrics_write_sometimes(&s->metrics);
	else if (!metrics_write(&s->metrics))
		diag(DIAG_WARNING, "metrics", diag_str("file", s->metrics.file), diag_errno(errno));
}

void
server_close(struct server *s)
{
	count(s, true);
	if (!wal_close(&s->wal))
		tool_die(EXIT_TEMP, "log", NULL, strerror(wal_error(&s->wal)));
}

/* ---- one stream
 * --------------------------------------------------------------------------------- */

static bool
answer(struct server *s, const struct line *in, struct buf *out)
{
	uint64_t before = s->signing.signed_total + s->signing.again_total;
	struct span error, code, text = SPAN_LIT("?");

	buf_clear(out);
	s->signing.now_ms = utc_now_us() / 1000;
	frame_answer(operations, 1, &s->signing, in->text, out);
	metrics_count(&s->metrics, s->lines_total, 1);
	count(s, false);
	if (s->signing.signed_total + s->signing.again_total != before)
		return true;
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
	if (!line_writer_init(&writer, out) ||
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

/* ---- keys
 * --------------------------------------------------------------------------------------- */

static void
print_address(struct buf *out, const char *name, const struct tx_name *of,
	      enum address_family family, enum address_network network)
{
	char text[ADDRESS_TEXT_MAX];

	address_print(of, family, network, text);
	buf_json_member_string(out, name, span_of(text));
}

void
serve_print_key(const struct key *k, enum address_network network, struct buf *out)
{
	char hex[2 * SECP_PUBLIC + 1];
	struct tx_name name;

	hex_print(k->public_key, key_public_bytes(k), hex);
	buf_byte(out, '{');
	buf_json_member_string(out, "type", SPAN_LIT("key"));
	buf_json_member_string(out, "name", span_of(k->name));
	buf_json_member_string(out, "kind", span_of(key_kind_name(k->kind)));
	buf_json_member_bool(out, "token", k->in_token);
	buf_json_member_string(out, "public", span_of(hex));
	if (k->kind == KEY_ED25519) {
		tx_name_set(&name, (struct span){(const char *)k->public_key, 32});
		print_address(out, "solana", &name, FAMILY_SOLANA, network);
	} else {
		print_address(out, "p2wpkh", &k->wpkh, FAMILY_BTC, network);
		if (!k->in_token)
			print_address(out, "p2tr", &k->taproot, FAMILY_BTC, network);
		print_address(out, "evm", &k->evm, FAMILY_EVM, network);
		print_address(out, "tron", &k->tron, FAMILY_TRON, network);
	}
	buf_str(out, "}\n");
}
