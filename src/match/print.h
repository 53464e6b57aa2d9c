/*
 * print: an event as the line of record(5) that tells it.
 *
 * Pure. Names are printed as they are: request.c lets none in that needs an escape.
 */
#ifndef TP_PRINT_H
#define TP_PRINT_H

#include "market.h"

/* A reject tells at most so much of the line, and every byte of it may become \u00XX. */
#define PRINT_INPUT_MAX 4096
#define PRINT_MAX (PRINT_INPUT_MAX * 6 + 8192)

/* Write e and a newline to out, which has PRINT_MAX bytes; returns where it ends. */
char *print_event(char *out, const struct market *m, const struct event *e);

const char *done_reason_name(enum done_reason r);

#endif
