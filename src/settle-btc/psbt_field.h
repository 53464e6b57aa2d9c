/*
 * psbt_field: has a pair the form that its type asks for? One table of what BIP174, 370 and 371
 * say.
 */
#ifndef TP_PSBT_FIELD_H
#define TP_PSBT_FIELD_H

#include "psbt.h"

enum psbt_place { PSBT_GLOBAL, PSBT_INPUT, PSBT_OUTPUT };

/* PSBT_OK, PSBT_E_FIELD or PSBT_E_VERSION. Unknown types have any form. */
enum psbt_error psbt_field_check(enum psbt_place place, unsigned version,
				 const struct psbt_pair *pair);

#endif
