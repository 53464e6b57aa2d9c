/* settle_look: what the book says, printed: receipts again, --list, --show, --receipts; and the
 * commands that are left for a settle that runs. */
#include "settle_parts.h"

#include "diag.h"
#include "line.h"
#include "listing.h"
#include "tool.h"

#include <errno.h>
#include <stdlib.h>

static void
print_line(void *context, struct span line)
{
	struct buf *out = context;

	buf_add(out, line);
	buf_byte(out, '\n');
	if (out->len < LIMIT_IO_BYTES)
		return;
	if (!write_all(1, buf_span(out)))
		tool_die(EXIT_TEMP, "stdout", NULL, strerror(errno));
	buf_clear(out);
}

void
settle_resume(struct settle *t)
{
	struct flow *f = &t->flow;

	if (f->resume_after > f->book.receipts) {
		diag(DIAG_ERROR, "resume", diag_u64("seq", f->resume_after),
		     diag_str("why", "the log ends before it: is it another's, or an old copy?"));
		exit(EXIT_USAGE);
	}
	book_state_receipts(&t->state, &f->book, f->resume_after, print_line, &f->out);
}

static void
print_archived(struct settle *t, uint64_t *number, uint64_t until, struct buf *out)
{
	struct buf id, state;

	buf_init(&id, LIMIT_LINE_BYTES);
	buf_init(&state, LIMIT_LINE_BYTES);
	while (*number + 1 < until && book_archive_next(&t->state.archive, number, &id, &state)) {
		if (*number >= until)
			break;
		print_line(out, buf_span(&state));
	}
	buf_release(&id);
	buf_release(&state);
}

/* In the order in which they came: what is not in the book is in the archive. */
static enum exit_status
print_list(struct settle *t, struct buf *out)
{
	struct swap_book *b = &t->flow.book;
	enum exit_status status = EXIT_YES;
	uint64_t number = 0;
	struct buf line;

	buf_init(&line, LIMIT_LINE_BYTES);
	for (size_t i = 0; i < b->swaps_n; i++) {
		if (t->all)
			print_archived(t, &number, b->swaps[i]->number, out);
		number = b->swaps[i]->number;
		if (!t->all && b->swaps[i]->over && !b->swaps[i]->held)
			continue;
		buf_clear(&line);
		listing_swap(b->swaps[i], &line);
		print_line(out, buf_span(&line));
		if (b->swaps[i]->held)
			status = EXIT_NO;
	}
	if (t->all)
		print_archived(t, &number, b->numbers + 1, out);
	buf_release(&line);
	return status;
}

static enum exit_status
print_swap(struct settle *t, struct buf *out)
{
	const struct swap *s = swap_book_swap(&t->flow.book, span_of(t->swap));
	struct span rest = s ? buf_span(&s->kept) : (struct span){"", 0}, line;
	uint64_t number;

	if (!s && !book_archive_show(&t->state.archive, span_of(t->swap), out)) {
		diag(DIAG_ERROR, "show", diag_str("swap", t->swap),
		     diag_str("why", "no such swap"));
		return EXIT_NO;
	}
	while (swap_book_next_kept(&rest, &number, &line))
		if (number && journal_receipt(line, number, out))
			buf_byte(out, '\n');
	return EXIT_YES;
}

int
settle_print_book(struct settle *t)
{
	enum exit_status status = EXIT_YES;
	struct buf out;

	buf_init(&out, SETTLE_ROUND_MAX);
	book_state_look(&t->state, t->state_name, &t->flow.book);
	if (t->action == LIST)
		status = print_list(t, &out);
	else if (t->action == SHOW)
		status = print_swap(t, &out);
	else
		book_state_receipts(&t->state, &t->flow.book, 0, print_line, &out);
	if (!write_all(1, buf_span(&out)))
		tool_die(EXIT_TEMP, "stdout", NULL, strerror(errno));
	book_archive_close(&t->state.archive);
	return (int)tool_finish(status);
}

int
settle_leave_command(struct settle *t)
{
	const struct swap_book *b = &t->flow.book;

	book_state_look(&t->state, t->state_name, &t->flow.book);
	if (settled_has(&b->settled, span_of(t->swap)))
		tool_die(EXIT_USAGE, "command", t->swap, "it is over, and in the archive");
	if (!swap_book_swap(b, span_of(t->swap)))
		tool_die(EXIT_USAGE, "command", t->swap, "no such swap");
	by_hand_leave(t->state.directory, t->action == RETRY ? "retry" : "hold", t->swap, t->to);
	book_archive_close(&t->state.archive);
	return (int)tool_finish(EXIT_YES);
}
