/*
 * keyring: the vault of a state directory: its data key, and the rows of api_keys that it opens.
 *
 * Everything happens under the database's write lock (keep_begin() to keep_commit()), so a long
 * running reader sees each change of another process whole, and at the next request. Rows are
 * bound to vault, owner, exchange, alias, version and time by their encryption; that none was taken
 * away, put back or put in is told by a seal over all of them, and by vault.head outside the
 * database. Nothing is trusted before both are right.
 */
#ifndef TP_KEYRING_H
#define TP_KEYRING_H

#include "cipher.h"
#include "credentials.h"
#include "keep.h"
#include "master.h"

struct keyring {
	struct keep keep;
	struct head head; /* vault.head */
	bool exists;	  /* the vault has been made */
	bool unlocked;
	int64_t data_version; /* of the database when it was last looked at */
	char id[33];
	struct cipher_kdf kdf;
	char created[32];
	unsigned char master_check[32], data_check[32], seal[32];
	unsigned char wrapped[CIPHER_KEY_BYTES + CIPHER_EXTRA_BYTES];
	int64_t seq;
	bool written;		   /* seq and seal are new since the last commit */
	struct keyring_keys *keys; /* locked */
	struct buf plain;	   /* locked: the payload in hand */
	struct buf data;	   /* additional data; nothing secret */
	const char *why;	   /* of the last failure: a fixed phrase */
	char culprit[96];	   /* the row that it was found in, "ALIAS version N", or "" */
};

struct keyring_row {
	struct span user, alias;
	int64_t id, version; /* 0: none yet */
};

enum keyring_result {
	KEYRING_OK,
	KEYRING_ABSENT,	 /* no vault, or no such alias of this user */
	KEYRING_DAMAGED, /* k->why: what is there is not what was written */
	KEYRING_LOCKED,	 /* k->why: the master secret is not this vault's */
};

/* Dies when the state directory cannot be used. */
void keyring_open(struct keyring *k, const char *directory);
void keyring_close(struct keyring *k);

/* Take the write lock; when another process has changed the database, read and check everything
 * anew. master may be NULL: then nothing is unlocked, nor the seal checked. */
enum keyring_result keyring_begin(struct keyring *k, const struct master *master);

/* Make the vault. random: fresh for each call. Needs keyring_begin() to have said ABSENT. */
void keyring_create(struct keyring *k, const struct master *master, struct span now);

/* Wrap the data key with another master secret; the rows stay as they are. */
void keyring_rewrap(struct keyring *k, const struct master *master, struct span now);

/* The row in use of an alias; with credentials (spans of k->plain, until the next call) unless out
 * is NULL. */
enum keyring_result keyring_find(struct keyring *k, struct span user, struct span alias,
				 struct keyring_row *row, struct credentials *out);

/* The next version of an alias. */
void keyring_add(struct keyring *k, struct keyring_row *row, const struct credentials *c,
		 struct span now);

/* All versions of an alias. */
void keyring_remove(struct keyring *k, const struct keyring_row *row);

void keyring_used(struct keyring *k, const struct keyring_row *row, struct span now);

/* Seal what changed, make it durable; false with errno. */
bool keyring_commit(struct keyring *k);

#endif
