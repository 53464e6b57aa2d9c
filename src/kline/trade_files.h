/*
 * trade_files: the days of trades that are being written into the cold archive.
 *
 * Of each symbol and day that comes, a new file is begun beside the one that stands there, if one
 * does, and takes its rows in as their ids come by. Closing a day finishes the file, reads it back
 * and puts it in its place; a file to which nothing was added stays as it is. So whenever the
 * process ends, each file is whole, and the same input once more completes what is missing.
 *
 * Every failure ends the process: 111 for what may pass, 100 for a file that is not ours or
 * damaged.
 */
#ifndef TP_TRADE_FILES_H
#define TP_TRADE_FILES_H

#include "cold.h"
#include "trade_day.h"

/* Days in hand at once, 10 MB each at most; one more closes that which was used longest ago. */
#define TRADE_FILES_MAX 64

struct trade_file {
	char symbol[NAMES_SYMBOL_MAX + 1];
	int64_t day, last_id; /* of the last row that was written */
	uint64_t used, added;
	int directory, fd;
	uint64_t bytes; /* written */
	struct trade_writer writer;

	/* the file that stands there; NULL: none */
	void *map;
	size_t map_len;
	struct trade_reader old;
	struct trade_row row; /* its next */
	bool has_row;
};

struct trade_files {
	struct cold *cold;
	struct trade_file *files[TRADE_FILES_MAX];
	size_t n, last; /* the one used last */
	uint64_t clock;
	struct buf out;
	/* a file was put in its place */
	void (*archived)(void *context, const struct trade_file *f);
	void *context;
};

enum trade_files_verdict {
	TRADE_FILES_OK,
	TRADE_FILES_KNOWN,	/* it is there already, the same */
	TRADE_FILES_E_CONFLICT, /* another trade has its id */
	TRADE_FILES_E_DISORDER, /* one with a higher id came before */
};

/* row as trade_row_read() gives it. */
enum trade_files_verdict trade_files_put(struct trade_files *t, const struct trade_row *row);

/* Put all files in their places. */
void trade_files_close(struct trade_files *t);

/* Hand each record of a day that stands there to `record`, until that says false. False: it did, or
 * there is no such file. */
bool trade_files_read(struct cold *c, const char *symbol, int64_t day,
		      bool (*record)(void *context, struct span line), void *context);

#endif
