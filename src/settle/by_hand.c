#include "by_hand.h"

#include "diag.h"
#include "durable.h"
#include "json.h"
#include "tool.h"
#include "utc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FOLDER "commands"
#define COMMAND_MAX 4096

static void
print_command(const char *type, const char *swap, const char *to, struct buf *out)
{
	size_t leg = to ? strcspn(to, "=") : 0;

	buf_byte(out, '{');
	buf_json_member_string(out, "type", span_of(type));
	buf_json_member_string(out, "swap", span_of(swap));
	if (to) {
		buf_json_key(out, "to");
		buf_byte(out, '{');
		buf_json_string(out, (struct span){to, leg});
		buf_byte(out, ':');
		buf_json_string(out, span_of(to + leg + 1));
		buf_byte(out, '}');
	}
	buf_str(out, "}\n");
}

void
by_hand_leave(int state, const char *type, const char *swap, const char *to)
{
	char name[64];
	struct buf line;
	int folder;

	buf_init(&line, COMMAND_MAX);
	print_command(type, swap, to, &line);
	if (!buf_ok(&line))
		tool_usage("too long", swap);
	snprintf(name, sizeof name, "%020lld-%ld.json", (long long)utc_now_us(), (long)getpid());
	folder = openat(state, FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		tool_die(EXIT_TEMP, "command", FOLDER, strerror(errno));
	if (!durable_write(folder, name, buf_span(&line), 0640))
		tool_die(EXIT_TEMP, "command", name, strerror(errno));
	close(folder);
	buf_release(&line);
}

static bool
member(struct span line, const char *name, struct span *out)
{
	struct span value;

	return json_find(line, name, &value) && json_plain(value, out);
}

/* An address that was not taken is one that somebody relies on. */
static void
tell_refused(const struct swap *s, struct span to)
{
	struct json_walk w = json_walk(to);
	struct span name, value, address;

	while (json_next_member(&w, &name, &value)) {
		bool taken = false;

		for (size_t i = 0; json_plain(value, &address) && i < s->legs_n; i++)
			taken = taken || (json_key_is(name, s->legs[i]->id) && s->legs[i]->to &&
					  span_is(address, s->legs[i]->to));
		if (!taken)
			diag(DIAG_WARNING, "command", diag_str("swap", s->id),
			     diag_span("leg", name),
			     diag_str("why", "keeps its address: no such leg, or a transaction of "
					     "it is alive"));
	}
}

static void
retry(struct flow *f, struct swap *s, struct span to)
{
	journal_retry(f, s, to);
	if (to.ptr)
		tell_refused(s, to);
	for (size_t i = 0; i < s->legs_n; i++) {
		s->legs[i]->live.tries = 0;
		s->legs[i]->live.next_us = 0;
	}
	flow_add_swap(f, s);
}

static void
carry_out(struct flow *f, struct span line)
{
	struct span type, id, to = {0};
	struct swap *s;

	if (json_check(line, NULL) != JSON_OK || json_type(json_trim(line)) != JSON_OBJECT ||
	    !member(json_trim(line), "type", &type) || !member(json_trim(line), "swap", &id)) {
		diag(DIAG_WARNING, "command", diag_str("why", "cannot be read"));
		return;
	}
	s = swap_book_swap(&f->book, id);
	if (!s) {
		diag(DIAG_WARNING, "command", diag_span("swap", id),
		     diag_str("why", "no such swap"));
		return;
	}
	if (!json_find(json_trim(line), "to", &to) || json_type(to) != JSON_OBJECT)
		to = (struct span){0};
	if (span_is(type, "hold"))
		flow_hold(f, s, "OPERATOR");
	else if (span_is(type, "retry"))
		retry(f, s, to);
}

/* ---- the folder ---- */

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The oldest come first: names begin with the time. */
static void
list(struct by_hand *h, DIR *d)
{
	const struct dirent *e;

	h->n = 0;
	while (h->n < BY_HAND_MAX && (e = readdir(d)) != NULL) {
		size_t n = strlen(e->d_name);

		if (n > 5 && n < BY_HAND_NAME_BYTES && strcmp(e->d_name + n - 5, ".json") == 0)
			memcpy(h->names[h->n++], e->d_name, n + 1);
	}
	qsort(h->names, h->n, BY_HAND_NAME_BYTES, compare);
}

static void
take_one(struct flow *f, int folder, const char *name)
{
	struct buf text;

	buf_init(&text, COMMAND_MAX);
	if (durable_read(folder, name, &text))
		carry_out(f, buf_span(&text));
	else
		diag(DIAG_WARNING, "command", diag_str("file", name), diag_errno(errno));
	buf_release(&text);
}

static int
open_folder(int state)
{
	int fd = openat(state, FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		tool_die(EXIT_TEMP, "command", FOLDER, strerror(errno));
	return fd;
}

void
by_hand_take(struct by_hand *h, struct flow *f, int state)
{
	DIR *d = fdopendir(open_folder(state));

	if (!d) {
		tool_die(EXIT_TEMP, "command", FOLDER, strerror(errno));
		return;
	}
	list(h, d);
	for (size_t i = 0; i < h->n; i++)
		take_one(f, dirfd(d), h->names[i]);
	closedir(d);
}

/* Those that were taken, and no other: one may have come meanwhile. */
void
by_hand_done(struct by_hand *h, int state)
{
	int folder = h->n ? open_folder(state) : -1;

	for (size_t i = 0; i < h->n; i++)
		unlinkat(folder, h->names[i], 0);
	if (folder >= 0)
		close(folder);
	h->n = 0;
}
