#include "brief.h"

/* Where each member stands. False: it cannot be said here. */
static bool
note_parts(struct brief *b, struct span line, const struct message *r)
{
	unsigned n = 0;

	for (uint64_t left = r->present; left; left &= left - 1, n++) {
		unsigned member = (unsigned)__builtin_ctzll(left);
		struct span text = r->m[member];
		size_t at = (size_t)(text.ptr - line.ptr);

		if (n == BRIEF_PARTS || text.len > UINT8_MAX)
			return false;
		b->parts[n] = (struct brief_part){(uint16_t)at, (uint8_t)text.len, (uint8_t)member};
	}
	b->parts_n = (uint8_t)n;
	return true;
}

void
brief_note(struct brief *b, struct span line, struct message *r)
{
	struct message_fault fault;

	b->line_len = (uint32_t)line.len;
	b->type = MESSAGE_NONE;
	if (line.len > UINT16_MAX || !message_parse(line, r, &fault) || r->scratch_len ||
	    !note_parts(b, line, r))
		return;
	b->type = (uint8_t)r->type;
	b->present = r->present;
	b->strings = r->strings;
	b->ts = r->ts;
	b->side = (uint8_t)r->side;
	b->ord_type = (uint8_t)r->ord_type;
	b->stp = (uint8_t)r->stp;
	b->trigger_by = (uint8_t)r->trigger_by;
}

void
brief_recall(const struct brief *b, const char *line, struct message *r)
{
	/* the members that this line has are all written over */
	if (r->present & ~b->present)
		message_clear(r);
	r->present = b->present;
	r->strings = b->strings;
	r->scratch_len = 0;
	r->type = (enum message_type)b->type;
	r->ts = b->ts;
	r->side = (enum side_of)b->side;
	r->ord_type = (enum order_type)b->ord_type;
	r->stp = (enum stp_mode)b->stp;
	r->trigger_by = (enum trigger_by)b->trigger_by;
	for (const struct brief_part *p = b->parts, *end = p + b->parts_n; p < end; p++)
		r->m[p->member] = (struct span){line + p->at, p->len};
}
