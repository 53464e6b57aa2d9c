/*
 * vault: the program key-vault, which is in several files: options and main (key-vault.c), what
 * changes the vault, what lists it, and what fills requests from it.
 *
 * One struct, which main owns, goes through all of them. What cannot go on ends the program; a
 * command returns the status to end with. Keys stand in locked memory alone: the keyring's, and the
 * buffers that each file takes from secret_memory().
 */
#ifndef TP_VAULT_H
#define TP_VAULT_H

#include "keyring.h"
#include "tool.h"
#include "utc.h"

enum command { ADD, LIST, ROTATE, REMOVE, OPEN };

struct vault {
	enum command command;
	const char *state, *key_fd, *metrics_file;
	struct span user, alias;
	bool owned; /* --user was given */
	bool rotate_master, force;
	struct master_source source, next_source;
	struct master master;
	struct keyring ring;
	struct buf out, error;
};

/* ---- vault.c ---- */

/* ISO 8601, in room. */
struct span vault_now(char room[UTC_TEXT_MAX]);
/* Of KEYRING_DAMAGED or KEYRING_LOCKED. */
_Noreturn void vault_die(const struct vault *v, enum keyring_result result);
void vault_commit_or_die(struct vault *v);

/* ---- vault_change.c ---- */

enum exit_status vault_add_or_rotate(struct vault *v);
enum exit_status vault_rotate_master(struct vault *v);
enum exit_status vault_remove(struct vault *v);

/* ---- vault_list.c ---- */

enum exit_status vault_list(struct vault *v);

/* ---- vault_open.c ---- */

/* Dies where stdout is a terminal or a file. */
void vault_check_output(const struct vault *v);
int vault_open(struct vault *v);

#endif
