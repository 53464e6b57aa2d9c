/* settle_start: the state directory, the configuration, the book and the programs, until the first
 * line can be taken. Whatever is wrong ends the program. */
#include "settle_parts.h"

#include "check.h"
#include "durable.h"
#include "sandbox.h"
#include "tool.h"
#include "utc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>

void
settle_open_state(struct settle *t)
{
	char commands[4096];

	if (snprintf(commands, sizeof commands, "%s/commands", t->state_name) >=
	    (int)sizeof commands)
		tool_die(EXIT_CONFIG, "state", t->state_name, strerror(ENAMETOOLONG));
	if (!durable_make_directories(AT_FDCWD, commands, 0750))
		tool_die(EXIT_CONFIG, "state", t->state_name, strerror(errno));
	t->state.directory = open(t->state_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->state.directory < 0)
		tool_die(EXIT_CONFIG, "state", t->state_name, strerror(errno));
}

void
settle_init_book(struct settle *t)
{
	uint64_t secret[3];

	if (getrandom(secret, sizeof secret, 0) != sizeof secret)
		tool_die(EXIT_TEMP, "start", NULL, strerror(errno));
	swap_book_init(&t->flow.book, secret);
	t->flow.random = secret[2] | 1;
}

/* ---- addresses of the configuration ---- */

/* An address of the configuration file, which is not in the log. */
static void
take_address(void *context, struct span line)
{
	struct settle *t = context;
	const char *why;

	t->flow.book.from_outside = true;
	why = swap_book_apply(&t->flow.book, line);
	t->flow.book.from_outside = false;
	if (!span_starts(line, SPAN_LIT("{\"type\":\"address\"")))
		why = "only types chain, signer, screener, limit, policy and address (type first)";
	if (why)
		tool_die(EXIT_CONFIG, "settings", t->config, why);
	buf_add(&t->addresses, line);
	buf_byte(&t->addresses, '\n');
}

/* The book was emptied: once more. */
static void
take_addresses(void *context)
{
	struct settle *t = context;
	struct span rest = buf_span(&t->addresses), line;

	t->flow.book.from_outside = true;
	while (wal_next_line(&rest, &line))
		CHECK(!swap_book_apply(&t->flow.book, line));
	t->flow.book.from_outside = false;
}

/* ---- all of it ---- */

static void
set_children(struct settle *t)
{
	struct flow *f = &t->flow;
	struct child *c;

	for (size_t i = 0; (c = flow_child(f, i)) != NULL; i++) {
		c->answer = flow_take_answer;
		c->context = f;
	}
}

void
settle_start(struct settle *t)
{
	struct flow *f = &t->flow;

	settle_snapshot_on_signal();
	buf_init(&f->log, SETTLE_ROUND_MAX);
	buf_init(&f->out, SETTLE_ROUND_MAX);
	buf_init(&f->line, LIMIT_LINE_BYTES);
	buf_init(&f->request, LIMIT_LINE_BYTES);
	buf_init(&t->addresses, SETTLE_ROUND_MAX);
	settle_init_book(t);
	config_read(&f->config, t->config, take_address, t);
	for (size_t i = 0; i < f->config.chains_n; i++)
		if (!f->config.signer[0] && !f->config.chains[i].signer[0])
			tool_die(EXIT_CONFIG, "settings", t->config, "names no signer");
	gauges_init(&f->gauges, t->metrics_file, &f->config);
	settle_open_state(t);
	book_state_open(&t->state, t->state_name, f, take_addresses, t);
	if (t->resume)
		settle_resume(t);
	if (!source_init(&t->in, 0))
		tool_die(EXIT_TEMP, "start", NULL, strerror(ENOMEM));
	sandbox_doors(1);
	f->now_us = utc_monotonic_us();
	f->clock_us = utc_now_us();
	flow_start(f);
	set_children(t);
}
