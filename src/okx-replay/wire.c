#include "wire.h"

#include "check.h"
#include "tool.h"
#include "utc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* A GET has no body; what a POST carries is signed, so it is kept, up to this. */
#define BODY_BYTES_MAX (64u << 10)

/* One request from its first line until its reply is sent. */
struct visit {
	struct wire *wire;
	struct MHD_Connection *connection;
	char *target;
	struct buf body;
	struct reply reply;
	bool begun, answered;
	size_t sent;
	int64_t due_us; /* when it goes on */
	struct visit *next;
};

/* ---- waiting ---- */

static void
wait_until(struct visit *v, int64_t due_us)
{
	v->due_us = due_us;
	v->next = v->wire->waiting;
	v->wire->waiting = v;
	MHD_suspend_connection(v->connection);
}

/* Let those go on whose time has come; all of them when the server stops. */
static void
resume(struct wire *w, int64_t now_us)
{
	struct visit **at = &w->waiting;

	while (*at) {
		struct visit *v = *at;

		if (v->due_us > now_us) {
			at = &v->next;
			continue;
		}
		*at = v->next;
		MHD_resume_connection(v->connection);
	}
}

/* ---- one request ---- */

static void *
begin(void *context, const char *target, struct MHD_Connection *connection)
{
	struct visit *v = calloc(1, sizeof *v);

	CHECK(v);
	v->wire = context;
	v->connection = connection;
	v->target = strdup(target);
	CHECK(v->target);
	buf_init(&v->body, BODY_BYTES_MAX);
	buf_init(&v->reply.body, REPLY_BYTES_MAX);
	return v;
}

static void
end(void *context, struct MHD_Connection *connection, void **con_cls,
    enum MHD_RequestTerminationCode why)
{
	struct visit *v = *con_cls;

	(void)context, (void)connection, (void)why;
	*con_cls = NULL;
	if (!v)
		return;
	free(v->target);
	buf_release(&v->body);
	buf_release(&v->reply.body);
	free(v);
}

static void
print_peer(struct MHD_Connection *connection, char out[INET6_ADDRSTRLEN])
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const void *address = NULL;

	out[0] = 0;
	if (!info)
		return;
	if (info->client_addr->sa_family == AF_INET)
		address = &((const struct sockaddr_in *)(const void *)info->client_addr)->sin_addr;
	else if (info->client_addr->sa_family == AF_INET6)
		address =
		    &((const struct sockaddr_in6 *)(const void *)info->client_addr)->sin6_addr;
	if (address)
		inet_ntop(info->client_addr->sa_family, address, out, INET6_ADDRSTRLEN);
}

static struct span
header(struct visit *v, const char *name)
{
	return span_of(MHD_lookup_connection_value(v->connection, MHD_HEADER_KIND, name));
}

static void
ask(struct visit *v, const char *method)
{
	char peer[INET6_ADDRSTRLEN];
	struct request q = {
	    .method = span_of(method),
	    .target = span_of(v->target),
	    .body = buf_span(&v->body),
	    .key = header(v, "OK-ACCESS-KEY"),
	    .sign = header(v, "OK-ACCESS-SIGN"),
	    .timestamp = header(v, "OK-ACCESS-TIMESTAMP"),
	    .passphrase = header(v, "OK-ACCESS-PASSPHRASE"),
	    .simulated = header(v, "x-simulated-trading"),
	};

	print_peer(v->connection, peer);
	q.peer = span_of(peer);
	v->wire->serve(v->wire->context, &q, &v->reply);
	v->answered = true;
}

/* ---- the reply ---- */

/* Bytes of the body for a reply that does not come whole. */
static ssize_t
produce(void *context, uint64_t position, char *out, size_t room)
{
	struct visit *v = context;
	const struct reply *r = &v->reply;
	size_t left = r->body.len - r->cut - v->sent, n = left < room ? left : room;

	(void)position;
	if (left == 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (r->chunk) {
		int64_t now_us = utc_monotonic_us();

		if (v->due_us > now_us) {
			wait_until(v, v->due_us);
			return 0;
		}
		v->due_us = now_us + (int64_t)r->delay_ms * 1000;
		n = n < r->chunk ? n : r->chunk;
	}
	memcpy(out, r->body.ptr + v->sent, n);
	v->sent += n;
	return (ssize_t)n;
}

static enum MHD_Result
send_reply(struct visit *v)
{
	struct reply *r = &v->reply;
	struct MHD_Response *response;
	enum MHD_Result result;

	if (r->cut || r->chunk)
		response = MHD_create_response_from_callback(r->body.len, 16384, produce, v, NULL);
	else
		response = MHD_create_response_from_buffer(r->body.len, r->body.ptr,
							   MHD_RESPMEM_PERSISTENT);
	CHECK(response);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, r->content_type);
	result = MHD_queue_response(v->connection, r->status, response);
	MHD_destroy_response(response);
	return result;
}

/* The kernel sends RST at once when a connected socket is connected to nothing. */
static enum MHD_Result
reset(struct visit *v)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(v->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct sockaddr nothing = {.sa_family = AF_UNSPEC};

	if (info)
		(void)connect(info->connect_fd, &nothing, sizeof nothing);
	return MHD_NO;
}

static enum MHD_Result
handle(void *context, struct MHD_Connection *connection, const char *url, const char *method,
       const char *version, const char *upload, size_t *upload_size, void **con_cls)
{
	struct visit *v = *con_cls;

	(void)context, (void)connection, (void)url, (void)version;
	if (!v->begun) {
		v->begun = true;
		return MHD_YES;
	}
	if (*upload_size) {
		buf_add(&v->body, (struct span){upload, *upload_size});
		*upload_size = 0;
		return MHD_YES;
	}
	if (!v->answered) {
		ask(v, method);
		if (v->reply.reset)
			return reset(v);
		if (v->reply.delay_ms && !v->reply.chunk) {
			wait_until(v, utc_monotonic_us() + (int64_t)v->reply.delay_ms * 1000);
			return MHD_YES;
		}
	}
	return send_reply(v);
}

/* ---- the server ---- */

/* HOST:PORT as a socket address; its length, or 0. */
static socklen_t
read_address(const char *text, struct sockaddr_storage *out)
{
	const char *colon = strrchr(text, ':');
	size_t host_len = colon ? (size_t)(colon - text) : 0;
	bool v6 = host_len > 2 && text[0] == '[' && colon[-1] == ']';
	struct sockaddr_in *in = (void *)out;
	struct sockaddr_in6 *in6 = (void *)out;
	char host[INET6_ADDRSTRLEN];
	uint16_t port;

	if (!colon)
		return 0;
	snprintf(host, sizeof host, "%.*s", (int)(v6 ? host_len - 2 : host_len), text + v6);
	port = htons((uint16_t)tool_number("--listen", colon + 1, 0, 65535));
	memset(out, 0, sizeof *out);
	if (v6) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = port;
		return inet_pton(AF_INET6, host, &in6->sin6_addr) == 1 ? sizeof *in6 : 0;
	}
	in->sin_family = AF_INET;
	in->sin_port = port;
	return inet_pton(AF_INET, host, &in->sin_addr) == 1 ? sizeof *in : 0;
}

static int
open_socket(const char *text, struct sockaddr_storage *address)
{
	socklen_t len = read_address(text, address);
	int yes = 1, fd;

	if (len == 0)
		tool_die(EXIT_CONFIG, "listen", text, "not HOST:PORT with a numeric address");
	fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
	    bind(fd, (const struct sockaddr *)address, len) != 0 || listen(fd, SOMAXCONN) != 0 ||
	    getsockname(fd, (struct sockaddr *)address, &len) != 0)
		tool_die(EXIT_TEMP, "listen", text, strerror(errno));
	return fd;
}

static void
print_url(struct wire *w, const struct sockaddr_storage *address)
{
	const struct sockaddr_in *in = (const void *)address;
	const struct sockaddr_in6 *in6 = (const void *)address;
	char host[INET6_ADDRSTRLEN] = "";

	if (address->ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
		snprintf(w->url, sizeof w->url, "http://[%s]:%u", host, ntohs(in6->sin6_port));
	} else {
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
		snprintf(w->url, sizeof w->url, "http://%s:%u", host, ntohs(in->sin_port));
	}
}

void
wire_start(struct wire *w, const char *listen_on)
{
	struct sockaddr_storage address;
	int fd = open_socket(listen_on, &address);
	const union MHD_DaemonInfo *info;

	print_url(w, &address);
	w->daemon =
	    MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, w,
			     MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK, begin, w,
			     MHD_OPTION_NOTIFY_COMPLETED, end, w, MHD_OPTION_CONNECTION_TIMEOUT,
			     60u, MHD_OPTION_END);
	if (!w->daemon)
		tool_die(EXIT_TEMP, "listen", listen_on, "libmicrohttpd would not start");
	info = MHD_get_daemon_info(w->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	CHECK(info);
	w->fd = info->epoll_fd;
}

int
wire_timeout_ms(const struct wire *w)
{
	int64_t now_us = utc_monotonic_us(), least_ms = INT_MAX;
	MHD_UNSIGNED_LONG_LONG timeout_ms;

	if (MHD_get_timeout(w->daemon, &timeout_ms) == MHD_YES && timeout_ms < INT_MAX)
		least_ms = (int64_t)timeout_ms;
	for (const struct visit *v = w->waiting; v; v = v->next) {
		int64_t left_ms = v->due_us <= now_us ? 0 : (v->due_us - now_us) / 1000 + 1;

		least_ms = left_ms < least_ms ? left_ms : least_ms;
	}
	return least_ms == INT_MAX ? -1 : (int)least_ms;
}

void
wire_run(struct wire *w)
{
	resume(w, utc_monotonic_us());
	CHECK(MHD_run(w->daemon) == MHD_YES);
}

void
wire_stop(struct wire *w)
{
	/* none may be suspended when the daemon stops */
	resume(w, INT64_MAX);
	MHD_stop_daemon(w->daemon);
	w->daemon = NULL;
}
