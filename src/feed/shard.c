/* shard: split a stream by symbol. */
#include "buf.h"
#include "diag.h"
#include "limit.h"
#include "line.h"
#include "routing.h"
#include "sandbox.h"
#include "source.h"
#include "stop.h"
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>

/* Of a rejected line, what is repeated. */
#define INPUT_BYTES 4096

struct shard {
	unsigned n;
	unsigned index; /* as a filter */
	bool keeps_one, numbers;
	struct line_writer outs[RENDEZVOUS_SHARDS_MAX];
	struct routing routing;
	struct source in;
	struct buf text;
	uint64_t number;
	enum exit_status status;
};

/* ---- options ---- */

static int
open_output(const char *name)
{
	int fd;

	if (*name && strspn(name, "0123456789") == strlen(name)) {
		fd = (int)tool_number("--to", name, 1, 1 << 20);
		if (fcntl(fd, F_GETFD) < 0)
			tool_die(EXIT_CONFIG, "open", name, strerror(errno));
		return fd;
	}
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		tool_die(EXIT_CONFIG, "open", name, strerror(errno));
	return fd;
}

static void
add_output(struct shard *s, int fd)
{
	if (!line_writer_init(&s->outs[s->n], fd))
		tool_die(EXIT_TEMP, "start", NULL, strerror(ENOMEM));
	s->n++;
}

static void
open_outputs(struct shard *s, char *list)
{
	while (list) {
		char *comma = strchr(list, ',');

		if (comma)
			*comma++ = 0;
		if (s->n == RENDEZVOUS_SHARDS_MAX)
			tool_usage("at most 64", "--to");
		add_output(s, open_output(list));
		list = comma;
	}
}

static void
parse_options(struct shard *s, int argc, char **argv)
{
	enum { OF = 256, INDEX, NUMBERS, TO };
	static const struct option options[] = {{"of", required_argument, NULL, OF},
						{"index", required_argument, NULL, INDEX},
						{"numbers", no_argument, NULL, NUMBERS},
						{"to", required_argument, NULL, TO},
						{0}};
	uint64_t of = 0, index = UINT64_MAX;
	char *to = NULL;

	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case OF: of = tool_number("--of", optarg, 1, RENDEZVOUS_SHARDS_MAX); break;
		case INDEX:
			index = tool_number("--index", optarg, 0, RENDEZVOUS_SHARDS_MAX - 1);
			break;
		case NUMBERS: s->numbers = true; break;
		case TO: to = optarg; break;
		}
	}
	tool_no_operands(argc, argv);
	if (to ? of || index != UINT64_MAX || s->numbers : index >= of)
		tool_usage("--of N and --index below N, or --to", NULL);
	if (to) {
		open_outputs(s, to);
		return;
	}
	add_output(s, 1);
	s->keeps_one = true;
	s->n = (unsigned)of;
	s->index = (unsigned)index;
}

/* ---- where to ---- */

static void
put(struct shard *s, unsigned shard, struct span line)
{
	if (!s->keeps_one)
		line_write(&s->outs[shard], line);
	else if (shard == s->index)
		line_write(&s->outs[0], line);
}

static void
put_record(struct shard *s, unsigned shard, struct span line)
{
	if (s->numbers) {
		buf_clear(&s->text);
		buf_u64(&s->text, s->number);
		line = buf_span(&s->text);
	}
	put(s, shard, line);
}

static void
reject(struct shard *s, struct span line, const char *reason, const char *why)
{
	s->status = EXIT_NO;
	if (s->numbers) {
		put_record(s, 0, line);
		return;
	}
	if (line.len > INPUT_BYTES)
		line.len = INPUT_BYTES;
	buf_clear(&s->text);
	buf_byte(&s->text, '{');
	buf_json_member_string(&s->text, "type", SPAN_LIT("reject"));
	buf_json_member_u64(&s->text, "in", s->number);
	buf_json_member_string(&s->text, "reason", span_of(reason));
	buf_json_member_string(&s->text, "msg", span_of(why));
	buf_json_member_string(&s->text, "input", line);
	buf_byte(&s->text, '}');
	put(s, 0, buf_span(&s->text));
}

static void
take_line(struct shard *s, struct span line, bool too_long)
{
	struct routed to;

	s->number++;
	if (too_long) {
		reject(s, line, "TOO_LONG", "longer than 1 MiB");
		return;
	}
	to = routing_line(&s->routing, line);
	switch (to.route) {
	case ROUTE_ONE: put_record(s, to.shard, line); break;
	case ROUTE_ALL:
		for (unsigned i = 0; i < s->n; i++)
			put_record(s, i, line);
		break;
	case ROUTE_REFUSED: reject(s, line, to.reason, to.why); break;
	}
}

/* ---- the loop ---- */

static size_t
writers(const struct shard *s)
{
	return s->keeps_one ? 1 : s->n;
}

static bool
flush_all(struct shard *s)
{
	for (size_t i = 0; i < writers(s); i++)
		if (!line_flush(&s->outs[i]))
			return false;
	return true;
}

/* What has been read is out before a wait. False at the end. */
static bool
read_more(struct shard *s)
{
	struct pollfd p = {.fd = 0, .events = POLLIN};

	if (s->in.at_end)
		return false;
	if (poll(&p, 1, 0) == 0) {
		if (!flush_all(s))
			return false;
		while (stop_poll(&p, 1, -1) < 0 && errno == EINTR && !stop_requested())
			;
	}
	if (stop_requested())
		return false;
	if (!source_fill(&s->in)) {
		diag(DIAG_ERROR, "stdin", diag_errno(errno));
		s->status = EXIT_TEMP;
		return false;
	}
	return true;
}

static void
run(struct shard *s)
{
	struct span line;
	bool too_long;

	do {
		while (source_line(&s->in, &line, &too_long))
			take_line(s, line, too_long);
		for (size_t i = 0; i < writers(s); i++)
			if (s->outs[i].error)
				return;
	} while (read_more(s));
}

static enum exit_status
finish(struct shard *s)
{
	flush_all(s);
	for (size_t i = 0; i < writers(s); i++) {
		if (!s->outs[i].error)
			continue;
		diag(DIAG_ERROR, s->keeps_one ? "stdout" : "output", diag_u64("shard", i),
		     diag_errno(s->outs[i].error));
		s->status = EXIT_TEMP;
	}
	return tool_finish(s->status);
}

int
main(int argc, char **argv)
{
	static struct shard shard;
	uint64_t secret[2];

	tool_start(TOOL_PLAIN);
	parse_options(&shard, argc, argv);
	if (getrandom(secret, sizeof secret, 0) != sizeof secret || !source_init(&shard.in, 0))
		tool_die(EXIT_TEMP, "start", NULL, strerror(errno));
	routing_init(&shard.routing, shard.n, secret);
	buf_init(&shard.text, LIMIT_IO_BYTES);
	sandbox_filter();
	run(&shard);
	return (int)finish(&shard);
}
