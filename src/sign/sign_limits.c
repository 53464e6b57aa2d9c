#include "sign_limits.h"

#include "json.h"
#include "number.h"

static const char *
take_amount(struct span value, units_int *out)
{
	struct span text;

	return value.ptr && json_plain(value, &text) && units_parse(text, out)
		   ? NULL
		   : "txMax and dayMax are decimal strings of base units";
}

static const char *
take_rule(struct limits *l, struct span line)
{
	enum { TYPE, CHAIN, ASSET, DECIMALS, TX, DAY, N };
	static const char *const names[N] = {"type",	 "chain", "asset",
					     "decimals", "txMax", "dayMax"};
	struct limit *one = &l->list[l->n];
	struct span m[N], type, key, value, rule = json_trim(line);
	struct json_walk w;
	size_t offset, members = 0;
	const char *why;

	if (json_check(line, &offset) != JSON_OK || json_type(rule) != JSON_OBJECT)
		return "no JSON object";
	if (!json_pick(rule, names, N, m, NULL))
		return "a member that stands twice";
	w = json_walk(rule);
	while (json_next_member(&w, &key, &value))
		members++;
	for (int i = 0; i < N; i++) {
		if (!m[i].ptr)
			return "wants type, chain, asset, decimals, txMax and dayMax";
	}
	if (members != N)
		return "a member that a limit does not have";
	if (!json_plain(m[TYPE], &type) || !span_is(type, "limit"))
		return "a type that is not limit";
	if (l->n == LIMITS_MAX)
		return "more limits than 64";
	*one = (struct limit){0};
	if (!json_plain(m[CHAIN], &one->chain) || !json_plain(m[ASSET], &one->asset) ||
	    !number_u64(m[DECIMALS], &one->decimals) || one->decimals > 18)
		return "chain and asset are texts, decimals is 0 to 18";
	why = take_amount(m[TX], &one->tx_max);
	if (!why)
		why = take_amount(m[DAY], &one->day_max);
	if (why)
		return why;
	if (limits_find(l, one->chain, one->asset))
		return "a limit that stands twice";
	l->n++;
	return NULL;
}

bool
limits_read(struct limits *l, struct span text, const uint64_t secret[2])
{
	*l = (struct limits){0};
	keymap_init(&l->jobs, LIMITS_JOBS_MAX, secret);
	while (text.len && !l->fault) {
		size_t len = span_find(text, SPAN_LIT("\n"));
		struct span line = json_trim((struct span){text.ptr, len});

		l->fault_line++;
		len += len < text.len;
		text = (struct span){text.ptr + len, text.len - len};
		if (line.len && line.ptr[0] != '#')
			l->fault = take_rule(l, line);
	}
	return !l->fault;
}

void
limits_release(struct limits *l)
{
	keymap_release(&l->jobs);
}

struct limit *
limits_find(struct limits *l, struct span chain, struct span asset)
{
	for (size_t i = 0; i < l->n; i++) {
		if (span_equal(l->list[i].chain, chain) && span_equal(l->list[i].asset, asset))
			return &l->list[i];
	}
	return NULL;
}

/* What a job was counted for; 0 is nothing's. */
static uint64_t
digest(const struct limits *l, const struct limits_asked *a)
{
	const struct span parts[] = {a->chain, a->asset, a->address};
	unsigned char sum[sizeof a->amount + sizeof parts / sizeof parts[0] * 8];

	memset(sum, 0, sizeof sum);
	memcpy(sum, &a->amount, sizeof a->amount);
	for (size_t i = 0; i < 3; i++) {
		uint64_t one = siphash24(l->jobs.secret, parts[i]);

		memcpy(sum + sizeof a->amount + 8 * i, &one, 8);
	}
	return siphash24(l->jobs.secret, (struct span){(const char *)sum, sizeof sum}) | 1;
}

static int64_t
not_before(const struct limits *l, int64_t ms)
{
	return ms > l->now_ms ? ms : l->now_ms;
}

const char *
limits_judge(struct limits *l, const struct limits_asked *a, const char **why)
{
	const struct limit *rule = limits_find(l, a->chain, a->asset);
	uint64_t counted = 0;

	*why = "no limit is set for this asset on this chain";
	if (!rule)
		return "UNLISTED";
	*why = "the asset has other decimals than its limit";
	if (a->decimals != LIMITS_NO_DECIMALS && a->decimals != rule->decimals)
		return "DECIMALS";
	*why = "this job was screened with another payment";
	if (keymap_find(&l->jobs, a->job, &counted) && counted != digest(l, a))
		return "JOB";
	*why = "more than the limit at once";
	if (a->amount > rule->tx_max)
		return "LIMIT";
	*why = "more than the limit of a day";
	if (!counted &&
	    !ledger_within(&rule->spent, not_before(l, a->at_ms), a->amount, rule->day_max))
		return "DAILY_LIMIT";
	*why = NULL;
	return NULL;
}

bool
limits_enter(struct limits *l, const struct limits_asked *a)
{
	struct limit *rule = limits_find(l, a->chain, a->asset);
	uint64_t counted;

	l->now_ms = not_before(l, a->at_ms);
	if (keymap_find(&l->jobs, a->job, &counted))
		return true;
	if (!keymap_put(&l->jobs, a->job, digest(l, a)))
		return false;
	if (rule)
		ledger_add(&rule->spent, l->now_ms, a->amount);
	return true;
}
