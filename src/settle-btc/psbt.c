#include "psbt.h"

#include "btc_script.h"
#include "check.h"
#include "psbt_field.h"

#define MAGIC "psbt\xff"
#define SEQUENCE_FINAL UINT32_MAX

const char *
psbt_error_text(enum psbt_error e)
{
	switch (e) {
	case PSBT_OK: return "a PSBT";
	case PSBT_E_SYNTAX: return "no PSBT, or cut short";
	case PSBT_E_TWICE: return "a key stands twice in one map";
	case PSBT_E_FIELD: return "a key or value without the form of its type";
	case PSBT_E_VERSION: return "fields of another version, or missing ones";
	case PSBT_E_TX: return "its unsigned transaction is none, or is signed";
	case PSBT_E_LIMIT: return "larger than what is held here";
	}
	return "";
}

/* ---- pairs ---- */

static int
compare(const struct psbt_pair *pair, uint32_t map, unsigned type, struct span keydata)
{
	unsigned have = (unsigned char)pair->key.ptr[0];

	if (pair->map != map)
		return pair->map < map ? -1 : 1;
	if (have != type)
		return have < type ? -1 : 1;
	return span_compare((struct span){pair->key.ptr + 1, pair->key.len - 1}, keydata);
}

/* The first pair that is not before the key. */
static size_t
lower_bound(const struct psbt *p, uint32_t map, unsigned type, struct span keydata)
{
	size_t low = 0, high = p->n;

	/* what is read or made in order is appended */
	if (p->n == 0 || compare(&p->pairs[p->n - 1], map, type, keydata) < 0)
		return p->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&p->pairs[middle], map, type, keydata) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_at(const struct psbt *p, size_t at, uint32_t map, unsigned type, struct span keydata)
{
	return at < p->n && compare(&p->pairs[at], map, type, keydata) == 0;
}

static enum psbt_error
insert(struct psbt *p, struct psbt_pair pair)
{
	struct span keydata = {pair.key.ptr + 1, pair.key.len - 1};
	unsigned type = (unsigned char)pair.key.ptr[0];
	size_t at = lower_bound(p, pair.map, type, keydata);

	if (is_at(p, at, pair.map, type, keydata))
		return PSBT_E_TWICE;
	if (p->n == PSBT_PAIRS_MAX)
		return PSBT_E_LIMIT;
	memmove(p->pairs + at + 1, p->pairs + at, (p->n - at) * sizeof *p->pairs);
	p->pairs[at] = pair;
	p->n++;
	return PSBT_OK;
}

bool
psbt_get(const struct psbt *p, uint32_t map, unsigned type, struct span keydata, struct span *value)
{
	size_t at = lower_bound(p, map, type, keydata);

	if (!is_at(p, at, map, type, keydata))
		return false;
	*value = p->pairs[at].value;
	return true;
}

void
psbt_drop(struct psbt *p, uint32_t map, unsigned type, struct span keydata)
{
	size_t at = lower_bound(p, map, type, keydata);

	if (!is_at(p, at, map, type, keydata))
		return;
	p->n--;
	memmove(p->pairs + at, p->pairs + at + 1, (p->n - at) * sizeof *p->pairs);
}

static char *
keep(struct psbt *p, size_t n)
{
	char *room = p->memory + p->used;

	if (n > sizeof p->memory - p->used)
		return NULL;
	p->used += n;
	return room;
}

bool
psbt_put(struct psbt *p, uint32_t map, unsigned type, struct span keydata, struct span value)
{
	char *room = keep(p, 1 + keydata.len + value.len);
	struct psbt_pair pair = {.map = map};

	if (!room)
		return false;
	room[0] = (char)type;
	if (keydata.len)
		memcpy(room + 1, keydata.ptr, keydata.len);
	pair.key = (struct span){room, 1 + keydata.len};
	pair.value = (struct span){room + pair.key.len, value.len};
	if (value.len)
		memcpy(room + pair.key.len, value.ptr, value.len);
	psbt_drop(p, map, type, (struct span){room + 1, keydata.len});
	return insert(p, pair) == PSBT_OK;
}

size_t
psbt_first(const struct psbt *p, uint32_t map, unsigned type)
{
	return lower_bound(p, map, type, (struct span){"", 0});
}

bool
psbt_next(const struct psbt *p, uint32_t map, unsigned type, size_t *at, struct span *keydata,
	  struct span *value)
{
	const struct psbt_pair *pair = &p->pairs[*at];

	if (*at >= p->n || pair->map != map || (unsigned char)pair->key.ptr[0] != type)
		return false;
	*keydata = (struct span){pair->key.ptr + 1, pair->key.len - 1};
	*value = pair->value;
	(*at)++;
	return true;
}

static bool
put_int(struct psbt *p, uint32_t map, unsigned type, uint64_t v, unsigned n)
{
	char text[8];

	for (unsigned i = 0; i < n; i++)
		text[i] = (char)(unsigned char)(v >> 8 * i);
	return psbt_put(p, map, type, (struct span){"", 0}, (struct span){text, n});
}

static bool
put_compact(struct psbt *p, unsigned type, uint64_t v)
{
	unsigned char text[9] = {0};
	size_t n = wire_compact_print(v, text);

	return psbt_put(p, 0, type, (struct span){"", 0}, (struct span){(char *)text, n});
}

static bool
get_int(const struct psbt *p, uint32_t map, unsigned type, uint64_t *out)
{
	struct span value;
	struct cursor c;

	if (!psbt_get(p, map, type, (struct span){"", 0}, &value))
		return false;
	c = cursor_of(value);
	*out = map == 0 && (type == PSBT_INPUT_COUNT || type == PSBT_OUTPUT_COUNT)
		   ? wire_compact(&c)
		   : wire_int(&c, (unsigned)value.len);
	return true;
}

/* ---- reading ---- */

static enum psbt_error
read_map(struct cursor *c, uint32_t map, struct psbt *out)
{
	for (;;) {
		struct psbt_pair pair = {.map = map, .key = wire_run(c)};
		enum psbt_error e;

		if (c->bad)
			return PSBT_E_SYNTAX;
		if (pair.key.len == 0)
			return PSBT_OK;
		pair.value = wire_run(c);
		if (c->bad)
			return PSBT_E_SYNTAX;
		e = insert(out, pair);
		if (e != PSBT_OK)
			return e;
	}
}

static bool
unsigned_tx(const struct psbt *p, struct btc_view *out)
{
	struct span value;
	struct cursor c;

	if (!psbt_get(p, 0, PSBT_UNSIGNED_TX, (struct span){"", 0}, &value))
		return false;
	c = cursor_of(value);
	return btc_view_read(&c, false, out) && cursor_done(&c);
}

/* How many maps follow: from the transaction, or from the counts. */
static enum psbt_error
read_counts(struct psbt *out)
{
	struct btc_view tx;
	struct btc_input in;
	struct cursor c;
	uint64_t version = 0, inputs_n, outputs_n;

	get_int(out, 0, PSBT_VERSION, &version);
	out->version = (unsigned)version;
	if (version != 0 && version != 2)
		return PSBT_E_VERSION;
	if (version == 2) {
		if (!get_int(out, 0, PSBT_INPUT_COUNT, &inputs_n) ||
		    !get_int(out, 0, PSBT_OUTPUT_COUNT, &outputs_n) ||
		    !get_int(out, 0, PSBT_TX_VERSION, &version))
			return PSBT_E_VERSION;
	} else {
		if (!unsigned_tx(out, &tx))
			return PSBT_E_TX;
		c = btc_view_inputs(&tx);
		while (cursor_left(&c) && btc_next_input(&c, &in))
			if (in.script.len)
				return PSBT_E_TX;
		inputs_n = tx.inputs_n;
		outputs_n = tx.outputs_n;
	}
	if (inputs_n > BTC_INPUTS_MAX || outputs_n > BTC_OUTPUTS_MAX)
		return PSBT_E_LIMIT;
	out->inputs_n = (size_t)inputs_n;
	out->outputs_n = (size_t)outputs_n;
	return PSBT_OK;
}

static enum psbt_place
place_of(const struct psbt *p, uint32_t map)
{
	return map == 0 ? PSBT_GLOBAL : map <= p->inputs_n ? PSBT_INPUT : PSBT_OUTPUT;
}

/* Version 2: what each input and output must have. */
static bool
has_required(const struct psbt *p)
{
	uint64_t v;

	for (size_t i = 0; i < p->inputs_n; i++)
		if (!get_int(p, psbt_in(i), PSBT_IN_VOUT, &v) ||
		    psbt_first(p, psbt_in(i), PSBT_IN_TXID) ==
			psbt_first(p, psbt_in(i), PSBT_IN_TXID + 1))
			return false;
	for (size_t i = 0; i < p->outputs_n; i++)
		if (!get_int(p, psbt_out(p, i), PSBT_OUT_AMOUNT, &v) || v > BTC_MONEY_MAX ||
		    psbt_first(p, psbt_out(p, i), PSBT_OUT_SCRIPT) ==
			psbt_first(p, psbt_out(p, i), PSBT_OUT_SCRIPT + 1))
			return false;
	return true;
}

static enum psbt_error
check_fields(const struct psbt *p, uint32_t first)
{
	for (size_t i = psbt_first(p, first, 0); i < p->n; i++) {
		const struct psbt_pair *pair = &p->pairs[i];
		enum psbt_error e = psbt_field_check(place_of(p, pair->map), p->version, pair);

		if (e != PSBT_OK)
			return e;
	}
	return PSBT_OK;
}

enum psbt_error
psbt_parse(struct span bytes, struct psbt *out)
{
	struct cursor c = cursor_of(bytes);
	struct span magic = wire_bytes(&c, sizeof MAGIC - 1), version;
	enum psbt_error e;

	out->n = out->used = out->version = 0;
	out->inputs_n = out->outputs_n = 0;
	if (!span_equal(magic, SPAN_LIT(MAGIC)))
		return PSBT_E_SYNTAX;
	e = read_map(&c, 0, out);
	if (e != PSBT_OK)
		return e;
	if (psbt_get(out, 0, PSBT_VERSION, (struct span){"", 0}, &version) && version.len != 4)
		return PSBT_E_FIELD;
	/* the counts are read from fields, so those are looked at first */
	e = read_counts(out);
	if (e == PSBT_OK)
		e = check_fields(out, 0);
	for (uint32_t map = 1; e == PSBT_OK && map <= out->inputs_n + out->outputs_n; map++)
		e = read_map(&c, map, out);
	if (e == PSBT_OK)
		e = check_fields(out, 1);
	if (e == PSBT_OK && out->version == 2 && !has_required(out))
		e = PSBT_E_VERSION;
	return e == PSBT_OK && !cursor_done(&c) ? PSBT_E_SYNTAX : e;
}

void
psbt_print(const struct psbt *p, struct buf *out)
{
	size_t at = 0;

	buf_str(out, MAGIC);
	for (uint32_t map = 0; map <= p->inputs_n + p->outputs_n; map++) {
		for (; at < p->n && p->pairs[at].map == map; at++) {
			wire_put_run(out, p->pairs[at].key);
			wire_put_run(out, p->pairs[at].value);
		}
		buf_byte(out, 0);
	}
}

/* ---- the transaction ---- */

/* BIP370: the fallback where no input asks; else the highest height or time that all that ask agree
 * with, heights first. */
static bool
compute_lock(const struct psbt *p, uint32_t *out)
{
	uint64_t fallback = 0, v, height = 0, time = 0;
	bool heights = true, times = true, any = false;

	get_int(p, 0, PSBT_FALLBACK_LOCK, &fallback);
	for (size_t i = 0; i < p->inputs_n; i++) {
		bool has_height = get_int(p, psbt_in(i), PSBT_IN_LOCK_HEIGHT, &v);

		if (has_height && v > height)
			height = v;
		if (get_int(p, psbt_in(i), PSBT_IN_LOCK_TIME, &v)) {
			if (v > time)
				time = v;
			any = true;
			heights &= has_height;
		} else if (has_height) {
			any = true;
			times = false;
		}
	}
	*out = (uint32_t)(!any ? fallback : heights ? height : time);
	return !any || heights || times;
}

/* The coin of an input: out of the previous transaction, which must be the one that is named, or as
 * the PSBT says it (a signature of segwit or taproot covers the amount). */
static bool
find_coin(const struct psbt *p, size_t i, struct btc_input *in)
{
	unsigned char txid[HASH_BYTES];
	struct btc_output coin;
	struct btc_view v;
	struct span value;
	struct cursor c;

	if (psbt_get(p, psbt_in(i), PSBT_IN_COIN, (struct span){"", 0}, &value)) {
		c = cursor_of(value);
		in->amount = wire_int(&c, 8);
		in->coin_script = wire_run(&c);
		in->known = true;
	}
	if (!psbt_get(p, psbt_in(i), PSBT_IN_WHOLE_TX, (struct span){"", 0}, &value))
		return true;
	c = cursor_of(value);
	if (!btc_view_read(&c, true, &v))
		return false;
	btc_view_txid(&v, txid);
	if (memcmp(txid, in->txid, HASH_BYTES) != 0 || in->vout >= v.outputs_n)
		return false;
	c = btc_view_outputs(&v);
	for (uint32_t k = 0; k <= in->vout; k++)
		btc_next_output(&c, &coin);
	if (in->known && (coin.amount != in->amount || !span_equal(coin.script, in->coin_script)))
		return false;
	in->amount = coin.amount;
	in->coin_script = coin.script;
	in->known = true;
	return true;
}

static bool
tx_of_v2(const struct psbt *p, struct btc_tx *out)
{
	struct span none = {"", 0}, value;
	uint64_t v = 2;

	get_int(p, 0, PSBT_TX_VERSION, &v);
	out->version = (uint32_t)v;
	out->inputs_n = p->inputs_n;
	out->outputs_n = p->outputs_n;
	for (size_t i = 0; i < p->inputs_n; i++) {
		struct btc_input *in = &out->inputs[i];

		*in = (struct btc_input){.script = none, .sequence = SEQUENCE_FINAL};
		CHECK(psbt_get(p, psbt_in(i), PSBT_IN_TXID, none, &value));
		memcpy(in->txid, value.ptr, HASH_BYTES);
		CHECK(get_int(p, psbt_in(i), PSBT_IN_VOUT, &v));
		in->vout = (uint32_t)v;
		if (get_int(p, psbt_in(i), PSBT_IN_SEQUENCE, &v))
			in->sequence = (uint32_t)v;
	}
	for (size_t i = 0; i < p->outputs_n; i++) {
		CHECK(get_int(p, psbt_out(p, i), PSBT_OUT_AMOUNT, &out->outputs[i].amount));
		CHECK(psbt_get(p, psbt_out(p, i), PSBT_OUT_SCRIPT, none, &out->outputs[i].script));
	}
	return compute_lock(p, &out->lock);
}

bool
psbt_tx(const struct psbt *p, struct btc_tx *out)
{
	struct btc_view v;

	if (p->version == 2 ? !tx_of_v2(p, out) : !unsigned_tx(p, &v) || !btc_tx_of(&v, out))
		return false;
	for (size_t i = 0; i < out->inputs_n; i++)
		if (!find_coin(p, i, &out->inputs[i]))
			return false;
	return true;
}

bool
psbt_put_coin(struct psbt *p, size_t input, uint64_t amount, struct span script)
{
	char text[8 + 9 + BTC_PAY_SCRIPT_MAX];
	struct buf b = {text, 0, sizeof text, sizeof text, false};

	wire_put_int(&b, amount, 8);
	wire_put_run(&b, script);
	return buf_ok(&b) &&
	       psbt_put(p, psbt_in(input), PSBT_IN_COIN, (struct span){"", 0}, buf_span(&b));
}

static bool
create_v0(const struct btc_tx *tx, struct psbt *out)
{
	struct buf b = {out->memory + out->used, 0, sizeof out->memory - out->used,
			sizeof out->memory - out->used, false};
	char *key;

	btc_tx_print(tx, &b);
	if (!buf_ok(&b))
		return false;
	out->used += b.len;
	key = keep(out, 1);
	if (!key)
		return false;
	key[0] = PSBT_UNSIGNED_TX;
	return insert(out, (struct psbt_pair){0, {key, 1}, buf_span(&b)}) == PSBT_OK;
}

static bool
create_v2(const struct btc_tx *tx, struct psbt *out)
{
	struct span none = {"", 0};
	bool good = put_int(out, 0, PSBT_TX_VERSION, tx->version, 4) &&
		    put_int(out, 0, PSBT_FALLBACK_LOCK, tx->lock, 4) &&
		    put_compact(out, PSBT_INPUT_COUNT, tx->inputs_n) &&
		    put_compact(out, PSBT_OUTPUT_COUNT, tx->outputs_n) &&
		    put_int(out, 0, PSBT_VERSION, 2, 4);

	for (size_t i = 0; good && i < tx->inputs_n; i++) {
		const struct btc_input *in = &tx->inputs[i];

		good = psbt_put(out, psbt_in(i), PSBT_IN_TXID, none,
				(struct span){(const char *)in->txid, HASH_BYTES}) &&
		       put_int(out, psbt_in(i), PSBT_IN_VOUT, in->vout, 4) &&
		       put_int(out, psbt_in(i), PSBT_IN_SEQUENCE, in->sequence, 4);
	}
	for (size_t i = 0; good && i < tx->outputs_n; i++)
		good =
		    put_int(out, psbt_out(out, i), PSBT_OUT_AMOUNT, tx->outputs[i].amount, 8) &&
		    psbt_put(out, psbt_out(out, i), PSBT_OUT_SCRIPT, none, tx->outputs[i].script);
	return good;
}

enum psbt_error
psbt_create(const struct btc_tx *tx, unsigned version, struct psbt *out)
{
	CHECK(version == 0 || version == 2);
	out->n = out->used = 0;
	out->version = version;
	out->inputs_n = tx->inputs_n;
	out->outputs_n = tx->outputs_n;
	if (!(version == 2 ? create_v2(tx, out) : create_v0(tx, out)))
		return PSBT_E_LIMIT;
	return PSBT_OK;
}

/* Is the field one that says what the transaction is, in the one version or the other? */
static bool
is_structure(enum psbt_place place, unsigned type)
{
	switch (place) {
	case PSBT_GLOBAL:
		return type == PSBT_UNSIGNED_TX || type == PSBT_VERSION ||
		       (type >= PSBT_TX_VERSION && type <= PSBT_MODIFIABLE);
	case PSBT_INPUT: return type >= PSBT_IN_TXID && type <= PSBT_IN_LOCK_HEIGHT;
	case PSBT_OUTPUT: return type == PSBT_OUT_AMOUNT || type == PSBT_OUT_SCRIPT;
	}
	return false;
}

bool
psbt_convert(const struct psbt *from, unsigned version, struct btc_tx *work, struct psbt *out)
{
	if (!psbt_tx(from, work) || psbt_create(work, version, out) != PSBT_OK)
		return false;
	for (size_t i = 0; i < from->n; i++) {
		const struct psbt_pair *pair = &from->pairs[i];
		unsigned type = (unsigned char)pair->key.ptr[0];

		if (!is_structure(place_of(from, pair->map), type) &&
		    !psbt_put(out, pair->map, type,
			      (struct span){pair->key.ptr + 1, pair->key.len - 1}, pair->value))
			return false;
	}
	return true;
}
