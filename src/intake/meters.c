#include "meters.h"

static const struct {
	int64_t us;
	const char *label;
} bounds[METERS_BUCKETS] = {{250, "le=\"250\""},	 {1000, "le=\"1000\""},
			    {4000, "le=\"4000\""},	 {16000, "le=\"16000\""},
			    {64000, "le=\"64000\""},	 {256000, "le=\"256000\""},
			    {1000000, "le=\"1000000\""}, {INT64_MAX, "le=\"+Inf\""}};

static const char *const reason_labels[REFUSALS] = {
    [REFUSAL_TOO_LONG] = "reason=\"TOO_LONG\"",
    [REFUSAL_BAD_JSON] = "reason=\"JSON\"",
    [REFUSAL_BAD_RECORD] = "reason=\"MEMBER\"",
    [REFUSAL_BAD_TYPE] = "reason=\"TYPE\"",
    [REFUSAL_UNSIGNED] = "reason=\"UNSIGNED\"",
    [REFUSAL_UNKNOWN_ACCOUNT] = "reason=\"UNKNOWN_ACCOUNT\"",
    [REFUSAL_FROZEN] = "reason=\"FROZEN\"",
    [REFUSAL_CLOSED] = "reason=\"CLOSED\"",
    [REFUSAL_BLACKLISTED] = "reason=\"BLACKLISTED\"",
    [REFUSAL_ROLE] = "reason=\"ROLE\"",
    [REFUSAL_UNKNOWN_KEY] = "reason=\"UNKNOWN_KEY\"",
    [REFUSAL_BAD_SIGNATURE] = "reason=\"BAD_SIGNATURE\"",
    [REFUSAL_NONCE] = "reason=\"NONCE\"",
    [REFUSAL_COOLDOWN] = "reason=\"COOLDOWN\"",
    [REFUSAL_LIMIT] = "reason=\"LIMIT\"",
    [REFUSAL_TOO_LARGE] = "reason=\"TOO_LARGE\"",
    [REFUSAL_DUPLICATE_ID] = "reason=\"DUPLICATE_ID\"",
    [REFUSAL_BUSY] = "reason=\"BUSY\"",
};

void
meters_init(struct meters *m, const char *file)
{
	struct metrics *x = &m->metrics;

	metrics_init(x, file);
	m->lines = metrics_add(x, "tradepipe_lines_total", "counter", "Input lines read.", NULL);
	m->rejects =
	    metrics_add(x, "tradepipe_rejects_total", "counter", "Input lines rejected.", NULL);
	m->invalid = metrics_add(x, "tradepipe_intake_invalid_orders_total", "counter",
				 "Lines rejected for what they are or who sent them.", NULL);
	m->risk_drops = metrics_add(x, "tradepipe_intake_risk_drops_total", "counter",
				    "Orders rejected by a limit or a cool-down.", NULL);
	for (int s = 0; s < SCHEMES; s++)
		m->verified[s] = metrics_add(
		    x, "tradepipe_intake_verified_total", "counter", "Good signatures.",
		    s == SCHEME_ED25519 ? "scheme=\"ed25519\"" : "scheme=\"secp256k1\"");
	for (int r = REFUSAL_NONE + 1; r < REFUSALS; r++)
		m->reason[r] = metrics_add(x, "tradepipe_intake_rejects_total", "counter",
					   "Input lines rejected, by reason.", reason_labels[r]);
	for (int b = 0; b < METERS_BUCKETS; b++)
		m->bucket[b] =
		    metrics_add(x, "tradepipe_intake_latency_us_bucket", "counter",
				"Time from read to printed, in microseconds.", bounds[b].label);
	m->latency_sum = metrics_add(x, "tradepipe_intake_latency_us_sum", "counter",
				     "Time from read to printed, in all.", NULL);
	m->latency_count = metrics_add(x, "tradepipe_intake_latency_us_count", "counter",
				       "Lines whose time was taken.", NULL);
	m->open = metrics_add(x, "tradepipe_intake_open_orders", "gauge",
			      "Orders that are open as far as events say.", NULL);
	m->missed = metrics_add(x, "tradepipe_intake_events_missed_total", "counter",
				"Events whose seq never came.", NULL);
}

void
meters_line(struct meters *m, enum refusal r)
{
	bool risk = r == REFUSAL_LIMIT || r == REFUSAL_TOO_LARGE || r == REFUSAL_COOLDOWN;

	metrics_count(&m->metrics, m->lines, 1);
	if (r == REFUSAL_NONE)
		return;
	metrics_count(&m->metrics, m->rejects, 1);
	metrics_count(&m->metrics, m->reason[r], 1);
	metrics_count(&m->metrics, risk ? m->risk_drops : m->invalid, 1);
}

void
meters_verified(struct meters *m, enum signature_scheme scheme)
{
	metrics_count(&m->metrics, m->verified[scheme], 1);
}

void
meters_latency(struct meters *m, size_t n, int64_t us)
{
	for (int b = 0; b < METERS_BUCKETS; b++)
		if (us <= bounds[b].us)
			metrics_count(&m->metrics, m->bucket[b], (int64_t)n);
	metrics_count(&m->metrics, m->latency_sum, us * (int64_t)n);
	metrics_count(&m->metrics, m->latency_count, (int64_t)n);
}

void
meters_gate(struct meters *m, const struct gate *g)
{
	metrics_set(&m->metrics, m->open, (int64_t)g->order_open);
	metrics_set(&m->metrics, m->missed, (int64_t)g->events_missed);
}
