/*
 * recon: the books, out of receipts, against what a chain says that was paid.
 *
 * Pure. Receipts go in by recon_receipt(), a chain's transfers by recon_transfer(); recon_finish()
 * says for each leg whether it was seen. Differences are handed to a function of the caller's.
 */
#ifndef TP_RECON_H
#define TP_RECON_H

#include "buf.h"
#include "swap_book.h"

struct recon_leg {
	char *id, *chain, *asset, *to, *amount, *tx_id; /* tx_id: of the confirmed version */
	char *payer; /* whose tokens they were, where they were not the wallet's */
	decimal_int units, seen;
	enum leg_status status;
	uint64_t transfers; /* on the chain, that are of this leg */
	uint64_t height;
};

/* unbooked: on the chain and in no book. missing: confirmed in the books, and not there. twice: a
 * leg that was paid more than once. differs: another amount or payee. unfinished: paid, and the
 * books do not say so yet. */
enum recon_result { RECON_UNBOOKED, RECON_MISSING, RECON_TWICE, RECON_DIFFERS, RECON_UNFINISHED };

const char *recon_result_name(enum recon_result r);

struct recon_difference {
	enum recon_result result;
	const struct recon_leg *leg; /* NULL: unbooked */
	struct span tx_id, to, amount;
	uint64_t height;
};

struct recon {
	struct recon_leg **legs;
	size_t legs_n, legs_cap;
	struct keymap leg_names, tx_names; /* CHAIN newline TXID */
	void (*differs)(void *context, const struct recon_difference *d);
	void *context;
};

void recon_init(struct recon *r, const uint64_t secret[2]);
void recon_release(struct recon *r);

/* Records of other types are passed over. NULL, or why it cannot be read. */
const char *recon_receipt(struct recon *r, struct span line);

struct recon_leg *recon_find(const struct recon *r, const char *chain, struct span tx_id);

void recon_transfer(struct recon *r, const char *chain, struct span tx_id, struct span to,
		    struct span amount, uint64_t height);

/* After all transfers of a chain. */
void recon_finish(struct recon *r, const char *chain);

#endif
