/*
 * build: a plan to a PSBT and an answer; and back from signatures to bytes.
 */
#ifndef TP_BUILD_H
#define TP_BUILD_H

#include "adapter.h"

bool build_assemble(void *context, const struct frame_request *q, struct buf *answer,
		    struct frame_error *e);
bool build_combine(void *context, const struct frame_request *q, struct buf *answer,
		   struct frame_error *e);

/* ---- for the other operations ---- */

/* The rate to pay now, within the settings; what a replacement has to add per 1,000 vbytes. */
bool build_rate(struct adapter *a, uint64_t *rate, uint64_t *increment, struct frame_error *e);
/* Weight of everything but the inputs and the change. */
size_t build_base_weight(const struct adapter_plan *plan);
/* Where the change of a job goes: one of the pool, by the job's name. */
bool build_change_place(const struct adapter *a, struct span job, struct adapter_plan *plan);
/* Make the PSBT of a plan (a->psbt, a->tx); origins: with scripts and key origins of the wallet's
 * own coins. */
bool build_psbt(struct adapter *a, const struct adapter_plan *plan, bool origins,
		struct frame_error *e);
/* "kind", "unsigned", "spends", "fee", "feeRate", "feeAsset", "expiry"; weight: of the signed
 * transaction. */
bool build_print(struct adapter *a, const struct adapter_plan *plan, const char *kind,
		 size_t weight, struct buf *answer, struct frame_error *e);
/* BTC, and no third party who pays. */
bool build_check_request(const struct adapter *a, const struct frame_request *q,
			 struct frame_error *e);
bool build_fee_cap(const struct frame_request *q, uint64_t fee, struct frame_error *e);

/* "TXID:VOUT" */
bool build_spend_parse(struct span text, unsigned char txid[HASH_BYTES], uint32_t *vout);
void build_amount(struct buf *out, const char *name, uint64_t v);
void build_txid(struct buf *out, const char *name, const unsigned char txid[HASH_BYTES]);

#endif
