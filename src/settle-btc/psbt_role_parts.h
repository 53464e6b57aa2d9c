/*
 * psbt_role_parts: what the files of psbt_role share, and nobody else: psbt_role.c (how inputs are
 * spent, what is signed), psbt_sign.c (signatures), psbt_final.c (the signed transaction). The
 * latter two ask the first.
 */
#ifndef TP_PSBT_ROLE_PARTS_H
#define TP_PSBT_ROLE_PARTS_H

#include "psbt_role.h"

/* No bytes: of a field without keydata, of an empty item. */
#define NONE ((struct span){"", 0})

static inline struct span
role_bytes(const unsigned char *p, size_t n)
{
	return (struct span){(const char *)p, n};
}

/* A type that signs everything: what we pay is signed whole. */
bool role_type_is_ours(const struct role_input *how);
/* Is this public key (33 bytes) one of those that spend the input? */
bool role_key_is_in(const struct role_input *how, struct span key);

#endif
