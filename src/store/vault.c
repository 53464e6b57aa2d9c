#include "vault.h"

#include <errno.h>
#include <stdio.h>

struct span
vault_now(char room[UTC_TEXT_MAX])
{
	return (struct span){room, utc_print_ms_fixed(utc_now_us() / 1000, room)};
}

_Noreturn void
vault_die(const struct vault *v, enum keyring_result result)
{
	char what[256];

	if (v->ring.culprit[0])
		snprintf(what, sizeof what, "api_keys %s", v->ring.culprit);
	else
		snprintf(what, sizeof what, "api_keys %.*s", (int)v->alias.len, v->alias.ptr);
	if (result == KEYRING_LOCKED)
		tool_die(EXIT_CONFIG, "locked", v->state, v->ring.why);
	tool_die(EXIT_USAGE, "damaged", v->alias.ptr || v->ring.culprit[0] ? what : v->state,
		 v->ring.why);
}

void
vault_commit_or_die(struct vault *v)
{
	errno = 0;
	if (!keyring_commit(&v->ring))
		tool_die(EXIT_TEMP, "commit", v->state, strerror(errno ? errno : EIO));
}
