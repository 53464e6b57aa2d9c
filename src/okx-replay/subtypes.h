/*
 * subtypes: account/subtypes, the dictionary of bill types.
 */
#ifndef TP_SUBTYPES_H
#define TP_SUBTYPES_H

#include "answering.h"

void subtypes_serve(struct answering *a);

#endif
