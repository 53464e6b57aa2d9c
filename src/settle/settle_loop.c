/* settle_loop: the rounds: take in what has come, do what is due, commit, let out. */
#include "settle_parts.h"

#include "diag.h"
#include "line.h"
#include "stop.h"
#include "tool.h"
#include "utc.h"

#include <errno.h>
#include <signal.h>

/* More swaps than that at once, and trades wait in the pipe. */
#define PENDING_MAX 20000
#define IDLE_US 50000
#define COMMANDS_US 500000

static volatile sig_atomic_t snapshot_wanted;

static void
on_snapshot(int number)
{
	(void)number;
	snapshot_wanted = 1;
}

void
settle_snapshot_on_signal(void)
{
	struct sigaction on_usr1 = {.sa_handler = on_snapshot};

	sigemptyset(&on_usr1.sa_mask);
	sigaction(SIGUSR1, &on_usr1, NULL);
}

/* ---- what has come ---- */

static void
take_input(struct settle *t)
{
	struct span line;
	bool too_long;

	if (!source_fill(&t->in))
		tool_die(EXIT_TEMP, "stdin", NULL, strerror(errno));
	while (source_line(&t->in, &line, &too_long))
		settle_take_line(t, line, too_long);
}

static size_t
list_polls(struct settle *t, struct pollfd p[], struct child *children[])
{
	struct flow *f = &t->flow;
	struct child *c;
	size_t n = 0;

	p[n] = (struct pollfd){.fd = t->in.at_end || f->pending_n >= PENDING_MAX ? -1 : 0,
			       .events = POLLIN};
	children[n++] = NULL;
	for (size_t i = 0; (c = flow_child(f, i)) != NULL; i++) {
		if (c->pid == 0)
			continue;
		p[n] = (struct pollfd){.fd = c->from.fd, .events = POLLIN};
		children[n++] = c;
		if (c->out_done < c->out.len) {
			p[n] = (struct pollfd){.fd = c->to, .events = POLLOUT};
			children[n++] = c;
		}
	}
	return n;
}

static void
wait_for_more(struct settle *t, int64_t until_us)
{
	struct pollfd p[4 * CONFIG_CHAINS_MAX + 5];
	struct child *children[4 * CONFIG_CHAINS_MAX + 5];
	size_t n = list_polls(t, p, children);
	int64_t wait_us = until_us - utc_monotonic_us();
	int ready;

	if (t->flow.unmarked && wait_us > IDLE_US)
		wait_us = IDLE_US;
	ready = stop_poll(p, n, wait_us <= 0 ? 0 : (int)(wait_us / 1000) + 1);
	if (ready < 0 && errno != EINTR)
		tool_die(EXIT_TEMP, "poll", NULL, strerror(errno));
	t->flow.now_us = utc_monotonic_us();
	t->flow.clock_us = utc_now_us();
	if (ready == 0 && t->flow.unmarked) {
		t->flow.unmarked = false;
		if (!wal_mark(&t->flow.wal))
			tool_die(EXIT_TEMP, "log", NULL, strerror(wal_error(&t->flow.wal)));
	}
	for (size_t i = 0; ready > 0 && i < n; i++) {
		if (!p[i].revents)
			continue;
		if (!children[i])
			take_input(t);
		else if (p[i].events == POLLIN)
			child_read(children[i], t->flow.now_us);
	}
}

/* ---- what goes out ---- */

/* What rests on the log goes out after it. */
static void
let_out(struct settle *t)
{
	struct flow *f = &t->flow;
	struct child *c;

	flow_commit(f);
	by_hand_done(&t->by_hand, t->state.directory);
	if (f->out.len && !write_all(1, buf_span(&f->out)))
		tool_die(EXIT_TEMP, "stdout", NULL, strerror(errno));
	buf_clear(&f->out);
	for (size_t i = 0; (c = flow_child(f, i)) != NULL; i++)
		child_flush(c, f->now_us);
}

/* ---- rounds ---- */

static int64_t
watch_children(struct flow *f)
{
	int64_t next = INT64_MAX, due;
	struct child *c;

	for (size_t i = 0; (c = flow_child(f, i)) != NULL; i++) {
		due = child_watch(c, f->now_us);
		if (c->pid == 0 && c->start_us > f->now_us && c->start_us < due)
			due = c->start_us;
		next = due < next ? due : next;
	}
	return next;
}

static void
go_rounds(struct settle *t)
{
	struct flow *f = &t->flow;

	while (!stop_requested()) {
		int64_t next, due;

		if (f->now_us >= t->commands_us) {
			t->commands_us = f->now_us + COMMANDS_US;
			by_hand_take(&t->by_hand, f, t->state.directory);
		}
		due = watch_children(f);
		next = flow_drive(f);
		/* what a drive has logged may make the next step possible at once */
		if (f->log.len)
			next = f->now_us;
		let_out(t);
		book_state_snapshot_if_due(&t->state, f, snapshot_wanted);
		snapshot_wanted = 0;
		if (t->in.at_end && flow_idle(f))
			return;
		metrics_write_sometimes(&f->gauges.metrics);
		wait_for_more(t, due < next ? due : next);
	}
}

void
settle_run(struct settle *t)
{
	go_rounds(t);
	let_out(t);
}

int
settle_finish(struct settle *t)
{
	struct flow *f = &t->flow;
	enum exit_status status;
	struct child *c;

	for (size_t i = 0; (c = flow_child(f, i)) != NULL; i++)
		child_stop(c);
	status = tool_finish(flow_needs_somebody(f) ? EXIT_NO : EXIT_YES);
	book_archive_close(&t->state.archive);
	if (!wal_close(&f->wal))
		tool_die(EXIT_TEMP, "log", NULL, strerror(wal_error(&f->wal)));
	if (!metrics_write(&f->gauges.metrics)) {
		diag(DIAG_WARNING, "metrics", diag_str("file", t->metrics_file), diag_errno(errno));
		if (status == EXIT_YES)
			status = EXIT_TEMP;
	}
	return (int)status;
}
