/* exchange_act: what a route says: a file, metrics, a command. */
#include "check.h"
#include "command.h"
#include "diag.h"
#include "exchange.h"
#include "json.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- files and figures ---------------------------------------------------------------------- */

static void
act_file(struct exchange *x)
{
	const struct route *r = x->match.route;
	struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
	struct buf *out = &x->room->answer;
	char name[ROUTES_LINE_BYTES + 1];
	struct stat st = {0};
	ssize_t n = 0;
	int fd;

	snprintf(name, sizeof name, "%.*s", (int)r->file.len, r->file.ptr);
	fd = (int)syscall(SYS_openat2, x->service->root, name, &how, sizeof how);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size <= SERVICE_FILE_BYTES) {
		size_t size = (size_t)st.st_size;

		while (out->len < size && buf_room(out, size - out->len) &&
		       (n = read(fd, out->ptr + out->len, size - out->len)) > 0)
			buf_grown(out, (size_t)n);
	}
	if (fd >= 0)
		close(fd);
	if (fd < 0 || !S_ISREG(st.st_mode) || st.st_size > SERVICE_FILE_BYTES ||
	    out->len != (size_t)st.st_size) {
		diag(DIAG_ERROR, "file", diag_str("name", name), diag_errno(fd < 0 ? errno : EIO));
		exchange_fail(x, ANSWER_INTERNAL, "a file of the service is missing",
			      "tell the operator");
		return;
	}
	x->reply.csp = r->csp;
	if (!r->csp.ptr && span_starts(r->type, SPAN_LIT("text/html")))
		x->reply.csp = SPAN_LIT("default-src 'self'; base-uri 'none'; "
					"frame-ancestors 'none'; form-action 'none'");
	exchange_answer(x, 200, r->type);
}

static void
act_metrics(struct exchange *x)
{
	struct buf text;

	buf_init(&text, COUNTERS_TEXT_BYTES);
	counters_print(&x->service->counters, &text);
	buf_add(&x->room->answer, buf_span(&text));
	CHECK(buf_ok(&text));
	buf_release(&text);
	exchange_answer(x, 200, SPAN_LIT("text/plain; version=0.0.4; charset=utf-8"));
}

/* ---- commands ------------------------------------------------------------------------------- */

/* A command has ended without an answer that counts. */
static void
answer_for_command(struct exchange *x, enum answer_end end, int status)
{
	static char reason[80];
	enum answer_code code = answer_of_end(end, status);
	static const char *const ends[] = {[END_STATUS] = "the command left no answer: status",
					   [END_SIGNAL] = "the command was ended: signal",
					   [END_LATE] = "the command was not done in time: status",
					   [END_FLOOD] = "the command printed too much: status"};

	snprintf(reason, sizeof reason, "%s %d", ends[end], status);
	x->reason = reason;
	if (code == ANSWER_NOT_FOUND)
		exchange_fail(x, code, "there is no such thing", "look at the id");
	else if (code == ANSWER_BAD_REQUEST)
		exchange_fail(x, code, "the request asks for what cannot be", "look at its values");
	else if (code == ANSWER_UNAVAILABLE)
		exchange_fail(x, code, "the service cannot do it now", "try again later");
	else if (code == ANSWER_TIMEOUT)
		exchange_fail(x, code, "it took too long", "try again later");
	else
		exchange_fail(x, code, "the service failed", "tell the operator");
}

static void
answer_of_command(struct exchange *x, enum answer_end end, int status)
{
	const struct route *r = x->match.route;
	struct span printed = buf_span(&x->room->printed);
	enum answer_code code;

	if (end != END_STATUS || (status != 0 && status != 1 && status != 100) ||
	    (r->type.ptr && status != 0) || (!r->type.ptr && printed.len == 0 && !r->array) ||
	    (printed.len == 0 && status == 100)) {
		answer_for_command(x, end, status);
		return;
	}
	if (r->type.ptr) {
		buf_add(&x->room->answer, printed);
		exchange_answer(x, 200, r->type);
		return;
	}
	if (!answer_take(printed, r->array, &x->room->answer)) {
		x->reason = "the command printed what it must not";
		exchange_fail(x, ANSWER_INTERNAL, "the service failed", "tell the operator");
		return;
	}
	code = answer_code_of(json_trim(buf_span(&x->room->answer)));
	counters_answer(&x->service->counters, code);
	x->reason = code == ANSWER_FINE ? NULL : answer_code_name(code);
	exchange_answer(x, answer_code_status(code), SPAN_LIT("application/json"));
}

/* The service's variables and the request's own. */
static void
fill_environment(struct exchange *x, char *out[], char room[3][128])
{
	size_t n = x->service->environment_n;

	memcpy(out, x->service->environment, n * sizeof out[0]);
	snprintf(room[0], sizeof room[0], "REQUEST_METHOD=%s", http_method_name(x->request.method));
	snprintf(room[1], sizeof room[1], "REQUEST_ID=%s", x->id);
	snprintf(room[2], sizeof room[2], "REMOTE_ADDR=%s", x->peer->ip);
	for (size_t i = 0; i < 3; i++)
		out[n + i] = room[i];
	out[n + 3] = NULL;
}

static void
act_run(struct exchange *x)
{
	char *argv[ROUTE_WORDS + 1], *environment[SERVICE_ENVIRONMENT + 4], room[3][128], *at;
	struct command c = {.argv = argv,
			    .environment = environment,
			    .body = buf_span(&x->room->body),
			    .deadline_us = exchange_after(x->match.route->timeout_s)};
	enum answer_end end;
	const char *why;
	int status;
	size_t n;

	buf_clear(&x->room->arguments);
	buf_clear(&x->room->printed);
	why = route_arguments(&x->match, x->request.query, &x->room->arguments, &n);
	if (why) {
		exchange_refuse(x, 400, why, "look at the query");
		return;
	}
	at = x->room->arguments.ptr;
	for (size_t i = 0; i < n; i++, at += strlen(at) + 1)
		argv[i] = at;
	argv[n] = NULL;
	fill_environment(x, environment, room);
	if (command_run(&c, &x->room->printed, &end, &status)) {
		answer_of_command(x, end, status);
		return;
	}
	diag(DIAG_ERROR, "command", diag_str("name", argv[0]), diag_errno(errno));
	exchange_fail(x, ANSWER_UNAVAILABLE, "the service cannot do it now", "try again later");
}

/* ---- which ---------------------------------------------------------------------------------- */

void
exchange_act(struct exchange *x)
{
	buf_clear(&x->room->answer);
	switch (x->match.route->action) {
	case ROUTE_HEALTHZ:
		buf_str(&x->room->answer, "{\"status\":\"ok\"}\n");
		exchange_answer(x, 200, SPAN_LIT("application/json"));
		break;
	case ROUTE_METRICS: act_metrics(x); break;
	case ROUTE_FILE: act_file(x); break;
	case ROUTE_RUN: act_run(x); break;
	}
}
