#include "push_message.h"

#include "stream_file.h"

void
message_record(const struct push_record *r, bool snapshot, uint64_t seq, struct span record,
	       struct buf *out)
{
	buf_str(out, "{\"arg\":{\"channel\":\"");
	topic_channel(r, out);
	buf_byte(out, '"');
	if (r->symbol.len)
		buf_json_member_string(out, "instId", r->symbol);
	buf_str(out, snapshot ? "},\"action\":\"snapshot\",\"seq\":"
			      : "},\"action\":\"update\",\"seq\":");
	buf_u64(out, seq);
	buf_str(out, ",\"data\":[");
	buf_add(out, record);
	buf_str(out, "]}");
}

void
message_event(const char *event, uint64_t seq, struct buf *out)
{
	buf_str(out, "{\"event\":\"");
	buf_str(out, event);
	buf_str(out, "\",\"seq\":");
	buf_u64(out, seq);
	buf_byte(out, '}');
}

void
message_skipped(uint64_t first, uint64_t last, struct buf *out)
{
	buf_str(out, "{\"event\":\"skipped\",\"firstSeq\":");
	buf_u64(out, first);
	buf_str(out, ",\"lastSeq\":");
	buf_u64(out, last);
	buf_byte(out, '}');
}

void
message_error(const char *why, struct buf *out)
{
	buf_str(out, "{\"event\":\"error\",\"code\":\"BAD_REQUEST\"");
	buf_json_member_string(out, "msg", span_of(why));
	buf_byte(out, '}');
}

static const char *
read_args(struct span args, struct topics *t)
{
	static const char *const names[] = {"channel", "instId"};
	struct json_walk w;
	struct span one;

	if (!args.ptr || json_type(args) != JSON_ARRAY)
		return "args is a list of {\"channel\",\"instId\"}";
	w = json_walk(args);
	while (json_next_element(&w, &one)) {
		struct span in[2], channel, symbol;
		struct topic topic;

		if (json_type(one) != JSON_OBJECT || !json_pick(one, names, 2, in, NULL) ||
		    !in[0].ptr || !in[1].ptr || !json_plain(in[0], &channel) ||
		    !json_plain(in[1], &symbol))
			return "args is a list of {\"channel\",\"instId\"}";
		if (!topic_parse(channel, symbol, &topic))
			return "kline1m and the like, trades, book or events, and a symbol are "
			       "wanted";
		if (!topics_add(t, &topic))
			return "too many topics";
	}
	return t->n ? NULL : "args is empty";
}

const char *
message_read(struct span text, struct message *out)
{
	static const char *const names[] = {"op", "args", "since"};
	struct span in[3], op;
	size_t offset;

	memset(out, 0, sizeof *out);
	if (span_is(text, "ping")) {
		out->op = MESSAGE_PING;
		return NULL;
	}
	if (json_check(text, &offset) != JSON_OK || json_type(json_trim(text)) != JSON_OBJECT ||
	    !json_pick(json_trim(text), names, 3, in, NULL))
		return "a JSON object is wanted";
	if (!in[0].ptr || !json_plain(in[0], &op))
		return "op is wanted";
	if (span_is(op, "ping")) {
		out->op = MESSAGE_PING;
		return NULL;
	}
	if (span_is(op, "unsubscribe"))
		out->op = MESSAGE_UNSUBSCRIBE;
	else if (!span_is(op, "subscribe"))
		return "op is subscribe, unsubscribe or ping";
	out->has_since = in[2].ptr != NULL;
	if (out->has_since && !stream_number(in[2], &out->since))
		return "since is a number";
	return read_args(in[1], &out->topics);
}
