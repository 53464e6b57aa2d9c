/*
 * settle-btc N: payments made and signed a second on this one thread, one coin in, a payment and
 * the change out: PSBT made, digest, signature, finalised, extracted, its id, hex. Beside it the
 * library's own ceiling: the signature of a digest, and nothing else. P2WPKH with Bitcoin Core's
 * low r (which takes two tries on average) and without, and P2TR. CPU time, the best of five
 * rounds, each round of all so that they share the machine's moods.
 *
 * settle-btc N raw: the first N transactions, P2WPKH without low r, as hex.
 */
#include "hex.h"
#include "psbt_role.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

const char tool_name[] = "bench", tool_help[] = "", tool_version[] = "0";

static struct role_key key;
static struct psbt psbt;
static struct btc_tx tx, work;
static struct btc_script coin[2], pay;
static struct buf raw;
static char hex[2000];
static unsigned long sink;

static double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
digest_of(unsigned long i, unsigned char out[32])
{
	hash_single((struct span){(const char *)&i, sizeof i}, out);
}

static void
sign_digest(unsigned long i, unsigned kind)
{
	unsigned char digest[32], signature[64];

	digest_of(i, digest);
	if (!(kind == 2 ? secp_schnorr_sign(&key.tap, digest, NULL, signature)
			: secp_sign(key.secret, digest, kind == 0, signature)))
		abort();
	sink += signature[0];
}

static void
make(unsigned long i, unsigned kind)
{
	unsigned char txid[32];
	struct cursor c;
	struct btc_view v;
	struct role r;
	size_t made;

	tx.version = 2;
	tx.inputs_n = 1;
	tx.outputs_n = 2;
	tx.inputs[0] = (struct btc_input){0};
	digest_of(i, tx.inputs[0].txid);
	tx.inputs[0].script = (struct span){"", 0};
	tx.inputs[0].sequence = 0xfffffffd;
	tx.outputs[0] = (struct btc_output){60000, btc_script_span(&pay)};
	tx.outputs[1] = (struct btc_output){39000, btc_script_span(&coin[0])};
	buf_clear(&raw);
	if (psbt_create(&tx, 0, &psbt) != PSBT_OK ||
	    !psbt_put_coin(&psbt, 0, 100000, btc_script_span(&coin[kind == 2])) ||
	    role_init(&r, &psbt, &work) != ROLE_OK ||
	    role_sign_with(&r, &key, kind == 0, &made) != ROLE_OK || made != 1 ||
	    role_finalise(&r) != ROLE_OK || role_extract(&r, &raw) != ROLE_OK)
		abort();
	c = cursor_of(buf_span(&raw));
	if (!btc_view_read(&c, true, &v))
		abort();
	btc_view_txid(&v, txid);
	hex_print((const unsigned char *)raw.ptr, raw.len, hex);
	sink += txid[0];
}

static double
rate(void (*one)(unsigned long, unsigned), unsigned kind, unsigned long n)
{
	double start = cpu_seconds();

	for (unsigned long i = 0; i < n; i++)
		one(i, kind);
	return (double)n / (cpu_seconds() - start);
}

static void
measure(unsigned long n)
{
	double best[6] = {0};

	for (unsigned round = 0; round < 5; round++) {
		for (unsigned kind = 0; kind < 3; kind++) {
			double ceiling = rate(sign_digest, kind, n / 5);
			double ours = rate(make, kind, n / 5);

			if (ceiling > best[2 * kind])
				best[2 * kind] = ceiling;
			if (ours > best[2 * kind + 1])
				best[2 * kind + 1] = ours;
		}
	}
	for (unsigned i = 0; i < 6; i++)
		printf("%.0f%c", best[i], i < 5 ? ' ' : '\n');
}

int
main(int argc, char **argv)
{
	static const unsigned char secret[32] = {[30] = 1, [31] = 2};
	static const unsigned char to[22] = {0, 20, 1, 2, 3};
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 5000;

	hashes_init();
	secp_init();
	buf_init(&raw, BTC_TX_BYTES_MAX);
	if (!role_key_make(secret, &key) || !btc_p2tr(key.point + 1, &coin[1]))
		return 1;
	btc_p2wpkh((struct span){(char *)key.point, 33}, &coin[0]);
	memcpy(pay.bytes, to, sizeof to);
	pay.n = sizeof to;
	if (argc < 3) {
		measure(n);
		return sink == 1;
	}
	for (unsigned long i = 0; i < n; i++) {
		make(i, 1);
		puts(hex);
	}
	return 0;
}
