/*
 * base_units: decimal numbers of the market to and from base units of a chain.
 *
 * 1.5 of an asset with 6 decimals is "1500000". What is finer than a base unit is rounded down: the
 * payee gets less by less than one unit, never more (settle(1), "Amounts").
 */
#ifndef TP_BASE_UNITS_H
#define TP_BASE_UNITS_H

#include "decimal.h"

#define BASE_UNITS_TEXT_MAX 40

/* False where the value is negative or too large. exact (may be NULL): nothing was rounded off. */
bool base_units_of(struct decimal value, unsigned decimals, decimal_int *units, bool *exact);

/* "0" or digits without leading zeros, at most 38. */
bool base_units_parse(struct span text, decimal_int *units);

/* Digits and a NUL; returns the length. */
size_t base_units_print(decimal_int units, char out[BASE_UNITS_TEXT_MAX]);

#endif
