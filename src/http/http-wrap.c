/* http-wrap: put programs behind HTTP (http-wrap(1), routes(5)). */
#include "command.h"
#include "diag.h"
#include "limit.h"
#include "listen.h"
#include "sandbox.h"
#include "secret.h"
#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

struct settings {
	const char *routes, *root, *state, *access_log, *listen;
	const char *secret_files[SIGNATURE_KEYS];
	size_t secret_files_n;
	unsigned workers, per_source;
	bool per_source_given, check;
	int state_fd;
};

/* ---- options -------------------------------------------------------------------------------- */

static void
add_to(const char *list[], size_t *n, size_t max, const char *option)
{
	if (*n == max)
		tool_usage("given too often", option);
	list[(*n)++] = optarg;
}

static unsigned
seconds(const char *option)
{
	return (unsigned)tool_number(option, optarg, 1, 3600);
}

static void
parse_options(struct settings *o, struct service *s, int argc, char **argv)
{
	enum {
		ROUTES = 256,
		CHECK_ONLY,
		ROOT,
		STATE,
		SECRET_FILE,
		HOST,
		ACCESS_LOG,
		LISTEN,
		WORKERS,
		PER_SOURCE,
		FIRST,
		HEADER,
		BODY,
		IDLE,
		WRITE
	};
	static const struct option options[] = {
	    {"routes", required_argument, NULL, ROUTES},
	    {"check", no_argument, NULL, CHECK_ONLY},
	    {"root", required_argument, NULL, ROOT},
	    {"state", required_argument, NULL, STATE},
	    {"secret-file", required_argument, NULL, SECRET_FILE},
	    {"host", required_argument, NULL, HOST},
	    {"access-log", required_argument, NULL, ACCESS_LOG},
	    {"listen", required_argument, NULL, LISTEN},
	    {"workers", required_argument, NULL, WORKERS},
	    {"per-source", required_argument, NULL, PER_SOURCE},
	    {"first-timeout", required_argument, NULL, FIRST},
	    {"header-timeout", required_argument, NULL, HEADER},
	    {"body-timeout", required_argument, NULL, BODY},
	    {"idle-timeout", required_argument, NULL, IDLE},
	    {"write-timeout", required_argument, NULL, WRITE},
	    {0},
	};

	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case ROUTES: o->routes = optarg; break;
		case CHECK_ONLY: o->check = true; break;
		case ROOT: o->root = optarg; break;
		case STATE: o->state = optarg; break;
		case SECRET_FILE:
			add_to(o->secret_files, &o->secret_files_n, SIGNATURE_KEYS,
			       "--secret-file");
			break;
		case HOST: add_to(s->hosts, &s->hosts_n, SERVICE_HOSTS, "--host"); break;
		case ACCESS_LOG: o->access_log = optarg; break;
		case LISTEN: o->listen = optarg; break;
		case WORKERS:
			o->workers =
			    (unsigned)tool_number("--workers", optarg, 1, LISTEN_WORKERS_MAX);
			break;
		case PER_SOURCE:
			o->per_source =
			    (unsigned)tool_number("--per-source", optarg, 0, LISTEN_WORKERS_MAX);
			o->per_source_given = true;
			break;
		case FIRST: s->first_timeout = seconds("--first-timeout"); break;
		case HEADER: s->header_timeout = seconds("--header-timeout"); break;
		case BODY: s->body_timeout = seconds("--body-timeout"); break;
		case IDLE: s->idle_timeout = seconds("--idle-timeout"); break;
		case WRITE: s->write_timeout = seconds("--write-timeout"); break;
		}
	}
	tool_no_operands(argc, argv);
	if (!o->routes)
		tool_usage("which routes?", "--routes");
}

/* ---- start-up ------------------------------------------------------------------------------- */

static size_t
read_file(const char *name, int fd, char *out, size_t max)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, out + len, max + 1 - len)) > 0) {
		len += (size_t)n;
		if (len > max)
			tool_die(EXIT_USAGE, "routes", name, "longer than a route file may be");
	}
	if (n < 0)
		tool_die(EXIT_CONFIG, "routes", name, strerror(errno));
	return len;
}

static void
read_routes(const struct settings *o, struct service *s)
{
	static char text[ROUTES_FILE_BYTES + 1];
	struct routes_fault fault;
	int fd = open(o->routes, O_RDONLY | O_CLOEXEC);
	size_t len;

	if (fd < 0) {
		tool_die(EXIT_CONFIG, "routes", o->routes, strerror(errno));
		return;
	}
	len = read_file(o->routes, fd, text, ROUTES_FILE_BYTES);
	close(fd);
	if (routes_parse(text, len, &s->routes, &fault))
		return;
	diag(DIAG_ERROR, "routes", diag_u64("line", fault.line), diag_u64("off", fault.column),
	     diag_str("why", fault.why));
	exit(EXIT_USAGE);
}

static bool
has_action(const struct service *s, enum route_action action)
{
	for (size_t i = 0; i < s->routes.n; i++)
		if (s->routes.list[i].action == action)
			return true;
	return false;
}

static void
open_root(const struct settings *o, struct service *s)
{
	char directory[4096];
	const char *slash = strrchr(o->routes, '/'), *name = o->root;

	s->root = -1;
	if (!has_action(s, ROUTE_FILE))
		return;
	if (!name) {
		snprintf(directory, sizeof directory, "%.*s",
			 slash ? (int)(slash - o->routes + 1) : 1, slash ? o->routes : ".");
		name = directory;
	}
	s->root = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (s->root < 0)
		tool_die(EXIT_CONFIG, "root", name, strerror(errno));
}

static const char *
id_of(const char *file)
{
	const char *slash = strrchr(file, '/'), *id = slash ? slash + 1 : file;

	for (const char *p = id; *p; p++)
		if (!((*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') ||
		      (*p >= 'A' && *p <= 'Z') || strchr("._-", *p)))
			tool_die(EXIT_CONFIG, "secret", file,
				 "its name is the key's id: A-Z a-z 0-9 . _ -");
	return id;
}

static void
read_secret(struct service *s, const char *file)
{
	struct signature_keys *keys = &s->secrets->keys;
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		tool_die(EXIT_CONFIG, "secret", file, strerror(errno));
	if (S_ISREG(st.st_mode) && (st.st_mode & S_IRWXO))
		tool_die(EXIT_CONFIG, "secret", file, "others may read it");
	if (!secret_read_fd(fd, s->secrets->text[keys->n], LIMIT_SECRET_BYTES,
			    &keys->secret[keys->n]))
		tool_die(EXIT_CONFIG, "secret", file, strerror(errno));
	close(fd);
	if (keys->secret[keys->n].len < SIGNATURE_SECRET_MIN_BYTES)
		tool_die(EXIT_CONFIG, "secret", file, "shorter than 32 bytes");
	s->counters.key_ids[keys->n++] = id_of(file);
}

static void
read_secrets(const struct settings *o, struct service *s)
{
	static struct service_secrets none;

	/* locked pages cost a process that has nothing to hide in them */
	s->secrets = &none;
	if (o->secret_files_n) {
		char *memory = secret_memory(sizeof *s->secrets);

		s->secrets = (struct service_secrets *)(void *)memory;
	}
	for (size_t i = 0; i < o->secret_files_n; i++)
		read_secret(s, o->secret_files[i]);
	signature_derive(&s->secrets->keys);
	s->counters.keys = s->secrets->keys.n;
}

static void
open_log(const struct settings *o, struct service *s)
{
	struct stat st;
	char *end;

	s->log_fd = 2;
	if (!o->access_log)
		return;
	if (*o->access_log >= '0' && *o->access_log <= '9') {
		s->log_fd = (int)strtol(o->access_log, &end, 10);
		if (*end == 0 && fstat(s->log_fd, &st) == 0)
			return;
		tool_die(EXIT_CONFIG, "log", o->access_log, "no open descriptor");
	}
	s->log_fd = open(o->access_log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (s->log_fd < 0)
		tool_die(EXIT_CONFIG, "log", o->access_log, strerror(errno));
}

static void
open_state_directory(struct settings *o)
{
	o->state_fd = -1;
	if (!o->state)
		return;
	o->state_fd = open(o->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (o->state_fd < 0 && errno == ENOENT && (mkdir(o->state, 0750) == 0 || errno == EEXIST))
		o->state_fd = open(o->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (o->state_fd < 0)
		tool_die(EXIT_CONFIG, "state", o->state, strerror(errno));
}

/* A file in the state directory, or memory that the workers share. */
static int
open_shared(const struct settings *o, const char *name)
{
	int fd = o->state_fd >= 0 ? openat(o->state_fd, name, O_RDWR | O_CREAT | O_CLOEXEC, 0640)
				  : memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		tool_die(EXIT_CONFIG, "state", name, strerror(errno));
	return fd;
}

static void
open_counters(const struct settings *o, struct service *s)
{
	struct counters *c = &s->counters;
	char name[40];
	int fd = -1;

	c->routes = &s->routes;
	snprintf(name, sizeof name, "http-counters.%08x",
		 counters_sum(&s->routes, c->key_ids, c->keys));
	if (o->state_fd >= 0)
		fd = open_shared(o, name);
	else if (!o->listen && has_action(s, ROUTE_METRICS))
		tool_die(EXIT_CONFIG, "state", "--state", "metrics need it under a super-server");
	if (!counters_open(c, fd))
		tool_die(EXIT_CONFIG, "state", name, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void
open_nonces(const struct settings *o, struct service *s)
{
	bool made;

	if (s->secrets->keys.n == 0)
		return;
	if (o->state_fd < 0 && !o->listen)
		tool_die(EXIT_CONFIG, "state", "--state",
			 "--secret-file needs it under a super-server");
	s->has_nonces = nonces_open(&s->nonces, open_shared(o, "http-nonces"), &made);
	if (!s->has_nonces || (made && o->state_fd >= 0 && fsync(o->state_fd) != 0))
		tool_die(EXIT_CONFIG, "state", "http-nonces", strerror(errno));
}

/* ---- limits --------------------------------------------------------------------------------- */

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static void
lower(__rlimit_resource_t what, rlim_t to)
{
	struct rlimit limit;

	if (getrlimit(what, &limit) != 0)
		tool_die(EXIT_TEMP, "limits", NULL, strerror(errno));
	if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > to)
		limit.rlim_cur = to;
	if (setrlimit(what, &limit) != 0)
		tool_die(EXIT_TEMP, "limits", NULL, strerror(errno));
}

/* For the case that something here is wrong: of ourselves, not of the commands. */
static void
limit_ourselves(bool alone)
{
	command_save_limits();
	lower(RLIMIT_NOFILE, 32);
	if (!SANITIZED)
		lower(RLIMIT_AS, 128u << 20);
	if (alone)
		lower(RLIMIT_CPU, 6);
}

static void
set_backstop(struct service *s)
{
	unsigned longest = 0;

	for (size_t i = 0; i < s->routes.n; i++)
		if (s->routes.list[i].timeout_s > longest)
			longest = s->routes.list[i].timeout_s;
	s->backstop = s->first_timeout + s->idle_timeout + s->header_timeout + s->body_timeout +
		      (ROUTE_BODY_BYTES >> 16) + longest + s->write_timeout + SERVICE_SLACK_S;
}

static enum exit_status
run(const struct settings *o, struct service *s)
{
	static struct service_room room;
	struct listen l = {.workers = o->workers,
			   .per_source = o->per_source_given ? o->per_source : LISTEN_PER_SOURCE,
			   .loopback_counts = o->per_source_given};
	struct sockaddr_storage a;
	unsigned len;

	if (!o->listen) {
		limit_ourselves(true);
		listen_keep_secrets(s);
		service_room_init(&room);
		return serve(s, &room, 0, 1, true);
	}
	if (!peer_parse_listen(o->listen, &a, &len))
		tool_usage("ADDRESS:PORT is wanted, the address in digits", "--listen");
	if (s->secrets->keys.n == 0 && !peer_is_loopback(&a))
		tool_die(EXIT_CONFIG, "listen", o->listen,
			 "an address that is not a loopback one needs --secret-file");
	l.fd = listen_open(o->listen);
	limit_ourselves(false);
	/* once for the service; a process for one connection would pay for it each time */
	sandbox_doors(has_action(s, ROUTE_RUN));
	return listen_run(s, &l);
}

int
main(int argc, char **argv)
{
	static struct service service = {.first_timeout = 5,
					 .header_timeout = 10,
					 .body_timeout = 10,
					 .idle_timeout = 15,
					 .write_timeout = 10};
	struct settings settings = {.workers = 32};
	const char *missing = NULL;

	peer_keep_off_stderr();
	tool_start(TOOL_DURABLE | TOOL_SECRETS);
	parse_options(&settings, &service, argc, argv);
	read_routes(&settings, &service);
	open_root(&settings, &service);
	service_collect_environment(&service);
	if (settings.check || settings.listen)
		missing = service_missing(&service);
	if (missing)
		tool_die(EXIT_CONFIG, "missing", missing, strerror(errno));
	if (settings.check)
		return (int)tool_finish(EXIT_YES);
	open_log(&settings, &service);
	open_state_directory(&settings);
	read_secrets(&settings, &service);
	open_counters(&settings, &service);
	open_nonces(&settings, &service);
	set_backstop(&service);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		tool_die(EXIT_TEMP, "hardening", NULL, strerror(errno));
	return (int)run(&settings, &service);
}
