/* screen: may this be paid? Addresses against block lists, amounts against limits (screen(1)). */
#include "blocklist.h"
#include "check.h"
#include "diag.h"
#include "digest.h"
#include "durable.h"
#include "hashes.h"
#include "number.h"
#include "sandbox.h"
#include "screen_orders.h"
#include "serve.h"
#include "sign_limits.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

/* Names of chains and assets, and of accounts, that fit into the log's line. */
#define CHAIN_MAX 64
#define ACCOUNT_MAX 256

struct options {
	const char *lists[BLOCKLIST_FILES_MAX];
	size_t lists_n;
	const char *limits, *state, *addresses, *metrics_file;
	bool orders;
};

struct screen {
	struct server server;
	struct blocklist blocked;
	struct limits limits;
	struct buf line, text;
	int64_t now_ms;
	uint64_t passed_total, blocked_total, limited_total;
	/* metrics */
	size_t passed, hits, over, addresses, failures, stale;
	size_t limit_at[LIMITS_MAX], used_at[LIMITS_MAX];
	char labels[LIMITS_MAX][96];
};

static volatile sig_atomic_t hangup;

static void
on_hangup(int number)
{
	(void)number;
	hangup = 1;
}

static bool
was_hung_up(void)
{
	bool was = hangup;

	hangup = 0;
	return was;
}

/* ---- a decision
 * --------------------------------------------------------------------------------- */

static void
write_down(struct screen *s, const struct frame_request *q, const struct limits_asked *a,
	   struct span phase, struct span account, const char *code, const char *list)
{
	struct buf *out = &s->line;

	buf_clear(out);
	buf_byte(out, '{');
	buf_json_member_string(out, "type", SPAN_LIT("screened"));
	buf_json_member_i64(out, "at", a->at_ms);
	buf_json_member_string(out, "job", a->job);
	buf_json_member_string(out, "phase", phase);
	buf_json_member_string(out, "chain", a->chain);
	buf_json_member_string(out, "asset", a->asset);
	buf_json_member_string(out, "address", a->address);
	buf_json_member_string(out, "account", account);
	buf_json_member_string(out, "amount", q->amount);
	buf_json_member_string(out, "decision", span_of(code ? code : "pass"));
	buf_json_member_string(out, "list", span_of(list));
	buf_str(out, "}\n");
	CHECK(buf_ok(out));
	server_append(&s->server, buf_span(out));
}

static bool
take(struct screen *s, const struct frame_request *q, struct limits_asked *a, struct span *phase,
     struct span *account, struct frame_error *e)
{
	struct span value;

	*a = (struct limits_asked){.job = q->job,
				   .asset = q->asset,
				   .address = q->address,
				   .decimals = LIMITS_NO_DECIMALS,
				   .at_ms = s->now_ms};
	*account = (struct span){0};
	if (!q->job.ptr || q->job.len == 0 || !q->asset.ptr || !q->address.ptr || !q->amount.ptr)
		return frame_fail(e, FRAME_REQUEST, "MEMBER",
				  "job, asset, address and amount are wanted");
	if (!frame_text(q, "chain", &a->chain, e) || !frame_text(q, "phase", phase, e))
		return false;
	/* what no address, chain or account measures is not looked up, nor logged */
	if (a->address.len == 0 || a->address.len > SDN_ADDRESS_MAX || a->chain.len > CHAIN_MAX ||
	    a->asset.len > CHAIN_MAX)
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "longer than it may be, or empty");
	if (!span_is(*phase, "take") && !span_is(*phase, "pay"))
		return frame_fail(e, FRAME_REQUEST, "PHASE", "phase is take or pay");
	if (json_find(q->line, "account", &value) && !json_is_null(value) &&
	    (!json_plain(value, account) || account->len > ACCOUNT_MAX))
		return frame_fail(e, FRAME_REQUEST, "MEMBER",
				  "account is a text of at most 256 bytes");
	if (json_find(q->line, "decimals", &value) && !number_u64(value, &a->decimals))
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "decimals is an integer");
	if (!units_parse(q->amount, &a->amount))
		return frame_fail(e, FRAME_REQUEST, "AMOUNT", "an amount that is none");
	return true;
}

static bool
decide(void *context, const struct frame_request *q, struct buf *answer, struct frame_error *e)
{
	struct screen *s = context;
	const struct blocklist_file *hit;
	const char *code, *why = "the address stands on a block list";
	struct span phase, account;
	struct limits_asked a;

	(void)answer;
	if (!take(s, q, &a, &phase, &account, e))
		return false;
	hit = blocklist_find(&s->blocked, a.address);
	code = hit ? "BLOCKED" : limits_judge(&s->limits, &a, &why);
	if (!code && !limits_enter(&s->limits, &a))
		return frame_fail(e, FRAME_CONFIG, "FULL", "no room for another job");
	write_down(s, q, &a, phase, account, code, hit ? hit->base : NULL);
	s->passed_total += !code;
	s->blocked_total += hit != NULL;
	s->limited_total += code && !hit;
	return !code || frame_fail(e, FRAME_REFUSED, code, "%s", why);
}

/* ---- the server's questions
 * ---------------------------------------------------------------------- */

static void
before(void *context, int64_t now_ms)
{
	struct screen *s = context;

	s->now_ms = now_ms;
	blocklist_refresh(&s->blocked, was_hung_up());
}

static bool
replay(void *context, struct span line)
{
	enum { TYPE, JOB, CHAIN, ASSET, ADDRESS, AMOUNT, DECISION, AT, N };
	static const char *const names[N] = {"type",	"job",	  "chain",    "asset",
					     "address", "amount", "decision", "at"};
	struct screen *s = context;
	struct limits_asked a = {.decimals = LIMITS_NO_DECIMALS};
	struct span m[N], t[N];
	size_t offset;

	if (json_check(line, &offset) != JSON_OK || !json_pick(line, names, N, m, NULL))
		return false;
	for (int i = 0; i < AT; i++) {
		if (!m[i].ptr || !json_plain(m[i], &t[i]))
			return false;
	}
	if (!span_is(t[TYPE], "screened") || !m[AT].ptr || !number_i64(m[AT], &a.at_ms) ||
	    !units_parse(t[AMOUNT], &a.amount))
		return false;
	a.job = t[JOB];
	a.chain = t[CHAIN];
	a.asset = t[ASSET];
	a.address = t[ADDRESS];
	return !span_is(t[DECISION], "pass") || limits_enter(&s->limits, &a);
}

static uint64_t
good(const void *context)
{
	const struct screen *s = context;

	return s->passed_total;
}

/* Millionths of the asset, as far as they fit: BSC's 18 decimals are too many for a gauge. */
static int64_t
millionths(units_int amount, uint64_t decimals)
{
	for (; decimals > 6; decimals--)
		amount /= 10;
	for (; decimals < 6; decimals++) {
		if (!units_multiply(amount, 10, &amount))
			return INT64_MAX;
	}
	return amount > INT64_MAX ? INT64_MAX : (int64_t)amount;
}

static void
measure(void *context, struct metrics *m)
{
	struct screen *s = context;
	int64_t stale = 0, addresses = 0;

	for (size_t i = 0; i < s->blocked.n; i++) {
		stale += s->blocked.files[i].stale;
		addresses += (int64_t)s->blocked.files[i].n;
	}
	metrics_set(m, s->passed, (int64_t)s->passed_total);
	metrics_set(m, s->hits, (int64_t)s->blocked_total);
	metrics_set(m, s->over, (int64_t)s->limited_total);
	metrics_set(m, s->failures, (int64_t)s->blocked.failures_total);
	metrics_set(m, s->stale, stale);
	metrics_set(m, s->addresses, addresses);
	for (size_t i = 0; i < s->limits.n; i++) {
		const struct limit *one = &s->limits.list[i];

		if (!s->limit_at[i])
			continue;
		metrics_set(m, s->limit_at[i], millionths(one->day_max, one->decimals));
		metrics_set(m, s->used_at[i],
			    millionths(ledger_day(&one->spent, s->now_ms), one->decimals));
	}
}

static bool
is_plain_label(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == '"' || s.ptr[i] == '\\')
			return false;
	}
	return s.len <= 32;
}

static void
add_gauges(struct screen *s, struct metrics *m, size_t i)
{
	const struct limit *one = &s->limits.list[i];

	if (!is_plain_label(one->chain) || !is_plain_label(one->asset) || m->n + 2 > METRICS_MAX)
		return;
	snprintf(s->labels[i], sizeof s->labels[i], "chain=\"%.*s\",asset=\"%.*s\"",
		 (int)one->chain.len, one->chain.ptr, (int)one->asset.len, one->asset.ptr);
	s->limit_at[i] =
	    metrics_add(m, "dex_screen_limit", "gauge", "What may go out in a day.", s->labels[i]);
	s->used_at[i] = metrics_add(m, "dex_screen_used", "gauge",
				    "What has been let out in the last day.", s->labels[i]);
	metrics_decimals(m, s->limit_at[i], 6);
	metrics_decimals(m, s->used_at[i], 6);
}

static void
add_metrics(struct screen *s)
{
	struct metrics *m = &s->server.metrics;

	s->passed =
	    metrics_add(m, "dex_screen_passed_total", "counter", "Payments that may go on.", NULL);
	s->hits = metrics_add(m, "dex_screen_blocked_total", "counter",
			      "Addresses on a block list.", NULL);
	s->over = metrics_add(m, "dex_screen_limited_total", "counter",
			      "Payments over a limit, or without one.", NULL);
	s->addresses = metrics_add(m, "dex_screen_list_addresses", "gauge",
				   "Addresses on all block lists.", NULL);
	s->stale = metrics_add(m, "dex_screen_list_stale", "gauge",
			       "Block lists that have changed and could not be taken.", NULL);
	s->failures = metrics_add(m, "dex_screen_list_failures_total", "counter",
				  "Block lists that could not be taken.", NULL);
	for (size_t i = 0; i < s->limits.n; i++)
		add_gauges(s, m, i);
}

/* ---- main
 * --------------------------------------------------------------------------------------- */

static void
read_limits(struct screen *s, const char *path, const uint64_t secret[2])
{
	char what[300];

	buf_init(&s->text, LIMITS_FILE_BYTES);
	if (!durable_read(AT_FDCWD, path, &s->text))
		tool_die(EXIT_CONFIG, "limits", path, strerror(errno));
	if (limits_read(&s->limits, buf_span(&s->text), secret))
		return;
	snprintf(what, sizeof what, "%.200s line %u", path, (unsigned)s->limits.fault_line);
	tool_die(EXIT_CONFIG, "limits", what, s->limits.fault);
}

static void
close_sandbox(const struct screen *s, const struct options *o)
{
	struct sandbox_path paths[BLOCKLIST_FILES_MAX + 2] = {{s->server.directory, 1}};
	size_t n = 1;

	if (o->metrics_file)
		paths[n++] = (struct sandbox_path){s->server.metrics.directory, 1};
	for (size_t i = 0; i < s->blocked.n; i++)
		paths[n++] = (struct sandbox_path){s->blocked.files[i].directory, 0};
	sandbox_files(paths, n);
}

static void
parse_options(struct options *o, int argc, char **argv)
{
	enum { LIST = 256, LIMITS, STATE, ORDERS, ADDRESSES, METRICS };
	static const struct option options[] = {
	    {"list", required_argument, NULL, LIST},
	    {"limits", required_argument, NULL, LIMITS},
	    {"state", required_argument, NULL, STATE},
	    {"orders", no_argument, NULL, ORDERS},
	    {"addresses", required_argument, NULL, ADDRESSES},
	    {"metrics-file", required_argument, NULL, METRICS},
	    {0},
	};

	for (int c; (c = tool_option(argc, argv, options)) != -1;) {
		switch (c) {
		case LIST:
			if (o->lists_n == BLOCKLIST_FILES_MAX)
				tool_usage("at most 8", "--list");
			o->lists[o->lists_n++] = optarg;
			break;
		case LIMITS: o->limits = optarg; break;
		case STATE: o->state = optarg; break;
		case ORDERS: o->orders = true; break;
		case ADDRESSES: o->addresses = optarg; break;
		case METRICS: o->metrics_file = optarg; break;
		}
	}
	tool_no_operands(argc, argv);
	if (!o->lists_n || !o->limits || !o->state)
		tool_usage("are needed", "--list, --limits and --state");
	if (o->orders != (o->addresses != NULL))
		tool_usage("belong together", "--orders and --addresses");
}

int
main(int argc, char **argv)
{
	static const struct frame_op ops[] = {{"screen", decide}};
	static struct options o;
	static struct screen s;
	struct sigaction action = {.sa_handler = on_hangup, .sa_flags = SA_RESTART};
	enum exit_status status;
	uint64_t secret[2];

	tool_start(TOOL_DURABLE);
	parse_options(&o, argc, argv);
	digest_init();
	hashes_init();
	sigaction(SIGHUP, &action, NULL);
	if (getrandom(secret, sizeof secret, 0) != sizeof secret)
		tool_die(EXIT_TEMP, "random", NULL, strerror(errno));
	read_limits(&s, o.limits, secret);
	blocklist_init(&s.blocked, secret);
	for (size_t i = 0; i < o.lists_n; i++)
		blocklist_add(&s.blocked, o.lists[i]);
	if (o.orders)
		return screen_orders(&(struct screen_orders){.blocked = &s.blocked,
							     .limits = &s.limits,
							     .addresses = o.addresses,
							     .state = o.state,
							     .metrics_file = o.metrics_file,
							     .secret = secret,
							     .hangup = was_hung_up});
	buf_init(&s.line, 4096);
	s.server = (struct server){.ops = ops,
				   .ops_n = 1,
				   .context = &s,
				   .before = before,
				   .replay = replay,
				   .good = good,
				   .measure = measure};
	metrics_init(&s.server.metrics, o.metrics_file);
	add_metrics(&s);
	server_open(&s.server, o.state);
	close_sandbox(&s, &o);
	status = server_run(&s.server, 0, 1);
	server_close(&s.server);
	blocklist_release(&s.blocked);
	limits_release(&s.limits);
	return (int)tool_finish(status);
}
