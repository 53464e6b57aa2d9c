/* Catches a PSBT that sign-key reads though BIP174, 370 or 371 calls it invalid, one of version 2
 * that it reads otherwise than the same of version 0, and one with a field twice. */
#include "base64.h"
#include "hex.h"
#include "psbt_role.h"
#include "psbt_vectors.h"
#include "test.h"
#include "tx.h"

static struct psbt psbt;
static struct btc_tx work, other;
static struct tx one, two;
static struct buf bytes, again;

static const char *
read_text(const char *text, struct tx *out)
{
	buf_clear(&bytes);
	if (!base64_decode(span_of(text), &bytes))
		return "no Base64";
	return psbt_read(buf_span(&bytes), out);
}

static void
invalid(void)
{
	for (size_t i = 0; i < sizeof core_invalid / sizeof *core_invalid; i++) {
		EXPECT(read_text(core_invalid[i], &one));
		if (!read_text(core_invalid[i], &one))
			printf("invalid %zu is taken\n", i);
	}
	for (size_t i = 0; i < sizeof bip370_invalid / sizeof *bip370_invalid; i++) {
		EXPECT(read_text(bip370_invalid[i], &one));
		if (!read_text(bip370_invalid[i], &one))
			printf("bip370 invalid %zu is taken\n", i);
	}
}

/* Of the valid ones those that are ours to sign wholly; the others have inputs without the output
 * that they spend, signatures, or scripts that are none of ours. */
static void
valid(void)
{
	static const char *const fine[] = {
	    "an input whose output to be spent is not given",
	    "an input that is neither P2WPKH, P2WSH nor P2TR",
	    "an input that is signed already",
	    "a P2SH input",
	    "an input to be spent by a script of taproot",
	    "an output script that no address has",
	    "no inputs, or more than 128",
	    "no outputs, or more than 32",
	    "a signature type that is not SIGHASH_ALL",
	    "a witness script that is missing, or not the output's",
	};
	size_t taken = 0;

	for (size_t i = 0; i < sizeof core_valid / sizeof *core_valid; i++) {
		const char *why = read_text(core_valid[i], &one);
		bool known = !why;

		for (size_t k = 0; k < sizeof fine / sizeof *fine; k++)
			known |= why && strcmp(why, fine[k]) == 0;
		EXPECT(known);
		if (!known)
			printf("valid %zu: %s\n", i, why);
		taken += !why;
	}
	printf("%zu of core's\n", taken);
	EXPECT(taken >= 1);
	taken = 0;
	for (size_t i = 0; i < sizeof bip370_valid / sizeof *bip370_valid; i++) {
		const char *why = read_text(bip370_valid[i], &one);

		/* the first has no output to be spent, the fields being optional */
		EXPECT(!why || strcmp(why, fine[0]) == 0);
		if (why)
			printf("bip370 %zu: %s\n", i, why);
		taken += !why;
	}
	printf("%zu of bip370's\n", taken);
	EXPECT(taken >= 10);
}

static void
locks(void)
{
	for (size_t i = 0; i < sizeof bip370_locks / sizeof *bip370_locks; i++) {
		const char *why = read_text(bip370_locks[i].psbt, &one);

		/* all but the lock's conflict are refused later, for want of the outputs to be
		 * spent */
		EXPECT(why);
		EXPECT((strcmp(why ? why : "", "locks that exclude each other") == 0) ==
		       (bip370_locks[i].lock < 0));
	}
}

static bool
same_paths(size_t first_a, size_t n_a, size_t first_b, size_t n_b)
{
	return n_a == n_b &&
	       memcmp(one.paths + first_a, two.paths + first_b, n_a * sizeof one.paths[0]) == 0;
}

static void
expect_same(void)
{
	EXPECT(one.fee == two.fee && one.payments_n == two.payments_n &&
	       one.wanted_n == two.wanted_n && one.spends_n == two.spends_n);
	for (size_t i = 0; i < one.payments_n; i++) {
		const struct tx_payment *a = &one.payments[i], *b = &two.payments[i];

		EXPECT(a->amount == b->amount && tx_name_equal(&a->to, &b->to));
		EXPECT(same_paths(a->path_first, a->paths_n, b->path_first, b->paths_n));
	}
	for (size_t i = 0; i < one.wanted_n; i++) {
		const struct tx_wanted *a = &one.wanted[i], *b = &two.wanted[i];

		EXPECT(a->scheme == b->scheme && memcmp(a->digest, b->digest, 32) == 0);
		EXPECT(same_paths(a->path_first, a->paths_n, b->path_first, b->paths_n));
		EXPECT(memcmp(one.spends[i].id, two.spends[i].id, 36) == 0 &&
		       one.spends[i].amount == two.spends[i].amount);
	}
}

/* Two inputs and two outputs of ours in either version, with a lock time and a sequence, by
 * settle-btc's own writer: they are read as the same, and the digests are the writer's own. */
static void
both_versions(void)
{
	static const char scripts[2][69] = {
	    "0014c0cebcd6c3d3ca8c75dc5ec62ebe55330ef910e2",
	    "5120a60869f0dbcf1dc659c9cecbaf8050135ea9e8cdc487053f1dc6880949dc684c"};
	unsigned char script[2][34] = {{0}};
	struct span spans[2];
	static struct role role;

	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(scripts[i]) / 2;

		EXPECT(hex_parse(span_of(scripts[i]), false, script[i], n));
		spans[i] = (struct span){(char *)script[i], n};
	}
	for (uint32_t lock = 0; lock < 3; lock++) {
		work = (struct btc_tx){.version = 2,
				       .lock = lock == 2 ? 1700000000 : 500 * lock,
				       .inputs_n = 2,
				       .outputs_n = 2};
		for (size_t i = 0; i < 2; i++) {
			work.inputs[i] = (struct btc_input){.vout = (uint32_t)i + 256,
							    .sequence = 0xfffffffdu - (uint32_t)i,
							    .known = true,
							    .amount = 5000 + i,
							    .coin_script = spans[i]};
			memset(work.inputs[i].txid, (int)i + 1, 32);
			work.outputs[i] = (struct btc_output){4000 + i, spans[1 - i]};
		}
		for (unsigned version = 0; version <= 2; version += 2) {
			struct tx *t = version ? &two : &one;

			EXPECT(psbt_create(&work, version, &psbt) == PSBT_OK);
			for (size_t i = 0; i < 2; i++)
				EXPECT(psbt_put_coin(&psbt, i, 5000 + i, spans[i]));
			buf_clear(&bytes);
			psbt_print(&psbt, &bytes);
			EXPECT(!psbt_read(buf_span(&bytes), t));
			EXPECT(role_init(&role, &psbt, &other) == ROLE_OK);
			for (size_t i = 0; i < 2; i++) {
				struct role_input how;
				unsigned char digest[32];

				EXPECT(role_look(&role, i, &how) == ROLE_OK &&
				       role_digest(&role, i, &how, digest) == ROLE_OK);
				EXPECT(memcmp(digest, t->wanted[i].digest, 32) == 0);
			}
		}
		expect_same();
	}
}

/* Each key of each map a second time, in both versions. */
static void
twice(void)
{
	for (unsigned version = 0; version <= 2; version += 2) {
		struct span all;

		EXPECT(psbt_create(&work, version, &psbt) == PSBT_OK);
		for (size_t i = 0; i < 2; i++)
			EXPECT(psbt_put_coin(&psbt, i, 5000 + i, work.inputs[i].coin_script));
		buf_clear(&bytes);
		psbt_print(&psbt, &bytes);
		all = buf_span(&bytes);
		EXPECT(!psbt_read(all, &one));
		/* one-byte lengths throughout: a pair is key length, key, value length, value */
		for (size_t at = 5; at < all.len;) {
			size_t key = (unsigned char)all.ptr[at], value, n;

			if (key == 0) {
				at++;
				continue;
			}
			value = (unsigned char)all.ptr[at + 1 + key];
			n = 2 + key + value;
			buf_clear(&again);
			buf_add(&again, (struct span){all.ptr, at + n});
			buf_add(&again, (struct span){all.ptr + at, all.len - at});
			EXPECT(psbt_read(buf_span(&again), &one));
			at += n;
		}
	}
}

/* A cut copy, and one with a byte behind it, in version 2. */
static void
cuts(void)
{
	struct span all = buf_span(&bytes);

	for (size_t n = 0; n < all.len; n++)
		EXPECT(psbt_read((struct span){all.ptr, n}, &one));
	buf_clear(&again);
	buf_add(&again, all);
	EXPECT(!psbt_read(buf_span(&again), &one));
	buf_byte(&again, '\0');
	EXPECT(psbt_read(buf_span(&again), &one));
}

int
main(void)
{
	hashes_init();
	secp_init();
	buf_init(&bytes, 1u << 20);
	buf_init(&again, 1u << 20);
	RUN(invalid);
	RUN(valid);
	RUN(locks);
	RUN(both_versions);
	RUN(twice);
	RUN(cuts);
	buf_release(&bytes);
	buf_release(&again);
	return test_done();
}
