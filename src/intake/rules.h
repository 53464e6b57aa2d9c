/*
 * rules: the files that say who may do what, opened at the start and read again on request.
 *
 * Each is found by its directory's descriptor, so that a sandboxed program can read the file that
 * an editor has put in its place.
 */
#ifndef TP_RULES_H
#define TP_RULES_H

#include "roster.h"
#include "sandbox.h"

#define BLACKLIST_BYTES (64u << 20)
#define BLACKLIST_MAX (1u << 20)

struct rules_file {
	const char *path; /* NULL: none */
	const char *base;
	int directory;
};

struct rules {
	struct rules_file accounts_file, blacklist_file;
	struct roster accounts;
	struct keymap blacklist;
	uint64_t secret[2];
};

/* Opens the directories and reads both files; dies with 102 when that fails. */
void rules_init(struct rules *r, const char *accounts, const char *blacklist,
		const uint64_t secret[2]);

/* Reads both again. What cannot be read is reported, and the old one stays. */
void rules_reload(struct rules *r);

/* Adds what must stay readable; returns how many. */
size_t rules_paths(const struct rules *r, struct sandbox_path paths[2]);

#endif
