/* swap_book_receipt: a receipt's line: one leg has another status, a new version, or a version with
 * bytes. */
#include "check.h"
#include "json.h"
#include "swap_book_parts.h"

#include <stdlib.h>

/* ---- versions ---- */

static bool
read_version(struct span line, struct version *v)
{
	struct span log, unsigned_, spends, expiry;

	if (!book_get_copy(line, "kind", &v->kind) || !book_get_copy(line, "fee", &v->fee) ||
	    !book_get(line, "log", JSON_OBJECT, &log) || !log.ptr ||
	    !book_get_copy(log, "feeRate", &v->fee_rate) ||
	    !book_get(log, "unsigned", JSON_OBJECT, &unsigned_) ||
	    !book_get(log, "spends", JSON_ARRAY, &spends) ||
	    !book_get(log, "expiry", JSON_OBJECT, &expiry) || !v->kind || !unsigned_.ptr)
		return false;
	v->unsigned_ = heap_copy(unsigned_);
	v->spends = heap_copy(spends);
	v->expiry = heap_copy(expiry);
	return true;
}

static const char *
add_version(struct leg *l, struct span line)
{
	struct version v = {.state = VERSION_PREPARED}, *more;

	if (l->versions_n == SWAP_VERSIONS_MAX || !read_version(line, &v)) {
		version_free(&v);
		return "a version wants kind and unsigned, and there are at most 64";
	}
	more = realloc(l->versions, (l->versions_n + 1) * sizeof v);
	CHECK(more);
	l->versions = more;
	l->versions[l->versions_n++] = v;
	return NULL;
}

static const char *
sign_version(struct leg *l, struct span line)
{
	struct version *v = leg_making(l);
	struct span log;

	if (!v || !book_get_copy(line, "txId", &v->tx_id) ||
	    !book_get(line, "log", JSON_OBJECT, &log) || !log.ptr ||
	    !book_get_copy(log, "raw", &v->raw) || !v->tx_id || !v->raw)
		return "signed, but what?";
	v->state = VERSION_SIGNED;
	v->at_us = (int64_t)book_get_number(line, "ts");
	book_replace(&v->unsigned_, (struct span){0});
	return NULL;
}

/* Its spends are free again: unsigned, or proven dead. */
void
book_give_up(struct leg *l, bool signed_too)
{
	for (size_t i = 0; i < l->versions_n; i++)
		if (l->versions[i].state == VERSION_PREPARED || signed_too)
			l->versions[i].state = VERSION_DEAD;
}

/* What only a leg on its way needs. */
static void
drop_bytes(struct leg *l)
{
	for (size_t i = 0; i < l->versions_n; i++) {
		book_replace(&l->versions[i].raw, (struct span){0});
		book_replace(&l->versions[i].unsigned_, (struct span){0});
	}
}

/* ---- the leg ---- */

static const char *
take_sight(struct leg *l, struct span line)
{
	struct span block, fee;

	if (!book_get_copy(line, "txId", &l->tx_id) ||
	    !book_get(line, "block", JSON_OBJECT, &block) || !book_get_text(line, "fee", &fee))
		return "malformed";
	if (fee.ptr)
		book_replace(&l->fee, fee);
	if (block.ptr) {
		l->block_height = book_get_number(block, "height");
		if (!book_get_copy(block, "hash", &l->block_hash))
			return "malformed block";
	}
	return NULL;
}

void
book_take_status(struct leg *l, enum leg_status status, int64_t ts)
{
	if (status != l->status)
		l->since_us = ts;
	if (l->status == LEG_CONFIRMING && status == LEG_SUBMITTED)
		l->reorgs++;
	if (status == LEG_SUBMITTED && l->submitted_us == 0)
		l->submitted_us = ts;
	l->status = status;
}

static const char *
change_leg(struct leg *l, struct span line, enum leg_status status, int64_t ts)
{
	const char *why = NULL;
	/* a replacement is made while the payment is on its way */
	bool on_its_way = leg_released(l);

	switch (status) {
	case LEG_PREPARED: why = add_version(l, line); break;
	case LEG_SIGNED: why = sign_version(l, line); break;
	case LEG_CONFIRMING:
	case LEG_CONFIRMED: why = take_sight(l, line); break;
	case LEG_SCREENED:
	case LEG_SUBMITTED: book_give_up(l, false); break;
	case LEG_EXPIRED:
	case LEG_FAILED:
		book_give_up(l, true);
		l->rounds += status == LEG_EXPIRED;
		l->cancel = false;
		break;
	case LEG_NEW:
	case LEG_RELEASED:
	case LEG_REFUNDED:
	case LEG_CARRIED:
	case LEG_HOUSE:
	case LEG_STATUSES: break;
	}
	if (!why && !((status == LEG_PREPARED || status == LEG_SIGNED) && on_its_way))
		book_take_status(l, status, ts);
	return why;
}

const char *
book_apply_receipt(struct swap_book *b, struct span line)
{
	struct span id, name, cancel;
	struct leg *l;
	enum leg_status status;
	const char *why;

	if (!book_get_text(line, "leg", &id) || !id.ptr || !(l = swap_book_leg(b, id)))
		return "a receipt of no leg";
	if (!book_get_text(line, "status", &name) || !book_get_copy(line, "code", &l->code) ||
	    !book_get_copy(line, "msg", &l->msg))
		return "malformed";
	if (json_find(line, "cancel", &cancel) && json_is_true(cancel)) {
		l->cancel = true;
		book_give_up(l, false);
	}
	if (!leg_status_of(name, &status))
		return "no such status";
	why = change_leg(l, line, status, (int64_t)book_get_number(line, "ts"));
	if (!why && (status == LEG_FAILED || status == LEG_REFUNDED))
		drop_bytes(l);
	book_look_whether_over(l->swap);
	book_credit_carried(b, l->swap);
	b->touched = l->swap;
	return why;
}
