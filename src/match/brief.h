/*
 * brief: what message_parse() found in a line, small enough to be handed from one thread to
 * another.
 *
 * Where each member stands is said relative to the line, so that a brief is good for the line
 * wherever it lies. What does not fit (strings with escapes, long lines, long or many members), and
 * what is wrong with a line, is not told: such a line is to be parsed again where it is used, and
 * says the same there. Pure; the caller owns both.
 */
#ifndef TP_BRIEF_H
#define TP_BRIEF_H

#include "message.h"

/* An order has 9 to 13 members, and with a signature 3 more, which have no meaning here. */
#define BRIEF_PARTS 14

struct brief_part {
	uint16_t at;
	uint8_t len;
	uint8_t member;
};

struct brief {
	uint64_t present;
	uint64_t strings;
	int64_t ts;
	uint32_t line_len;
	uint8_t type; /* MESSAGE_NONE: the line is to be parsed */
	uint8_t side;
	uint8_t ord_type;
	uint8_t stp;
	uint8_t trigger_by;
	uint8_t parts_n;
	struct brief_part parts[BRIEF_PARTS];
};

/* Parse the line, which has what message_parse() wants, with r, and note what it says. */
void brief_note(struct brief *b, struct span line, struct message *r);

/* r becomes what it was when the line was parsed. The brief has a type. */
void brief_recall(const struct brief *b, const char *line, struct message *r);

#endif
