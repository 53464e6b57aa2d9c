/*
 * master: where the secret comes from that key-vault's and sign-key's stores are sealed with: a
 * file, a descriptor, a systemd credential, or a passphrase on a descriptor. Never an argument,
 * never the environment.
 */
#ifndef TP_MASTER_H
#define TP_MASTER_H

#include "cipher.h"
#include "span.h"

struct master_source {
	const char *file, *fd, *passphrase_fd; /* as given; NULL: not */
	/* the variable that may name the file, and the credential: TRADEPIPE_VAULT_KEY_FILE,
	 * vault-master-key */
	const char *setting, *credential;
};

struct master {
	bool passphrase; /* else a key of CIPHER_KEY_BYTES */
	char *memory;	 /* locked */
	struct span secret;
};

/* Is any given? credential: the systemd credential and the setting count, too. */
bool master_given(const struct master_source *s, bool credential);

/* Dies with 102 when it cannot be read or has not the form of a master secret, or more than one
 * source is given. */
void master_read(const struct master_source *s, bool credential, struct master *out);

void master_wipe(struct master *m);

#endif
