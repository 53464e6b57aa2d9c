#include "ledger.h"

#include "check.h"

#include <stdlib.h>

#define HOUR_MS 3600000

void
ledger_init(struct ledger *l, const uint64_t secret[2])
{
	*l = (struct ledger){0};
	keymap_init(&l->by_name, LEDGER_JOBS_MAX, secret);
	keymap_init(&l->coins, LEDGER_COINS_MAX, secret);
}

void
ledger_release(struct ledger *l)
{
	for (size_t i = 0; i < l->jobs_n; i++) {
		free(l->jobs[i].later);
		free(l->jobs[i].spends);
	}
	free(l->jobs);
	keymap_release(&l->by_name);
	keymap_release(&l->coins);
	*l = (struct ledger){0};
}

/* ---- windows
 * ------------------------------------------------------------------------------------ */

units_int
ledger_day(const struct ledger_window *w, int64_t now_ms)
{
	int64_t hour = now_ms / HOUR_MS;
	units_int sum = 0;

	for (int i = 0; i < LEDGER_HOURS; i++) {
		/* a sum that has no room in 38 digits is over every limit */
		if (w->hours[i] > hour - LEDGER_HOURS && !units_add(sum, w->sums[i], &sum))
			return ~(units_int)0;
	}
	return sum;
}

void
ledger_add(struct ledger_window *w, int64_t now_ms, units_int amount)
{
	int64_t hour = now_ms / HOUR_MS;
	size_t i = (size_t)(hour % LEDGER_HOURS);

	if (w->hours[i] != hour) {
		w->hours[i] = hour;
		w->sums[i] = 0;
	}
	/* saturates: over every limit */
	if (!units_add(w->sums[i], amount, &w->sums[i]))
		w->sums[i] = ~(units_int)0;
}

bool
ledger_within(const struct ledger_window *w, int64_t now_ms, units_int more, units_int limit)
{
	units_int sum = ledger_day(w, now_ms), all;

	return units_add(sum, more, &all) && all <= limit;
}

/* ---- jobs
 * --------------------------------------------------------------------------------------- */

static uint64_t
spend_tag(const struct ledger *l, const struct tx_spend *s)
{
	return siphash24(l->by_name.secret, (struct span){(const char *)s->id, sizeof s->id});
}

static struct span
outpoint(const struct tx_spend *s)
{
	return (struct span){(const char *)s->id, sizeof s->id};
}

static const struct ledger_job *
find_job(const struct ledger *l, struct span name)
{
	uint64_t i;

	return keymap_find(&l->by_name, name, &i) ? &l->jobs[i] : NULL;
}

static bool
has_version(const struct ledger_job *j, const unsigned char payload[32])
{
	if (j->versions_n && memcmp(j->first, payload, 32) == 0)
		return true;
	for (size_t i = 1; i < j->versions_n; i++) {
		if (memcmp(j->later[i - 1], payload, 32) == 0)
			return true;
	}
	return false;
}

static bool
is_common(const struct ledger *l, const struct ledger_entry *e, uint64_t tag)
{
	for (size_t i = 0; i < e->spends_n; i++) {
		if (spend_tag(l, &e->spends[i]) == tag)
			return true;
	}
	return false;
}

static bool
has_common_spend(const struct ledger *l, const struct ledger_job *j, const struct ledger_entry *e)
{
	for (size_t i = 0; i < j->spends_n; i++) {
		if (is_common(l, e, j->spends[i]))
			return true;
	}
	return false;
}

static int64_t
later_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Without a spend in common the version before may have been mined, and this one is besides. */
static bool
is_besides(const struct ledger_entry *e)
{
	return e->spends_n == 0 || span_is(e->kind, "child");
}

/* What this entry adds to the fees of the job so far. */
static units_int
fee_more(const struct ledger_job *j, const struct ledger_entry *e)
{
	if (!j || is_besides(e))
		return e->fee;
	return e->fee > j->fee ? e->fee - j->fee : 0;
}

static enum ledger_result
refuse(struct ledger_verdict *out, const char *code, const char *why, bool later)
{
	*out = (struct ledger_verdict){code, why, later};
	return LEDGER_REFUSED;
}

static enum ledger_result
judge_version(const struct ledger *l, const struct ledger_job *j, const struct ledger_entry *e,
	      int64_t now_ms, struct ledger_verdict *out)
{
	if (j->versions_n >= LEDGER_VERSIONS_MAX)
		return refuse(out, "VERSIONS", "64 versions of this job are signed already", false);
	if (span_is(e->kind, "child"))
		return LEDGER_NEW;
	if (e->asset != POLICY_ASSETS_MAX && j->paid && memcmp(j->payment, e->payment, 32) != 0)
		return refuse(out, "JOB", "this job was signed with another payment", false);
	if (j->rivals_n == 0)
		return LEDGER_NEW;
	if (j->spends_n || e->spends_n)
		return has_common_spend(l, j, e)
			   ? LEDGER_NEW
			   : refuse(out, "JOB",
				    "a version before has no spend in common with this one: "
				    "both could be mined",
				    false);
	if (j->dead_ms == 0 || now_ms <= j->dead_ms)
		return refuse(out, "EARLY", "the version before may still get into a block", true);
	return LEDGER_NEW;
}

static bool
coins_agree(const struct ledger *l, const struct ledger_entry *e)
{
	uint64_t amount;

	for (size_t i = 0; e->outpoints && i < e->spends_n; i++) {
		if (keymap_find(&l->coins, outpoint(&e->spends[i]), &amount) &&
		    amount != e->spends[i].amount)
			return false;
	}
	return true;
}

enum ledger_result
ledger_judge(struct ledger *l, const struct policy *p, const struct ledger_entry *e,
	     struct ledger_verdict *out)
{
	const struct ledger_job *j = find_job(l, e->job);
	int64_t now_ms = later_of(e->at_ms, l->now_ms);

	*out = (struct ledger_verdict){0};
	if (j && has_version(j, e->payload))
		return LEDGER_AGAIN;
	if (!coins_agree(l, e))
		return refuse(out, "COIN", "another amount was said of an output to be spent",
			      false);
	if (j && judge_version(l, j, e, now_ms, out) == LEDGER_REFUSED)
		return LEDGER_REFUSED;
	if (!ledger_within(&l->fees[e->chain], now_ms, fee_more(j, e),
			   p->chains[e->chain].fee_day_max))
		return refuse(out, "FEE_DAY", "more fees than the policy allows a day", true);
	if (e->asset != POLICY_ASSETS_MAX && (!j || !j->paid || is_besides(e)) &&
	    !ledger_within(&l->assets[e->asset], now_ms, e->amount, p->assets[e->asset].day_max))
		return refuse(out, "DAY_LIMIT", "more than the policy allows a day", true);
	if (!j && l->jobs_n >= LEDGER_JOBS_MAX)
		return refuse(out, "FULL", "the log holds as many jobs as it can", true);
	return LEDGER_NEW;
}

/* ---- entering
 * ----------------------------------------------------------------------------------- */

static struct ledger_job *
make_job(struct ledger *l, struct span name)
{
	if (l->jobs_n == l->jobs_cap) {
		size_t cap = l->jobs_cap ? 2 * l->jobs_cap : 64;
		struct ledger_job *more = realloc(l->jobs, cap * sizeof *more);

		if (!more)
			return NULL;
		l->jobs = more;
		l->jobs_cap = cap;
	}
	if (!keymap_put(&l->by_name, name, l->jobs_n))
		return NULL;
	l->jobs[l->jobs_n] = (struct ledger_job){0};
	return &l->jobs[l->jobs_n++];
}

static bool
keep_spends(struct ledger *l, struct ledger_job *j, const struct ledger_entry *e)
{
	unsigned char kept = 0;

	if (j->rivals_n == 0) {
		CHECK(e->spends_n <= TX_SIGNATURES_MAX);
		j->spends = e->spends_n ? calloc(e->spends_n, sizeof *j->spends) : NULL;
		if (e->spends_n && !j->spends)
			return false;
		for (size_t i = 0; i < e->spends_n; i++)
			j->spends[i] = spend_tag(l, &e->spends[i]);
		j->spends_n = (unsigned char)e->spends_n;
		return true;
	}
	for (size_t i = 0; i < j->spends_n; i++) {
		if (is_common(l, e, j->spends[i]))
			j->spends[kept++] = j->spends[i];
	}
	j->spends_n = kept;
	return true;
}

static bool
keep_version(struct ledger_job *j, const unsigned char payload[32])
{
	void *more;

	if (j->versions_n >= LEDGER_VERSIONS_MAX)
		return false;
	if (j->versions_n == 0) {
		memcpy(j->first, payload, 32);
	} else {
		more = realloc(j->later, j->versions_n * sizeof *j->later);
		if (!more)
			return false;
		j->later = more;
		memcpy(j->later[j->versions_n - 1], payload, 32);
	}
	j->versions_n++;
	return true;
}

bool
ledger_enter(struct ledger *l, const struct ledger_entry *e)
{
	struct ledger_job *j;
	bool child = span_is(e->kind, "child");
	uint64_t i;

	l->now_ms = later_of(e->at_ms, l->now_ms);
	j = keymap_find(&l->by_name, e->job, &i) ? &l->jobs[i] : make_job(l, e->job);
	if (!j)
		return false;
	for (size_t k = 0; e->outpoints && k < e->spends_n; k++) {
		if (!keymap_put(&l->coins, outpoint(&e->spends[k]), (uint64_t)e->spends[k].amount))
			return false;
	}
	if (e->chain < POLICY_CHAINS_MAX)
		ledger_add(&l->fees[e->chain], l->now_ms, fee_more(j, e));
	if (!child) {
		j->fee = e->fee > j->fee ? e->fee : j->fee;
		j->dead_ms = e->dead_ms;
		if (!keep_spends(l, j, e))
			return false;
		j->rivals_n++;
	}
	if (span_is(e->kind, "pay") && (!j->paid || is_besides(e))) {
		if (e->asset < POLICY_ASSETS_MAX)
			ledger_add(&l->assets[e->asset], l->now_ms, e->amount);
		memcpy(j->payment, e->payment, 32);
		j->paid = true;
	}
	return keep_version(j, e->payload);
}
