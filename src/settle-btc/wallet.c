#include "wallet.h"

#include "check.h"
#include "hex.h"
#include "number.h"

#include <stdlib.h>

#define NONE ((struct span){"", 0})

/* ---- BIP380's checksum ---- */

static const char letters[] = "0123456789()[],'/*abcdefgh@:$%{}"
			      "IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~"
			      "ijklmnopqrstuvwxyzABCDEFGH`#\"\\ ";

static uint64_t
checksum_step(uint64_t c, unsigned v)
{
	static const uint64_t generator[5] = {0xf5dee51989, 0xa9fdca3312, 0x1bab10e32d,
					      0x3706b1677a, 0x644d626ffd};
	unsigned top = (unsigned)(c >> 35);

	c = (c & 0x7ffffffff) << 5 ^ v;
	for (unsigned i = 0; i < 5; i++)
		if (top >> i & 1)
			c ^= generator[i];
	return c;
}

static bool
checksum_of(struct span text, char out[8])
{
	static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
	uint64_t c = 1;
	unsigned class = 0, count = 0;

	for (size_t i = 0; i < text.len; i++) {
		const char *hit = text.ptr[i] ? strchr(letters, text.ptr[i]) : NULL;
		unsigned at = hit ? (unsigned)(hit - letters) : 0;

		if (!hit)
			return false;
		c = checksum_step(c, at & 31);
		class = class * 3 + (at >> 5);
		if (++count == 3) {
			c = checksum_step(c, class);
			class = count = 0;
		}
	}
	if (count)
		c = checksum_step(c, class);
	for (unsigned i = 0; i < 8; i++)
		c = checksum_step(c, 0);
	c ^= 1;
	for (unsigned i = 0; i < 8; i++)
		out[i] = digits[c >> 5 * (7 - i) & 31];
	return true;
}

/* ---- the descriptor ---- */

static bool
take(struct span *text, const char *word)
{
	struct span w = span_of(word);

	if (!span_starts(*text, w))
		return false;
	text->ptr += w.len;
	text->len -= w.len;
	return true;
}

static struct span
take_until(struct span *text, const char *end)
{
	size_t at = span_find(*text, span_of(end));
	struct span part = {text->ptr, at};

	text->ptr += at;
	text->len -= at;
	return part;
}

/* [8 hex digits/PATH] */
static bool
take_origin(struct span *text, struct wallet_key *out)
{
	struct span part;

	if (!take(text, "["))
		return false;
	part = take_until(text, "]");
	if (part.len < 8 || !hex_parse((struct span){part.ptr, 8}, false, out->fingerprint, 4))
		return false;
	out->origin.n = 0;
	if (part.len > 8 &&
	    (part.ptr[8] != '/' ||
	     !bip32_path_parse((struct span){part.ptr + 9, part.len - 9}, &out->origin)))
		return false;
	return take(text, "]") && out->origin.n + 2 <= BIP32_STEPS_MAX;
}

static const char *
take_key(struct span *text, struct wallet *w)
{
	struct wallet_key *key = &w->keys[w->n];

	if (w->n == BTC_MULTI_MAX)
		return "more than 16 keys";
	if (!take_origin(text, key))
		return "a key needs its origin: [FINGERPRINT/PATH]xpub";
	if (!bip32_parse(take_until(text, "/"), &key->account))
		return "no xpub or tpub, or with a wrong checksum";
	if (key->account.secret)
		return "a secret key: the adapter takes public ones only";
	if (key->account.test == (w->network == BTC_MAIN))
		return "a key of another network";
	if (!take(text, "/<0;1>/*"))
		return "after the key comes /<0;1>/*";
	for (unsigned chain = 0; chain < 2; chain++)
		if (!bip32_child(&key->account, chain, &w->chains[w->n][chain]))
			return "a key without children";
	w->n++;
	return NULL;
}

static const char *
take_multi(struct span *text, struct wallet *w)
{
	uint64_t m;
	const char *why;

	w->sorted = take(text, "sortedmulti(");
	if (!w->sorted && !take(text, "multi("))
		return "wsh() holds multi() or sortedmulti()";
	if (!number_u64(take_until(text, ","), &m))
		return "multi() begins with a number";
	while (take(text, ",")) {
		why = take_key(text, w);
		if (why)
			return why;
	}
	if (m < 1 || m > w->n)
		return "more signatures than keys";
	w->m = (unsigned)m;
	return take(text, ")") ? NULL : "multi() is not closed";
}

const char *
wallet_parse(struct span text, enum btc_network network, struct wallet *out)
{
	size_t at = span_find(text, SPAN_LIT("#"));
	struct span body = {text.ptr, at};
	struct btc_script first;
	const char *why;
	char sum[8];

	*out = (struct wallet){.network = network, .m = 1};
	if (!checksum_of(body, sum))
		return "a character that no descriptor has";
	if (at < text.len &&
	    !span_equal((struct span){text.ptr + at + 1, text.len - at - 1}, (struct span){sum, 8}))
		return "a wrong checksum";
	if (take(&body, "wpkh("))
		out->kind = WALLET_WPKH;
	else if (take(&body, "tr("))
		out->kind = WALLET_TR;
	else if (take(&body, "wsh("))
		out->kind = WALLET_WSH;
	else
		return "none of wpkh(), tr() and wsh()";
	why = out->kind == WALLET_WSH ? take_multi(&body, out) : take_key(&body, out);
	if (why)
		return why;
	if (!take(&body, ")") || body.len)
		return "more, or less, than one descriptor";
	if (!wallet_script(out, (struct wallet_place){0, 0}, &first, NULL))
		return "no first address";
	CHECK(btc_address_print(btc_script_span(&first), network, out->address));
	return NULL;
}

/* ---- scripts ---- */

bool
wallet_script(const struct wallet *w, struct wallet_place place, struct btc_script *script,
	      struct btc_multi *keys)
{
	struct btc_multi own = {0}, *multi = keys ? keys : &own;
	char memory[BTC_WITNESS_SCRIPT_MAX];
	struct buf b = {memory, 0, sizeof memory, sizeof memory, false};

	*multi = (struct btc_multi){.m = w->m, .n = w->n};
	for (unsigned i = 0; i < w->n; i++) {
		struct bip32_key child;

		if (!bip32_child(&w->chains[i][place.chain], place.index, &child))
			return false;
		memcpy(multi->keys[i], child.key, SECP_PUBLIC);
	}
	switch (w->kind) {
	case WALLET_WPKH:
		btc_p2wpkh((struct span){(char *)multi->keys[0], SECP_PUBLIC}, script);
		return true;
	case WALLET_TR: return btc_p2tr(multi->keys[0] + 1, script);
	case WALLET_WSH:
		if (w->sorted)
			btc_multi_sort(multi);
		btc_multi_print(multi, &b);
		btc_p2wsh(buf_span(&b), script);
		return true;
	}
	return false;
}

static int
compare_entries(const void *a, const void *b)
{
	const struct wallet_entry *x = a, *y = b;

	return span_compare(btc_script_span(&x->script), btc_script_span(&y->script));
}

void
wallet_fill_pool(struct wallet *w, size_t pool)
{
	CHECK(pool <= WALLET_POOL_MAX);
	w->pool = pool;
	w->entries_n = 0;
	for (unsigned chain = 0; chain < 2; chain++) {
		for (uint32_t i = 0; i < pool; i++) {
			struct wallet_entry *e = &w->entries[w->entries_n];

			e->place = (struct wallet_place){chain, i};
			/* one index in 2^127 has no key, and then no address */
			w->entries_n += wallet_script(w, e->place, &e->script, NULL);
		}
	}
	qsort(w->entries, w->entries_n, sizeof *w->entries, compare_entries);
}

bool
wallet_find(const struct wallet *w, struct span script, struct wallet_place *out)
{
	size_t low = 0, high = w->entries_n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = span_compare(btc_script_span(&w->entries[middle].script), script);

		if (order == 0) {
			*out = w->entries[middle].place;
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

size_t
wallet_input_weight(const struct wallet *w)
{
	const size_t outpoint = 4 * (32 + 4 + 1 + 4);
	size_t script = 3 + (size_t)w->n * 34;

	switch (w->kind) {
	/* count, length and signature (72 with its type, where r is high), length and key */
	case WALLET_WPKH: return outpoint + 1 + 1 + 72 + 1 + 33;
	case WALLET_TR: return outpoint + 1 + 1 + 64;
	case WALLET_WSH:
		return outpoint + 1 + 1 + (size_t)w->m * 73 + (script < 253 ? 1 : 3) + script;
	}
	return 0;
}

size_t
wallet_output_bytes(const struct wallet *w)
{
	return 8 + 1 + (w->kind == WALLET_WPKH ? 22 : 34);
}

/* ---- what a signer needs ---- */

static size_t
print_origin(const struct wallet_key *key, struct wallet_place place, unsigned char *out)
{
	size_t n = 4;

	memcpy(out, key->fingerprint, 4);
	for (size_t i = 0; i < key->origin.n + 2; i++) {
		uint32_t step = i < key->origin.n    ? key->origin.steps[i]
				: i == key->origin.n ? place.chain
						     : place.index;

		for (unsigned k = 0; k < 4; k++)
			out[n++] = (unsigned char)(step >> 8 * k);
	}
	return n;
}

#define ORIGIN_MAX (4 + 4 * BIP32_STEPS_MAX)

static bool
put_origins(const struct wallet *w, struct wallet_place place, struct psbt *psbt, uint32_t map,
	    unsigned type)
{
	unsigned char value[ORIGIN_MAX];

	for (unsigned i = 0; i < w->n; i++) {
		struct bip32_key child;
		size_t n = print_origin(&w->keys[i], place, value);

		if (!bip32_child(&w->chains[i][place.chain], place.index, &child) ||
		    !psbt_put(psbt, map, type, (struct span){(char *)child.key, SECP_PUBLIC},
			      (struct span){(char *)value, n}))
			return false;
	}
	return true;
}

static bool
put_tap(const struct wallet *w, struct wallet_place place, struct psbt *psbt, uint32_t map,
	unsigned key_type, unsigned origin_type)
{
	unsigned char value[1 + ORIGIN_MAX] = {0}; /* no leaves */
	struct bip32_key child;
	struct span xonly = {(char *)child.key + 1, SECP_KEY};
	size_t n = 1 + print_origin(&w->keys[0], place, value + 1);

	return bip32_child(&w->chains[0][place.chain], place.index, &child) &&
	       psbt_put(psbt, map, key_type, NONE, xonly) &&
	       psbt_put(psbt, map, origin_type, xonly, (struct span){(char *)value, n});
}

static bool
put_script(const struct wallet *w, struct wallet_place place, struct psbt *psbt, uint32_t map,
	   unsigned type)
{
	char memory[BTC_WITNESS_SCRIPT_MAX];
	struct buf b = {memory, 0, sizeof memory, sizeof memory, false};
	struct btc_script script;
	struct btc_multi multi;

	if (w->kind != WALLET_WSH)
		return true;
	if (!wallet_script(w, place, &script, &multi))
		return false;
	btc_multi_print(&multi, &b);
	return psbt_put(psbt, map, type, NONE, buf_span(&b));
}

bool
wallet_put_origin(const struct wallet *w, struct wallet_place place, struct psbt *psbt,
		  size_t input)
{
	return put_origins(w, place, psbt, psbt_in(input), PSBT_IN_ORIGIN);
}

bool
wallet_put_input(const struct wallet *w, struct wallet_place place, struct psbt *psbt, size_t input)
{
	uint32_t map = psbt_in(input);

	if (w->kind == WALLET_TR)
		return put_tap(w, place, psbt, map, PSBT_IN_TAP_KEY, PSBT_IN_TAP_ORIGIN);
	return put_script(w, place, psbt, map, PSBT_IN_WITNESS_SCRIPT) &&
	       put_origins(w, place, psbt, map, PSBT_IN_ORIGIN);
}

bool
wallet_put_output(const struct wallet *w, struct wallet_place place, struct psbt *psbt,
		  size_t output)
{
	uint32_t map = psbt_out(psbt, output);

	if (w->kind == WALLET_TR)
		return put_tap(w, place, psbt, map, PSBT_OUT_TAP_KEY, PSBT_OUT_TAP_ORIGIN);
	return put_script(w, place, psbt, map, PSBT_OUT_WITNESS_SCRIPT) &&
	       put_origins(w, place, psbt, map, PSBT_OUT_ORIGIN);
}
