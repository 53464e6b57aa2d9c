/*
 * evm_job: a payment as adapter(5) asks for it, taken apart; and the answers that hold a
 * transaction.
 *
 * Pure. A spend is ADDRESS/NONCE, the address with its checksum: one nonce of an account is used up
 * once.
 */
#ifndef TP_EVM_JOB_H
#define TP_EVM_JOB_H

#include "evm_abi.h"
#include "evm_fees.h"
#include "evm_settings.h"
#include "evm_tx.h"
#include "frame.h"

/* Address, slash, 20 digits, NUL. */
#define EVM_SPEND_MAX (EVM_ADDRESS_TEXT_MAX + 21)

struct evm_job {
	struct span job;
	struct evm_address from, to, payer; /* payer is from where nobody else pays */
	bool takes;			    /* by transferFrom */
	struct u256 amount;
	struct evm_ceiling ceiling;
	struct span busy;
};

/* Every member with its checks; class request or refused where one is wrong. */
bool evm_job_read(const struct frame_request *q, const struct evm_settings *s, struct evm_job *out,
		  struct frame_error *e);

/* An address member, or `otherwise` where it is absent. */
bool evm_job_address(struct span text, const char *name, const struct evm_address *otherwise,
		     struct evm_address *out, struct frame_error *e);

/* transfer(to, amount) or transferFrom(payer, to, amount). */
struct span evm_job_call(const struct evm_job *job, unsigned char memory[ABI_CALL_MAX]);

/* Is this what a transaction of the job does? */
bool evm_job_matches(const struct evm_job *job, const struct evm_settings *s,
		     const struct evm_tx *tx);

void evm_spend_print(const struct evm_address *a, uint64_t nonce, char out[EVM_SPEND_MAX]);
bool evm_spend_parse(struct span text, struct evm_address *a, uint64_t *nonce);

/* The lowest nonce from `first` on that is not busy. *gaps counts the nonces below the highest busy
 * one that nobody holds: until they are used, what stands above them waits. */
uint64_t evm_job_nonce(const struct evm_address *from, uint64_t first, struct span busy,
		       uint64_t *gaps);

/* Members of an answer: a decimal number in quotes, and an address with its checksum. */
void evm_member_u256(struct buf *out, const char *name, struct u256 v);
void evm_member_address(struct buf *out, const char *name, const struct evm_address *a);

/* What prepare, bump and cancel answer: all members from job to expiry. */
void evm_job_answer(const struct evm_job *job, const struct evm_settings *s, const char *kind,
		    const struct evm_tx *tx, struct buf *out);

#endif
