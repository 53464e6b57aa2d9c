/*
 * program: a jq program, compiled once and run over JSON text; libjq kept behind four calls.
 *
 * jq 1.6 holds numbers as doubles: the programs in share/ only move strings about.
 */
#ifndef TP_PROGRAM_H
#define TP_PROGRAM_H

#include "buf.h"
#include "span.h"

struct program {
	void *jq;
};

/* Dies with 102 when the text does not compile. */
void program_init(struct program *p, const char *name, struct span text);
void program_release(struct program *p);

/* Run over one JSON value; append the one result, compact. False when the program fails or gives
 * none or several. */
bool program_run(struct program *p, struct span json, struct buf *out);

#endif
