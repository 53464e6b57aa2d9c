/*
 * orders: may this account trade this? Records of a market, by what settlement will ask about the
 * same trades later (screen(1), ORDERS).
 *
 * An address book says where accounts are paid; who has one address on a block list is refused
 * whole. Amounts are compared with the limits as they would be paid: an order's size in the base
 * asset, its price times its size in the quote asset. The one that the account would get counts on
 * the chain where it gets it, the other one on the chain with the highest limit. Nothing is added
 * up over a day: an order is no payment yet.
 *
 * Pure: no I/O, no clock. The text of the book must outlive it.
 */
#ifndef TP_ORDERS_H
#define TP_ORDERS_H

#include "decimal.h"
#include "json.h"
#include "record.h"
#include "sign_limits.h"

/* An exchange's accounts, with some addresses each; the file has some 150 bytes a line. */
#define ORDERS_ACCOUNTS_MAX (1u << 20)
#define ORDERS_ADDRESSES_MAX (4u << 20)
#define ORDERS_BOOK_BYTES (512u << 20)

struct orders_address {
	struct span asset, chain, address;
	uint32_t next; /* of the same account; 0: none */
};

struct orders_account {
	uint32_t first, last; /* addresses, from 1 */
	bool house;
	const char *list; /* that has one of its addresses */
};

struct orders_book {
	struct keymap accounts;
	struct orders_account *list;
	struct orders_address *addresses;
	size_t n, cap, addresses_n, addresses_cap;
	uint64_t fault_line;
	const char *fault;
};

/* Lines of other types than address are passed over: settle's configuration will do. False:
 * fault_line and fault are set. */
bool orders_book_read(struct orders_book *b, struct span text, const uint64_t secret[2]);
void orders_book_release(struct orders_book *b);

/* Look up each address in the block lists, as they are now: listed() says in which. */
void orders_book_mark(struct orders_book *b,
		      const char *(*listed)(const void *context, struct span address),
		      const void *context);

/* The members that are looked at, for record_init(). */
enum {
	ORDERS_TYPE,
	ORDERS_ACCOUNT,
	ORDERS_ID,
	ORDERS_SYMBOL,
	ORDERS_SIDE,
	ORDERS_PX,
	ORDERS_SZ,
	ORDERS_BIDS,
	ORDERS_ASKS,
	ORDERS_FIELDS
};
/* Prices and sizes are strings; bare: they may be numbers, too, which is slower to read. */
extern const struct record_field orders_fields[ORDERS_FIELDS], orders_fields_bare[ORDERS_FIELDS];

struct orders_verdict {
	bool looked_at;	  /* a record that can lead to a trade */
	const char *code; /* NULL: it may pass */
	const char *why;
	const char *list; /* BLOCKED: by which */
};

struct orders_verdict orders_judge(const struct orders_book *b, const struct limits *l,
				   const struct span m[ORDERS_FIELDS]);

#endif
