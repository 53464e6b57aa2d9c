#include "tron_poll.h"

size_t
tron_poll_choose(const struct tron_info info[], size_t n)
{
	size_t failed = n;

	for (size_t i = 0; i < n; i++) {
		if (info[i].found && !info[i].failed)
			return i;
		if (info[i].found && failed == n)
			failed = i;
	}
	return failed;
}

bool
tron_poll_expired(const struct tron_version versions[], size_t n, const struct tron_block *solid)
{
	uint64_t now = (uint64_t)solid->timestamp_ms / 1000;

	for (size_t i = 0; i < n; i++) {
		if (now < TRON_MARGIN_S || versions[i].expires_s >= now - TRON_MARGIN_S)
			return false;
	}
	return n > 0;
}

uint64_t
tron_poll_confirmations(uint64_t head, uint64_t block, bool solid, uint64_t final)
{
	uint64_t n = head >= block ? head - block + 1 : 1;

	if (solid)
		return n < final ? final : n;
	return n < final ? n : final - 1;
}
