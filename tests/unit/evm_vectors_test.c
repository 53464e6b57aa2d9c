/*
 * Catches a transaction that others write, sign or refuse otherwise: the whole collections of
 * published vectors, where they are at hand ($TRADEPIPE_SHARED/vectors or ../shared/vectors), else
 * a line that says so.
 *
 *   ethers        896 transactions with key, unsigned and signed bytes: each is read, written
 * again, signed, and comes out as the same bytes (those with a chain; legacy and EIP-1559)
 *   ethereum/tests TransactionTests: what is valid there is read, and its signer is found; what is
 * refused there for its form is refused here ethereum/tests RLPTests: the files that the tables of
 * evm_format_test.c were typed from
 */
#include "evm_tx.h"
#include "hex.h"
#include "json.h"
#include "keccak.h"
#include "test.h"

#include <dirent.h>
#include <secp256k1_recovery.h>

#define FILE_MAX (16u << 20)
#define TX_MAX (256u << 10)

static secp256k1_context *secp;
static char *text;
static char path[512];
static const char *root;
static unsigned char bytes[TX_MAX], memory[TX_MAX];

static bool
file_text(const char *name, struct span *out)
{
	bool packed = strcmp(name + strlen(name) - 3, ".gz") == 0;
	char command[600];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "%s/vectors/eth/%s", root, name);
	snprintf(command, sizeof command, "gzip -dc '%s' 2>/dev/null", path);
	f = packed ? popen(command, "r") : fopen(path, "r");
	if (!f)
		return false;
	n = fread(text, 1, FILE_MAX, f);
	if (packed)
		pclose(f);
	else
		fclose(f);
	*out = (struct span){text, n};
	return n > 0 && n < FILE_MAX && json_check(*out, NULL) == JSON_OK;
}

static struct span
member(struct span object, const char *name)
{
	struct span value, plain = {0};

	if (json_find(object, name, &value))
		return json_plain(value, &plain) ? plain : value;
	return (struct span){0};
}

/* "0x..." or the digits alone. */
static bool
unhex(struct span hex, unsigned char *to, struct span *out)
{
	if (span_starts(hex, SPAN_LIT("0x")))
		hex = (struct span){hex.ptr + 2, hex.len - 2};
	*out = (struct span){(char *)to, hex.len / 2};
	return hex.len / 2 <= TX_MAX && hex_parse(hex, true, to, hex.len / 2);
}

static bool
signer_of(const struct evm_tx *tx, const struct evm_signature *sig, struct evm_address *out)
{
	unsigned char hash[32], both[64], key[65];
	secp256k1_ecdsa_recoverable_signature r;
	secp256k1_pubkey point;
	size_t n = sizeof key;
	struct span message = evm_tx_unsigned(tx, memory, sizeof memory);

	memcpy(both, sig->r, 32);
	memcpy(both + 32, sig->s, 32);
	if (!message.ptr)
		return false;
	keccak256(message, hash);
	if (!secp256k1_ecdsa_recoverable_signature_parse_compact(secp, &r, both,
								 (int)sig->parity) ||
	    !secp256k1_ecdsa_recover(secp, &point, &r, hash))
		return false;
	secp256k1_ec_pubkey_serialize(secp, key, &n, &point, SECP256K1_EC_UNCOMPRESSED);
	*out = evm_address_of_key(key + 1);
	return true;
}

/* ---- ethers ---- */

static void
sign(struct span message, const unsigned char key[32], struct evm_signature *sig)
{
	unsigned char hash[32], both[64];
	secp256k1_ecdsa_recoverable_signature r;
	int recovery;

	keccak256(message, hash);
	EXPECT(secp256k1_ecdsa_sign_recoverable(secp, &r, hash, key, NULL, NULL));
	secp256k1_ecdsa_recoverable_signature_serialize_compact(secp, both, &recovery, &r);
	memcpy(sig->r, both, 32);
	memcpy(sig->s, both + 32, 32);
	sig->parity = (unsigned)recovery;
}

/* Read unsigned, write again; sign; read signed, write again. False: not one of ours (no chain). */
static bool
round_trip(struct span unsigned_hex, struct span signed_hex, const unsigned char key[32])
{
	static unsigned char want[TX_MAX], other[TX_MAX];
	struct evm_tx tx, back;
	struct evm_signature sig, sig_back;
	struct span in, out, expected;
	enum evm_tx_error e;

	EXPECT(unhex(unsigned_hex, bytes, &in) && unhex(signed_hex, want, &expected));
	e = evm_tx_read_unsigned(in, &tx);
	if (e == EVM_TX_E_CHAIN || e == EVM_TX_E_FIELD) /* no chain; a tip above the cap */
		return false;
	/* no chain, spelled as a byte 0: not canonical, and rightly not read */
	if (e == EVM_TX_E_RLP && in.len > 3 && memcmp(in.ptr + in.len - 3, "\0\x80\x80", 3) == 0)
		return false;
	EXPECT(e == EVM_TX_OK);
	if (e != EVM_TX_OK)
		return printf("%s: %.*s\n", evm_tx_error_text(e), (int)unsigned_hex.len,
			      unsigned_hex.ptr),
		       false;
	out = evm_tx_unsigned(&tx, memory, sizeof memory);
	EXPECT(span_equal(in, out));
	sign(out, key, &sig);
	out = evm_tx_signed(&tx, &sig, other, sizeof other);
	EXPECT(span_equal(out, expected));
	e = evm_tx_read_signed(expected, &back, &sig_back);
	EXPECT(e == EVM_TX_OK);
	if (e != EVM_TX_OK)
		return printf("%s\n", evm_tx_error_text(e)), false;
	EXPECT(memcmp(sig.r, sig_back.r, 32) == 0 && sig.parity == sig_back.parity);
	out = evm_tx_unsigned(&back, memory, sizeof memory);
	EXPECT(span_equal(in, out));
	return true;
}

static void
ethers(void)
{
	struct span all, one, key;
	struct json_walk w;
	unsigned char secret[32];
	unsigned n = 0, legacy = 0, dynamic = 0;

	if (!file_text("ethers/transaction.json.gz", &all)) {
		printf("skipped: no %s\n", path);
		return;
	}
	w = json_walk(json_trim(all));
	for (; json_next_element(&w, &one); n++) {
		EXPECT(unhex(member(one, "privateKey"), secret, &key) && key.len == 32);
		legacy +=
		    round_trip(member(one, "unsignedEip155"), member(one, "signedEip155"), secret);
		dynamic +=
		    round_trip(member(one, "unsignedLondon"), member(one, "signedLondon"), secret);
	}
	printf("ethers: %u cases; %u legacy, %u EIP-1559\n", n, legacy, dynamic);
	EXPECT(n == 896 && legacy == 495 && dynamic == 879);
}

/* ---- TransactionTests ---- */

/* The newest rules that the file has a verdict of. */
static struct span
verdict_of(struct span test)
{
	struct span result = member(test, "result");
	struct span verdict = member(result, "Cancun");

	return verdict.ptr ? verdict : member(result, "London");
}

/* What is refused there for a reason that is not in the bytes: gas and its price. */
static bool
is_about_gas(struct span exception)
{
	static const char *const words[] = {"INTRINSIC_GAS", "GASLIMIT_PRICE", "INITCODE",
					    "NONCE_IS_MAX", "INSUFFICIENT"};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (span_find(exception, span_of(words[i])) < exception.len)
			return true;
	return false;
}

static unsigned good, bad, elsewhere;

static void
one_transaction(struct span name, struct span test)
{
	struct span verdict = verdict_of(test), raw, sender = member(verdict, "sender"), want;
	struct span exception = member(verdict, "exception");
	unsigned char expected[EVM_ADDRESS_BYTES];
	struct evm_signature sig;
	struct evm_address signer;
	struct evm_tx tx;
	enum evm_tx_error e = EVM_TX_E_RLP;

	if (unhex(member(test, "txbytes"), bytes, &raw))
		e = evm_tx_read_signed(raw, &tx, &sig);
	if (exception.ptr) {
		if (is_about_gas(exception))
			elsewhere++;
		else if (e == EVM_TX_OK && tx.chain_id != 1)
			elsewhere++; /* a form that is right, for a chain that is not theirs */
		else if (e == EVM_TX_OK && signer_of(&tx, &sig, &signer))
			printf("taken: %.*s (%.*s)\n", (int)name.len, name.ptr, (int)exception.len,
			       exception.ptr);
		else
			bad++;
		return;
	}
	if (e == EVM_TX_E_CHAIN || e == EVM_TX_E_TYPE) {
		elsewhere++; /* before EIP-155, or of EIP-2930's type */
		return;
	}
	EXPECT(e == EVM_TX_OK);
	if (e != EVM_TX_OK || !signer_of(&tx, &sig, &signer)) {
		printf("refused: %.*s: %s\n", (int)name.len, name.ptr, evm_tx_error_text(e));
		return;
	}
	EXPECT(unhex(sender, expected, &want) &&
	       memcmp(signer.bytes, expected, EVM_ADDRESS_BYTES) == 0);
	good++;
}

static void
transactions(void)
{
	static const char *const folders[] = {"ttAddress", "ttData",	  "ttEIP1559",	"ttEIP2028",
					      "ttEIP2930", "ttGasLimit",  "ttGasPrice", "ttNonce",
					      "ttRSValue", "ttSignature", "ttVValue",	"ttValue",
					      "ttWrongRLP"};
	struct span all, key, test;
	struct json_walk w;

	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		char folder[400], name[300];
		DIR *d;

		snprintf(folder, sizeof folder, "%s/vectors/eth/TransactionTests/%s", root,
			 folders[i]);
		d = opendir(folder);
		if (!d) {
			printf("skipped: no %s\n", folder);
			return;
		}
		for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
			if (entry->d_name[0] == '.')
				continue;
			snprintf(name, sizeof name, "TransactionTests/%.20s/%.200s", folders[i],
				 entry->d_name);
			EXPECT(file_text(name, &all));
			w = json_walk(json_trim(all));
			while (json_next_member(&w, &key, &test))
				one_transaction(key, test);
		}
		closedir(d);
	}
	printf("TransactionTests: %u signed by whom they say, %u refused, %u of other kinds\n",
	       good, bad, elsewhere);
	EXPECT(good == 16 && bad == 132);
}

/* ---- RLPTests ---- */

static void
rlp(void)
{
	struct span all, key, test, in;
	struct json_walk w;
	unsigned right = 0, wrong = 0;

	if (!file_text("rlptest.json", &all)) {
		printf("skipped: no %s\n", path);
		return;
	}
	for (w = json_walk(json_trim(all)); json_next_member(&w, &key, &test); right++)
		EXPECT(unhex(member(test, "out"), bytes, &in) && rlp_check(in) == RLP_OK);
	EXPECT(file_text("invalidRLPTest.json", &all));
	for (w = json_walk(json_trim(all)); json_next_member(&w, &key, &test); wrong++)
		EXPECT(!unhex(member(test, "out"), bytes, &in) || rlp_check(in) != RLP_OK);
	printf("RLPTests: %u right, %u wrong\n", right, wrong);
	EXPECT(right == 28 && wrong == 26);
}

/* Without the collections: one of each kind, so that the code that reads them is run. */
static void
at_least_one(void)
{
	static const unsigned char key[] = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF";

	/* EIP-155, "Example" */
	EXPECT(round_trip(SPAN_LIT("0xec098504a817c800825208943535353535353535353535353535353535353"
				   "535880de0b6b3a764000080018080"),
			  SPAN_LIT("0xf86c098504a817c8008252089435353535353535353535353535353535353"
				   "53535880de0b6b3a76400008025a028ef61340bd9"
				   "39bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d89"
				   "97f761aecb703304b3800ccf555c9f3dc64214b29"
				   "7fb1966a3b6d83"),
			  key));
}

int
main(void)
{
	secp = secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
	text = malloc(FILE_MAX);
	root = getenv("TRADEPIPE_SHARED");
	if (!root)
		root = "../shared";
	RUN(at_least_one);
	RUN(ethers);
	RUN(transactions);
	RUN(rlp);
	free(text);
	secp256k1_context_destroy(secp);
	return test_done();
}
