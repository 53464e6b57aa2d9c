#include "btc_tx.h"

#include "check.h"
#include "hex.h"

static struct span
bytes(const unsigned char *p, const unsigned char *end)
{
	return (struct span){(const char *)p, (size_t)(end - p)};
}

bool
btc_next_input(struct cursor *c, struct btc_input *out)
{
	struct span txid = wire_bytes(c, HASH_BYTES);

	*out = (struct btc_input){0};
	if (c->bad)
		return false;
	memcpy(out->txid, txid.ptr, HASH_BYTES);
	out->vout = (uint32_t)wire_int(c, 4);
	out->script = wire_run(c);
	out->sequence = (uint32_t)wire_int(c, 4);
	return !c->bad;
}

bool
btc_next_output(struct cursor *c, struct btc_output *out)
{
	out->amount = wire_int(c, 8);
	out->script = wire_run(c);
	return !c->bad;
}

uint64_t
btc_next_witness(struct cursor *c)
{
	return wire_compact(c);
}

static bool
skip_witness(struct cursor *c, uint64_t inputs_n, struct span *out)
{
	const unsigned char *from = c->p;
	bool any = false;

	for (uint64_t i = 0; i < inputs_n && !c->bad; i++) {
		uint64_t items = wire_compact(c);

		any |= items > 0;
		for (uint64_t k = 0; k < items && !c->bad; k++)
			wire_run(c);
	}
	*out = bytes(from, c->p);
	/* the marker without any witness is a second spelling of the same transaction */
	return !c->bad && any;
}

bool
btc_view_read(struct cursor *c, bool segwit, struct btc_view *out)
{
	const unsigned char *from = c->p, *at;
	struct btc_input in;
	struct btc_output coin;
	bool marked;

	*out = (struct btc_view){0};
	out->version = (uint32_t)wire_int(c, 4);
	marked = segwit && cursor_left(c) >= 2 && c->p[0] == 0 && c->p[1] == 1;
	if (marked)
		c->p += 2;
	at = c->p;
	out->inputs_n = wire_compact(c);
	for (uint64_t i = 0; i < out->inputs_n; i++)
		if (!btc_next_input(c, &in))
			return false;
	out->inputs = bytes(at, c->p);
	at = c->p;
	out->outputs_n = wire_compact(c);
	for (uint64_t i = 0; i < out->outputs_n; i++)
		if (!btc_next_output(c, &coin))
			return false;
	out->outputs = bytes(at, c->p);
	if (marked && !skip_witness(c, out->inputs_n, &out->witness))
		return false;
	out->lock = (uint32_t)wire_int(c, 4);
	out->whole = bytes(from, c->p);
	return !c->bad;
}

static struct cursor
behind_count(struct span s)
{
	struct cursor c = cursor_of(s);

	wire_compact(&c);
	return c;
}

struct cursor
btc_view_inputs(const struct btc_view *v)
{
	return behind_count(v->inputs);
}

struct cursor
btc_view_outputs(const struct btc_view *v)
{
	return behind_count(v->outputs);
}

void
btc_view_txid(const struct btc_view *v, unsigned char out[HASH_BYTES])
{
	struct sha2 s;

	sha2_begin(&s);
	sha2_add(&s, (struct span){v->whole.ptr, 4});
	sha2_add(&s, v->inputs);
	sha2_add(&s, v->outputs);
	sha2_add(&s, (struct span){v->whole.ptr + v->whole.len - 4, 4});
	hash256_end(&s, out);
}

size_t
btc_view_vsize(const struct btc_view *v)
{
	size_t base = 8 + v->inputs.len + v->outputs.len;

	return (3 * base + v->whole.len + 3) / 4;
}

bool
btc_tx_of(const struct btc_view *v, struct btc_tx *out)
{
	struct cursor c = btc_view_inputs(v);

	if (v->inputs_n > BTC_INPUTS_MAX || v->outputs_n > BTC_OUTPUTS_MAX)
		return false;
	out->version = v->version;
	out->lock = v->lock;
	out->inputs_n = (size_t)v->inputs_n;
	out->outputs_n = (size_t)v->outputs_n;
	for (size_t i = 0; i < out->inputs_n; i++)
		CHECK(btc_next_input(&c, &out->inputs[i]));
	c = btc_view_outputs(v);
	for (size_t i = 0; i < out->outputs_n; i++)
		CHECK(btc_next_output(&c, &out->outputs[i]));
	return true;
}

void
btc_tx_print(const struct btc_tx *tx, struct buf *out)
{
	wire_put_int(out, tx->version, 4);
	wire_put_compact(out, tx->inputs_n);
	for (size_t i = 0; i < tx->inputs_n; i++) {
		const struct btc_input *in = &tx->inputs[i];

		buf_add(out, (struct span){(const char *)in->txid, HASH_BYTES});
		wire_put_int(out, in->vout, 4);
		wire_put_run(out, in->script);
		wire_put_int(out, in->sequence, 4);
	}
	wire_put_compact(out, tx->outputs_n);
	for (size_t i = 0; i < tx->outputs_n; i++) {
		wire_put_int(out, tx->outputs[i].amount, 8);
		wire_put_run(out, tx->outputs[i].script);
	}
	wire_put_int(out, tx->lock, 4);
}

void
btc_hash_int(struct sha2 *s, uint64_t v, unsigned n)
{
	char text[8];

	for (unsigned i = 0; i < n; i++)
		text[i] = (char)(unsigned char)(v >> 8 * i);
	sha2_add(s, (struct span){text, n});
}

void
btc_hash_compact(struct sha2 *s, uint64_t v)
{
	unsigned char text[9];

	sha2_add(s, (struct span){(char *)text, wire_compact_print(v, text)});
}

void
btc_hash_run(struct sha2 *s, struct span run)
{
	btc_hash_compact(s, run.len);
	sha2_add(s, run);
}

void
btc_tx_txid(const struct btc_tx *tx, unsigned char out[HASH_BYTES])
{
	struct sha2 s;

	sha2_begin(&s);
	btc_hash_int(&s, tx->version, 4);
	btc_hash_compact(&s, tx->inputs_n);
	for (size_t i = 0; i < tx->inputs_n; i++) {
		const struct btc_input *in = &tx->inputs[i];

		sha2_add(&s, (struct span){(const char *)in->txid, HASH_BYTES});
		btc_hash_int(&s, in->vout, 4);
		btc_hash_run(&s, in->script);
		btc_hash_int(&s, in->sequence, 4);
	}
	btc_hash_compact(&s, tx->outputs_n);
	for (size_t i = 0; i < tx->outputs_n; i++) {
		btc_hash_int(&s, tx->outputs[i].amount, 8);
		btc_hash_run(&s, tx->outputs[i].script);
	}
	btc_hash_int(&s, tx->lock, 4);
	hash256_end(&s, out);
}

void
btc_txid_print(const unsigned char txid[HASH_BYTES], char out[BTC_TXID_TEXT])
{
	unsigned char turned[HASH_BYTES];

	for (size_t i = 0; i < HASH_BYTES; i++)
		turned[i] = txid[HASH_BYTES - 1 - i];
	hex_print(turned, HASH_BYTES, out);
}

bool
btc_txid_parse(struct span text, unsigned char out[HASH_BYTES])
{
	unsigned char turned[HASH_BYTES];

	if (!hex_parse(text, false, turned, HASH_BYTES))
		return false;
	for (size_t i = 0; i < HASH_BYTES; i++)
		out[i] = turned[HASH_BYTES - 1 - i];
	return true;
}
