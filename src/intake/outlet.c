#include "outlet.h"

#include "diag.h"
#include "line.h"
#include "stop.h"
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

/* How long a wait for the last events lasts before signals are looked at. */
#define DRAIN_MS 200

_Noreturn void
outlet_fail(const char *event, int error)
{
	tool_die(EXIT_TEMP, event, NULL, strerror(error));
}

static void
log_append(struct outlet *o)
{
	if (o->state < 0) {
		buf_clear(&o->log);
		return;
	}
	if (o->log.len == 0)
		return;
	if (!wal_append(&o->wal, buf_span(&o->log)))
		outlet_fail("log", wal_error(&o->wal));
	buf_clear(&o->log);
	o->unmarked = true;
}

static void
log_line(struct outlet *o, struct span line)
{
	if (o->state < 0)
		return;
	buf_add(&o->log, line);
	buf_byte(&o->log, '\n');
	if (o->log.len >= OUTLET_BYTES)
		log_append(o);
}

static void
take_event(struct outlet *o, struct span line, bool too_long)
{
	struct event e;
	uint64_t missed = o->gate->events_missed;
	const char *why = too_long ? "longer than a line may be" : event_read(line, &e);

	if (why) {
		diag(DIAG_WARNING, "event", diag_str("why", why));
		o->status = EXIT_NO;
		return;
	}
	if (gate_event(o->gate, &e))
		log_line(o, line);
	if (o->gate->events_missed != missed) {
		diag(DIAG_WARNING, "events-missed", diag_u64("before", e.seq),
		     diag_u64("missed", o->gate->events_missed - missed));
		o->status = EXIT_NO;
	}
}

/* One read of events, which must be there (or the end of the file). */
static bool
read_events(struct outlet *o)
{
	struct span line;
	bool too_long;

	if (!source_fill(&o->events)) {
		if (errno == EAGAIN)
			return false;
		outlet_fail("events", errno);
	}
	/* a file may be written on; its last line may be half there */
	if (o->events.at_end && o->events.regular) {
		o->events.at_end = false;
		return false;
	}
	while (source_line(&o->events, &line, &too_long))
		take_event(o, line, too_long);
	if (o->events.at_end)
		o->events.fd = -1;
	return o->events.fd >= 0;
}

/* All events that are there now. */
void
outlet_catch_events(struct outlet *o)
{
	struct pollfd p = {.fd = o->events.fd, .events = POLLIN};

	while (o->events.fd >= 0 && poll(&p, 1, 0) > 0)
		if (!read_events(o))
			break;
}

/*
 * match cannot take our output while it waits for somebody to read its events, and that is us: so a
 * write must not block as long as there are events to read. A pipe that is ready takes PIPE_BUF
 * bytes.
 */
static void
write_out(struct outlet *o, struct span bytes)
{
	while (bytes.len) {
		struct pollfd p[2] = {{.fd = 1, .events = POLLOUT},
				      {.fd = o->events.fd, .events = POLLIN}};
		ssize_t n;

		if (o->events.fd < 0 || o->events.regular) {
			if (!write_all(1, bytes))
				outlet_fail("stdout", errno);
			return;
		}
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			outlet_fail("poll", errno);
		if (p[1].revents)
			outlet_catch_events(o);
		if (!p[0].revents)
			continue;
		n = write(1, bytes.ptr, bytes.len < PIPE_BUF ? bytes.len : PIPE_BUF);
		if (n < 0 && errno != EINTR)
			outlet_fail("stdout", errno);
		if (n > 0) {
			bytes.ptr += n;
			bytes.len -= (size_t)n;
		}
	}
}

void
outlet_log(struct outlet *o)
{
	log_append(o);
	if (o->state >= 0 && wal_last(&o->wal) > wal_durable(&o->wal) && !wal_sync(&o->wal))
		outlet_fail("log", wal_error(&o->wal));
}

/* Nothing is printed before the log that holds it is synced. */
void
outlet_commit(struct outlet *o)
{
	outlet_log(o);
	write_out(o, buf_span(&o->out));
	buf_clear(&o->out);
}

bool
outlet_again(struct outlet *o, struct span line)
{
	buf_add(&o->out, line);
	buf_byte(&o->out, '\n');
	if (!buf_ok(&o->out))
		outlet_fail("output", ENOMEM);
	return o->out.len < OUTLET_BYTES;
}

void
outlet_line(struct outlet *o, struct span line)
{
	o->lines++;
	log_line(o, line);
	if (!outlet_again(o, line))
		outlet_commit(o);
}

/* Our output has ended, so match's will: what it still says is taken in. */
void
outlet_drain(struct outlet *o)
{
	struct pollfd p = {.fd = o->events.fd, .events = POLLIN};

	while (o->events.fd >= 0 && !o->events.regular && !stop_requested()) {
		if (stop_poll(&p, 1, DRAIN_MS) > 0)
			outlet_catch_events(o);
	}
	log_append(o);
}

int
outlet_open_events(const char *name)
{
	int fd;

	if (strspn(name, "0123456789") == strlen(name)) {
		fd = (int)tool_number("--events", name, 3, 1 << 20);
		if (fcntl(fd, F_GETFD) < 0)
			tool_die(EXIT_CONFIG, "events", name, strerror(errno));
		return fd;
	}
	/* opening a pipe waits for nobody, and it ends when those who write to it have gone */
	fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		tool_die(EXIT_CONFIG, "events", name, strerror(errno));
	return fd;
}
