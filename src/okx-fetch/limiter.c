#include "limiter.h"

#include "diag.h"
#include "hex.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

/* A line of the file: 20 + 1 + 20 + 1 + 10 + 1 + 42 + newline. */
#define LINE_BYTES 96
/* A slot further away than this was written by a clock that has since been set back. */
#define SLOT_MAX_US INT64_C(120000000)

void
limiter_init(struct limiter *l, int directory)
{
	*l = (struct limiter){
	    .directory = directory, .by_user = -1, .by_address = -1, .remaining = UINT32_MAX};
}

static int
open_file(const struct limiter *l, const char *name)
{
	int fd;

	if (l->directory < 0)
		return -1;
	fd = openat(l->directory, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		diag(DIAG_WARNING, "limits", diag_str("file", name), diag_errno(errno));
	return fd;
}

void
limiter_use_key(struct limiter *l, const unsigned char digest[32])
{
	char name[64];
	char hex[65];

	hex_print(digest, 32, hex);
	snprintf(name, sizeof name, "limits-%.16s", hex);
	if (l->by_user >= 0)
		close(l->by_user);
	l->by_user = open_file(l, name);
	if (l->by_address < 0)
		l->by_address = open_file(l, "limits-address");
	l->remaining = UINT32_MAX;
	l->reset_us = 0;
}

static bool
read_slot(int fd, enum okx_endpoint e, struct limiter_slot *slot)
{
	char line[LINE_BYTES + 1] = "";

	*slot = (struct limiter_slot){0};
	if (pread(fd, line, LINE_BYTES, (off_t)e * LINE_BYTES) < 0)
		return false;
	/* a line that is not ours counts as none */
	if (sscanf(line, "%20" SCNd64 " %20" SCNd64 " %10" SCNd64, &slot->next_us, &slot->window_us,
		   &slot->count) != 3 ||
	    slot->next_us < 0 || slot->window_us < 0 || slot->count < 0)
		*slot = (struct limiter_slot){0};
	return true;
}

static bool
write_slot(int fd, enum okx_endpoint e, const struct limiter_slot *slot)
{
	char line[LINE_BYTES + 1];
	int n = snprintf(line, sizeof line, "%020" PRId64 " %020" PRId64 " %010" PRId64 " %-42s",
			 slot->next_us, slot->window_us, slot->count, okx_endpoint_facts(e)->name);

	if (n < 0 || n >= LINE_BYTES)
		return false;
	memset(line + n, ' ', (size_t)(LINE_BYTES - n));
	line[LINE_BYTES - 1] = '\n';
	return pwrite(fd, line, LINE_BYTES, (off_t)e * LINE_BYTES) == LINE_BYTES;
}

static void
note(struct limiter *l, const struct okx_endpoint_facts *facts, const struct limiter_slot *slot)
{
	unsigned left =
	    slot->count < (int64_t)facts->limit ? facts->limit - (unsigned)slot->count : 0;

	if (left >= l->remaining)
		return;
	l->remaining = left;
	l->reset_us = slot->window_us + (int64_t)facts->per_ms * 1000;
}

/* The slot's new state for one request now; returns its time. */
static int64_t
advance(struct limiter_slot *slot, const struct okx_endpoint_facts *facts, int64_t now_us)
{
	int64_t period_us = (int64_t)facts->per_ms * 1000, at;

	if (slot->next_us > now_us + SLOT_MAX_US || slot->window_us > now_us + SLOT_MAX_US)
		*slot = (struct limiter_slot){0};
	at = slot->next_us > now_us ? slot->next_us : now_us;
	/* a twentieth more than even spacing: requests that are a little late on the way must not
	 * meet the next in OKX's window */
	slot->next_us = at + period_us / facts->limit * 21 / 20;
	if (at - slot->window_us >= period_us) {
		slot->window_us = at;
		slot->count = 0;
	}
	slot->count++;
	return at;
}

/* Run `change` on the endpoint's slot, in the shared file when there is one. */
static struct limiter_slot
change_slot(struct limiter *l, enum okx_endpoint e, int64_t now_us, int64_t punish_until_us,
	    int64_t *at)
{
	const struct okx_endpoint_facts *facts = okx_endpoint_facts(e);
	int fd = facts->by_address ? l->by_address : l->by_user;
	struct limiter_slot *slot = &l->own[e];
	bool shared = fd >= 0 && flock(fd, LOCK_EX) == 0;
	struct limiter_slot read = {0};

	if (shared && read_slot(fd, e, &read))
		*slot = read;
	if (punish_until_us)
		slot->next_us = punish_until_us > slot->next_us ? punish_until_us : slot->next_us;
	else
		*at = advance(slot, facts, now_us);
	if (shared) {
		if (!write_slot(fd, e, slot))
			diag(DIAG_WARNING, "limits", diag_str("endpoint", facts->name),
			     diag_errno(errno));
		flock(fd, LOCK_UN);
	}
	return *slot;
}

int64_t
limiter_take(struct limiter *l, enum okx_endpoint e, int64_t now_us)
{
	int64_t at = now_us;
	struct limiter_slot slot = change_slot(l, e, now_us, 0, &at);

	note(l, okx_endpoint_facts(e), &slot);
	return at;
}

void
limiter_punish(struct limiter *l, enum okx_endpoint e, int64_t until_us)
{
	int64_t at;

	change_slot(l, e, 0, until_us, &at);
}
