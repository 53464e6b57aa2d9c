/*
 * config: what settle is told about chains, signer, screener, limits and policy (settle(1),
 * "Configuration"): NDJSON, read once at the start. Dies with 102 naming the line that is wrong.
 *
 * Everything lives as long as the program.
 */
#ifndef TP_CONFIG_H
#define TP_CONFIG_H

#include "decimal.h"
#include "span.h"

#include <stdint.h>

/* Five chains today, each perhaps with a test net. */
#define CONFIG_CHAINS_MAX 12
#define CONFIG_ARGUMENTS_MAX 24
/* Names of chains and assets: they become metric labels. */
#define CONFIG_NAME_MAX 16

struct config_chain {
	const char *name, *asset, *fee_asset;
	char *adapter[CONFIG_ARGUMENTS_MAX + 1];
	char *signer[CONFIG_ARGUMENTS_MAX + 1]; /* of this chain alone; [0] NULL: the one for all */
	unsigned decimals;
	decimal_int dust, fee_max;
	uint64_t confirmations;
	const char *spender; /* our address that payers approved: transferFrom mode; NULL: none */
	int64_t poll_us, stuck_us, lag_max_us, timeout_us, balance_us;
	decimal_int balance_min, fee_balance_min;
	decimal_int payment_max, open_max; /* of limit lines; 0: none */
};

enum config_failure { FAILURE_HOLD, FAILURE_REFUND };

struct config {
	struct config_chain chains[CONFIG_CHAINS_MAX];
	size_t chains_n;
	char *signer[CONFIG_ARGUMENTS_MAX + 1];	  /* [0] NULL: none */
	char *screener[CONFIG_ARGUMENTS_MAX + 1]; /* likewise */
	int64_t screened_us;			  /* how long a screening is good for */
	enum config_failure on_failure;
	unsigned rounds_max; /* fresh transactions of one leg, each after the death of the last */
	int64_t retry_us, retry_max_us;
};

/* Lines of other types (address) go to other(). */
void config_read(struct config *c, const char *file, void (*other)(void *context, struct span line),
		 void *context);

/* NULL where there is none of that name. */
struct config_chain *config_chain(struct config *c, struct span name);

#endif
