/* ws-push: subscribers of a stream, by WebSocket and server-sent events (ws-push(1)). */
#include "diag.h"
#include "limit.h"
#include "peer.h"
#include "push.h"
#include "push_listen.h"
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

struct settings {
	struct push_settings push;
	struct push_listen listen;
	const char *directory, *page, *address;
};

static unsigned
seconds(const char *option)
{
	return (unsigned)tool_number(option, optarg, 1, 86400);
}

static void
add_origin(struct push_settings *p)
{
	if (p->origins_n == UPGRADE_ORIGINS)
		tool_usage("given too often", "--origin");
	p->origins[p->origins_n++] = optarg;
}

static void
parse_options(struct settings *o, int argc, char **argv)
{
	enum {
		STREAM = 256,
		PAGE,
		ORIGIN,
		LISTEN,
		MAX,
		PER_SOURCE,
		WRITE,
		PING,
		PONG,
		HEART,
		LIFE
	};
	static const struct option options[] = {
	    {"stream", required_argument, NULL, STREAM},
	    {"page", required_argument, NULL, PAGE},
	    {"origin", required_argument, NULL, ORIGIN},
	    {"listen", required_argument, NULL, LISTEN},
	    {"max", required_argument, NULL, MAX},
	    {"per-source", required_argument, NULL, PER_SOURCE},
	    {"write-timeout", required_argument, NULL, WRITE},
	    {"ping", required_argument, NULL, PING},
	    {"pong-timeout", required_argument, NULL, PONG},
	    {"heartbeat", required_argument, NULL, HEART},
	    {"life", required_argument, NULL, LIFE},
	    {0},
	};

	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case STREAM: o->directory = optarg; break;
		case PAGE: o->page = optarg; break;
		case ORIGIN: add_origin(&o->push); break;
		case LISTEN: o->address = optarg; break;
		case MAX:
			o->listen.max =
			    (unsigned)tool_number("--max", optarg, 1, PUSH_SUBSCRIBERS_MAX);
			break;
		case PER_SOURCE:
			o->listen.per_source =
			    (unsigned)tool_number("--per-source", optarg, 0, PUSH_SUBSCRIBERS_MAX);
			break;
		case WRITE: o->push.write_s = seconds("--write-timeout"); break;
		case PING: o->push.ping_s = seconds("--ping"); break;
		case PONG: o->push.pong_s = seconds("--pong-timeout"); break;
		case HEART: o->push.heartbeat_s = seconds("--heartbeat"); break;
		case LIFE: o->push.life_s = seconds("--life"); break;
		}
	}
	tool_no_operands(argc, argv);
	if (!o->directory)
		tool_usage("which stream?", "--stream");
}

static int
open_directory(const char *name)
{
	int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		tool_die(EXIT_CONFIG, "directory", name, strerror(errno));
	return fd;
}

/* -1 where the kernel has no more of them for this user: then we look ten times a second. */
static int
watch(const char *directory)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd >= 0 && inotify_add_watch(fd, directory, IN_MODIFY | IN_MOVED_TO) >= 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

int
main(int argc, char **argv)
{
	static struct settings o = {.push = {.page = -1,
					     .head_s = 10,
					     .write_s = 10,
					     .ping_s = 30,
					     .pong_s = 60,
					     .heartbeat_s = 15,
					     .life_s = 86400},
				    .listen = {.max = PUSH_SUBSCRIBERS, .per_source = 16}};
	struct peer peer;

	peer_keep_off_stderr();
	tool_start(TOOL_DURABLE);
	parse_options(&o, argc, argv);
	o.push.directory = open_directory(o.directory);
	if (o.page)
		o.push.page = open_directory(o.page);
	if (o.address)
		return (int)push_listen(&o.push, &o.listen, o.address, watch(o.directory));
	peer_find(&peer, 0, true);
	push_serve(&o.push, 0, 1, watch(o.directory), peer.ip);
	return EXIT_YES;
}
