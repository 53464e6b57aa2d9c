#include "inst.h"

#include "check.h"
#include "utc.h"

#include <stdio.h>

#define PARTS_MAX 5

static size_t
split(struct span text, struct span parts[PARTS_MAX])
{
	size_t n = 0, from = 0;

	for (size_t i = 0; i <= text.len; i++) {
		if (i < text.len && text.ptr[i] != '-')
			continue;
		if (n == PARTS_MAX || i == from)
			return 0;
		parts[n++] = (struct span){text.ptr + from, i - from};
		from = i + 1;
	}
	return n;
}

static bool
is_date(struct span s)
{
	if (s.len != 6)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
	return true;
}

void
inst_read(struct span inst_id, struct inst *out)
{
	struct span parts[PARTS_MAX];
	size_t n = split(inst_id, parts);

	*out = (struct inst){.type = ""};
	if (n == 2)
		out->type = "SPOT";
	else if (n == 3 && span_is(parts[2], "SWAP"))
		out->type = "SWAP";
	else if (n == 3 && is_date(parts[2]))
		out->type = "FUTURES";
	else if (n == 5 && is_date(parts[2]) && (span_is(parts[4], "C") || span_is(parts[4], "P")))
		out->type = "OPTION";
	else
		return;
	out->base = parts[0];
	out->quote = parts[1];
	out->quote.len = span_find(parts[1], SPAN_LIT("_"));
	out->family = (struct span){inst_id.ptr, parts[0].len + 1 + parts[1].len};
	out->inverse = n > 2 && span_is(parts[1], "USD");
	if (n > 2 && is_date(parts[2]))
		out->date = parts[2];
	if (n == 5) {
		out->strike = parts[3];
		out->right = parts[4];
	}
}

static void
put_expiry(const struct inst *inst, struct buf *out)
{
	const char *d = inst->date.ptr;
	char text[32];
	int64_t us = 0;

	buf_byte(out, '"');
	if (inst->date.len == 6) {
		snprintf(text, sizeof text, "20%.2s-%.2s-%.2sT08:00:00Z", d, d + 2, d + 4);
		if (utc_parse_us(span_of(text), &us))
			buf_i64(out, us / 1000);
	}
	buf_byte(out, '"');
}

void
inst_default(const struct inst *inst, struct span member, struct buf *out)
{
	bool spot = strcmp(inst->type, "SPOT") == 0;
	bool contract = !spot && inst->type[0];
	struct span value = {0};
	char uly[64];

	if (span_is(member, "expTime")) {
		put_expiry(inst, out);
		return;
	}
	if (span_is(member, "instType"))
		value = span_of(inst->type);
	else if (span_is(member, "stk"))
		value = inst->strike;
	else if (span_is(member, "optType"))
		value = inst->right;
	else if (spot && span_is(member, "baseCcy"))
		value = inst->base;
	else if (spot && span_is(member, "quoteCcy"))
		value = inst->quote;
	else if (contract && span_is(member, "family"))
		value = inst->family;
	else if (contract && span_is(member, "settleCcy"))
		value = inst->inverse ? inst->base : inst->quote;
	else if (contract && span_is(member, "ctValCcy"))
		value = inst->inverse ? inst->quote : inst->base;
	else if (contract && span_is(member, "ctType"))
		value = inst->inverse ? SPAN_LIT("inverse") : SPAN_LIT("linear");
	else if (contract && (span_is(member, "ctVal") || span_is(member, "ctMult")))
		value = SPAN_LIT("1");
	if (contract && span_is(member, "uly")) {
		snprintf(uly, sizeof uly, "%.*s-%.*s", (int)inst->base.len, inst->base.ptr,
			 (int)inst->quote.len, inst->quote.ptr);
		value = span_of(uly);
	}
	buf_json_string(out, value);
}
