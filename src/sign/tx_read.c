#include "tx.h"

const char *
tx_read(enum tx_form form, struct span payload, struct tx *out)
{
	switch (form) {
	case TX_PSBT: return psbt_read(payload, out);
	case TX_EVM_LEGACY:
	case TX_EVM_1559: return evm_read(payload, form, out);
	case TX_SOLANA: return solana_read(payload, out);
	case TX_TRON: return tron_read(payload, out);
	}
	return "a form that is not known";
}
