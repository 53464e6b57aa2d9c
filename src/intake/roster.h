/*
 * roster: who may send what, as the accounts file and the blacklist say.
 *
 * Read once from text, never changed after: a new file makes a new table. Names point into the text
 * that the table owns.
 */
#ifndef TP_ROSTER_H
#define TP_ROSTER_H

#include "incoming.h"
#include "keymap.h"
#include "order_signature.h"

/* An accounts file: a million accounts of about 250 bytes. */
#define ACCOUNTS_FILE_BYTES (256u << 20)
#define ACCOUNTS_MAX (1u << 20)
/* Keys and limits that one account may have. */
#define ACCOUNT_KEYS_MAX 16
#define ACCOUNT_LIMITS_MAX 16

enum account_status { ACCOUNT_ACTIVE, ACCOUNT_FROZEN, ACCOUNT_CLOSED };
enum account_role { ROLE_TRADE = 1, ROLE_MAKER = 2, ROLE_OPERATOR = 4 };

struct asset_limit {
	struct span asset;
	struct decimal amount;
};

struct account {
	struct span name;
	enum account_status status;
	unsigned roles;
	size_t key_n, limit_n;
	struct public_key *keys;
	struct asset_limit *limits;
};

struct roster {
	struct buf text;
	struct account *list;
	size_t n, cap;
	struct keymap by_name;
	/* where and why the file was refused */
	uint64_t fault_line;
	const char *fault;
};

void roster_init(struct roster *a, const uint64_t secret[2]);
void roster_release(struct roster *a);

/* Take in a->text (NDJSON, empty lines allowed); false with fault and fault_line. */
bool roster_read(struct roster *a);

const struct account *roster_find(const struct roster *a, struct span name);

/* The account's key of that spelling; NULL: none of its own. */
const struct public_key *account_key(const struct account *a, struct span hex);

/* May an account send this? REFUSAL_NONE, or why not. */
enum refusal account_allows(const struct account *a, const struct incoming *m, const char **why);

/* The blacklist: names into a map. False with *line when a line is too long or memory ends. */
bool blacklist_read(struct keymap *names, struct span text, uint64_t *line);

#endif
