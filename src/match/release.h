/*
 * release: the second thread: makes the log durable, and lets output out that is covered by it.
 *
 * The matching thread prints events into blocks and hands them over; each says which input line it
 * goes up to. The releasing thread syncs the log when a block waits for lines that are not durable
 * yet (one sync for all that wait), and writes the blocks in order. So the next lines are matched
 * while the last are synced and written, and nothing is seen outside before it is kept.
 *
 * Both sides look at `error` through release_error(): after a failed sync or write nothing more
 * comes out.
 */
#ifndef TP_RELEASE_H
#define TP_RELEASE_H

#include "limit.h"
#include "print.h"
#include "wal.h"

#include <pthread.h>

/* Blocks on their way, 8 MiB: while a slow disk syncs, the market goes on, and the next sync covers
 * the more. */
#define RELEASE_BLOCKS 128

/* A block is handed over when it has LIMIT_IO_BYTES; one more event fits behind. */
#define RELEASE_BLOCK_BYTES (LIMIT_IO_BYTES + PRINT_MAX)

/* How long lines took from being read to being answered: at most so many microseconds. */
#define RELEASE_BUCKETS 8
extern const int64_t release_bucket_us[RELEASE_BUCKETS];

enum release_failure { RELEASE_FINE, RELEASE_SYNC_FAILED, RELEASE_WRITE_FAILED };

struct release_block {
	char *bytes; /* NULL: not in use */
	size_t len;
	uint64_t through; /* the last line that it has events of */
	uint64_t lines;
	int64_t read_us;
};

struct release {
	int fd;
	struct wal *wal; /* NULL: nothing to sync */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t filled;
	pthread_cond_t emptied;
	struct release_block blocks[RELEASE_BLOCKS];
	unsigned first; /* the next to be written */
	unsigned n;	/* handed over */
	/* Memory of blocks that are not in use, the last one given back on top: it is still in the
	 * processor's cache, which blocks used in turn would sweep. */
	char *spare[RELEASE_BLOCKS];
	unsigned spare_n;
	bool started;
	bool ending;
	enum release_failure failure;
	int error;
	uint64_t took[RELEASE_BUCKETS + 1];
	uint64_t took_us;
};

/* Start the thread, and wait until it runs: before the sandbox closes. False with errno. */
bool release_start(struct release *r, int fd);

/* The block to print into: room for one event at least. NULL: see release_error(). */
struct release_block *release_block(struct release *r);

/* Hand the block over, if there is anything in it. more: the next one will follow soon, so that
 * this one may wait for it; else all that was handed over is let out at once. */
void release_hand_over(struct release *r, uint64_t through, bool more);

/* Wait until all is out. False: see release_error(). */
bool release_drain(struct release *r);

enum release_failure release_error(struct release *r, int *error);

/* Drain and end the thread. */
void release_end(struct release *r);

int64_t release_clock_us(void);

#endif
