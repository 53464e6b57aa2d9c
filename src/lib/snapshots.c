#include "snapshots.h"

#include "crc32c.h"
#include "durable.h"
#include "wal_format.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SEAL "{\"crc\":\"00000000\"}\n"

/* ---- names ---- */

void
snapshots_name(uint64_t seq, char out[SNAPSHOTS_NAME_BYTES])
{
	snprintf(out, SNAPSHOTS_NAME_BYTES, "snapshot-%018" PRIu64 ".ndjson", seq);
}

/* *temporary: it is one that was not finished. */
static bool
parse_name(const char *name, uint64_t *seq, bool *temporary)
{
	char again[SNAPSHOTS_NAME_BYTES];
	size_t n;

	if (strncmp(name, "snapshot-", 9) != 0)
		return false;
	*seq = strtoull(name + 9, NULL, 10);
	if (*seq == 0 || *seq > WAL_SEQ_MAX)
		return false;
	snapshots_name(*seq, again);
	n = strlen(again);
	*temporary = strncmp(name, again, n) == 0 && strcmp(name + n, ".tmp") == 0;
	return *temporary || strcmp(name, again) == 0;
}

static void
note(uint64_t kept[SNAPSHOTS_KEPT], uint64_t seq)
{
	if (seq > kept[0]) {
		kept[1] = kept[0];
		kept[0] = seq;
	} else if (seq > kept[1]) {
		kept[1] = seq;
	}
}

static DIR *
open_list(int directory)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	int saved = errno;

	if (!d && fd >= 0)
		close(fd);
	errno = saved;
	return d;
}

bool
snapshots_list(int directory, uint64_t kept[SNAPSHOTS_KEPT])
{
	DIR *d = open_list(directory);
	const struct dirent *entry;
	bool temporary;
	uint64_t seq;
	int error;

	kept[0] = kept[1] = 0;
	if (!d)
		return false;
	while (errno = 0, (entry = readdir(d)) != NULL)
		if (parse_name(entry->d_name, &seq, &temporary) && !temporary)
			note(kept, seq);
	error = errno;
	closedir(d);
	errno = error;
	return error == 0;
}

void
snapshots_forget(uint64_t kept[SNAPSHOTS_KEPT], int i)
{
	if (i == 0)
		kept[0] = kept[1];
	kept[1] = 0;
}

/* ---- checksum ---- */

static void
print_seal(struct span text, char out[sizeof SEAL])
{
	snprintf(out, sizeof SEAL, "{\"crc\":\"%08x\"}\n", crc32c(0, text));
}

void
snapshots_seal(struct buf *b, size_t start)
{
	char line[sizeof SEAL];

	if (!buf_ok(b))
		return;
	print_seal(b->len ? (struct span){b->ptr + start, b->len - start} : SPAN_LIT(""), line);
	buf_str(b, line);
}

bool
snapshots_open_seal(struct span *text)
{
	size_t n = sizeof SEAL - 1;
	char line[sizeof SEAL];

	if (text->len < n)
		return false;
	text->len -= n;
	print_seal(*text, line);
	return memcmp(text->ptr + text->len, line, n) == 0;
}

/* ---- keeping ---- */

/* A snapshot that is not kept, or one that was never finished? */
static bool
is_waste(const char *name, const uint64_t kept[SNAPSHOTS_KEPT])
{
	bool temporary;
	uint64_t seq;

	return parse_name(name, &seq, &temporary) &&
	       (temporary || (seq != kept[0] && seq != kept[1]));
}

static bool
sweep(int directory, const uint64_t kept[SNAPSHOTS_KEPT])
{
	DIR *d = open_list(directory);
	const struct dirent *entry;
	int error = 0;

	if (!d)
		return false;
	while (error == 0 && (errno = 0, (entry = readdir(d)) != NULL))
		if (is_waste(entry->d_name, kept) && unlinkat(directory, entry->d_name, 0) != 0)
			error = errno;
	if (!error)
		error = errno;
	closedir(d);
	errno = error;
	return error == 0;
}

bool
snapshots_keep(int directory, uint64_t kept[SNAPSHOTS_KEPT], uint64_t seq, uint64_t apart,
	       struct span text)
{
	char name[SNAPSHOTS_NAME_BYTES];

	snapshots_name(seq, name);
	if (!durable_write(directory, name, text, 0640))
		return false;
	if (seq > kept[0] && (seq - kept[0] >= apart || seq - kept[1] >= 2 * apart))
		kept[1] = kept[0];
	kept[0] = seq;
	return sweep(directory, kept);
}
