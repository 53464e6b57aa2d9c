/*
 * blocklist: the addresses that nobody pays, from one or several lists, each replaced whole when
 * its file has changed.
 *
 * An address is compared in every spelling that is the same: hexadecimal in any case, bech32 in any
 * case, and on Bitcoin by what holds the coins: P2PKH, P2WPKH and P2SH-P2WPKH of one key are one.
 * So a listed 1... address is found behind bc1q..., on any network. The kind of currency does not
 * matter: who is blocked on one chain is blocked on all where the address means the same.
 *
 * A list that cannot be read, is cut short, is empty, or has lost more than half of its addresses
 * is not taken: the one before stays in force, and that is said.
 */
#ifndef TP_BLOCKLIST_H
#define TP_BLOCKLIST_H

#include "keymap.h"
#include "sdn.h"

#include <sys/stat.h>

#define BLOCKLIST_FILES_MAX 8
/* OFAC lists some 1,000; lists of analysts have up to some 100,000. */
#define BLOCKLIST_ADDRESSES_MAX (4u << 20)

struct blocklist_file {
	const char *path, *base;
	int directory; /* open, so that a sandbox may close behind it */
	struct stat st;
	struct keymap addresses;
	size_t n; /* addresses as listed */
	enum sdn_form form;
	bool stale; /* changed, and not taken */
};

struct blocklist {
	struct blocklist_file files[BLOCKLIST_FILES_MAX];
	size_t n;
	uint64_t secret[2];
	uint64_t reloads_total, failures_total;
};

void blocklist_init(struct blocklist *b, const uint64_t secret[2]);
void blocklist_release(struct blocklist *b);

/* Name a file and read it. Dies with 102 when it cannot be read or holds no address. */
void blocklist_add(struct blocklist *b, const char *path);

/* Look whether files have changed, and read those. force: read all. */
void blocklist_refresh(struct blocklist *b, bool force);

/* The file that lists it, or NULL. */
const struct blocklist_file *blocklist_find(const struct blocklist *b, struct span address);

/* The spellings of one address: up to 3 keys of up to BLOCKLIST_KEY_MAX bytes. listed: those that
 * it is entered under; else the one that it is looked up by. Pure. */
#define BLOCKLIST_KEY_MAX (SDN_ADDRESS_MAX + 1)
struct blocklist_key {
	size_t len;
	char bytes[BLOCKLIST_KEY_MAX];
};
size_t blocklist_keys(struct span address, bool listed, struct blocklist_key out[3]);

#endif
