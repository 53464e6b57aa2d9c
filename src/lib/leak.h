/*
 * leak: keep secrets out of what is printed and stored.
 *
 * Two nets, for two kinds of mistake. By name: a member whose name is one that only ever holds a
 * secret (apiKey, secretKey, passphrase, OK-ACCESS-*, password, ... in any case and with any of "-_
 * " in it). By value: the bytes of a known secret anywhere in a text, as they are or as a JSON
 * string writes them.
 */
#ifndef TP_LEAK_H
#define TP_LEAK_H

#include "buf.h"
#include "span.h"

/* key as written between its quotes. */
bool leak_is_secret_name(struct span key);

/* Is one of the secrets in the text? Secrets shorter than 6 bytes only count where they are a whole
 * JSON string. */
bool leak_found(struct span text, const struct span secrets[], size_t n);

/* Append object to out without members of secret names, at any depth. Returns how many were left
 * out. */
size_t leak_strip(struct span json, struct buf *out);

/* The same, but the object's own members whose values are among `kept` (spans of it) are copied
 * byte for byte. */
size_t leak_strip_around(struct span object, const struct span kept[], size_t n, struct buf *out);

/* Values of members with secret names, at any depth, up to max: decoded strings appended to store,
 * their spans in out. Returns the count. */
size_t leak_collect(struct span json, struct buf *store, struct span out[], size_t max);

#endif
