#include "sol_poll.h"

#define SLOTS_A_BLOCK_MAX 3

size_t
sol_poll_choose(const struct sol_status status[], size_t n)
{
	size_t failed = n;

	for (size_t i = 0; i < n; i++) {
		if (status[i].found && !status[i].failed)
			return i;
		if (status[i].found && failed == n)
			failed = i;
	}
	return failed;
}

static uint64_t
oldest_height(const struct sol_version versions[], size_t n)
{
	uint64_t oldest = UINT64_MAX;

	for (size_t i = 0; i < n; i++) {
		if (versions[i].last_valid < oldest)
			oldest = versions[i].last_valid;
	}
	return oldest > SOL_LIFE ? oldest - SOL_LIFE : 0;
}

uint64_t
sol_poll_oldest(const struct sol_version versions[], size_t n, const struct sol_epoch *final)
{
	uint64_t height = oldest_height(versions, n), back;

	if (height >= final->height)
		return final->slot;
	if (__builtin_mul_overflow(final->height - height, (uint64_t)SLOTS_A_BLOCK_MAX, &back) ||
	    back >= final->slot)
		return 0;
	return final->slot - back;
}

bool
sol_poll_expired(const struct sol_version versions[], size_t n, const struct sol_epoch *final)
{
	for (size_t i = 0; i < n; i++) {
		if (versions[i].last_valid >= final->height)
			return false;
	}
	return n > 0;
}

uint64_t
sol_poll_confirmations(uint64_t height, const struct sol_block *block,
		       enum sol_commitment commitment)
{
	uint64_t n = height >= block->height ? height - block->height + 1 : 1;

	if (commitment == SOL_FINALIZED)
		return n < SOL_FINAL ? SOL_FINAL : n;
	return n < SOL_FINAL ? n : SOL_FINAL - 1;
}

bool
sol_poll_moved(const struct sol_landed *l, const struct sol_key *to, const struct sol_key *mint,
	       uint64_t amount, struct frame_error *e)
{
	const struct sol_transfer *t = &l->transfer;
	struct sol_key account;

	if (!sol_key_equal(&t->mint, mint))
		return frame_fail(e, FRAME_REFUSED, "MOVED_OTHER", "tokens of another mint");
	if (!sol_key_equal(&t->account, to) &&
	    (!sol_token_account(to, mint, &account, NULL) || !sol_key_equal(&t->account, &account)))
		return frame_fail(e, FRAME_REFUSED, "MOVED_OTHER", "to another account");
	if (!l->rose || l->moved != amount || t->amount != amount)
		return frame_fail(e, FRAME_REFUSED, "MOVED_OTHER",
				  "the receiver's balance rose by %llu",
				  (unsigned long long)l->moved);
	return true;
}
