/* normalize: OKX's raw answers to normalized.order and normalized.position, with the verdict
 * (record(5), normalize(1)). */
#include "chain_filter.h"
#include "filter.h"
#include "json.h"
#include "limit.h"
#include "program.h"
#include "share.h"
#include "utc.h"
#include "verdict.h"

#include <inttypes.h>
#include <stdio.h>

struct normalize {
	struct okx_ledger ledger;
	struct program program;
	struct buf scratch; /* bodies that were kept as strings, decoded */
	struct buf facts, normalized, error, out;
};

/* ---- reading the record ---- */

static void
read_ledger(struct normalize *n, const struct chain_record *r)
{
	struct json_walk w;
	struct span key, entry;
	struct okx_reply reply;

	okx_ledger_clear(&n->ledger);
	buf_clear(&n->scratch);
	/* spans into it must not move while it grows: its final size is known, as decoding never
	 * lengthens */
	if (!buf_room(&n->scratch, r->raw.len))
		return;
	w = json_walk(r->raw);
	while (json_next_member(&w, &key, &entry))
		if (okx_reply_read_entry(key, entry, &n->scratch, &reply))
			okx_ledger_add(&n->ledger, &reply);
}

static struct span
meta_text(const struct chain_record *r, const char *name)
{
	return r->meta.ptr && json_type(r->meta) == JSON_OBJECT ? okx_row_text(r->meta, name)
								: (struct span){"", 0};
}

/* OKX's own clock where it was read, else the time of verifying. */
static int64_t
time_of_answers(const struct normalize *n, const struct chain_record *r)
{
	int64_t us;

	if (n->ledger.server_ms)
		return n->ledger.server_ms;
	return utc_parse_us(meta_text(r, "verifiedAt"), &us) ? us / 1000 : 0;
}

/* ---- printing ---- */

static void
print_time(struct buf *out, const char *name, int64_t ms)
{
	char text[UTC_TEXT_MAX];

	if (ms > 0)
		utc_print_ms(ms, text);
	buf_json_member_string(out, name, ms > 0 ? span_of(text) : (struct span){0});
}

static void
print_text(struct buf *out, const char *name, const char *text)
{
	buf_json_member_string(out, name, span_of(text));
}

static void
print_sources(struct buf *out, const struct verdict *v)
{
	buf_json_key(out, "sources");
	buf_byte(out, '[');
	for (size_t i = 0; i < v->sources_n; i++) {
		if (i)
			buf_byte(out, ',');
		buf_byte(out, '{');
		print_text(out, "source", v->sources[i].source);
		print_text(out, "says", v->sources[i].says);
		if (v->liquidated == VERDICT_NULL)
			buf_json_member_raw(out, "agrees", SPAN_LIT("null"));
		else
			buf_json_member_bool(out, "agrees", v->sources[i].agrees);
		buf_byte(out, '}');
	}
	buf_byte(out, ']');
	buf_json_key(out, "warnings");
	buf_byte(out, '[');
	for (size_t i = 0; i < v->warnings_n; i++) {
		if (i)
			buf_byte(out, ',');
		buf_json_string(out, span_of(v->warnings[i]));
	}
	buf_byte(out, ']');
}

static void
print_verdict(struct buf *out, const struct verdict *v)
{
	static const char *const answers[] = {"null", "false", "true"};

	buf_byte(out, '{');
	buf_json_member_bool(out, "adl", v->adl);
	buf_json_member_raw(out, "liquidated", span_of(answers[v->liquidated]));
	print_time(out, "liquidatedAt", v->liquidated_ms);
	print_text(out, "reason", v->reason);
	buf_json_key(out, "verdict");
	buf_byte(out, '{');
	buf_json_member_u64(out, "row", v->row);
	print_text(out, "scope", v->scope);
	print_text(out, "confidence", v->confidence);
	print_text(out, "sub", v->sub);
	print_time(out, "adlAt", v->adl_ms);
	print_text(out, "finalClose", v->final_close);
	print_text(out, "timeSource", v->time_source);
	print_sources(out, v);
	buf_str(out, "}}");
}

static void
print_row(struct buf *out, const char *name, const struct span *row)
{
	buf_json_member_raw(out, name, row ? *row : SPAN_LIT("null"));
}

/* What the jq program gets to see. */
static void
print_facts(struct normalize *n, const struct verdict *v)
{
	struct buf *out = &n->facts;

	buf_clear(out);
	buf_byte(out, '{');
	print_row(out, "order", v->order ? &v->order->row : NULL);
	print_time(out, "orderAt", v->order ? v->order->created_ms : 0);
	print_row(out, "life", v->life ? &v->life->row : NULL);
	print_row(out, "open", v->open ? &v->open->row : NULL);
	buf_json_member_string(out, "liqPx", v->liq_px.len ? v->liq_px : (struct span){0});
	buf_json_key(out, "verdict");
	print_verdict(out, v);
	buf_byte(out, '}');
}

/* ---- one record ---- */

static void
set_error(struct normalize *n, const char *code, const char *msg, const char *hint)
{
	buf_clear(&n->error);
	chain_error(code, span_of(msg), hint, &n->error);
}

/* Read raw and decide. A record without raw is one that okx-fetch did not make. */
static void
decide(struct normalize *n, const struct chain_record *r, struct verdict *v)
{
	buf_clear(&n->error);
	okx_ledger_clear(&n->ledger);
	if (r->raw.ptr && json_type(r->raw) == JSON_OBJECT)
		read_ledger(n, r);
	else
		set_error(n, "BAD_REQUEST", "the record has no raw object",
			  "send records as okx-fetch writes them");
	verdict_decide(&n->ledger, meta_text(r, "ordId"), time_of_answers(n, r), v);
	if (v->row == 11)
		set_error(n, "NOT_FOUND", "older than OKX keeps orders and positions",
			  "three months have passed: ask OKX for the quarterly bills archive, or "
			  "for a statement");
}

static enum filter_verdict
normalize_record(struct filter *f, const struct line *in, bool too_long)
{
	struct normalize *n = f->context;
	struct chain_fault fault;
	struct chain_record r;
	struct verdict v;
	struct span error = {0};

	if (!chain_take(in, too_long, &r, &fault))
		return chain_refuse(f, in, &fault, &n->out);
	if (r.normalized.ptr || r.evidence.ptr) {
		fault = (struct chain_fault){"NORMALIZED",
					     "the record has normalized or evidence already", 0};
		return chain_refuse(f, in, &fault, &n->out);
	}
	decide(n, &r, &v);
	print_facts(n, &v);
	buf_clear(&n->normalized);
	if (!buf_ok(&n->facts) || !program_run(&n->program, buf_span(&n->facts), &n->normalized)) {
		set_error(n, "INTERNAL", "normalize.jq failed on this record",
			  "report it with the record");
		buf_clear(&n->normalized);
		buf_str(&n->normalized, "{\"order\":null,\"position\":null}");
	}
	if (n->error.len)
		error = buf_span(&n->error);
	buf_clear(&n->out);
	chain_open(&r, error, &n->out);
	buf_json_member_raw(&n->out, "normalized", buf_span(&n->normalized));
	chain_close(&n->out);
	if (!buf_ok(&n->out))
		return chain_refuse(f, in,
				    &(struct chain_fault){"TOO_LONG", "longer than a bundle may be",
							  LIMIT_BUNDLE_BYTES},
				    &n->out);
	filter_emit(f, buf_span(&n->out));
	return error.ptr || chain_has_error(&r) ? FILTER_NO : FILTER_YES;
}

static void
parse_options(struct filter *f, int argc, char **argv)
{
	enum { METRICS_FILE = 256 };
	static const struct option options[] = {
	    {"metrics-file", required_argument, NULL, METRICS_FILE}, {0}};

	while (tool_option(argc, argv, options) == METRICS_FILE)
		f->metrics_file = optarg;
	tool_no_operands(argc, argv);
}

int
main(int argc, char **argv)
{
	static struct normalize n;
	static struct filter filter = {
	    .step = normalize_record, .context = &n, .line_max = LIMIT_BUNDLE_BYTES};
	struct buf source;

	tool_start(TOOL_PLAIN);
	parse_options(&filter, argc, argv);
	buf_init(&source, 65536);
	share_read("normalize.jq", &source);
	program_init(&n.program, "normalize.jq", buf_span(&source));
	buf_release(&source);
	okx_ledger_init(&n.ledger);
	buf_init(&n.scratch, LIMIT_BUNDLE_BYTES);
	buf_init(&n.facts, LIMIT_BUNDLE_BYTES);
	buf_init(&n.normalized, LIMIT_BUNDLE_BYTES);
	buf_init(&n.error, 4096);
	buf_init(&n.out, LIMIT_BUNDLE_BYTES);
	filter_init(&filter, NULL);
	filter_sandbox(&filter);
	return filter_run(&filter);
}
