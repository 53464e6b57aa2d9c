/*
 * print: an event as the line of record(5) that tells it.
 *
 * Pure. Names are printed as they are: message.c lets none in that needs an escape.
 */
#ifndef TP_PRINT_H
#define TP_PRINT_H

#include "market.h"

/* A reject tells at most so much of the line, and every byte of it may become \u00XX. */
#define PRINT_INPUT_MAX 4096
#define PRINT_MAX (PRINT_INPUT_MAX * 6 + 8192)
_Static_assert(PRINT_MAX > PASSED_BYTES_MAX + 256, "what passes fits with its numbers");

/* The text of a number that is mostly the same as the last time, or one more. */
struct print_counter {
	uint64_t value;
	unsigned len; /* 0: none yet */
	char text[24];
};

/* What a stream of events was last printed with. All zero is the beginning. */
struct printer {
	struct print_counter seq;
	struct print_counter in;
	struct print_counter ts;
};

/* Write e and a newline to out, which has PRINT_MAX bytes; returns where it ends. */
char *print_event(char *out, struct printer *printer, const struct market *m,
		  const struct event *e);

const char *done_reason_name(enum done_reason r);

#endif
