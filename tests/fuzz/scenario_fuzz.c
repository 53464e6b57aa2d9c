/*
 * Catches a scenario that is taken and cannot be told again, and a command that is refused and
 * still changes something.
 *
 * The first line is a scenario, each further line a command.
 */
#include "commands.h"
#include "fuzz.h"
#include "json.h"
#include "scenario.h"

#define NOW_MS INT64_C(1788266096789)

static struct replay replay, again;
static struct complaint complaint;

static void
print(const struct replay *r, struct buf *out)
{
	buf_clear(out);
	scenario_print(r, out);
	FUZZ_CHECK(buf_ok(out) && json_check(buf_span(out), NULL) == JSON_OK);
}

static void
check_told_again(struct rowfill *f, struct buf *text, struct buf *second)
{
	replay_init(&again, NOW_MS);
	complaint_init(&complaint);
	print(&replay, text);
	if (!scenario_read(&again, buf_span(text), f)) {
		fprintf(stderr, "told again, at %s: %s\n", complaint.path, complaint.why);
		abort();
	}
	print(&again, second);
	FUZZ_CHECK(span_equal(buf_span(text), buf_span(second)));
	replay_release(&again);
}

static void
check_command(struct rowfill *f, struct span line, struct buf *before, struct buf *after)
{
	size_t faults = replay.mischief.n;
	const char *reason = NULL;
	struct buf record;
	bool done;

	buf_init(&record, 1 << 20);
	print(&replay, before);
	done = commands_apply(&replay, f, line, 1, &record, &reason);
	FUZZ_CHECK(buf_ok(&record) && json_check(buf_span(&record), NULL) == JSON_OK);
	print(&replay, after);
	if (!done) {
		FUZZ_CHECK(reason != NULL && complaint.why[0]);
		FUZZ_CHECK(span_equal(buf_span(before), buf_span(after)));
		FUZZ_CHECK(replay.mischief.n == faults);
	}
	buf_release(&record);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size), scenario = fuzz_until(&in, '\n');
	struct buf first, second;
	struct rowfill f;

	buf_init(&first, SCENARIO_BYTES_MAX);
	buf_init(&second, SCENARIO_BYTES_MAX);
	complaint_init(&complaint);
	replay_init(&replay, NOW_MS);
	rowfill_init(&f, NOW_MS, &complaint);
	f.keep_marks = true;
	if (scenario_read(&replay, scenario, &f)) {
		check_told_again(&f, &first, &second);
		while (in.len)
			check_command(&f, fuzz_until(&in, '\n'), &first, &second);
	} else {
		FUZZ_CHECK(complaint.why[0]);
	}
	rowfill_release(&f);
	replay_release(&replay);
	buf_release(&first);
	buf_release(&second);
	return 0;
}
