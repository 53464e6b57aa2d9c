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
	else if (span_is(type, "retry")) {
		journal_retry(f, s, to);
		for (size_t i = 0; i < s->legs_n; i++) {
			s->legs[i]->live.tries = 0;
			s->legs[i]->live.next_us = 0;
		}
		flow_add_swap(f, s);
	}
}

/* For each command's name in turn. */
static void
each(int state, void (*step)(struct flow *f, int folder, const char *name), struct flow *f)
{
	int fd = openat(state, FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *e;
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

	while (d && (e = readdir(d)) != NULL) {
		size_t n = strlen(e->d_name);

		if (n > 5 && strcmp(e->d_name + n - 5, ".json") == 0)
			step(f, dirfd(d), e->d_name);
	}
	if (d)
		closedir(d);
	else
		tool_die(EXIT_TEMP, "command", FOLDER, strerror(errno));
}

static void
take_one(struct flow *f, int folder, const char *name)
{
	struct buf text;

	buf_init(&text, COMMAND_MAX);
	if (durable_read(folder, name, &text))
		carry_out(f, buf_span(&text));
	f->commands++;
	buf_release(&text);
}

static void
remove_one(struct flow *f, int folder, const char *name)
{
	(void)f;
	unlinkat(folder, name, 0);
}

void
by_hand_take(struct flow *f, int state)
{
	f->commands = 0;
	each(state, take_one, f);
}

void
by_hand_done(struct flow *f, int state)
{
	if (f->commands)
		each(state, remove_one, f);
	f->commands = 0;
}
