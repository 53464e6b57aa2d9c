/*
 * claims: the rows of the table, and the audit row that each change leaves in the same transaction.
 */
#ifndef TP_CLAIMS_H
#define TP_CLAIMS_H

#include "claim_state.h"
#include "keep.h"
#include "line.h"

enum claim_column {
	CLAIM_USER,
	CLAIM_ORDER,
	CLAIM_STATUS,
	CLAIM_AMOUNT,
	CLAIM_CREATED,
	CLAIM_DECIDED,
	CLAIM_EVIDENCE,
	CLAIM_OVERRIDE,
	CLAIM_REJECT_REASON,
	CLAIM_REFERENCE,
	CLAIM_PAID_AT,
	CLAIM_COLUMNS
};

/* A row; NULL spans for NULL. What claims_read() filled points into room. */
struct claim {
	int64_t id;
	struct span column[CLAIM_COLUMNS];
	enum claim_state state;
	char room[2048];
};

enum claims_result { CLAIMS_FOUND, CLAIMS_NONE, CLAIMS_DAMAGED };

/* One claim by its id; by its user and order, not rejected; or by its payment's reference. */
enum claims_result claims_read(struct keep *k, int64_t id, struct claim *out);
enum claims_result claims_read_standing(struct keep *k, struct span user, struct span order,
					struct claim *out);
enum claims_result claims_read_reference(struct keep *k, struct span reference, struct claim *out);

/* Write a new claim (and set its id), or the columns of an old one; and the audit row, with who by
 * (NULL span: not said) and the state before (NULL: a new claim). */
void claims_write(struct keep *k, struct claim *c, const char *topic, const char *before,
		  struct span by, struct span now);

/* {"type":"claim",...}, without newline. */
void claims_print(const struct claim *c, struct buf *out);

struct claims_filter {
	const char *status, *order, *user; /* NULL: any */
	uint64_t limit;
};

/* Newest first. CLAIMS_NONE when there are none; CLAIMS_DAMAGED names the claim in *id. */
enum claims_result claims_list(struct keep *k, const struct claims_filter *what,
			       struct line_writer *out, int64_t *id);

#endif
