/* Catches a slot that is lost, handed out twice or out of turn, or while it is filled; a thread
 * that reads on when it should rest, or rests before all is read; and an end at which somebody
 * waits for ever. Also to be run with a sanitizer for threads (make tsan). */
#include "stop.h"
#include "test.h"
#include "turns.h"

#include <sched.h>
#include <signal.h>

#define SLOTS_MAX 5

/* Numbers from 1 on, as they come. Without any lock: that is what turns are for. */
struct source {
	struct turns turns;
	uint64_t slots[SLOTS_MAX];
	uint64_t read, come, last;
	unsigned long calls;
	uint64_t random;
	bool deaf; /* to stop signals */
};

static uint64_t state = 7;

static struct turns_filled
fill(void *context, unsigned slot)
{
	struct source *s = context;
	sigset_t blocked;

	s->calls++;
	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	s->deaf = sigismember(&blocked, SIGTERM);
	/* all of the room that was asked for is used */
	for (unsigned i = 0; i < s->turns.room; i++)
		s->slots[(slot + i) % s->turns.slots] = 0;
	if (s->read == s->come)
		return (struct turns_filled){0};
	if (test_random(&s->random) % 4 == 0)
		return (struct turns_filled){.more = true};
	s->slots[slot] = ++s->read;
	return (struct turns_filled){.holds = true, .more = s->read < s->last};
}

static void
start(struct source *s, unsigned slots, unsigned room)
{
	*s = (struct source){.random = 11, .last = UINT64_MAX};
	s->turns = (struct turns){.slots = slots, .room = room, .fill = fill, .context = s};
	EXPECT(turns_start(&s->turns));
	EXPECT(s->turns.started);
}

/* The slot at hand stays as it is while it is used. */
static void
expect_slot(const struct source *s, unsigned slot, uint64_t number)
{
	EXPECT(s->slots[slot] == number);
	if (test_random(&state) % 4 == 0)
		sched_yield();
	EXPECT(s->slots[slot] == number);
}

/* ---- all comes, in order ---- */

/* The reading is the caller's: more comes, some of which it reads itself. True: the thread is to
 * read on. */
static bool
read_once(struct source *s)
{
	unsigned long calls = s->calls;
	struct turns_filled filled;

	sched_yield();
	EXPECT(s->calls == calls);
	if (s->come == s->read)
		s->come += 1 + test_random(&state) % 40;
	if (s->come > s->last)
		s->come = s->last;
	filled = fill(s, turns_slot(&s->turns));
	if (test_random(&state) % 3 == 0)
		filled.more = false;
	turns_put(&s->turns, filled);
	return filled.more;
}

static void
run(unsigned slots, unsigned room, uint64_t numbers)
{
	unsigned long read_ahead = 0, calls = 0;
	struct source s;
	uint64_t used = 0;
	bool given = false;
	unsigned slot;

	start(&s, slots, room);
	s.last = numbers;
	while (used < numbers) {
		if (turns_next(&s.turns, &slot)) {
			expect_slot(&s, slot, ++used);
			read_ahead += given;
			continue;
		}
		EXPECT(s.read == used);
		/* it reads until there is nothing left, and only when it is to */
		EXPECT(given ? s.read == s.come : s.calls == calls);
		given = read_once(&s);
		if (!given)
			calls = s.calls;
	}
	EXPECT(!turns_next(&s.turns, &slot));
	EXPECT(read_ahead > numbers / 4 && read_ahead < numbers);
	turns_end(&s.turns);
}

static void
test_all_in_order(void)
{
	for (unsigned slots = 2; slots <= SLOTS_MAX; slots++)
		for (unsigned room = 1; room <= slots; room++)
			run(slots, room, 3000);
}

/* ---- it stops ---- */

/* An input without end. */
static void
start_flood(struct source *s, unsigned slots)
{
	start(s, slots, 1 + slots % 2);
	s->come = UINT64_MAX;
	turns_put(&s->turns, (struct turns_filled){.more = true});
}

/* What was read can be had, and is little; the thread is not set going again. */
static void
expect_halted(struct source *s, uint64_t used)
{
	uint64_t before = used;
	unsigned long calls;
	unsigned slot;

	while (turns_next(&s->turns, &slot))
		expect_slot(s, slot, ++used);
	EXPECT(used == s->read && used - before <= s->turns.slots);
	calls = s->calls;
	slot = turns_slot(&s->turns);
	s->slots[slot] = ++s->read;
	turns_put(&s->turns, (struct turns_filled){.holds = true, .more = true});
	EXPECT(turns_next(&s->turns, &slot) && s->slots[slot] == used + 1);
	EXPECT(!turns_next(&s->turns, &slot) && s->calls == calls);
}

static void
test_halt(void)
{
	for (unsigned round = 0; round < 300; round++) {
		uint64_t most = test_random(&state) % 30, used = 0;
		struct source s;
		unsigned slot;

		start_flood(&s, 2 + round % 4);
		while (used < most && turns_next(&s.turns, &slot))
			expect_slot(&s, slot, ++used);
		EXPECT(used == most);
		for (unsigned i = 0; i < round % 3; i++) /* in which it may fill all, and wait */
			sched_yield();
		turns_halt(&s.turns);
		expect_halted(&s, used);
		turns_end(&s.turns);
	}
}

static void
test_halt_at_rest(void)
{
	struct source s;

	start(&s, 4, 2);
	s.come = UINT64_MAX;
	turns_halt(&s.turns);
	expect_halted(&s, 0);
	EXPECT(s.calls == 0);
	turns_end(&s.turns);
}

/* Whatever it is at: resting, filling, waiting for a free slot. */
static void
test_end(void)
{
	for (unsigned round = 0; round < 300; round++) {
		struct source s;
		unsigned slot;

		if (round % 5 == 0)
			start(&s, 4, 1);
		else
			start_flood(&s, 2 + round % 4);
		for (unsigned i = 0; i < round % 3; i++)
			sched_yield();
		if (round % 5 > 2)
			EXPECT(turns_next(&s.turns, &slot));
		turns_end(&s.turns);
		EXPECT(round % 5 || s.calls == 0);
	}
}

/* ---- signals ---- */

/* A stop signal is for the thread that waits. */
static void
test_stop_signals(void)
{
	struct source s;
	unsigned slot;

	stop_install();
	start_flood(&s, 4);
	EXPECT(turns_next(&s.turns, &slot));
	turns_halt(&s.turns);
	while (turns_next(&s.turns, &slot))
		;
	EXPECT(s.deaf);
	fill(&s, turns_slot(&s.turns));
	EXPECT(!s.deaf);
	turns_end(&s.turns);
}

int
main(void)
{
	RUN(test_all_in_order);
	RUN(test_halt);
	RUN(test_halt_at_rest);
	RUN(test_end);
	RUN(test_stop_signals);
	return test_done();
}
