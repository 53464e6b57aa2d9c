/*
 * Catches a record that crashes the hashing, or that does not verify after it was sealed: its
 * evidence is read back and everything is computed again from the sealed text.
 */
#include "digest.h"
#include "evidence.h"
#include "fuzz.h"
#include "hex.h"
#include "json.h"
#include "sealed.h"

static const char key[] = "sixteen bytes and more";

static void
print_hash(struct buf *out, const char *name, const void *hash)
{
	char text[67];

	hex_print_hash(hash, text);
	buf_json_member_string(out, name, span_of(text));
}

static void
print_leaf(struct buf *out, struct span path, struct tree_hash hash, const unsigned char *salt)
{
	if (out->ptr[out->len - 1] == '}')
		buf_byte(out, ',');
	buf_byte(out, '{');
	buf_json_member_string(out, "path", path);
	print_hash(out, "hash", hash.bytes);
	if (salt)
		print_hash(out, "salt", salt);
	buf_byte(out, '}');
}

static void
seal(const struct chain_record *r, const struct evidence *ev, struct buf *out)
{
	chain_open(r, (struct span){0}, out);
	buf_json_key(out, "evidence");
	buf_str(out, "{\"leaves\":[");
	for (size_t i = 0; i < ev->n; i++)
		print_leaf(out, ev->leaves[i].path, ev->leaves[i].hash,
			   ev->leaves[i].salted ? ev->leaves[i].salt : NULL);
	print_leaf(out, SPAN_LIT(EVIDENCE_MANIFEST), ev->manifest, NULL);
	buf_byte(out, ']');
	print_hash(out, "root", evidence_root(ev).bytes);
	buf_json_member_string(out, "rootAlgo", SPAN_LIT(EVIDENCE_ALGO));
	print_hash(out, "bundleHash", ev->bundle_hash.bytes);
	buf_json_member_string(out, "evidenceId", SPAN_LIT("evi_"));
	buf_json_member_raw(out, "parentRoot", SPAN_LIT("null"));
	buf_byte(out, '}');
	chain_close(out);
	FUZZ_CHECK(buf_ok(out));
}

static void
check_leaf(struct evidence *ev, const struct sealed *s, size_t i)
{
	const struct sealed_leaf *listed = &s->leaves[i];
	struct evidence_leaf *leaf = evidence_find(ev, listed->path);

	FUZZ_CHECK(leaf && span_equal(leaf->path, ev->leaves[i].path));
	leaf->salted = listed->salted;
	memcpy(leaf->salt, listed->salt, sizeof leaf->salt);
}

static void
check_sealed(struct span text, const struct evidence *want)
{
	struct chain_record r;
	struct chain_fault fault;
	struct evidence ev;
	struct sealed s;

	evidence_init(&ev);
	sealed_init(&s);
	FUZZ_CHECK(chain_parse(text, &r, &fault));
	FUZZ_CHECK(sealed_read(&s, r.evidence));
	FUZZ_CHECK(evidence_read(&ev, &r) == EVIDENCE_OK && s.n == ev.n + 1);
	for (size_t i = 0; i < ev.n; i++)
		check_leaf(&ev, &s, i);
	FUZZ_CHECK(evidence_hash_leaves(&ev) == EVIDENCE_OK);
	for (size_t i = 0; i < ev.n; i++)
		FUZZ_CHECK(tree_hash_equal(ev.leaves[i].hash, s.leaves[i].hash));
	FUZZ_CHECK(evidence_hash_bundle(&ev, &r) == EVIDENCE_OK &&
		   tree_hash_equal(ev.bundle_hash, s.bundle_hash));
	evidence_finish(&ev);
	FUZZ_CHECK(tree_hash_equal(evidence_root(&ev), s.root) &&
		   tree_hash_equal(evidence_root(want), s.root));
	FUZZ_CHECK(tree_hash_equal(ev.manifest, s.leaves[s.n - 1].hash));
	evidence_release(&ev);
	sealed_release(&s);
}

/* Every leaf has a proof, and it leads to the root. */
static void
check_proofs(const struct evidence *ev)
{
	struct tree_hash proof[TREE_PROOF_MAX], manifest = ev->manifest;
	size_t n;

	for (size_t i = 0; i <= ev->n; i++) {
		struct tree_hash leaf = i < ev->n ? ev->leaves[i].hash : manifest;

		FUZZ_CHECK(tree_proof(ev->nodes, ev->n + 1, leaf, proof, &n));
		FUZZ_CHECK(tree_hash_equal(tree_climb(leaf, proof, n), evidence_root(ev)));
	}
}

/* The first byte says which leaves are salted; the rest is a record. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool started;
	struct span in = fuzz_span(data, size);
	unsigned salted = fuzz_byte(&in);
	struct chain_record r;
	struct chain_fault fault;
	struct evidence ev;
	struct buf out;

	if (!started)
		digest_init();
	started = true;
	if (!chain_parse(in, &r, &fault) || r.evidence.ptr)
		return 0;
	evidence_init(&ev);
	buf_init(&out, 1 << 20);
	if (evidence_read(&ev, &r) == EVIDENCE_OK) {
		bool good = true;

		for (size_t i = 0; i < ev.n; i++) {
			FUZZ_CHECK(i == 0 ||
				   span_compare(ev.leaves[i - 1].path, ev.leaves[i].path) < 0);
			if (salted >> i % 8 & 1 && !ev.leaves[i].redacted)
				good &= evidence_salt(&ev, &r, SPAN_LIT(key), &ev.leaves[i]) ==
					EVIDENCE_OK;
		}
		if (good && evidence_hash_leaves(&ev) == EVIDENCE_OK &&
		    evidence_hash_bundle(&ev, &r) == EVIDENCE_OK) {
			evidence_finish(&ev);
			check_proofs(&ev);
			seal(&r, &ev, &out);
			check_sealed(buf_span(&out), &ev);
		}
	}
	evidence_release(&ev);
	buf_release(&out);
	return 0;
}
