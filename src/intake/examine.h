/*
 * examine: one line, judged as far as that goes without deciding: what it is, who sent it, whether
 * it is signed. By any thread, each with its own scratch, while nobody changes rules or gate.
 *
 * A nonce that was used is given as reason before a bad signature, wherever the batches end: so the
 * signature's verdict stands apart, and counts only when the nonce is good at the line's turn.
 */
#ifndef TP_EXAMINE_H
#define TP_EXAMINE_H

#include "gate.h"
#include "pool.h"
#include "rules.h"

struct examine_item {
	struct span line;
	struct incoming m;
	const struct account *account;
	const struct public_key *key; /* of what is signed */
	enum refusal refusal;	      /* whatever the nonce */
	enum refusal late_refusal;    /* if the nonce is good: what the signature says */
	const char *why;
	bool too_long;
};

struct examiner {
	const struct rules *rules;
	const struct gate *gate;
	bool has_accounts, allow_unsigned;
	struct examine_item *items;
	struct buf scratch[POOL_THREADS_MAX], text[POOL_THREADS_MAX];
};

/* pool_run()'s work; the context is a struct examiner. */
void examine(void *context, unsigned thread, size_t index);

/* The reject record for a line, to b. spent: its nonce is used now. */
void examine_reject(const struct examine_item *i, uint64_t in, enum refusal r, bool spent,
		    const char *why, struct buf *b);

#endif
