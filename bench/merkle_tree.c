/*
 * merkle_tree: how fast are the tree that merkle-seal builds and the Keccak under it? Run by
 * bench/merkle.
 *
 *     merkle_tree leaves N    print N leaves as NDJSON: path and value hash
 *     merkle_tree build N     build the tree over the same leaves on every Keccak path that this
 *                             processor has; print the best of several runs as NDJSON
 *     merkle_tree hash        hashes/s of each Keccak path, and of OpenSSL's KECCAK-256 or SHA3-256
 */
#include "evidence.h"
#include "halves.h"
#include "hex.h"
#include "keccak.h"
#include "limit.h"
#include "tool.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

const char tool_name[] = "merkle_tree";
const char tool_help[] = "usage: merkle_tree leaves N | build N | hash\n\n";
const char tool_version[] = "0";

/* The best of so many: what else the machine does only ever adds. */
#define RUNS 21

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void *
array(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p)
		tool_die(EXIT_TEMP, "start", NULL, "out of memory");
	return p;
}

/* ---- the leaves
 * ----------------------------------------------------------------------------------------------------
 */

/* Leaf i: a path as okx-fetch numbers them, and the hash of some value. */
static void
make_leaf(size_t i, char path[32], struct tree_hash *value_hash)
{
	char value[32];
	int n = snprintf(value, sizeof value, "{\"n\":%zu}", i);

	snprintf(path, 32, "raw.trade/fills#%zu", i);
	keccak256((struct span){value, (size_t)n}, value_hash->bytes);
}

static void
print_leaves(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct tree_hash value_hash;
		char path[32], text[67];

		make_leaf(i, path, &value_hash);
		hex_print_hash(value_hash.bytes, text);
		printf("[\"%s\",\"%s\"]\n", path, text);
	}
}

static void
fill(struct evidence *ev, size_t n)
{
	char(*paths)[32] = array(n, sizeof *paths);

	evidence_init(ev);
	for (size_t i = 0; i < n; i++) {
		struct tree_hash value_hash = {{0}};

		make_leaf(i, paths[i], &value_hash);
		if (evidence_add_missing(ev, span_of(paths[i]), value_hash) != EVIDENCE_OK)
			tool_die(EXIT_TEMP, "start", NULL, "out of memory");
		ev->leaves[i].missing = false;
		ev->leaves[i].value_hash = value_hash;
	}
}

/* ---- trees
 * ---------------------------------------------------------------------------------------------------------
 */

/* From path and value hash to the root, as merkle-seal goes; *tree_ns: of it, from leaf hashes to
 * the root. */
static int64_t
build_once(struct evidence *ev, int64_t *tree_ns)
{
	int64_t begun = now_ns(), hashed;

	if (!evidence_hash_encodings(ev))
		tool_die(EXIT_TEMP, "build", NULL, "out of memory");
	for (size_t i = 0; i < ev->n; i++)
		ev->hashes[i] = ev->leaves[i].hash;
	hashed = now_ns();
	tree_build(ev->hashes, ev->n, ev->nodes);
	*tree_ns = now_ns() - hashed;
	return now_ns() - begun;
}

/* The best of several runs on the path in use. */
static void
build_best(struct evidence *ev, unsigned threads)
{
	int64_t whole = INT64_MAX, tree = INT64_MAX;
	char root[67];

	for (int run = 0; run < RUNS; run++) {
		int64_t tree_ns, ns = build_once(ev, &tree_ns);

		whole = ns < whole ? ns : whole;
		tree = tree_ns < tree ? tree_ns : tree;
	}
	hex_print_hash(ev->nodes[0].bytes, root);
	printf("{\"path\":\"%s\",\"threads\":%u,\"wholeNs\":%" PRId64 ",\"treeNs\":%" PRId64
	       ",\"root\":\"%s\"}\n",
	       keccak_path_name(keccak_path()), threads, whole, tree, root);
}

static void
build(size_t n)
{
	struct evidence ev;

	fill(&ev, n);
	for (enum keccak_path path = KECCAK_SCALAR; path <= KECCAK_AVX512; path++)
		if (keccak_use(path))
			build_best(&ev, 1);
	/* as merkle-seal does it */
	halves_start();
	build_best(&ev, 2);
	evidence_release(&ev);
}

/* ---- hashes
 * --------------------------------------------------------------------------------------------------------
 */

#define PAIRS 4096

static unsigned char pairs[PAIRS][64], digests[PAIRS][KECCAK_BYTES];

static EVP_MD *openssl_hash;
static EVP_MD_CTX *openssl_context;

static void
hash_by_openssl(void)
{
	for (size_t i = 0; i < PAIRS; i++)
		if (EVP_DigestInit_ex2(openssl_context, openssl_hash, NULL) != 1 ||
		    EVP_DigestUpdate(openssl_context, pairs[i], sizeof pairs[i]) != 1 ||
		    EVP_DigestFinal_ex(openssl_context, digests[i], NULL) != 1)
			tool_die(EXIT_TEMP, "openssl", NULL, "refuses");
}

static void
hash_by_us(void)
{
	keccak256_equal(pairs[0], sizeof pairs[0], PAIRS, digests[0]);
}

/* Per second, from the best of many runs. */
static void
print_rate(const char *name, void (*hash)(void))
{
	int64_t best = INT64_MAX;

	for (int run = 0; run < RUNS * RUNS; run++) {
		int64_t begun = now_ns(), ns;

		hash();
		ns = now_ns() - begun;
		best = ns < best ? ns : best;
	}
	printf("{\"hash\":\"%s\",\"ns\":%" PRId64 ",\"perSecond\":%" PRId64 "}\n", name,
	       best / PAIRS, PAIRS * INT64_C(1000000000) / best);
}

/* OpenSSL 3.2 and later know Ethereum's padding; before that, SHA3-256 is the same work. */
static void
hash_rates(void)
{
	const char *name = "OpenSSL KECCAK-256";

	for (enum keccak_path path = KECCAK_SCALAR; path <= KECCAK_AVX512; path++)
		if (keccak_use(path))
			print_rate(keccak_path_name(path), hash_by_us);
	openssl_hash = EVP_MD_fetch(NULL, "KECCAK-256", NULL);
	if (!openssl_hash) {
		name = "OpenSSL SHA3-256";
		openssl_hash = EVP_MD_fetch(NULL, "SHA3-256", NULL);
	}
	openssl_context = EVP_MD_CTX_new();
	print_rate(name, hash_by_openssl);
	EVP_MD_CTX_free(openssl_context);
	EVP_MD_free(openssl_hash);
}

int
main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	size_t n = argc > 2 ? (size_t)tool_number("N", argv[2], 1, LIMIT_LEAVES) : 100000;

	tool_start(TOOL_PLAIN);
	if (strcmp(verb, "leaves") == 0)
		print_leaves(n);
	else if (strcmp(verb, "build") == 0)
		build(n);
	else if (strcmp(verb, "hash") == 0)
		hash_rates();
	else
		tool_usage("which one?", verb);
	return fflush(stdout) == 0 ? (int)tool_finish(EXIT_YES) : EXIT_TEMP;
}
