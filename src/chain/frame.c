#include "frame.h"

#include "filter.h"
#include "limit.h"
#include "number.h"
#include "utf8.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const class_names[] = {
    [FRAME_RETRY] = "retry",	   [FRAME_FUNDS] = "funds",	[FRAME_UNDERPRICED] = "underpriced",
    [FRAME_CONFLICT] = "conflict", [FRAME_EXPIRED] = "expired", [FRAME_REFUSED] = "refused",
    [FRAME_CONFIG] = "config",	   [FRAME_REQUEST] = "request",
};

#define CLASSES (sizeof class_names / sizeof class_names[0])

const char *
frame_class_name(enum frame_class c)
{
	return class_names[c];
}

bool
frame_class_of(struct span name, enum frame_class *out)
{
	for (size_t i = 0; i < CLASSES; i++) {
		if (span_is(name, class_names[i])) {
			*out = (enum frame_class)i;
			return true;
		}
	}
	return false;
}

bool
frame_fail(struct frame_error *e, enum frame_class class, const char *code, const char *format, ...)
{
	va_list arguments;

	e->class = class;
	snprintf(e->code, sizeof e->code, "%s", code);
	va_start(arguments, format);
	vsnprintf(e->msg, sizeof e->msg, format, arguments);
	va_end(arguments);
	for (char *p = e->msg; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	return false;
}

/* ---- members ---- */

bool
frame_is_amount(struct span text)
{
	if (text.len == 0 || text.len > FRAME_AMOUNT_MAX || (text.ptr[0] == '0' && text.len > 1))
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
	return true;
}

bool
frame_text(const struct frame_request *q, const char *name, struct span *out, struct frame_error *e)
{
	struct span value;

	if (json_find(q->line, name, &value) && json_plain(value, out))
		return true;
	return frame_fail(e, FRAME_REQUEST, "MEMBER", "%s must be a string without escapes", name);
}

bool
frame_u64(const struct frame_request *q, const char *name, uint64_t *out, struct frame_error *e)
{
	struct span value;

	if (json_find(q->line, name, &value) && number_u64(value, out))
		return true;
	return frame_fail(e, FRAME_REQUEST, "MEMBER", "%s must be an integer", name);
}

bool
frame_payment(const struct frame_request *q, struct frame_error *e)
{
	if (!q->job.ptr || !q->asset.ptr || !q->to.ptr || !q->amount.ptr)
		return frame_fail(e, FRAME_REQUEST, "MEMBER",
				  "job, asset, to and amount are wanted");
	if (span_is(q->amount, "0"))
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "nothing is no payment");
	return true;
}

bool
frame_listed(struct span array, struct span text)
{
	struct json_walk w;
	struct span element, s;

	if (!array.ptr)
		return false;
	w = json_walk(array);
	while (json_next_element(&w, &element))
		if (json_plain(element, &s) && span_equal(s, text))
			return true;
	return false;
}

/* Absent or null: a NULL span. */
static bool
optional(struct span value, enum json_type type, struct span *out)
{
	*out = (struct span){0};
	if (!value.ptr || json_is_null(value))
		return true;
	if (json_type(value) != type)
		return false;
	if (type == JSON_STRING)
		return json_plain(value, out);
	*out = value;
	return true;
}

/* Each element is of that type, texts without escapes, and there are not too many. */
static bool
uniform(struct span array, enum json_type type, size_t max)
{
	struct json_walk w;
	struct span element, text;
	size_t n = 0;

	if (!array.ptr)
		return true;
	w = json_walk(array);
	while (json_next_element(&w, &element)) {
		if (++n > max || json_type(element) != type)
			return false;
		if (type == JSON_STRING && !json_plain(element, &text))
			return false;
	}
	return true;
}

bool
frame_next_version(struct json_walk *w, struct frame_version *out, struct frame_error *e)
{
	enum { TX_ID, KIND, RAW, FEE, FEE_RATE, SPENDS, EXPIRY, N };
	static const char *const names[N] = {"txId",	"kind",	  "raw",   "fee",
					     "feeRate", "spends", "expiry"};
	struct span element, m[N];

	e->code[0] = 0;
	if (!json_next_element(w, &element))
		return false;
	if (!json_pick(element, names, N, m, NULL) ||
	    !optional(m[TX_ID], JSON_STRING, &out->tx_id) || !out->tx_id.ptr ||
	    !optional(m[KIND], JSON_STRING, &out->kind) ||
	    !optional(m[RAW], JSON_STRING, &out->raw) ||
	    !optional(m[FEE], JSON_STRING, &out->fee) ||
	    !optional(m[FEE_RATE], JSON_STRING, &out->fee_rate) ||
	    !optional(m[SPENDS], JSON_ARRAY, &out->spends) ||
	    !uniform(out->spends, JSON_STRING, FRAME_SPENDS_MAX) ||
	    !optional(m[EXPIRY], JSON_OBJECT, &out->expiry))
		return frame_fail(e, FRAME_REQUEST, "VERSION", "a version is malformed");
	return true;
}

/* ---- one request ---- */

enum { OP, JOB, ASSET, FROM, TO, PAYER, ADDRESS, SPENDER, AMOUNT, FEE_MAX, RAW_, TX, TEXTS };
enum { BUSY = TEXTS, VERSIONS, SIGNATURES, UNSIGNED, BLOCK, ID, CHAIN, KIND, FEE, MEMBERS };

static const char *const members[MEMBERS] = {
    "op",	  "job",      "asset",	"from", "to",	 "payer", "address",
    "spender",	  "amount",   "feeMax", "raw",	"txId",	 "busy",  "versions",
    "signatures", "unsigned", "block",	"id",	"chain", "kind",  "fee"};

static bool
take_texts(const struct span m[], struct frame_request *q, struct frame_error *e)
{
	struct span *const to[TEXTS] = {&q->op,	    &q->job,	 &q->asset,   &q->from,
					&q->to,	    &q->payer,	 &q->address, &q->spender,
					&q->amount, &q->fee_max, &q->raw,     &q->tx_id};

	for (size_t i = 0; i < TEXTS; i++)
		if (!optional(m[i], JSON_STRING, to[i]))
			return frame_fail(e, FRAME_REQUEST, "MEMBER",
					  "%s must be a string without escapes", members[i]);
	if (q->job.len > FRAME_JOB_MAX)
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "job is longer than 128 bytes");
	if ((q->amount.ptr && !frame_is_amount(q->amount)) ||
	    (q->fee_max.ptr && !frame_is_amount(q->fee_max)))
		return frame_fail(e, FRAME_REQUEST, "AMOUNT",
				  "amounts are digits, without leading zeros, at most 38");
	return true;
}

static bool
take_members(const struct span m[], struct frame_request *q, struct frame_error *e)
{
	q->chain = m[CHAIN];
	q->kind = m[KIND];
	q->fee = m[FEE];
	if (!take_texts(m, q, e))
		return false;
	if (!optional(m[BUSY], JSON_ARRAY, &q->busy) ||
	    !uniform(q->busy, JSON_STRING, LIMIT_LINE_BYTES) ||
	    !optional(m[VERSIONS], JSON_ARRAY, &q->versions) ||
	    !uniform(q->versions, JSON_OBJECT, FRAME_VERSIONS_MAX) ||
	    !optional(m[SIGNATURES], JSON_ARRAY, &q->signatures) ||
	    !uniform(q->signatures, JSON_OBJECT, FRAME_SPENDS_MAX) ||
	    !optional(m[UNSIGNED], JSON_OBJECT, &q->unsigned_) ||
	    !optional(m[BLOCK], JSON_OBJECT, &q->block))
		return frame_fail(e, FRAME_REQUEST, "MEMBER",
				  "busy, versions, signatures, unsigned or block is malformed");
	return true;
}

static bool
take_request(struct span line, struct frame_request *q, struct span *id, struct frame_error *e)
{
	struct span m[MEMBERS];
	uint64_t number;
	size_t at = 0;
	enum json_error bad = json_check(line, &at);

	if (bad != JSON_OK)
		return frame_fail(e, FRAME_REQUEST, json_error_code(bad), "offset %zu: %s", at,
				  json_error_text(bad));
	q->line = json_trim(line);
	if (json_type(q->line) != JSON_OBJECT)
		return frame_fail(e, FRAME_REQUEST, "NOT_AN_OBJECT", "no JSON object");
	if (!json_pick(q->line, members, MEMBERS, m, NULL))
		return frame_fail(e, FRAME_REQUEST, "DUPLICATE", "a member stands twice");
	if (m[ID].ptr && number_u64(m[ID], &number))
		*id = m[ID];
	else
		return frame_fail(e, FRAME_REQUEST, "MEMBER", "id must be an integer");
	return take_members(m, q, e);
}

static void
open_answer(struct span op, struct span id, bool ok, struct buf *out)
{
	buf_byte(out, '{');
	if (op.ptr)
		buf_json_member_string(out, "op", op);
	buf_json_member_raw(out, "id", id.ptr ? id : SPAN_LIT("null"));
	buf_json_member_bool(out, "ok", ok);
}

static void
refuse(struct span op, struct span id, const struct frame_error *e, struct buf *out)
{
	open_answer(op, id, false, out);
	buf_json_key(out, "error");
	buf_byte(out, '{');
	buf_json_member_string(out, "class", span_of(frame_class_name(e->class)));
	buf_json_member_string(out, "code", span_of(e->code));
	buf_json_member_string(out, "msg", span_of(e->msg));
	buf_str(out, "}}");
}

static bool
run(const struct frame_op ops[], size_t n, void *context, const struct frame_request *q,
    struct buf *out, struct frame_error *e)
{
	for (size_t i = 0; i < n; i++)
		if (span_is(q->op, ops[i].name))
			return ops[i].run(context, q, out, e);
	return frame_fail(e, FRAME_REQUEST, "UNKNOWN_OP", "this program has no such operation");
}

static bool
answer(const struct frame_op ops[], size_t n, void *context, struct span line, struct buf *out)
{
	struct frame_request q = {0};
	struct frame_error e = {.class = FRAME_REQUEST};
	struct span id = {0};
	size_t begin = out->len;

	if (take_request(line, &q, &id, &e)) {
		open_answer(q.op, id, true, out);
		if (run(ops, n, context, &q, out, &e)) {
			buf_byte(out, '}');
			if (buf_ok(out))
				return true;
			frame_fail(&e, FRAME_REFUSED, "TOO_LONG", "the answer is over its maximum");
		}
	}
	/* what is there belongs to nobody */
	out->len = begin;
	out->overflow = false;
	refuse(q.op, id, &e, out);
	return false;
}

void
frame_answer(const struct frame_op ops[], size_t n, void *context, struct span line,
	     struct buf *out)
{
	answer(ops, n, context, line, out);
}

/* ---- the loop ---- */

struct frame {
	const struct frame_op *ops;
	size_t n;
	void *context;
	struct buf out;
};

static enum filter_verdict
step(struct filter *f, const struct line *in, bool too_long)
{
	struct frame *frame = f->context;
	struct frame_error e;
	bool ok = false;

	buf_clear(&frame->out);
	if (too_long) {
		frame_fail(&e, FRAME_REQUEST, "TOO_LONG", "a line has at most 1 MiB");
		refuse((struct span){0}, (struct span){0}, &e, &frame->out);
	} else {
		ok = answer(frame->ops, frame->n, frame->context, in->text, &frame->out);
	}
	filter_emit(f, buf_span(&frame->out));
	return ok ? FILTER_YES : FILTER_NO;
}

int
frame_main(const struct frame_op ops[], size_t n, void *context)
{
	struct frame frame = {.ops = ops, .n = n, .context = context};
	struct filter f = {.step = step, .context = &frame, .line_max = LIMIT_LINE_BYTES};
	int status;

	buf_init(&frame.out, LIMIT_LINE_BYTES);
	filter_init(&f, NULL);
	status = filter_run(&f);
	buf_release(&frame.out);
	return status;
}
