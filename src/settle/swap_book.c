#include "check.h"
#include "json.h"
#include "number.h"
#include "swap_book_parts.h"

#include <stdlib.h>

static const char *const status_names[LEG_STATUSES] = {
    [LEG_NEW] = "new",
    [LEG_SCREENED] = "screened",
    [LEG_PREPARED] = "prepared",
    [LEG_SIGNED] = "signed",
    [LEG_RELEASED] = "released",
    [LEG_SUBMITTED] = "submitted",
    [LEG_CONFIRMING] = "confirming",
    [LEG_CONFIRMED] = "confirmed",
    [LEG_EXPIRED] = "expired",
    [LEG_FAILED] = "failed",
    [LEG_REFUNDED] = "refunded",
    [LEG_CARRIED] = "carried",
    [LEG_HOUSE] = "house",
};

const char *
leg_status_name(enum leg_status s)
{
	return status_names[s];
}

bool
leg_status_of(struct span name, enum leg_status *out)
{
	for (int i = 0; i < LEG_STATUSES; i++) {
		if (span_is(name, status_names[i])) {
			*out = (enum leg_status)i;
			return true;
		}
	}
	return false;
}

bool
leg_over(const struct leg *l)
{
	return l->status == LEG_CONFIRMED || l->status == LEG_FAILED || l->status == LEG_REFUNDED ||
	       l->status == LEG_CARRIED || l->status == LEG_HOUSE;
}

struct version *
leg_newest(const struct leg *l)
{
	for (size_t i = l->versions_n; i-- > 0;)
		if (l->versions[i].state == VERSION_SIGNED)
			return &l->versions[i];
	return NULL;
}

struct version *
leg_making(const struct leg *l)
{
	struct version *v = l->versions_n ? &l->versions[l->versions_n - 1] : NULL;

	return v && v->state == VERSION_PREPARED ? v : NULL;
}

bool
leg_alive(const struct leg *l)
{
	return leg_newest(l) != NULL;
}

bool
leg_cancelled(const struct leg *l)
{
	for (size_t i = 0; l->tx_id && i < l->versions_n; i++)
		if (l->versions[i].tx_id && strcmp(l->versions[i].tx_id, l->tx_id) == 0)
			return strcmp(l->versions[i].kind, "cancel") == 0;
	return false;
}

bool
spends_meet(const char *a, const char *b)
{
	struct json_walk w, u;
	struct span x, y;

	if (!a || !b)
		return false;
	w = json_walk(span_of(a));
	while (json_next_element(&w, &x)) {
		u = json_walk(span_of(b));
		while (json_next_element(&u, &y))
			if (span_equal(x, y))
				return true;
	}
	return false;
}

/* ---- memory ---- */

void
swap_book_init(struct swap_book *b, const uint64_t secret[2])
{
	*b = (struct swap_book){0};
	keymap_init(&b->swap_names, SWAP_BOOK_NAMES_MAX, secret);
	keymap_init(&b->leg_names, SWAP_BOOK_NAMES_MAX, secret);
	keymap_init(&b->address_names, SWAP_BOOK_NAMES_MAX, secret);
	keymap_init(&b->carry_names, SWAP_BOOK_NAMES_MAX, secret);
	settled_init(&b->settled, secret);
}

static void
free_version(struct version *v)
{
	char *all[] = {v->kind,	    v->tx_id,  v->raw,	  v->fee,
		       v->fee_rate, v->spends, v->expiry, v->unsigned_};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		free(all[i]);
}

static void
free_leg(struct leg *l)
{
	char *all[] = {l->id,	l->order_id, l->account, l->chain,  l->asset,
		       l->to,	l->payer,    l->of,	 l->fee,    l->direction,
		       l->code, l->msg,	     l->tx_id,	 l->amount, l->block_hash};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		free(all[i]);
	for (size_t i = 0; i < l->versions_n; i++)
		free_version(&l->versions[i]);
	free(l->versions);
	free(l);
}

static void
free_swap(struct swap *s)
{
	free(s->id);
	free(s->match_id);
	free(s->symbol);
	free(s->digest);
	free(s->trade);
	free(s->held_code);
	buf_release(&s->kept);
	free(s);
}

void
swap_book_release(struct swap_book *b)
{
	for (size_t i = 0; i < b->legs_n; i++)
		free_leg(b->legs[i]);
	for (size_t i = 0; i < b->swaps_n; i++)
		free_swap(b->swaps[i]);
	for (size_t i = 0; i < b->addresses_n; i++)
		book_free_address(&b->addresses[i]);
	free(b->legs);
	free(b->swaps);
	free(b->addresses);
	for (size_t i = 0; i < b->carry_n; i++)
		free(b->carries[i].key);
	free(b->carries);
	settled_release(&b->settled);
	keymap_release(&b->swap_names);
	keymap_release(&b->leg_names);
	keymap_release(&b->address_names);
	keymap_release(&b->carry_names);
}

void
swap_book_clear(struct swap_book *b)
{
	uint64_t secret[2] = {b->swap_names.secret[0], b->swap_names.secret[1]};

	swap_book_release(b);
	swap_book_init(b, secret);
}

struct swap *
swap_book_swap(const struct swap_book *b, struct span id)
{
	uint64_t i;

	return keymap_find(&b->swap_names, id, &i) ? b->swaps[i] : NULL;
}

struct leg *
swap_book_leg(const struct swap_book *b, struct span id)
{
	uint64_t i;

	return keymap_find(&b->leg_names, id, &i) ? b->legs[i] : NULL;
}

/* ---- members ---- */

static uint64_t
get_number(struct span object, const char *name)
{
	struct span value;
	uint64_t n = 0;

	return json_find(object, name, &value) && number_u64(value, &n) ? n : 0;
}

static decimal_int *
purse_of_leg(struct swap_book *b, const struct leg *l)
{
	return book_purse_of(b, span_of(l->account), span_of(l->asset), span_of(l->chain));
}

/* What was too little to pay goes into the account's purse when the other side of its trade has
 * been paid, as if it had been paid then: not before, for the other side may yet fail. */
static void
credit_carried(struct swap_book *b, struct swap *s)
{
	for (size_t i = 0; i < s->legs_n; i++)
		if (!s->legs[i]->of && s->legs[i]->status != LEG_CONFIRMED &&
		    s->legs[i]->status != LEG_CARRIED && s->legs[i]->status != LEG_HOUSE)
			return;
	for (size_t i = 0; i < s->legs_n; i++) {
		struct leg *l = s->legs[i];

		if (l->status == LEG_CARRIED && !l->credited && !b->restoring)
			*purse_of_leg(b, l) += l->units;
		l->credited = true;
	}
}

/* ---- swaps ---- */

static const char *
read_leg(const struct swap_book *b, const struct swap *s, struct span object, struct leg *l)
{
	struct span status, purse;

	if (!book_get_copy(object, "leg", &l->id) ||
	    !book_get_copy(object, "orderId", &l->order_id) ||
	    !book_get_copy(object, "account", &l->account) ||
	    !book_get_copy(object, "chain", &l->chain) ||
	    !book_get_copy(object, "asset", &l->asset) || !book_get_copy(object, "to", &l->to) ||
	    !book_get_copy(object, "payer", &l->payer) || !book_get_copy(object, "of", &l->of) ||
	    !book_get_copy(object, "direction", &l->direction) ||
	    !book_get_copy(object, "amount", &l->amount) ||
	    !book_get_text(object, "status", &status) || !book_get_text(object, "purse", &purse))
		return "a leg's members are strings";
	if (!l->id || !l->account || !l->chain || !l->asset || !l->amount || !l->direction ||
	    !book_fits(span_of(l->account), span_of(l->asset), span_of(l->chain)) ||
	    !leg_status_of(status, &l->status) || !base_units_parse(span_of(l->amount), &l->units))
		return "a leg wants leg, account, chain, asset, amount, direction and status";
	if (purse.ptr && (!base_units_parse(purse, &l->purse) || l->purse > l->units))
		return "more was carried than is paid";
	if (l->purse && !b->restoring &&
	    l->purse >
		swap_book_carried(b, span_of(l->account), span_of(l->asset), span_of(l->chain)))
		return "more was carried than was in the purse";
	if (s->legs_n == SWAP_BOOK_LEGS_MAX || swap_book_leg(b, span_of(l->id)))
		return "a leg too many";
	return NULL;
}

static const char *
take_leg(struct swap_book *b, struct swap *s, struct span object)
{
	struct leg *l = calloc(1, sizeof *l);
	const char *why;

	CHECK(l);
	why = read_leg(b, s, object, l);
	if (why) {
		free_leg(l);
		return why;
	}
	l->swap = s;
	l->since_us = s->ts;
	s->legs[s->legs_n++] = l;
	b->legs = book_grown(b->legs, b->legs_n, &b->legs_cap, sizeof *b->legs);
	b->legs[b->legs_n] = l;
	CHECK(keymap_put(&b->leg_names, span_of(l->id), b->legs_n++));
	if (l->purse && !b->restoring)
		*purse_of_leg(b, l) -= l->purse;
	return NULL;
}

/* Not while one has been paid and the other has failed: somebody has to see to that. */
static void
look_whether_over(struct swap *s)
{
	bool paid = false, failed = false;

	s->over = s->legs_n > 0;
	for (size_t i = 0; i < s->legs_n; i++) {
		s->over = s->over && leg_over(s->legs[i]);
		paid = paid || (!s->legs[i]->of && s->legs[i]->status == LEG_CONFIRMED);
		failed = failed || (!s->legs[i]->of && s->legs[i]->status == LEG_FAILED);
	}
	if (paid && failed)
		s->over = false;
}

static const char *
take_legs(struct swap_book *b, struct swap *s, struct span line)
{
	struct span legs, leg;
	struct json_walk w;

	if (!json_find(line, "legs", &legs) || json_type(legs) != JSON_ARRAY)
		return "a swap has legs";
	w = json_walk(legs);
	while (json_next_element(&w, &leg)) {
		const char *why =
		    json_type(leg) == JSON_OBJECT ? take_leg(b, s, leg) : "a leg is an object";

		if (why)
			return why;
	}
	look_whether_over(s);
	credit_carried(b, s);
	return NULL;
}

static const char *
read_swap(const struct swap_book *b, struct span line, struct swap *s)
{
	struct span trade;

	if (!book_get_copy(line, "swap", &s->id) || !book_get_copy(line, "matchId", &s->match_id) ||
	    !book_get_copy(line, "symbol", &s->symbol) ||
	    !book_get_copy(line, "digest", &s->digest) || !s->id || !s->digest ||
	    !book_get(line, "trade", JSON_OBJECT, &trade))
		return "a swap wants swap and digest, and strings";
	if (swap_book_swap(b, span_of(s->id)) || settled_has(&b->settled, span_of(s->id)))
		return "a swap stands there twice";
	s->trade = book_copy(trade);
	s->ts = (int64_t)get_number(line, "ts");
	return NULL;
}

static const char *
apply_swap(struct swap_book *b, struct span line)
{
	struct swap *s = calloc(1, sizeof *s);
	const char *why;

	CHECK(s);
	why = read_swap(b, line, s);
	if (why) {
		free_swap(s);
		return why;
	}
	b->swaps = book_grown(b->swaps, b->swaps_n, &b->swaps_cap, sizeof *b->swaps);
	b->swaps[b->swaps_n] = s;
	CHECK(keymap_put(&b->swap_names, span_of(s->id), b->swaps_n++));
	buf_init(&s->kept, SWAP_BOOK_KEPT_MAX);
	s->number = ++b->numbers;
	b->touched = s;
	return take_legs(b, s, line);
}

/* Legs that join their swap: refunds, or what an address was missing for. */
static const char *
apply_legs(struct swap_book *b, struct span line)
{
	struct span id;
	struct swap *s = book_get_text(line, "swap", &id) && id.ptr ? swap_book_swap(b, id) : NULL;

	b->touched = s;
	return s ? take_legs(b, s, line) : "legs of no swap";
}

/* ---- changes of a leg ---- */

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
	v->unsigned_ = book_copy(unsigned_);
	v->spends = book_copy(spends);
	v->expiry = book_copy(expiry);
	return true;
}

static const char *
add_version(struct leg *l, struct span line)
{
	struct version v = {.state = VERSION_PREPARED}, *more;

	if (l->versions_n == SWAP_BOOK_VERSIONS_MAX || !read_version(line, &v)) {
		free_version(&v);
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
	v->at_us = (int64_t)get_number(line, "ts");
	book_replace(&v->unsigned_, (struct span){0});
	return NULL;
}

/* Its spends are free again: unsigned, or proven dead. */
static void
give_up(struct leg *l, bool signed_too)
{
	for (size_t i = 0; i < l->versions_n; i++)
		if (l->versions[i].state == VERSION_PREPARED || signed_too)
			l->versions[i].state = VERSION_DEAD;
}

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
		l->block_height = get_number(block, "height");
		if (!book_get_copy(block, "hash", &l->block_hash))
			return "malformed block";
	}
	return NULL;
}

static void
take_status(struct leg *l, enum leg_status status, int64_t ts)
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
	bool on_its_way = l->status == LEG_RELEASED || l->status == LEG_SUBMITTED ||
			  l->status == LEG_CONFIRMING || l->cancel;

	switch (status) {
	case LEG_PREPARED: why = add_version(l, line); break;
	case LEG_SIGNED: why = sign_version(l, line); break;
	case LEG_CONFIRMING:
	case LEG_CONFIRMED: why = take_sight(l, line); break;
	case LEG_SCREENED:
	case LEG_SUBMITTED: give_up(l, false); break;
	case LEG_EXPIRED:
	case LEG_FAILED:
		give_up(l, true);
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
		take_status(l, status, ts);
	return why;
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

static const char *
apply_receipt(struct swap_book *b, struct span line)
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
		give_up(l, false);
	}
	if (!leg_status_of(name, &status))
		return "no such status";
	why = change_leg(l, line, status, (int64_t)get_number(line, "ts"));
	if (!why && (status == LEG_FAILED || status == LEG_REFUNDED))
		drop_bytes(l);
	look_whether_over(l->swap);
	credit_carried(b, l->swap);
	b->touched = l->swap;
	return why;
}

/* ---- whole swaps ---- */

static struct leg *
refund_of(const struct swap *s, const struct leg *failed)
{
	for (size_t i = 0; i < s->legs_n; i++)
		if (s->legs[i]->of && strcmp(s->legs[i]->of, failed->id) == 0)
			return s->legs[i];
	return NULL;
}

static struct leg *
leg_of(const struct swap *s, const char *id)
{
	for (size_t i = 0; i < s->legs_n; i++)
		if (strcmp(s->legs[i]->id, id) == 0)
			return s->legs[i];
	return NULL;
}

/* Of a payment and its refund one at most may be under way or done. The refund is the one to begin
 * anew, unless an operator names an address for the payment itself. */
static bool
may_reopen(const struct swap *s, const struct leg *l, bool named)
{
	const struct leg *refund = refund_of(s, l);
	const struct leg *payment = l->of ? leg_of(s, l->of) : NULL;

	if (l->status != LEG_FAILED)
		return false;
	if (payment)
		return payment->status == LEG_FAILED;
	return !refund || (named && refund->status == LEG_FAILED);
}

/* An operator retries: what failed has paid nothing, so it may begin anew. What is not signed yet
 * is thrown away where the address is another now. */
static void
reopen(struct swap *s, struct span to, int64_t ts)
{
	for (size_t i = 0; i < s->legs_n; i++) {
		struct leg *l = s->legs[i];
		struct span address = {0};

		if (to.ptr && l->status != LEG_CONFIRMED && l->status != LEG_REFUNDED &&
		    !leg_alive(l) && book_get_text(to, l->id, &address) && address.ptr) {
			book_replace(&l->to, address);
			give_up(l, false);
			if (l->status == LEG_PREPARED)
				take_status(l, LEG_SCREENED, ts);
		}
		if (may_reopen(s, l, address.ptr != NULL))
			take_status(l, LEG_EXPIRED, ts);
		l->rounds = 0;
	}
}

static const char *
apply_hold(struct swap_book *b, struct span line, bool held)
{
	struct span id, code, to;
	struct swap *s = book_get_text(line, "swap", &id) && id.ptr ? swap_book_swap(b, id) : NULL;

	if (!s || !book_get_text(line, "code", &code) || !book_get(line, "to", JSON_OBJECT, &to))
		return "a hold of no swap";
	s->held = held;
	book_replace(&s->held_code, held ? code : (struct span){0});
	if (!held)
		reopen(s, to, (int64_t)get_number(line, "ts"));
	look_whether_over(s);
	b->touched = s;
	return NULL;
}

/* ---- lines ---- */

static void
keep(struct swap_book *b, bool printed, struct span line)
{
	struct buf *kept = &b->touched->kept;

	b->receipts += printed;
	buf_str(kept, "{\"n\":");
	buf_u64(kept, printed ? b->receipts : 0);
	buf_str(kept, ",\"l\":");
	buf_add(kept, line);
	buf_str(kept, "}\n");
	CHECK(buf_ok(kept));
}

bool
swap_book_next_kept(struct span *rest, uint64_t *number, struct span *line)
{
	size_t end = span_find(*rest, SPAN_LIT("\n"));
	struct span l = SPAN_LIT(",\"l\":");
	size_t at, begin = sizeof "{\"n\":" - 1;

	if (end == rest->len)
		return false;
	at = span_find((struct span){rest->ptr, end}, l);
	if (end < begin || !span_starts(*rest, SPAN_LIT("{\"n\":")) || at + l.len >= end ||
	    !number_u64((struct span){rest->ptr + begin, at - begin}, number))
		return false;
	*line = (struct span){rest->ptr + at + l.len, end - at - l.len - 1};
	*rest = (struct span){rest->ptr + end + 1, rest->len - end - 1};
	return true;
}

static const char *
apply(struct swap_book *b, struct span type, struct span line)
{
	if (span_is(type, "receipt"))
		return apply_receipt(b, line);
	if (span_is(type, "swap"))
		return apply_swap(b, line);
	if (span_is(type, "legs"))
		return apply_legs(b, line);
	if (span_is(type, "hold"))
		return apply_hold(b, line, true);
	if (span_is(type, "retry"))
		return apply_hold(b, line, false);
	if (span_is(type, "address"))
		return book_apply_address(b, line);
	return "no type that the log knows";
}

const char *
swap_book_apply(struct swap_book *b, struct span line)
{
	struct span type;
	const char *why;

	if (json_check(line, NULL) != JSON_OK || json_type(json_trim(line)) != JSON_OBJECT)
		return "no JSON object";
	line = json_trim(line);
	if (!book_get_text(line, "type", &type))
		return "no type";
	b->touched = NULL;
	why = apply(b, type, line);
	if (!why && b->touched)
		keep(b, !span_is(type, "swap") && !span_is(type, "legs"), line);
	return why;
}

/* ---- forgetting ---- */

static void
drop_legs(struct swap_book *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->legs_n; i++) {
		struct leg *l = b->legs[i];

		if (l->swap->dropped) {
			CHECK(keymap_remove(&b->leg_names, span_of(l->id)));
			free_leg(l);
			continue;
		}
		CHECK(keymap_put(&b->leg_names, span_of(l->id), n));
		b->legs[n++] = l;
	}
	b->legs_n = n;
}

void
swap_book_drop(struct swap_book *b, bool (*chosen)(void *context, const struct swap *s),
	       void *context)
{
	size_t n = 0;

	for (size_t i = 0; i < b->swaps_n; i++) /* asked before its legs are gone */
		b->swaps[i]->dropped = chosen(context, b->swaps[i]);
	drop_legs(b);
	for (size_t i = 0; i < b->swaps_n; i++) {
		struct swap *s = b->swaps[i];

		if (s->dropped) {
			settled_add(&b->settled, span_of(s->id));
			CHECK(keymap_remove(&b->swap_names, span_of(s->id)));
			free_swap(s);
			continue;
		}
		CHECK(keymap_put(&b->swap_names, span_of(s->id), n));
		b->swaps[n++] = s;
	}
	b->swaps_n = n;
}
