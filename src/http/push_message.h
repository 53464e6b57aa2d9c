/*
 * push_message: the messages of ws-push, to and from subscribers. No I/O.
 */
#ifndef TP_PUSH_MESSAGE_H
#define TP_PUSH_MESSAGE_H

#include "topics.h"

/* {"arg":{"channel","instId"},"action":"snapshot"|"update","seq":N,"data":[RECORD]} */
void message_record(const struct push_record *r, bool snapshot, uint64_t seq, struct span record,
		    struct buf *out);

/* {"event":"synced","seq":N}, "reset" likewise */
void message_event(const char *event, uint64_t seq, struct buf *out);
void message_skipped(uint64_t first, uint64_t last, struct buf *out);
void message_error(const char *why, struct buf *out);

enum message_op { MESSAGE_SUBSCRIBE, MESSAGE_UNSUBSCRIBE, MESSAGE_PING };

struct message {
	enum message_op op;
	struct topics topics;
	bool has_since;
	uint64_t since;
};

/* {"op":"subscribe"|"unsubscribe","args":[{"channel","instId"},...],"since":N?}, {"op":"ping"},
 * ping. NULL, or what is wrong. */
const char *message_read(struct span text, struct message *out);

#endif
