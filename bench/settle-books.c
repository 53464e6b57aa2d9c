/* settle-books DIR SWAPS EVERY: settle's state after so many swaps, each of two payments that were
 * prepared, signed, released, submitted, seen in a block and confirmed; one in ten thousand is
 * still under way. A snapshot every so many lines of the log; 0: never. With 0 swaps: read the
 * state as it is, and print how much memory that took. */
#include "book_state.h"

#include "tool.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

const char tool_name[] = "settle-books";
const char tool_help[] = "";
const char tool_version[] = "0";

static const char *const statuses[] = {"screened",  "prepared",	  "signed",   "released",
				       "submitted", "confirming", "confirmed"};
static char raw[401];

static void
write_line(struct flow *f, const char *line)
{
	const char *why = swap_book_apply(&f->book, span_of(line));

	if (why)
		tool_die(EXIT_BUG, "line", line, why);
	buf_str(&f->log, line);
	buf_byte(&f->log, '\n');
}

static void
swap(struct flow *f, long n)
{
	char line[2000];

	snprintf(
	    line, sizeof line,
	    "{\"type\":\"swap\",\"swap\":\"BTC-USDC:%ld\",\"matchId\":\"%ld\",\"symbol\":"
	    "\"BTC-USDC\",\"digest\":\"0.01 650.005 alice t%ld bob m%ld   \",\"ts\":1,\"legs\":["
	    "{\"leg\":\"BTC-USDC:%ld/1\",\"orderId\":\"t%ld\",\"account\":\"alice\",\"giver\":"
	    "\"bob\",\"chain\":\"btc\",\"asset\":\"BTC\",\"direction\":\"out\",\"amount\":"
	    "\"1000000\",\"to\":\"bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080\",\"status\":"
	    "\"new\"},{\"leg\":\"BTC-USDC:%ld/2\",\"orderId\":\"m%ld\",\"account\":\"bob\","
	    "\"giver\":\"alice\",\"chain\":\"eth\",\"asset\":\"USDC\",\"direction\":\"out\","
	    "\"amount\":\"650005000\",\"to\":\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\","
	    "\"status\":\"new\"}]}",
	    n, n, n, n, n, n, n, n);
	write_line(f, line);
}

static void
receipt(struct flow *f, long n, int leg, const char *status)
{
	char line[2000], more[1000] = "";

	if (strcmp(status, "prepared") == 0)
		snprintf(more, sizeof more,
			 ",\"kind\":\"pay\",\"fee\":\"10\",\"log\":{\"spends\":[\"w/%ld\"],"
			 "\"unsigned\":{\"form\":\"x\",\"payload\":\"%s\"}}",
			 n, raw);
	else if (strcmp(status, "signed") == 0)
		snprintf(more, sizeof more, ",\"txId\":\"%060ld%04d\",\"log\":{\"raw\":\"%s\"}", n,
			 leg, raw);
	else if (strncmp(status, "confirm", 7) == 0)
		snprintf(
		    more, sizeof more,
		    ",\"txId\":\"%060ld%04d\",\"fee\":\"10\",\"block\":{\"height\":%ld,\"hash\":"
		    "\"%064ld\"}",
		    n, leg, n, n);
	snprintf(
	    line, sizeof line,
	    "{\"type\":\"receipt\",\"swap\":\"BTC-USDC:%ld\",\"leg\":\"BTC-USDC:%ld/%d\","
	    "\"orderId\":\"o%ld\",\"matchId\":\"%ld\",\"symbol\":\"BTC-USDC\",\"account\":\"%s\","
	    "\"chain\":\"%s\",\"asset\":\"%s\",\"direction\":\"out\",\"amount\":\"1000000\","
	    "\"to\":\"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\",\"status\":\"%s\",\"ts\":2%s}",
	    n, n, leg, n, n, leg == 1 ? "alice" : "bob", leg == 1 ? "btc" : "eth",
	    leg == 1 ? "BTC" : "USDC", status, more);
	write_line(f, line);
}

int
main(int argc, char **argv)
{
	static const uint64_t secret[2] = {1, 2};
	static struct book_state s;
	static struct flow f;
	struct rusage usage;
	long swaps = argc == 4 ? atol(argv[2]) : 0, every = argc == 4 ? atol(argv[3]) : 0;

	if (argc != 4)
		return EXIT_USAGE;
	memset(raw, 'a', sizeof raw - 1);
	f.clock_us = INT64_MAX / 2;
	s.every = every ? (uint64_t)every : UINT64_MAX / 2;
	s.directory = open(argv[1], O_RDONLY | O_DIRECTORY);
	buf_init(&f.log, 64u << 20);
	swap_book_init(&f.book, secret);
	book_state_open(&s, argv[1], &f, NULL, NULL);
	if (swaps == 0) {
		getrusage(RUSAGE_SELF, &usage);
		printf("%ld MiB\n", usage.ru_maxrss / 1024);
	}
	for (long n = 1; n <= swaps; n++) {
		size_t last = sizeof statuses / sizeof statuses[0] - (n % 10000 == 0);

		swap(&f, n);
		for (size_t i = 0; i < last; i++)
			for (int leg = 1; leg <= 2; leg++)
				receipt(&f, n, leg, statuses[i]);
		/* the last is half an interval of log behind, as it is on average */
		if (n % 100 == 0 || n == swaps || n == swaps - every / 30) {
			flow_commit(&f);
			book_state_snapshot_if_due(&s, &f, every && n == swaps - every / 30);
		}
	}
	book_archive_close(&s.archive);
	return wal_close(&f.wal) ? EXIT_YES : EXIT_TEMP;
}
