/* merkle-proof: the Merkle proof of one leaf of each sealed record (evidence(5), "Proofs"). */
#include "chain_filter.h"
#include "evidence.h"
#include "filter.h"
#include "hex.h"
#include "json.h"
#include "limit.h"
#include "sealed.h"

struct prove {
	struct span path;
	struct evidence evidence;
	struct sealed sealed;
	struct buf out;
};

static enum filter_verdict
refuse(struct filter *f, const struct line *in, const char *code, const char *why)
{
	struct prove *s = f->context;

	return chain_refuse(f, in, &(struct chain_fault){code, why, 0}, &s->out);
}

static void
print_hash(struct buf *out, const char *name, const unsigned char hash[32])
{
	char text[67];

	hex_print_hash(hash, text);
	buf_json_member_string(out, name, span_of(text));
}

static void
print_path_to_root(struct buf *out, const struct evidence *ev, struct tree_hash leaf)
{
	struct tree_hash proof[TREE_PROOF_MAX];
	size_t n = 0;
	char text[67];

	tree_proof(ev->nodes, ev->n + 1, leaf, proof, &n);
	buf_json_key(out, "proof");
	buf_byte(out, '[');
	for (size_t i = 0; i < n; i++) {
		hex_print_hash(proof[i].bytes, text);
		if (i)
			buf_byte(out, ',');
		buf_json_string(out, span_of(text));
	}
	buf_byte(out, ']');
}

/* path, salt, valueHash, value, hash, proof: what OpenZeppelin's StandardMerkleTree.verify and
 * merkle-verify want to know. */
static void
print_leaf_proof(struct buf *out, const struct evidence *ev, const struct evidence_leaf *leaf)
{
	buf_json_member_string(out, "path", leaf->path);
	print_hash(out, "salt", leaf->salt);
	print_hash(out, "valueHash", leaf->value_hash.bytes);
	buf_json_member_raw(out, "value", leaf->value);
	print_hash(out, "hash", leaf->hash.bytes);
	print_path_to_root(out, ev, leaf->hash);
}

static void
print_proof(struct buf *out, struct prove *s, const struct evidence_leaf *leaf)
{
	static const unsigned char no_salt[32];
	struct evidence *ev = &s->evidence;
	struct tree_hash value;

	buf_byte(out, '{');
	buf_json_member_string(out, "type", SPAN_LIT("proof"));
	buf_json_member_string(out, "evidenceId", s->sealed.id);
	print_hash(out, "root", evidence_root(ev).bytes);
	buf_json_member_string(out, "rootAlgo", SPAN_LIT(EVIDENCE_ALGO));
	if (leaf)
		print_leaf_proof(out, ev, leaf);
	buf_json_key(out, "manifest");
	buf_byte(out, '{');
	buf_json_member_string(out, "path", SPAN_LIT(EVIDENCE_MANIFEST));
	evidence_value_hash(ev, buf_span(&ev->manifest_value), &value);
	print_hash(out, "salt", no_salt);
	print_hash(out, "valueHash", value.bytes);
	buf_json_member_raw(out, "value", buf_span(&ev->manifest_value));
	print_hash(out, "hash", ev->manifest.bytes);
	print_path_to_root(out, ev, ev->manifest);
	buf_str(out, "}}");
}

/* Give the record's leaves their salts, and the hash of the leaf to prove; everything else is taken
 * as listed. */
static const char *
rebuild(struct prove *s, const struct chain_record *r)
{
	struct evidence *ev = &s->evidence;

	if (evidence_read(ev, r) != EVIDENCE_OK)
		return evidence_error_text(EVIDENCE_E_SHAPE);
	for (size_t i = 0; i + 1 < s->sealed.n; i++) {
		const struct sealed_leaf *listed = &s->sealed.leaves[i];
		struct evidence_leaf *leaf = evidence_find(ev, listed->path);

		if (leaf) {
			leaf->salted = listed->salted;
			memcpy(leaf->salt, listed->salt, sizeof leaf->salt);
		} else if (evidence_add_missing(ev, listed->path, listed->hash) != EVIDENCE_OK) {
			return evidence_error_text(EVIDENCE_E_SPACE);
		}
	}
	if (evidence_settle(ev) != EVIDENCE_OK)
		return evidence_error_text(EVIDENCE_E_DUPLICATE);
	if (evidence_hash_leaves(ev) != EVIDENCE_OK)
		return "a value has no canonical form";
	ev->bundle_hash = s->sealed.bundle_hash;
	evidence_finish(ev);
	return tree_hash_equal(evidence_root(ev), s->sealed.root)
		   ? NULL
		   : "the record does not lead to its root";
}

static enum filter_verdict
prove_record(struct filter *f, const struct line *in, bool too_long)
{
	struct prove *s = f->context;
	struct chain_fault fault;
	struct chain_record r;
	const struct evidence_leaf *leaf;
	const char *why;
	bool manifest = span_is(s->path, EVIDENCE_MANIFEST);

	buf_clear(&s->out);
	if (!chain_take(in, too_long, &r, &fault))
		return chain_refuse(f, in, &fault, &s->out);
	if (!sealed_read(&s->sealed, r.evidence))
		return refuse(f, in, "NOT_SEALED", s->sealed.fault);
	why = rebuild(s, &r);
	if (why)
		return refuse(f, in, "BAD_EVIDENCE", why);
	leaf = evidence_find(&s->evidence, s->path);
	if (!manifest && !leaf)
		return refuse(f, in, "NO_LEAF", "the record has no such leaf");
	if (!manifest && (leaf->redacted || leaf->missing))
		return refuse(f, in, "REDACTED", "the leaf's value is not in the record");
	print_proof(&s->out, s, leaf);
	filter_emit(f, buf_span(&s->out));
	return FILTER_YES;
}

static void
parse_options(struct prove *s, int argc, char **argv)
{
	static const struct option options[] = {{0}};

	while (tool_option(argc, argv, options) != -1)
		;
	if (argc - optind != 1)
		tool_usage("one path, please", optind < argc ? argv[optind + 1] : "PATH");
	s->path = span_of(argv[optind]);
}

int
main(int argc, char **argv)
{
	static struct prove prove;
	static struct filter filter = {
	    .step = prove_record, .context = &prove, .line_max = LIMIT_BUNDLE_BYTES};

	tool_start(TOOL_PLAIN);
	parse_options(&prove, argc, argv);
	evidence_init(&prove.evidence);
	sealed_init(&prove.sealed);
	buf_init(&prove.out, 2 * (size_t)LIMIT_BUNDLE_BYTES);
	filter_init(&filter, NULL);
	filter_sandbox(&filter);
	return filter_run(&filter);
}
