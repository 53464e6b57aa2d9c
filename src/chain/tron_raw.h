/*
 * tron_raw: the one transaction that we send on Tron: a TRC-20 transfer, as the raw_data that is
 * signed, and the same bytes read back.
 *
 * raw_data names a block of the chain (TAPOS: two bytes of its number, eight of its id), an
 * expiration, a timestamp, the most that energy may cost (fee_limit), and one TriggerSmartContract
 * that calls transfer(address,uint256) or transferFrom(address,address,uint256). SHA-256 over it is
 * what is signed, and the transaction's id.
 *
 * Two payments of one amount to one receiver that name the same block would be one transaction. The
 * node looks at neither the timestamp nor the last seconds of the expiration, so both are moved by
 * numbers out of the payment's name (tron_raw_spread()).
 *
 * tron_raw_read() accepts what tron_raw_write() writes and nothing else: the fields that it finds
 * are written again and must give the same bytes.
 *
 * Source: tronprotocol/protocol, core/Tron.proto and core/contract/smart_contract.proto; Solidity,
 * "Contract ABI Specification".
 */
#ifndef TP_TRON_RAW_H
#define TP_TRON_RAW_H

#include "decimal.h"
#include "tron_address.h"

#include <stdint.h>

/* The longest (transferFrom, all numbers long) has 287 bytes. */
#define TRON_RAW_MAX 320
#define TRON_SIGNATURE_BYTES 65
#define TRON_TRANSACTION_MAX (TRON_RAW_MAX + TRON_SIGNATURE_BYTES + 8)
#define TRON_CALL_MAX 100
/* a transaction lives at most a day */
#define TRON_LIFE_MS_MAX 86400000

struct tron_transfer {
	struct tron_address owner;    /* who signs, and pays the fees */
	struct tron_address contract; /* the token's */
	bool pull;		      /* transferFrom */
	struct tron_address from;     /* with pull: whose tokens they are */
	struct tron_address to;
	decimal_int amount; /* units of the token; not negative */
	unsigned char block_bytes[2];
	unsigned char block_hash[8];
	int64_t expiration_ms;
	int64_t timestamp_ms;
	int64_t fee_limit; /* sun */
};

/* The call's data, as the token's contract gets it. Returns its length. */
size_t tron_call_write(const struct tron_transfer *t, unsigned char out[TRON_CALL_MAX]);

/* Returns the length. Numbers must be positive. */
size_t tron_raw_write(const struct tron_transfer *t, unsigned char out[TRON_RAW_MAX]);

enum tron_raw_error {
	TRON_RAW_OK,
	TRON_RAW_E_PROTOBUF,  /* no protocol buffer message */
	TRON_RAW_E_CONTRACT,  /* not exactly one TriggerSmartContract */
	TRON_RAW_E_ADDRESS,   /* of another length or network */
	TRON_RAW_E_CALL,      /* neither transfer nor transferFrom */
	TRON_RAW_E_AMOUNT,    /* above 2^127 */
	TRON_RAW_E_CANONICAL, /* the same fields are written otherwise, or there are more */
};

const char *tron_raw_error_text(enum tron_raw_error e);
enum tron_raw_error tron_raw_read(struct span raw, struct tron_transfer *out);

/* Move timestamp (back) and expiration (back) by up to a minute, out of 16 bytes of a hash of the
 * payment's name. */
void tron_raw_spread(struct tron_transfer *t, const unsigned char hash[16]);

/* raw_data and a signature as one Transaction. Returns the length. */
size_t tron_transaction_write(struct span raw, const unsigned char signature[TRON_SIGNATURE_BYTES],
			      unsigned char out[TRON_TRANSACTION_MAX]);

/* raw_data and signature within a transaction of exactly one signature, borrowed. */
bool tron_transaction_read(struct span transaction, struct span *raw, struct span *signature);

/* The largest that a decimal_int holds. */
#define TRON_WORD_MAX ((((decimal_int)1 << 126) - 1) * 2 + 1)

/* 32 bytes, big-endian; false when the value is above 2^127 - 1. */
bool tron_word_read(const unsigned char word[32], decimal_int *out);
void tron_word_write(decimal_int value, unsigned char word[32]);

#endif
