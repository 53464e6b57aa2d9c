/*
 * push: one subscriber of a stream, by WebSocket or by server-sent events.
 *
 * What waits for a subscriber waits in the stream's files, not in memory: a record is read when
 * there is room for it in one bounded buffer, and the buffer is emptied as the subscriber reads.
 * Who reads nothing for write_s seconds is dropped; who falls behind what the files still have is
 * told which numbers he missed, and gets a snapshot.
 */
#ifndef TP_PUSH_H
#define TP_PUSH_H

#include "stream_cursor.h"
#include "topics.h"
#include "upgrade.h"

/* What is written to a subscriber and not yet taken by the kernel: a record with its frame, and the
 * records before it up to PUSH_LOW. */
#define PUSH_LOW (64u << 10)
#define PUSH_OUT_BYTES (PUSH_LOW + STREAM_LINE_BYTES + 4096)

/* A file of the page: lightweight-charts has 200 kB. */
#define PUSH_PAGE_BYTES (1u << 20)

/* A message of a client: 128 topics do not fit, and may come in several. */
#define PUSH_MESSAGE_BYTES 1024

/* Messages that a client may send at once; one a second is added. */
#define PUSH_MESSAGES 20

struct push_settings {
	int directory;
	int page; /* -1: none */
	const char *origins[UPGRADE_ORIGINS];
	size_t origins_n;
	unsigned head_s, write_s, ping_s, pong_s, heartbeat_s, life_s;
};

/*
 * Serve one connection to its end. wake becomes readable when the stream has grown: an inotify or
 * event descriptor, which is emptied here, or -1: look ten times a second. who: for the log.
 */
void push_serve(const struct push_settings *s, int in, int out, int wake, const char *who);

#endif
