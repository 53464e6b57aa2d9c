#include "pay.h"

#include "build.h"
#include "check.h"
#include "coin_select.h"
#include "hex.h"
#include "number.h"

#include <stdlib.h>

/* Coins mined by us must lie for 100 blocks. */
#define COINBASE_CONFIRMATIONS 100
/* Choices thrown away because the mempool spends a coin of them. */
#define CHOICES_MAX 8

/* ---- what is to be paid ---- */

static bool
take_payment(struct adapter *a, struct adapter_plan *plan, struct span job, struct span to,
	     struct span amount, struct frame_error *e)
{
	struct adapter_payment *p = &plan->payments[plan->payments_n];

	*p = (struct adapter_payment){.job = job, .to = to, .amount_text = amount};
	if (!btc_address_parse(to, a->wallet.network, &p->script))
		return frame_fail(e, FRAME_REFUSED, "BAD_ADDRESS", "no address of this network");
	if (!number_u64(amount, &p->amount) || p->amount > BTC_MONEY_MAX)
		return frame_fail(e, FRAME_REFUSED, "AMOUNT", "more than there can be");
	if (p->amount < btc_dust(btc_script_span(&p->script)))
		return frame_fail(e, FRAME_REFUSED, "DUST", "less than %llu, which is dust",
				  (unsigned long long)btc_dust(btc_script_span(&p->script)));
	plan->payments_n++;
	return true;
}

static bool
take_payments(struct adapter *a, struct span list, struct adapter_plan *plan, struct frame_error *e)
{
	static const char *const names[] = {"job", "to", "amount"};
	struct json_walk w = json_walk(list);
	struct span element, m[3];

	while (json_next_element(&w, &element)) {
		if (plan->payments_n == ADAPTER_PAYMENTS_MAX)
			return frame_fail(e, FRAME_REQUEST, "PAYMENTS", "more than 30 payments");
		if (json_type(element) != JSON_OBJECT || !json_pick(element, names, 3, m, NULL))
			return frame_fail(e, FRAME_REQUEST, "PAYMENTS", "a payment is an object");
		for (unsigned i = 0; i < 3; i++)
			if (!m[i].ptr || !json_plain(m[i], &m[i]))
				return frame_fail(e, FRAME_REQUEST, "PAYMENTS",
						  "job, to and amount are wanted");
		if (!frame_is_amount(m[2]) || !take_payment(a, plan, m[0], m[1], m[2], e))
			return e->code[0] || frame_fail(e, FRAME_REQUEST, "PAYMENTS", "no amount");
	}
	return plan->payments_n > 0 || frame_fail(e, FRAME_REQUEST, "PAYMENTS", "none");
}

/* The request's payment or payments; and where the change goes. */
static bool
take_request(struct adapter *a, const struct frame_request *q, struct adapter_plan *plan,
	     struct frame_error *e)
{
	struct span list, job = q->job;

	*plan = (struct adapter_plan){0};
	e->code[0] = 0;
	if (!build_check_request(a, q, e))
		return false;
	if (json_find(q->line, "payments", &list) && json_type(list) == JSON_ARRAY) {
		if (!take_payments(a, list, plan, e))
			return false;
		job = plan->payments[0].job;
	} else if (!frame_payment(q, e) || !take_payment(a, plan, q->job, q->to, q->amount, e)) {
		return false;
	}
	return build_change_place(a, job, plan) ||
	       frame_fail(e, FRAME_CONFIG, "WALLET", "a change address without key");
}

static uint64_t
total(const struct adapter_plan *plan)
{
	uint64_t sum = 0;

	/* 30 payments of all there can be fit */
	for (size_t i = 0; i < plan->payments_n; i++)
		sum += plan->payments[i].amount;
	return sum;
}

/* ---- coins ---- */

static bool
is_busy(const struct frame_request *q, const struct utxo_coin *c)
{
	char text[BTC_TXID_TEXT + 12];
	struct buf b = {text, 0, sizeof text, sizeof text, false};

	btc_txid_print(c->txid, text);
	b.len = BTC_TXID_TEXT - 1;
	buf_byte(&b, ':');
	buf_u64(&b, c->vout);
	return frame_listed(q->busy, buf_span(&b));
}

static bool
is_ripe(const struct adapter *a, const struct utxo_coin *c)
{
	uint64_t confirmations = a->follow.height - c->height + 1;

	return c->spent_height == 0 && confirmations >= a->confirmations_min &&
	       (!c->coinbase || confirmations > COINBASE_CONFIRMATIONS);
}

/* The coins that may be spent now, to a->coins; a coin in `without` is none of them. */
static size_t
candidates(struct adapter *a, const struct frame_request *q, const bool *without)
{
	const struct utxo *u = &a->follow.utxo;
	size_t n = 0;

	for (size_t i = 0; i < u->n; i++)
		if (is_ripe(a, &u->coins[i]) && !without[i] && !is_busy(q, &u->coins[i]))
			a->coins[n++] = (struct select_coin){u->coins[i].amount, i};
	return n;
}

static void
take_coin(struct adapter *a, size_t at, struct adapter_plan *plan)
{
	const struct utxo_coin *c = &a->follow.utxo.coins[at];
	struct adapter_input *in = &plan->inputs[plan->inputs_n++];

	*in = (struct adapter_input){.vout = c->vout, .amount = c->amount, .place = c->place};
	memcpy(in->txid, c->txid, HASH_BYTES);
	CHECK(wallet_script(&a->wallet, c->place, &in->script, NULL));
}

static int
compare_inputs(const void *x, const void *y)
{
	const struct adapter_input *a = x, *b = y;
	int order = memcmp(a->txid, b->txid, HASH_BYTES);

	return order ? order : (a->vout > b->vout) - (a->vout < b->vout);
}

/* The mempool may spend what the blocks have not: somebody else with our keys, or a transaction
 * that the coordinator gave up. */
static bool
all_are_free(struct adapter *a, const struct select_answer *choice, bool *without, bool *free_all,
	     struct frame_error *e)
{
	*free_all = true;
	for (size_t i = 0; i < choice->n; i++) {
		const struct utxo_coin *c = &a->follow.utxo.coins[choice->chosen[i]];
		struct node_coin seen;

		if (!node_coin(&a->node, c->txid, c->vout, true, &seen, e))
			return false;
		without[choice->chosen[i]] = !seen.there;
		*free_all &= seen.there;
		if (seen.there && seen.amount != c->amount)
			return frame_fail(e, FRAME_CONFIG, "NODE", "two words about one coin");
	}
	return true;
}

static bool
choose(struct adapter *a, const struct frame_request *q, const struct select_ask *ask,
       bool *without, struct select_answer *choice, struct frame_error *e)
{
	for (unsigned tries = 0; tries < CHOICES_MAX; tries++) {
		size_t n = candidates(a, q, without);
		bool good;

		switch (select_coins(ask, a->coins, n, choice)) {
		case SELECT_OK: break;
		case SELECT_SHORT:
			return frame_fail(e, FRAME_FUNDS, "INSUFFICIENT",
					  "the coins that are free now are not enough");
		case SELECT_MANY:
			return frame_fail(e, FRAME_FUNDS, "TOO_MANY_COINS",
					  "more than %d coins would be needed: merge some",
					  ADAPTER_INPUTS_MAX);
		}
		if (!all_are_free(a, choice, without, &good, e))
			return false;
		if (good)
			return true;
	}
	return frame_fail(e, FRAME_CONFLICT, "SPENT", "the mempool spends the wallet's coins");
}

static void
ask_of(struct adapter *a, struct span job, uint64_t rate, const struct adapter_plan *plan,
       struct select_ask *ask)
{
	*ask = (struct select_ask){.target = total(plan),
				   .rate = rate,
				   .base_weight = build_base_weight(plan),
				   .input_weight = wallet_input_weight(&a->wallet),
				   .change_weight = 4 * wallet_output_bytes(&a->wallet),
				   .inputs_max = ADAPTER_INPUTS_MAX};
	/* change has to be worth its own input later */
	ask->change_min =
	    btc_dust(btc_script_span(&plan->change_script)) + select_fee(rate, ask->input_weight);
	hash_single(job, ask->seed);
}

static size_t
weight_of(struct adapter *a, const struct adapter_plan *plan)
{
	return build_base_weight(plan) + plan->inputs_n * wallet_input_weight(&a->wallet) +
	       (plan->change ? 4 * wallet_output_bytes(&a->wallet) : 0);
}

static void
print_payment(struct adapter *a, const struct frame_request *q, const struct adapter_plan *plan,
	      struct buf *answer)
{
	struct span list;

	buf_json_member_string(answer, "asset", SPAN_LIT("BTC"));
	buf_json_member_string(answer, "from", span_of(a->wallet.address));
	if (json_find(q->line, "payments", &list) && json_type(list) == JSON_ARRAY) {
		buf_json_member_raw(answer, "payments", list);
		return;
	}
	buf_json_member_string(answer, "job", q->job);
	if (plan->payments_n == 0)
		return;
	buf_json_member_string(answer, "to", q->to);
	buf_json_member_string(answer, "amount", q->amount);
}

static bool
finish(struct adapter *a, const struct frame_request *q, struct adapter_plan *plan,
       const char *kind, struct buf *answer, struct frame_error *e)
{
	if (!build_fee_cap(q, plan->fee, e))
		return false;
	qsort(plan->inputs, plan->inputs_n, sizeof *plan->inputs, compare_inputs);
	if (!build_psbt(a, plan, true, e))
		return false;
	print_payment(a, q, plan, answer);
	return build_print(a, plan, kind, weight_of(a, plan), answer, e);
}

bool
pay_prepare(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	static struct adapter_plan plan;
	static struct select_answer choice;
	struct adapter *a = context;
	struct select_ask ask;
	uint64_t rate, increment;
	bool *without, good;

	if (!take_request(a, q, &plan, e) || !follow_ready(&a->follow, e) ||
	    !build_rate(a, &rate, &increment, e))
		return false;
	ask_of(a, plan.payments[0].job, rate, &plan, &ask);
	without = calloc(a->follow.utxo.n + 1, sizeof *without);
	CHECK(without);
	good = choose(a, q, &ask, without, &choice, e);
	free(without);
	if (!good)
		return false;
	for (size_t i = 0; i < choice.n; i++)
		take_coin(a, choice.chosen[i], &plan);
	plan.fee = choice.fee;
	plan.change = choice.change;
	return finish(a, q, &plan, "pay", answer, e);
}

/* ---- replacing ---- */

struct before {
	uint64_t fee;	/* the highest of all versions */
	uint64_t vsize; /* of the last */
};

/* The newest version that is no child: its bytes to a->old. */
static bool
last_version(struct adapter *a, const struct frame_request *q, struct before *out,
	     struct frame_error *e)
{
	struct json_walk w = json_walk(q->versions);
	struct frame_version v, last = {0};
	struct btc_view view;
	struct cursor c;
	uint64_t fee;
	char *room;

	*out = (struct before){0};
	while (frame_next_version(&w, &v, e)) {
		if (span_is(v.kind, "child"))
			continue;
		last = v;
		if (v.fee.ptr && number_u64(v.fee, &fee) && fee > out->fee)
			out->fee = fee;
	}
	if (e->code[0])
		return false;
	buf_clear(&a->in);
	room = last.raw.ptr && last.raw.len % 2 == 0 ? buf_room(&a->in, last.raw.len / 2) : NULL;
	if (!room || !hex_parse(last.raw, false, (unsigned char *)room, last.raw.len / 2))
		return frame_fail(e, FRAME_REQUEST, "VERSION", "a version with its raw is wanted");
	buf_grown(&a->in, last.raw.len / 2);
	c = cursor_of(buf_span(&a->in));
	if (!btc_view_read(&c, true, &view) || !cursor_done(&c) || !btc_tx_of(&view, &a->old) ||
	    a->old.inputs_n > ADAPTER_INPUTS_MAX)
		return frame_fail(e, FRAME_REQUEST, "VERSION", "its raw is no transaction of ours");
	out->vsize = btc_view_vsize(&view);
	return true;
}

/* All inputs of the version before, so that of the versions at most one can be mined. */
static bool
take_old_inputs(struct adapter *a, struct adapter_plan *plan, uint64_t *sum, struct frame_error *e)
{
	const struct utxo *u = &a->follow.utxo;

	*sum = 0;
	for (size_t i = 0; i < a->old.inputs_n; i++) {
		const struct btc_input *in = &a->old.inputs[i];
		const struct utxo_coin *c = utxo_find(u, in->txid, in->vout);

		if (!c)
			return frame_fail(e, FRAME_CONFLICT, "UNKNOWN_COIN",
					  "it spends a coin that is none of the wallet's now");
		if (c->spent_height)
			return frame_fail(e, FRAME_CONFLICT, "SPENT",
					  "a coin of it is spent in a block: poll");
		*sum += c->amount;
		take_coin(a, (size_t)(c - u->coins), plan);
	}
	return true;
}

static uint64_t
larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* An eighth more, what nodes want for a replacement, and the rate of the day. */
static uint64_t
new_fee(const struct before *b, uint64_t rate, uint64_t increment, size_t weight)
{
	uint64_t vsize = larger(b->vsize, (weight + 3) / 4);
	uint64_t fee = larger(b->fee + (b->fee + 7) / 8, b->fee + (increment * vsize + 999) / 1000);

	/* the rate must rise too where the new version is the larger one */
	if (vsize > b->vsize && b->vsize)
		fee = larger(fee, (b->fee * vsize + b->vsize - 1) / b->vsize + 1);
	return larger(fee, select_fee(rate, weight));
}

/* Fee and change out of what the inputs bring. False: they do not bring enough. */
static bool
settle_change(struct adapter *a, struct adapter_plan *plan, const struct before *b, uint64_t rate,
	      uint64_t increment, uint64_t sum)
{
	uint64_t pays = total(plan), dust = btc_dust(btc_script_span(&plan->change_script));

	plan->change = 1; /* counts in the weight */
	plan->fee = new_fee(b, rate, increment, weight_of(a, plan));
	if (sum >= pays + plan->fee + dust) {
		plan->change = sum - pays - plan->fee;
		return true;
	}
	plan->change = 0;
	plan->fee = new_fee(b, rate, increment, weight_of(a, plan));
	if (plan->payments_n == 0 || sum < pays + plan->fee)
		return false;
	plan->fee = sum - pays;
	return true;
}

static bool
is_in_plan(const struct adapter_plan *plan, const struct utxo_coin *c)
{
	for (size_t i = 0; i < plan->inputs_n; i++)
		if (plan->inputs[i].vout == c->vout &&
		    memcmp(plan->inputs[i].txid, c->txid, HASH_BYTES) == 0)
			return true;
	return false;
}

/* The largest free coin that is not in the plan yet, and that nobody spends. */
static bool
add_coin(struct adapter *a, const struct frame_request *q, struct adapter_plan *plan, uint64_t *sum,
	 bool *added, struct frame_error *e)
{
	const struct utxo *u = &a->follow.utxo;
	const struct utxo_coin *best = NULL;
	struct node_coin seen;

	*added = false;
	if (plan->inputs_n == ADAPTER_INPUTS_MAX)
		return true;
	for (size_t i = 0; i < u->n; i++) {
		const struct utxo_coin *c = &u->coins[i];

		if (is_ripe(a, c) && !is_busy(q, c) && !is_in_plan(plan, c) &&
		    (!best || c->amount > best->amount))
			best = c;
	}
	if (!best)
		return true;
	if (!node_coin(&a->node, best->txid, best->vout, true, &seen, e))
		return false;
	if (!seen.there)
		return true;
	*sum += best->amount;
	take_coin(a, (size_t)(best - u->coins), plan);
	*added = true;
	return true;
}

/* A version that replaces the one before: the same payments, or none (cancel). */
static bool
replace(struct adapter *a, const struct frame_request *q, struct adapter_plan *plan,
	const char *kind, struct buf *answer, struct frame_error *e)
{
	uint64_t rate, increment, sum;
	struct before before;
	bool added = true;

	if (!last_version(a, q, &before, e) || !follow_ready(&a->follow, e) ||
	    !build_rate(a, &rate, &increment, e) || !take_old_inputs(a, plan, &sum, e))
		return false;
	while (!settle_change(a, plan, &before, rate, increment, sum)) {
		if (!build_fee_cap(q, plan->fee, e) || !add_coin(a, q, plan, &sum, &added, e))
			return false;
		if (!added)
			return frame_fail(e, FRAME_FUNDS, "INSUFFICIENT",
					  "no coin is free to raise the fee with");
	}
	return finish(a, q, plan, kind, answer, e);
}

/* ---- pulling along ---- */

/* The output of the stuck version that came back to us. */
static bool
take_change_coin(struct adapter *a, struct adapter_plan *plan, struct frame_error *e)
{
	struct adapter_input *in = &plan->inputs[0];

	for (uint32_t i = 0; i < a->old.outputs_n; i++) {
		const struct btc_output *out = &a->old.outputs[i];

		if (!wallet_find(&a->wallet, out->script, &in->place) || in->place.chain != 1)
			continue;
		in->vout = i;
		in->amount = out->amount;
		plan->inputs_n = 1;
		return wallet_script(&a->wallet, in->place, &in->script, NULL);
	}
	return frame_fail(e, FRAME_REFUSED, "NO_CHANGE", "nothing of it came back to the wallet");
}

/* A child that pays for both what the parent's rate and an eighth, or the rate of the day, want. */
static bool
child(struct adapter *a, const struct frame_request *q, struct adapter_plan *plan,
      struct buf *answer, struct frame_error *e)
{
	uint64_t rate, increment, both, want;
	struct before before;

	plan->payments_n = 0;
	if (!last_version(a, q, &before, e) || !follow_ready(&a->follow, e) ||
	    !build_rate(a, &rate, &increment, e) || !take_change_coin(a, plan, e))
		return false;
	btc_tx_txid(&a->old, plan->inputs[0].txid);
	plan->change = 1;
	both = before.vsize + (weight_of(a, plan) + 3) / 4;
	want = larger((rate * both + 999) / 1000, (before.fee + (before.fee + 7) / 8) * both /
						      (before.vsize ? before.vsize : 1));
	plan->fee =
	    larger(want > before.fee ? want - before.fee : 0, select_fee(rate, weight_of(a, plan)));
	if (plan->inputs[0].amount < plan->fee + btc_dust(btc_script_span(&plan->change_script)))
		return frame_fail(e, FRAME_FUNDS, "INSUFFICIENT", "its change cannot pay for it");
	plan->change = plan->inputs[0].amount - plan->fee;
	return finish(a, q, plan, "child", answer, e);
}

bool
pay_bump(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	static struct adapter_plan plan;
	struct adapter *a = context;
	struct span wanted;

	if (!take_request(a, q, &plan, e))
		return false;
	if (json_find(q->line, "child", &wanted) && json_is_true(wanted))
		return child(a, q, &plan, answer, e);
	return replace(a, q, &plan, "pay", answer, e);
}

bool
pay_cancel(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	static struct adapter_plan plan;
	struct adapter *a = context;

	if (!take_request(a, q, &plan, e))
		return false;
	plan.payments_n = 0;
	return replace(a, q, &plan, "cancel", answer, e);
}
