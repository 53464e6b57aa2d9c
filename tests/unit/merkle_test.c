/* Catches a tree of another shape than OpenZeppelin's, and a record that seals to other hashes than
 * the published vector. */
#include "evidence.h"
#include "hex.h"
#include "keccak.h"
#include "sealed.h"
#include "test.h"

static struct tree_hash
numbered_leaf(uint32_t i)
{
	unsigned char be[4] = {(unsigned char)(i >> 24), (unsigned char)(i >> 16),
			       (unsigned char)(i >> 8), (unsigned char)i};
	struct tree_hash h;

	keccak256((struct span){(const char *)be, 4}, h.bytes);
	return h;
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct tree_hash));
}

#define LEAVES 5000

/* The tree by its definition, one node at a time. */
static struct tree_hash
slow_root(const struct tree_hash leaves[], size_t m)
{
	static struct tree_hash sorted[LEAVES], t[TREE_NODES(LEAVES)];

	memcpy(sorted, leaves, m * sizeof sorted[0]);
	qsort(sorted, m, sizeof sorted[0], compare);
	for (size_t i = 0; i < m; i++)
		t[2 * m - 2 - i] = sorted[i];
	for (size_t i = m - 1; i-- > 0;) {
		unsigned char pair[64];
		bool swap = compare(&t[2 * i + 1], &t[2 * i + 2]) > 0;

		memcpy(pair, &t[2 * i + 1 + swap], 32);
		memcpy(pair + 32, &t[2 * i + 2 - swap], 32);
		keccak256((struct span){(const char *)pair, 64}, t[i].bytes);
	}
	return t[0];
}

/* 1 to 300 leaves: the root is the slow one's, every proof climbs to it, and a changed proof does
 * not. */
static void
test_tree(void)
{
	static struct tree_hash leaves[300], nodes[TREE_NODES(300)];

	for (uint32_t i = 0; i < 300; i++)
		leaves[i] = numbered_leaf(i * 7919 % 300);
	for (size_t m = 1; m <= 300; m++) {
		struct tree_hash proof[TREE_PROOF_MAX];
		size_t n;

		tree_build(leaves, m, nodes);
		EXPECT(tree_hash_equal(nodes[0], slow_root(leaves, m)));
		for (size_t i = 0; i<m; i += m> 20 ? 17 : 1) {
			EXPECT(tree_proof(nodes, m, leaves[i], proof, &n));
			EXPECT(tree_hash_equal(tree_climb(leaves[i], proof, n), nodes[0]));
			if (n) {
				proof[n - 1].bytes[31] ^= 1;
				EXPECT(!tree_hash_equal(tree_climb(leaves[i], proof, n), nodes[0]));
				EXPECT(!tree_hash_equal(tree_climb(leaves[i], proof, n - 1),
							nodes[0]));
			}
		}
		EXPECT(!tree_proof(nodes, m, numbered_leaf(99999), proof, &n));
	}
}

/* Hashes that somebody chose: all the same; alike but for the last bits; alike but for the first
 * bits; two kinds only. */
static struct tree_hash
chosen_leaf(uint32_t kind, uint32_t i)
{
	struct tree_hash h = {{0}};

	switch (kind) {
	case 0: break;
	case 1:
		h.bytes[30] = (unsigned char)(i >> 8);
		h.bytes[31] = (unsigned char)i;
		break;
	case 2:
		h.bytes[0] = (unsigned char)i;
		h.bytes[1] = (unsigned char)(i >> 8);
		break;
	case 3: h.bytes[i % 32] = 0x80; break;
	default: h = numbered_leaf(i);
	}
	return h;
}

/* Many leaves of every kind, in and out of order: around the sizes where sorting takes another way.
 */
static void
test_many_leaves(void)
{
	static const size_t sizes[] = {2, 24, 25, 26, 64, 1000, 2048, 4095, 4096, 4097, LEAVES};
	static struct tree_hash leaves[LEAVES], nodes[TREE_NODES(LEAVES)];

	for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
		for (uint32_t kind = 0; kind < 5; kind++) {
			for (uint32_t i = 0; i < sizes[s]; i++)
				leaves[i] = chosen_leaf(kind, i);
			tree_build(leaves, sizes[s], nodes);
			EXPECT(tree_hash_equal(nodes[0], slow_root(leaves, sizes[s])));
		}
}

/* The same root on every Keccak path that this processor has. */
static void
test_paths(void)
{
	static struct tree_hash leaves[1000], nodes[TREE_NODES(1000)];
	struct tree_hash want;

	for (uint32_t i = 0; i < 1000; i++)
		leaves[i] = numbered_leaf(i);
	keccak_use(KECCAK_SCALAR);
	tree_build(leaves, 1000, nodes);
	want = nodes[0];
	for (enum keccak_path p = KECCAK_SCALAR; p <= KECCAK_AVX512; p++) {
		if (!keccak_use(p))
			continue;
		tree_build(leaves, 1000, nodes);
		EXPECT(tree_hash_equal(nodes[0], want));
	}
}

static void
expect_hash(struct tree_hash h, const char *want)
{
	char text[67];

	hex_print_hash(h.bytes, text);
	EXPECT_STR(text, want);
}

/* evidence(5), the worked vector. */
static void
test_vector(void)
{
	static const char line[] =
	    "{\"meta\":{\"exchange\":\"okx\",\"instId\":\"BTC-USDT-SWAP\",\"ordId\":"
	    "\"2940071038556348417\",\"verifiedAt\":\"2025-11-04T09:10:11Z\","
	    "\"live\":true,\"fresh\":true,\"requestId\":\"uuid-1\",\"version\":\"jp-verify@1.0.0\"}"
	    ",\"normalized\":{\"order\":{\"side\":\"buy\","
	    "\"px\":\"65000.5\"},\"position\":{\"liquidated\":true,\"reason\":\"forced-"
	    "liquidation\"}},\"raw\":{\"trade/order\":{\"code\":\"0\","
	    "\"data\":[{\"ordId\":\"2940071038556348417\"}],\"fetchedAt\":\"2025-11-04T09:10:10Z\"}"
	    ",\"account/positions\":{\"code\":\"0\","
	    "\"data\":[],\"fetchedAt\":\"2025-11-04T09:10:10Z\"}},\"perf\":{\"totalMs\":650},"
	    "\"error\":null}";
	static const char *const want[][2] = {
	    {"meta", "0x5669e86c7653767969c3bc7000394a75415b632e39408a65b1514729d2ce8ffd"},
	    {"normalized.order",
	     "0x832f798135899e769fdb378e1d5ca4e647537f909a2f1761462b7290346574bd"},
	    {"normalized.position",
	     "0xf689d84308570f091a64666f9da8256037bc0abbe6343a342051d058749eb5f1"},
	    {"raw.account/positions",
	     "0xe0e201d8d07720f77ac82319816768726d8ad964a2a14478048e4864649065be"},
	    {"raw.trade/order",
	     "0x47b0c20687e3624457bcb4a8253c437d1ae9fb786e9c8d31db192f6b2335cdae"},
	};
	struct chain_record r;
	struct chain_fault fault;
	struct evidence ev;
	char id[EVIDENCE_ID_MAX];

	evidence_init(&ev);
	EXPECT(chain_parse(span_of(line), &r, &fault));
	EXPECT(evidence_read(&ev, &r) == EVIDENCE_OK && evidence_hash_leaves(&ev) == EVIDENCE_OK &&
	       evidence_hash_bundle(&ev, &r) == EVIDENCE_OK);
	evidence_finish(&ev);
	EXPECT(ev.n == 5);
	for (size_t i = 0; i < 5; i++) {
		EXPECT(span_is(ev.leaves[i].path, want[i][0]));
		expect_hash(ev.leaves[i].hash, want[i][1]);
	}
	expect_hash(ev.manifest,
		    "0xea0eb62e3de1ce66b64d28be4360a68af6fcab74f30c7492de085de124f4bdbe");
	expect_hash(evidence_root(&ev),
		    "0x66581ec2adfcb0284bcf108521ec235011870a2891c8f642377fa7a49b51e104");
	expect_hash(ev.bundle_hash,
		    "0x8f8af8913a1c8cc8d97083078c67713b833e0ae2c9be6359a49bd8fc306d6f78");
	EXPECT(evidence_id(SPAN_LIT("2025-11-04T09:10:11Z"), evidence_root(&ev), id));
	EXPECT_STR(id, "evi_20251104_66581ec2adfcb028");
	EXPECT(!evidence_id(SPAN_LIT("2025-11-4T"), evidence_root(&ev), id));
	evidence_release(&ev);
}

static enum evidence_error
error_of(const char *line)
{
	struct chain_record r;
	struct chain_fault fault;
	struct evidence ev;
	enum evidence_error e;

	evidence_init(&ev);
	EXPECT(chain_parse(span_of(line), &r, &fault));
	e = evidence_read(&ev, &r);
	if (e == EVIDENCE_OK)
		e = evidence_hash_leaves(&ev);
	if (e == EVIDENCE_OK)
		e = evidence_hash_bundle(&ev, &r);
	evidence_release(&ev);
	return e;
}

static void
test_refusals(void)
{
	EXPECT(error_of("{\"raw\":{}}") == EVIDENCE_E_SHAPE);
	EXPECT(error_of("{\"meta\":[]}") == EVIDENCE_E_SHAPE);
	EXPECT(error_of("{\"meta\":{},\"raw\":[]}") == EVIDENCE_E_SHAPE);
	EXPECT(error_of("{\"meta\":{},\"normalized\":\"x\"}") == EVIDENCE_E_SHAPE);
	EXPECT(error_of("{\"meta\":{},\"error\":\"x\"}") == EVIDENCE_E_SHAPE);
	EXPECT(error_of("{\"meta\":{},\"raw\":{\"a\":1,\"\\u0061\":2}}") == EVIDENCE_E_DUPLICATE);
	EXPECT(error_of("{\"meta\":{\"a\":1,\"a\":2}}") == EVIDENCE_E_NAMES);
	EXPECT(error_of("{\"meta\":{},\"raw\":{\"x\":{\"id\":2940071038556348417}}}") ==
	       EVIDENCE_E_LOSSY);
	EXPECT(error_of("{\"meta\":{},\"raw\":{\"x\":{\"id\":\"2940071038556348417\"}}}") ==
	       EVIDENCE_OK);
}

/* Every member of the evidence object must be of its form. */
static void
test_sealed(void)
{
	static const char good[] =
	    "{\"leaves\":[{\"path\":\"meta\",\"hash\":"
	    "\"0x5669e86c7653767969c3bc7000394a75415b632e39408a65b1514729d2ce8ffd\"},"
	    "{\"path\":\"#manifest\",\"hash\":"
	    "\"0xea0eb62e3de1ce66b64d28be4360a68af6fcab74f30c7492de085de124f4bdbe\"}],"
	    "\"root\":\"0x66581ec2adfcb0284bcf108521ec235011870a2891c8f642377fa7a49b51e104\","
	    "\"rootAlgo\":\"keccak256-merkle-v1\","
	    "\"bundleHash\":\"0x8f8af8913a1c8cc8d97083078c67713b833e0ae2c9be6359a49bd8fc306d6f78\","
	    "\"evidenceId\":\"evi_x\",\"parentRoot\":null}";
	static const char *const breaks[][2] = {{"keccak256-merkle-v1", "keccak256-merkle-v2"},
						{"0x66581e", "0x66581E"},
						{"0x8f8a", "008f8a"},
						{"#manifest", "#manifes_"},
						{"\"meta\"", "\"zeta\""},
						{"parentRoot\":null", "parentRoot\":1234"},
						{"\"leaves\":[", "\"leave_\":["}};
	struct sealed s;
	char text[sizeof good + 16];

	sealed_init(&s);
	EXPECT(sealed_read(&s, span_of(good)) && s.n == 2 && !s.has_parent);
	for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++) {
		char *at;

		memcpy(text, good, sizeof good);
		at = strstr(text, breaks[i][0]);
		EXPECT(at != NULL);
		memcpy(at, breaks[i][1], strlen(breaks[i][1]));
		/* "zeta" sorts after "#manifest" only in name order; alone it is fine */
		EXPECT(sealed_read(&s, span_of(text)) == (i == 4));
	}
	sealed_release(&s);
}

int
main(void)
{
	RUN(test_tree);
	RUN(test_many_leaves);
	RUN(test_paths);
	RUN(test_vector);
	RUN(test_refusals);
	RUN(test_sealed);
	return test_done();
}
