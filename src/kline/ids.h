/*
 * ids: which trade ids of a symbol have been seen.
 *
 * Ids rise by one, so it is enough to keep the highest and the runs that are missing below it. A
 * healthy feed has none. When there are more runs than may be kept, the lowest is given up: ids up
 * to its end can no longer be told from those seen, and are refused rather than counted twice or
 * dropped in silence.
 */
#ifndef TP_IDS_H
#define TP_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IDS_RUNS_MAX 4096

struct ids_run {
	uint64_t first, last;
};

struct ids {
	uint64_t last; /* highest seen; 0: none */
	uint64_t
	    known_from; /* ids below the first one that came: nobody knows; late ones are welcome */
	uint64_t given_up;    /* ids up to here are undecided */
	struct ids_run *runs; /* ascending */
	size_t n, cap;
};

enum ids_verdict {
	IDS_NEW,
	IDS_NEW_AFTER_GAP, /* *gap: what is missing before it */
	IDS_LATE,	   /* was missing; *gap: its run, as it was */
	IDS_SEEN,
	IDS_UNDECIDED,
	IDS_NO_MEMORY,
};

/* What is this id? Nothing is changed. */
enum ids_verdict ids_look(const struct ids *s, uint64_t id, struct ids_run *gap);

/* Take it as seen. verdict as ids_look() just gave it. */
enum ids_verdict ids_take(struct ids *s, uint64_t id, enum ids_verdict verdict);

void ids_release(struct ids *s);

#endif
