/*
 * grid: the prices and sizes that a symbol allows, as whole numbers of its steps.
 *
 * A grid is step / 10^decimals: "0.25" is 25 / 10^2. A value on it is held as the number of steps:
 * a price in ticks, a size in lots. Nothing is rounded: what lies between two steps is refused, as
 * is what has more than 18 digits. Sums of money are products of ticks and lots, in 128 bits.
 *
 * Pure; spans are borrowed.
 */
#ifndef TP_GRID_H
#define TP_GRID_H

#include "decimal.h"

/* A value's digits, in units of 10^-decimals: 18 of them, so that no sum of nine overflows. */
#define GRID_VALUE_MAX INT64_C(999999999999999999)

/* A grid's own step has up to 9 digits and 18 decimals: no product of two steps and a 63-bit number
 * passes 128 bits. */
#define GRID_STEP_MAX 999999999
#define GRID_DECIMALS_MAX 18

/* The longest printed value: 18 digits, the zero before the point, the point, 18 decimals. */
#define GRID_TEXT_MAX 40

struct grid {
	int64_t step;
	unsigned decimals;
};

enum grid_error {
	GRID_OK,
	GRID_E_SYNTAX, /* no decimal number, or one with a sign */
	GRID_E_OFF,    /* between two steps */
	GRID_E_LARGE,  /* more than 18 digits */
};

/* A grid from its step's text, which must be positive. */
enum grid_error grid_init(struct grid *g, struct span text);

/* DIGITS_BEHIND bytes (digits.h) behind the text can be read. */
enum grid_error grid_parse(const struct grid *g, struct span text, int64_t *steps);

/* The shortest text of it, such as "0.5" or "12"; not NUL-terminated. Returns its length. steps is
 * not negative. */
size_t grid_print(const struct grid *g, int64_t steps, char out[GRID_TEXT_MAX]);

/* An amount of the quote currency: a number of (tick x lot). */
size_t grid_print_product(const struct grid *tick, const struct grid *lot, decimal_int amount,
			  char out[DECIMAL_TEXT_MAX]);
enum grid_error grid_parse_product(const struct grid *tick, const struct grid *lot,
				   struct span text, int64_t *amount);

#endif
