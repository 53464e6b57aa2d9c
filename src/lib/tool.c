#include "tool.h"

#include "diag.h"
#include "line.h"
#include "stop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { OPTION_HELP = 0x7000, OPTION_VERSION };

static void
check_descriptors(void)
{
	/* 2 first: a message about 0 or 1 must have somewhere to go, and nothing opened later may
	 * become a standard stream */
	if (fcntl(2, F_GETFD) < 0 && open("/dev/null", O_WRONLY) != 2)
		_exit(EXIT_TEMP);
	if (fcntl(0, F_GETFD) < 0)
		tool_die(EXIT_TEMP, "stdin", NULL, "closed");
	if (fcntl(1, F_GETFD) < 0)
		tool_die(EXIT_TEMP, "stdout", NULL, "closed");
}

static void
forbid_dumps(void)
{
	struct rlimit none = {0, 0};

	if (prctl(PR_SET_DUMPABLE, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
		tool_die(EXIT_TEMP, "hardening", NULL, strerror(errno));
}

void
tool_start(unsigned flags)
{
	diag_name(tool_name);
	check_descriptors();
	if (flags & TOOL_SECRETS)
		forbid_dumps();
	signal(SIGPIPE, flags & TOOL_DURABLE ? SIG_IGN : SIG_DFL);
	stop_install();
}

static _Noreturn void
print_and_exit(const char *text)
{
	if (!write_all(1, span_of(text)))
		tool_die(EXIT_TEMP, "stdout", NULL, strerror(errno));
	exit((int)tool_finish(EXIT_YES));
}

static _Noreturn void
print_version(void)
{
	char text[128];

	snprintf(text, sizeof text, "%s (tradepipe) %s\n", tool_name, tool_version);
	print_and_exit(text);
}

int
tool_option(int argc, char **argv, const struct option options[])
{
	static struct option all[48];
	size_t n = 0;
	int c;

	while (n < 45 && options[n].name) {
		all[n] = options[n];
		n++;
	}
	all[n] = (struct option){"help", no_argument, NULL, OPTION_HELP};
	all[n + 1] = (struct option){"version", no_argument, NULL, OPTION_VERSION};
	all[n + 2] = (struct option){0};
	opterr = 0;
	/* "+": operands end the options, as POSIX has it; ":" tells a missing argument from an
	 * unknown option */
	c = getopt_long(argc, argv, "+:", all, NULL);
	switch (c) {
	case OPTION_HELP: print_and_exit(tool_help);
	case OPTION_VERSION: print_version();
	case ':': tool_usage("option needs an argument", argv[optind - 1]);
	case '?': tool_usage("unknown option", argv[optind > 1 ? optind - 1 : 1]);
	default: return c;
	}
}

void
tool_no_operands(int argc, char **argv)
{
	/* "-" is stdin, which is what we read */
	if (optind < argc && strcmp(argv[optind], "-") == 0)
		optind++;
	if (optind < argc)
		tool_usage("unexpected operand", argv[optind]);
}

uint64_t
tool_number(const char *option, const char *text, uint64_t min, uint64_t max)
{
	uint64_t v = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(v, (uint64_t)10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			tool_usage("number out of range", option);
	if (p == text || *p)
		tool_usage("not a number", option);
	if (v < min || v > max)
		tool_usage("number out of range", option);
	return v;
}

_Noreturn void
tool_usage(const char *why, const char *what)
{
	const char *end = strstr(tool_help, "\n\n");
	size_t n = end ? (size_t)(end - tool_help) + 1 : strlen(tool_help);

	diag(DIAG_ERROR, "usage", diag_str("arg", what), diag_str("why", why));
	if (write_all(2, (struct span){tool_help, n}))
		exit(EXIT_USAGE);
	exit(EXIT_USAGE);
}

_Noreturn void
tool_die(enum exit_status status, const char *event, const char *what, const char *why)
{
	if (what)
		diag(DIAG_ERROR, event, diag_str("what", what), diag_str("why", why));
	else
		diag(DIAG_ERROR, event, diag_str("why", why));
	exit((int)status);
}

enum exit_status
tool_finish(enum exit_status status)
{
	diag_totals();
	/* a network file system may report a failed write only here */
	if (close(1) != 0) {
		diag(DIAG_ERROR, "stdout", diag_errno(errno));
		return EXIT_TEMP;
	}
	return status;
}
