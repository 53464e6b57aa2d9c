#include "blocklist.h"

#include "diag.h"
#include "durable.h"
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct reading {
	struct keymap addresses;
	size_t n;
	bool full;
};

void
blocklist_init(struct blocklist *b, const uint64_t secret[2])
{
	*b = (struct blocklist){.secret = {secret[0], secret[1]}};
}

void
blocklist_release(struct blocklist *b)
{
	for (size_t i = 0; i < b->n; i++) {
		keymap_release(&b->files[i].addresses);
		close(b->files[i].directory);
	}
	b->n = 0;
}

static void
found(void *context, struct span address)
{
	struct reading *r = context;
	struct blocklist_key keys[3];
	size_t n = blocklist_keys(address, true, keys);

	r->n++;
	for (size_t i = 0; i < n; i++) {
		if (!keymap_put(&r->addresses, (struct span){keys[i].bytes, keys[i].len}, 1))
			r->full = true;
	}
}

/* NULL, or why the file is not taken; then nothing has changed. */
static const char *
load(struct blocklist *b, struct blocklist_file *f)
{
	struct reading r = {0};
	enum sdn_form form = SDN_PLAIN;
	const char *why = NULL;
	struct buf text;

	buf_init(&text, SDN_FILE_BYTES);
	keymap_init(&r.addresses, BLOCKLIST_ADDRESSES_MAX, b->secret);
	if (!durable_read(f->directory, f->base, &text))
		why = strerror(errno);
	else
		why = sdn_read(buf_span(&text), found, &r, &form);
	if (!why && r.full)
		why = "more addresses than 4 million, or no memory";
	if (!why && r.n == 0)
		why = "holds no address";
	if (!why && r.n < f->n / 2)
		why = "has lost more than half of its addresses";
	buf_release(&text);
	if (why) {
		keymap_release(&r.addresses);
		return why;
	}
	keymap_release(&f->addresses);
	f->addresses = r.addresses;
	f->n = r.n;
	f->form = form;
	return NULL;
}

static void
open_directory(struct blocklist_file *f, const char *path)
{
	const char *slash = strrchr(path, '/');
	char parent[4096] = ".";

	f->path = path;
	f->base = slash ? slash + 1 : path;
	if (slash && (size_t)(slash - path) >= sizeof parent - 1)
		tool_die(EXIT_CONFIG, "list", path, "too long");
	if (slash) {
		memcpy(parent, path, (size_t)(slash - path) + 1);
		parent[slash - path + 1] = '\0';
	}
	f->directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->directory < 0)
		tool_die(EXIT_CONFIG, "list", path, strerror(errno));
}

void
blocklist_add(struct blocklist *b, const char *path)
{
	struct blocklist_file *f = &b->files[b->n];
	const char *why;

	if (b->n == BLOCKLIST_FILES_MAX)
		tool_usage("at most 8", "--list");
	*f = (struct blocklist_file){0};
	open_directory(f, path);
	/* looked at before it is read: a change meanwhile is seen afterwards */
	if (fstatat(f->directory, f->base, &f->st, 0) != 0)
		tool_die(EXIT_CONFIG, "list", path, strerror(errno));
	why = load(b, f);
	if (why)
		tool_die(EXIT_CONFIG, "list", path, why);
	b->n++;
}

static bool
is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void
refresh(struct blocklist *b, struct blocklist_file *f, bool force)
{
	struct stat st = {0};
	const char *why;

	/* a missing file is a change: its reading fails, and says so once */
	if (fstatat(f->directory, f->base, &st, 0) != 0)
		st = (struct stat){0};
	if (!force && is_same(&st, &f->st))
		return;
	f->st = st;
	why = load(b, f);
	f->stale = why != NULL;
	if (why) {
		b->failures_total++;
		diag(DIAG_ERROR, "list", diag_str("file", f->path), diag_str("why", why),
		     diag_u64("kept", f->n));
		return;
	}
	b->reloads_total++;
	diag(DIAG_INFO, "list", diag_str("file", f->path), diag_u64("addresses", f->n));
}

void
blocklist_refresh(struct blocklist *b, bool force)
{
	for (size_t i = 0; i < b->n; i++)
		refresh(b, &b->files[i], force);
}

const struct blocklist_file *
blocklist_find(const struct blocklist *b, struct span address)
{
	struct blocklist_key key[3];
	uint64_t unused;

	if (blocklist_keys(address, false, key) != 1)
		return NULL;
	for (size_t i = 0; i < b->n; i++) {
		if (keymap_find(&b->files[i].addresses, (struct span){key[0].bytes, key[0].len},
				&unused))
			return &b->files[i];
	}
	return NULL;
}
