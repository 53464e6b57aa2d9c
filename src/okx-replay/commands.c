#include "commands.h"

#include "check.h"
#include "json.h"
#include "scenario.h"

/* As much of a bad line as its record repeats. */
#define INPUT_SHOWN 512

enum { CMD, ACCOUNT, TABLE, INST_ID, ROWS, MEMBERS };

static const char *const members[MEMBERS] = {"cmd", "account", "table", "instId", "rows"};

static void
put_reject(struct span line, uint64_t in, const char *reason, const char *path, const char *why,
	   struct buf *out)
{
	struct buf msg;

	buf_init(&msg, 1024);
	buf_str(&msg, path);
	buf_str(&msg, path[0] ? ": " : "");
	buf_str(&msg, why);
	buf_byte(out, '{');
	buf_json_member_string(out, "type", SPAN_LIT("reject"));
	buf_json_member_u64(out, "in", in);
	buf_json_member_string(out, "reason", span_of(reason));
	buf_json_member_string(out, "msg", buf_span(&msg));
	if (line.len > INPUT_SHOWN)
		line.len = INPUT_SHOWN;
	buf_json_member_string(out, "input", line);
	buf_byte(out, '}');
	buf_release(&msg);
}

void
commands_too_long(struct span beginning, uint64_t in, struct buf *out)
{
	put_reject(beginning, in, "TOO_LONG", "", "longer than a command may be", out);
}

/* ---- set and add ---- */

/* The table of a command: of an account, of an instrument, or the instruments themselves. */
static struct table *
find_table(struct replay *r, const struct span given[MEMBERS], struct complaint *c)
{
	struct span name = {0}, owner = {0};
	enum row_kind kind;
	struct account *a;

	if (!given[TABLE].ptr || !json_plain(given[TABLE], &name)) {
		complaint_say(c, "table must be a string");
		return NULL;
	}
	if (span_is(name, "instruments"))
		return &r->instruments;
	if (span_is(name, "trades")) {
		if (given[INST_ID].ptr && json_plain(given[INST_ID], &owner))
			for (size_t i = 0; i < r->tapes_n; i++)
				if (span_is(owner, r->tapes[i].inst_id))
					return &r->tapes[i].trades;
		complaint_say(c, "instId must be one that has trades");
		return NULL;
	}
	if (!scenario_table_kind(name, &kind)) {
		complaint_say(c, "no such table");
		return NULL;
	}
	if (!given[ACCOUNT].ptr || !json_plain(given[ACCOUNT], &owner) ||
	    !(a = replay_account(r, owner))) {
		complaint_say(c, "no such account");
		return NULL;
	}
	return &a->tables[kind];
}

static bool
change_table(struct replay *r, struct rowfill *f, const struct span given[MEMBERS], bool append)
{
	struct table *t = find_table(r, given, f->complaint), more;
	size_t mark;

	if (!t)
		return false;
	if (!given[ROWS].ptr)
		return complaint_say(f->complaint, "rows must be given");
	table_init(&more, t->kind);
	mark = complaint_enter(f->complaint, "rows");
	if (t->kind == ROW_TRADE)
		CHECK(json_plain(given[INST_ID], &f->inst_id));
	if (!scenario_rows(f, given[ROWS], &more) ||
	    (append && !table_disjoint(t, &more, f->complaint))) {
		table_release(&more);
		return false;
	}
	complaint_leave(f->complaint, mark);
	if (!append)
		table_release(t);
	table_move(t, &more);
	return table_sort(t, f->complaint);
}

/* ---- one command ---- */

/* None but the first n of ours. */
static bool
only_members(struct span object, size_t n, struct complaint *c)
{
	struct json_walk w = json_walk(object);
	struct span key, value;

	while (json_next_member(&w, &key, &value)) {
		bool ok = span_starts(key, SPAN_LIT("_"));

		for (size_t i = 0; !ok && i < n; i++)
			ok = span_is(key, members[i]);
		if (!ok)
			return complaint_say(c, "this command has no member %.*s",
					     (int)(key.len < 32 ? key.len : 32), key.ptr);
	}
	return true;
}

static bool
carry_out(struct replay *r, struct rowfill *f, struct span object, const struct span given[MEMBERS],
	  struct span cmd)
{
	if (span_is(cmd, "fault"))
		return mischief_add(&r->mischief, object, f->complaint);
	if (span_is(cmd, "clear")) {
		if (!only_members(object, CMD + 1, f->complaint))
			return false;
		mischief_clear(&r->mischief);
		return true;
	}
	if (span_is(cmd, "set") || span_is(cmd, "add"))
		return only_members(object, MEMBERS, f->complaint) &&
		       change_table(r, f, given, span_is(cmd, "add"));
	return complaint_say(f->complaint, "cmd must be fault, clear, set or add");
}

static bool
read_and_carry_out(struct replay *r, struct rowfill *f, struct span line, struct span *cmd,
		   const char **reason)
{
	struct span given[MEMBERS];
	size_t offset;
	enum json_error e = json_check(line, &offset);

	*reason = json_error_code(e);
	if (e != JSON_OK)
		return complaint_say(f->complaint, "%s at byte %zu", json_error_text(e), offset);
	line = json_trim(line);
	*reason = "BAD_COMMAND";
	if (json_type(line) != JSON_OBJECT)
		return complaint_say(f->complaint, "a command is an object");
	if (!json_pick(line, members, MEMBERS, given, NULL))
		return complaint_say(f->complaint, "a member stands twice");
	if (!given[CMD].ptr || !json_plain(given[CMD], cmd))
		return complaint_say(f->complaint, "cmd must be fault, clear, set or add");
	return carry_out(r, f, line, given, *cmd);
}

bool
commands_apply(struct replay *r, struct rowfill *f, struct span line, uint64_t in, struct buf *out,
	       const char **reason)
{
	struct span cmd = {0};

	complaint_init(f->complaint);
	if (!read_and_carry_out(r, f, line, &cmd, reason)) {
		put_reject(line, in, *reason, f->complaint->path, f->complaint->why, out);
		return false;
	}
	buf_byte(out, '{');
	buf_json_member_string(out, "type", SPAN_LIT("ok"));
	buf_json_member_u64(out, "in", in);
	buf_json_member_string(out, "cmd", cmd);
	buf_byte(out, '}');
	return true;
}
