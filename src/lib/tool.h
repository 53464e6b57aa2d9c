/*
 * tool: what every program does first and last.
 *
 * tool_start() names the program for diagnostics, makes sure that descriptors 0, 1 and 2 are open
 * (a closed stdin or stdout is status 111 before anything could land on them), keeps core dumps out
 * of reach of secrets' keepers on request, and installs the stop signals. tool_option() is
 * getopt_long with our habits: --help prints the page's summary, --version the version, an unknown
 * option is status 100.
 *
 * tool_name and tool_help are generated from the manual page at build time: the page is the only
 * source.
 */
#ifndef TP_TOOL_H
#define TP_TOOL_H

#include "span.h"

#include <getopt.h>
#include <stdint.h>

extern const char tool_name[];
extern const char tool_help[];
extern const char tool_version[];

enum exit_status {
	EXIT_YES = 0,	  /* all input processed, answer yes */
	EXIT_NO = 1,	  /* ran to the end, answer no: a proof is invalid, a record was rejected or
			     carries an error */
	EXIT_USAGE = 100, /* permanent: usage, or input that is not what this tool reads */
	EXIT_BUG = 101,	  /* an invariant of ours failed */
	EXIT_CONFIG = 102, /* configuration or environment missing or invalid */
	EXIT_TEMP = 111,   /* temporary: system call, network, full disk */
};

enum tool_flags {
	TOOL_PLAIN = 0,
	TOOL_DURABLE = 1, /* ignores SIGPIPE: finishes making its state durable first */
	TOOL_SECRETS = 2, /* no core dumps, no ptrace: set before the first secret is read */
};

void tool_start(unsigned flags);

/*
 * The next option's value as getopt_long gives it, or -1 when only operands are left (from optind).
 * --help and --version do not return; neither does an unknown option or a missing argument. Options
 * end with a zero entry; values from 256 up are free to use.
 */
int tool_option(int argc, char **argv, const struct option options[]);

/* Refuse operands from optind on; for tools that take none. */
void tool_no_operands(int argc, char **argv);

/* An option's argument as a number within bounds, or usage(). */
uint64_t tool_number(const char *option, const char *text, uint64_t min, uint64_t max);

/* "TOOL: error: usage why=..." and the synopsis; status 100. */
_Noreturn void tool_usage(const char *why, const char *what);

/* One error line, and the status. what may be NULL. */
_Noreturn void tool_die(enum exit_status status, const char *event, const char *what,
			const char *why);

struct line_writer;

/* Write out what is left, for tools without a filter's loop: EXIT_TEMP, said on stderr, when that
 * fails. */
enum exit_status tool_flush(struct line_writer *out, enum exit_status status);

/* Close stdout and look whether that worked: the last act of every program. Returns the status to
 * exit with. */
enum exit_status tool_finish(enum exit_status status);

#endif
