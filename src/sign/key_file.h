/*
 * key_file: sign-key's commands add and list, and the opening of its key file and token.
 *
 * All of it dies with a diagnostic where it cannot go on.
 */
#ifndef TP_KEY_FILE_H
#define TP_KEY_FILE_H

#include "address.h"
#include "bip32.h"
#include "keys.h"
#include "pkcs11.h"
#include "tool.h"

struct key_file_options {
	const char *keys;
	const char *module, *token, *pin_fd, *pin_file;
	const char *secret_fd, *seed_passphrase_fd, *token_key, *from, *path;
	struct bip32_path steps; /* of path */
	bool generate;
	enum key_kind kind;
	enum address_network network;
	struct span name;
	struct master_source source;
};

enum exit_status key_file_add(const struct key_file_options *o);
enum exit_status key_file_list(const struct key_file_options *o);

/* A whole file. False with errno. */
bool key_file_read(const char *path, struct buf *out);
void key_file_open(const struct key_file_options *o, const struct master *m, struct key_set *out);
struct pkcs11 *key_file_token(const struct key_file_options *o);

#endif
