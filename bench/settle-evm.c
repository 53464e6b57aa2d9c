/*
 * settle-evm N: USDC transfers (EIP-1559) made and signed a second on this one thread: fields to
 * unsigned bytes, their hash, the signature, the signed bytes, their hash, hex. Beside it the
 * library's own ceiling: the recoverable signature of a digest, and nothing else. And what the
 * adapter checks on top: the signer recovered from the signature. CPU time, the best of five
 * rounds, each round of all so that they share the machine's moods.
 *
 * settle-evm N lines: N assemble requests as NDJSON, for the adapter itself.
 */
#include "evm_abi.h"
#include "evm_tx.h"
#include "hex.h"
#include "keccak.h"
#include "secp.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

const char tool_name[] = "bench", tool_help[] = "", tool_version[] = "0";

static unsigned char key[32];
static struct evm_address wallet, contract, to;
static unsigned long sink;

static double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct made {
	unsigned char payload[EVM_TX_BYTES], data[ABI_CALL_MAX], digest[32], sig[64];
	struct evm_tx tx;
	struct span bytes;
	int recovery;
};

static void
make(unsigned long i, struct made *m)
{
	struct abi_value args[] = {abi_address(&to), abi_uint(u256_of(1500000 + i))};

	m->tx = (struct evm_tx){
	    .type = EVM_TX_DYNAMIC, .chain_id = 1, .nonce = i, .gas = 65000, .to = contract};
	m->tx.tip = u256_of(1000000000);
	m->tx.cap = u256_of(30000000000u);
	m->tx.data = abi_call(ABI_TRANSFER, args, 2, m->data);
	m->bytes = evm_tx_unsigned(&m->tx, m->payload, sizeof m->payload);
	keccak256(m->bytes, m->digest);
	if (!secp_sign_recoverable(key, m->digest, m->sig, &m->recovery))
		abort();
}

static void
make_and_sign(unsigned long i)
{
	static struct made m;
	struct evm_signature s;
	unsigned char raw[EVM_TX_BYTES], txid[32];
	char hex[2 * EVM_TX_BYTES + 1];
	struct span bytes;

	make(i, &m);
	memcpy(s.r, m.sig, 32);
	memcpy(s.s, m.sig + 32, 32);
	s.parity = (unsigned)m.recovery;
	bytes = evm_tx_signed(&m.tx, &s, raw, sizeof raw);
	keccak256(bytes, txid);
	hex_print((const unsigned char *)bytes.ptr, bytes.len, hex);
	sink += (unsigned long)hex[40] + txid[0];
}

static void
only_sign(unsigned long i)
{
	unsigned char digest[32] = {1}, sig[64];
	int recovery;

	memcpy(digest + 1, &i, sizeof i);
	if (!secp_sign_recoverable(key, digest, sig, &recovery))
		abort();
	sink += sig[0];
}

static void
only_recover(unsigned long i)
{
	static unsigned char digest[32], sig[64], public_key[65];
	static int recovery = -1;

	if (recovery < 0 && !secp_sign_recoverable(key, digest, sig, &recovery))
		abort();
	if (!secp_recover(sig, recovery, digest, public_key))
		abort();
	sink += public_key[1] + i;
}

static double
rate(void (*step)(unsigned long), unsigned long n)
{
	double begin = cpu_seconds();

	for (unsigned long i = 0; i < n; i++)
		step(i);
	return (double)n / (cpu_seconds() - begin);
}

static void
print_lines(unsigned long n)
{
	static struct made m;
	char payload[2 * EVM_TX_BYTES + 1], digest[65], sig[129], who[EVM_ADDRESS_TEXT_MAX];

	evm_address_print(&wallet, who);
	for (unsigned long i = 0; i < n; i++) {
		make(i, &m);
		hex_print((const unsigned char *)m.bytes.ptr, m.bytes.len, payload);
		hex_print(m.digest, 32, digest);
		hex_print(m.sig, 64, sig);
		printf("{\"op\":\"assemble\",\"id\":%lu,\"unsigned\":{\"form\":\"evm-1559\","
		       "\"payload\":\"%s\",\"digests\":[{"
		       "\"digest\":\"%s\",\"scheme\":\"ecdsa-recoverable\",\"key\":\"%s\"}]},"
		       "\"signatures\":[{\"scheme\":"
		       "\"ecdsa-recoverable\",\"sig\":\"%s\",\"recovery\":%d}]}\n",
		       i + 1, payload, digest, who, sig, m.recovery);
	}
}

int
main(int argc, char **argv)
{
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 5000;
	double best[3] = {0};
	unsigned char public_key[33], whole[65];

	secp_init();
	memset(key, 0x46, sizeof key);
	if (!secp_public_of(key, public_key) ||
	    !secp_public_expand((struct span){(char *)public_key, 33}, whole))
		abort();
	wallet = evm_address_of_key(whole + 1);
	evm_address_parse(SPAN_LIT("0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"), &contract);
	evm_address_parse(SPAN_LIT("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"), &to);
	if (argc > 2) {
		print_lines(n);
		return 0;
	}
	for (int round = 0; round < 5; round++) {
		double now[3] = {rate(only_sign, n), rate(make_and_sign, n), rate(only_recover, n)};

		for (int k = 0; k < 3; k++)
			best[k] = now[k] > best[k] ? now[k] : best[k];
	}
	printf("%.0f %.0f %.0f\n", best[0], best[1], best[2]);
	return sink == 0;
}
