#include "rules.h"

#include "diag.h"
#include "durable.h"
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

static void
open_file(struct rules_file *f, const char *path)
{
	char directory[4096] = ".";
	const char *slash = path ? strrchr(path, '/') : NULL;

	*f = (struct rules_file){.path = path, .directory = -1};
	if (!path)
		return;
	f->base = slash ? slash + 1 : path;
	if (slash && (size_t)snprintf(directory, sizeof directory, "%.*s", (int)(slash - path + 1),
				      path) >= sizeof directory)
		tool_die(EXIT_CONFIG, "open", path, strerror(ENAMETOOLONG));
	f->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->directory < 0)
		tool_die(EXIT_CONFIG, "open", path, strerror(errno));
}

static void
complain(const struct rules_file *f, uint64_t line, const char *why)
{
	diag(DIAG_ERROR, "rules", diag_str("file", f->path), diag_u64("line", line),
	     diag_str("why", why));
}

static bool
load_accounts(struct rules *r)
{
	struct roster fresh;

	roster_init(&fresh, r->secret);
	if (!durable_read(r->accounts_file.directory, r->accounts_file.base, &fresh.text)) {
		complain(&r->accounts_file, 0, strerror(errno));
	} else if (!roster_read(&fresh)) {
		complain(&r->accounts_file, fresh.fault_line, fresh.fault);
	} else {
		roster_release(&r->accounts);
		r->accounts = fresh;
		return true;
	}
	roster_release(&fresh);
	return false;
}

static bool
load_blacklist(struct rules *r)
{
	struct keymap fresh;
	struct buf text;
	uint64_t line = 0;
	bool ok;

	buf_init(&text, BLACKLIST_BYTES);
	keymap_init(&fresh, BLACKLIST_MAX, r->secret);
	ok = durable_read(r->blacklist_file.directory, r->blacklist_file.base, &text);
	if (!ok) {
		complain(&r->blacklist_file, 0, strerror(errno));
	} else if (!blacklist_read(&fresh, buf_span(&text), &line)) {
		complain(&r->blacklist_file, line, "a name of 1 to 64 bytes, at most 2^20 of them");
		ok = false;
	}
	buf_release(&text);
	if (!ok) {
		keymap_release(&fresh);
		return false;
	}
	keymap_release(&r->blacklist);
	r->blacklist = fresh;
	return true;
}

void
rules_init(struct rules *r, const char *accounts, const char *blacklist, const uint64_t secret[2])
{
	*r = (struct rules){.secret = {secret[0], secret[1]}};
	open_file(&r->accounts_file, accounts);
	open_file(&r->blacklist_file, blacklist);
	roster_init(&r->accounts, secret);
	keymap_init(&r->blacklist, BLACKLIST_MAX, secret);
	if ((accounts && !load_accounts(r)) || (blacklist && !load_blacklist(r)))
		exit(EXIT_CONFIG);
}

void
rules_reload(struct rules *r)
{
	bool ok = !r->accounts_file.path || load_accounts(r);

	ok = (!r->blacklist_file.path || load_blacklist(r)) && ok;
	if (ok)
		diag(DIAG_INFO, "reloaded", diag_u64("accounts", r->accounts.n),
		     diag_u64("blacklisted", r->blacklist.n));
}

size_t
rules_paths(const struct rules *r, struct sandbox_path paths[2])
{
	size_t n = 0;

	if (r->accounts_file.path)
		paths[n++] = (struct sandbox_path){.fd = r->accounts_file.directory};
	if (r->blacklist_file.path)
		paths[n++] = (struct sandbox_path){.fd = r->blacklist_file.directory};
	return n;
}
