/*
 * rendezvous: which of n shards a symbol belongs to, by highest random weight.
 *
 * The weight of a symbol in shard i is the first 8 bytes, as a big-endian number, of the Keccak-256
 * of the symbol's bytes, a zero byte, and i in decimal digits; shards count from 0. The highest
 * weight wins, of two equal ones the lower shard. So everybody who knows n agrees, and a shard more
 * takes about 1/n of each other's symbols and moves no other.
 *
 * Source: D. Thaler, C. Ravishankar, "A Name-Based Mapping Scheme for Rendezvous" (1996).
 */
#ifndef TP_RENDEZVOUS_H
#define TP_RENDEZVOUS_H

#include "span.h"

#include <stdint.h>

#define RENDEZVOUS_SHARDS_MAX 64

uint64_t rendezvous_weight(struct span symbol, unsigned shard);

/* n from 1 to RENDEZVOUS_SHARDS_MAX. */
unsigned rendezvous_shard(struct span symbol, unsigned n);

#endif
