/*
 * ed25519_point: is this the y of a point of edwards25519? Solana's derived addresses are those
 * that are none (sol_address.h), and each is looked for with two tries on average.
 *
 * The curve is x^2 = (y^2 - 1) / (d y^2 + 1): there is an x if the product of the two is a square
 * modulo 2^255 - 19. libsodium tells it too, but only with the root and a sum of points besides.
 * For public keys alone: the time depends on nothing but it is not made to hide anything. The sign
 * bit is passed over, and y need not be reduced, as Solana's own decompression has it. Pure.
 */
#ifndef TP_ED25519_POINT_H
#define TP_ED25519_POINT_H

#include <stdbool.h>

bool ed25519_is_point(const unsigned char key[32]);

#endif
