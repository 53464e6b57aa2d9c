// Catches each known way to make a Merkle tree prove what was never sealed. Every attack is first shown to succeed against the naive
// scheme (with a library that many use, where there is one), and then to fail against ours.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { SimpleMerkleTree, StandardMerkleTree } from '@openzeppelin/merkle-tree';
import merkletreejs from 'merkletreejs';
import { keccak_256 } from '@noble/hashes/sha3';
import * as peer from './peer.mjs';

const { MerkleTree } = merkletreejs;
const keccak = (x) => Buffer.from(keccak_256(x));
const key = Buffer.from('the key of these bundles: 32 B..');
const at = '2025-11-04T09:10:11Z';

const sealOne = (record, patterns = []) =>
	JSON.parse(peer.seal([JSON.stringify(record)], patterns.flatMap((p) => ['--redactable', p]), patterns.length ? key : null)[0]);
const verdict = (record, ...args) => peer.verify([JSON.stringify(record)], args)[0];
const entries = (n, more = {}) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`trade/fills#${i}`, { code: '0', i, ...more }]));

function expectBad(record, why) {
	const v = verdict(record);
	assert.equal(v.result, 'bad', JSON.stringify(v));
	if (why) assert.match(v.failed, why);
}

// A record's evidence rebuilt around a list of leaf hashes, as an attacker would do it: root and id made to fit.
function reseal(record, leaves, root) {
	const x = structuredClone(record);
	x.evidence.leaves = leaves;
	x.evidence.root = root;
	x.evidence.evidenceId = x.evidence.evidenceId.slice(0, 13) + root.slice(2, 18);
	return x;
}

test('second preimage: an inner node passed off as a leaf', () => {
	// naive: leaf = keccak(data). The 64 bytes of a pair of hashes are data too, and their hash is in the tree.
	const hashes = ['a', 'b', 'c', 'd'].map((d) => peer.kec(d));
	const naive = SimpleMerkleTree.of(hashes);
	const t = peer.heapOf(hashes);
	const pair = [t[3], t[4]].sort();
	const fakeLeaf = peer.kec(peer.unhex(pair[0]), peer.unhex(pair[1]));
	assert.equal(SimpleMerkleTree.verify(naive.root, fakeLeaf, [t[2]]), true);

	// ours: a leaf is the double hash of path, salt and value hash; the pair has neither form nor hash of one
	const sealed = sealOne({ meta: { verifiedAt: at }, raw: entries(3) });
	const heap = peer.heapOf(sealed.evidence.leaves.map((l) => l.hash));
	assert.equal(heap[0], sealed.evidence.root);
	for (let i = 1; i < heap.length >> 1; i++) {
		const children = [heap[2 * i + 1], heap[2 * i + 2]].sort();
		const proof = [];
		for (let k = i; k > 0; k = (k - 1) >> 1) proof.push(heap[k % 2 ? k + 1 : k - 1]);
		assert.equal(SimpleMerkleTree.verify(heap[0], heap[i], proof), true, 'the node is in the tree');
		for (const value of [children, children[0] + children[1].slice(2), children.join('')]) {
			for (const hash of [heap[i], peer.leafHash('raw.x', peer.zero, value)]) {
				const forged = { type: 'proof', root: heap[0], path: 'raw.x', salt: peer.zero, value, hash, proof };
				assert.equal(verdict(forged).result, 'bad');
			}
			assert.equal(StandardMerkleTree.verify(heap[0], peer.leafEncoding, ['raw.x', peer.zero, peer.valueHash(value)], proof), false);
		}
		// as salt and value hash: the 64 bytes themselves
		assert.equal(StandardMerkleTree.verify(heap[0], peer.leafEncoding, ['', children[0], children[1]], proof), false);
	}
});

test('duplicate last node (CVE-2012-2459): two lists of leaves, one root', () => {
	const leaves = ['a', 'b', 'c'].map((d) => keccak(Buffer.from(d)));
	const root = (list) => new MerkleTree(list, keccak, { duplicateOdd: true }).getHexRoot();
	assert.equal(root(leaves), root([...leaves, leaves[2]]));

	// ours, as a tree: no list has the root of one that repeats a leaf
	for (let n = 1; n <= 8; n++) {
		const list = Array.from({ length: n }, (_, i) => peer.kec(`leaf ${i}`));
		for (const twice of list) assert.notEqual(peer.heapOf([...list, twice])[0], peer.heapOf(list)[0]);
	}
	// ours, as a record: an entry again under its own name is refused, and under another name it has no leaf
	for (let n = 1; n <= 5; n++) {
		const record = { meta: { verifiedAt: at }, raw: entries(n) };
		const sealed = sealOne(record);
		const last = `trade/fills#${n - 1}`;
		const twice = JSON.stringify(record).replace(/\}\}\}$/, `},"${last}":${JSON.stringify(record.raw[last])}}}`);
		assert.match(JSON.parse(peer.seal([twice])[0]).error.msg, /E_DUPLICATE/);
		const again = structuredClone(sealed);
		again.raw[last + '0'] = again.raw[last];
		expectBad(again, /covered by no leaf/);
		const leaf = sealed.evidence.leaves.find((l) => l.path === `raw.${last}`);
		for (const copy of [leaf, { ...leaf, path: leaf.path + '0' }]) {
			const list = [...sealed.evidence.leaves.slice(0, -1), copy].sort(peer.byPath).concat(sealed.evidence.leaves.at(-1));
			expectBad(reseal(again, list, sealed.evidence.root));
			expectBad(reseal(again, list, peer.heapOf(list.map((l) => l.hash))[0]));
		}
	}
});

test('the odd node has more than one rule: "sorted pairs of keccak" does not say which root', () => {
	const different = [];
	for (let n = 2; n <= 8; n++) {
		const sealed = sealOne({ meta: { verifiedAt: at }, raw: entries(n - 2) });
		const hashes = sealed.evidence.leaves.map((l) => l.hash);
		assert.equal(hashes.length, n);
		const promoted = new MerkleTree(hashes.map(peer.unhex), keccak, { sortLeaves: true, sortPairs: true }).getHexRoot();
		assert.equal(sealed.evidence.root, SimpleMerkleTree.of(hashes).root);
		if (promoted === sealed.evidence.root) continue;
		different.push(n);
		// a record under the other rule's root is bad, everything else in it made to fit
		expectBad(reseal(sealed, sealed.evidence.leaves, promoted), /another root/);
	}
	assert.ok(different.includes(5) && different.includes(7), `different at ${different}`);
});

test('sorted pairs lose the position: a proof says "in the set", never where', () => {
	const [a, b] = ['first', 'second'].map((d) => peer.kec(d));
	assert.equal(SimpleMerkleTree.of([a, b]).root, SimpleMerkleTree.of([b, a]).root);

	// ours: the place is in the leaf. Two entries that change places make another root ...
	const x = { meta: { verifiedAt: at }, raw: { 'trade/order': { code: '0' }, 'account/positions': { code: '1' } } };
	const y = { meta: { verifiedAt: at }, raw: { 'trade/order': { code: '1' }, 'account/positions': { code: '0' } } };
	const sealed = sealOne(x);
	assert.notEqual(sealed.evidence.root, sealOne(y).evidence.root);
	// ... and values that changed places under the old root are bad, with their hashes or without
	expectBad({ ...sealed, raw: y.raw }, /changed/);
	const [first, second] = sealed.evidence.leaves.filter((l) => l.path.startsWith('raw.'));
	const swapped = sealed.evidence.leaves.map((l) => (l === first ? { ...l, hash: second.hash } : l === second ? { ...l, hash: first.hash } : l));
	expectBad({ ...sealed, raw: y.raw, evidence: { ...sealed.evidence, leaves: swapped } }, /changed/);
	// order in the text is no position: the same members in another order are the same record
	const turned = { meta: x.meta, raw: Object.fromEntries(Object.entries(x.raw).reverse()) };
	assert.equal(sealOne(turned).evidence.root, sealed.evidence.root);
});

// Redact all salted leaves.
function redacted(sealed) {
	const paths = sealed.evidence.leaves.filter((l) => l.salt).map((l) => l.path);
	return JSON.parse(peer.run('merkle-redact', ['--', ...paths], [JSON.stringify(sealed)]).lines[0]);
}

test('collapse: two redacted leaves become one, under the same root', () => {
	// The two smallest leaf hashes are the last two nodes of the heap. Where their parent is larger than every other leaf, a list with
	// the parent in their place has the same root.
	for (let nonce = 0; ; nonce++) {
		assert.ok(nonce < 2000, 'no such record found');
		const record = { meta: { verifiedAt: at, nonce }, raw: { a: { uid: 1 }, b: { uid: 2 }, c: { code: '0' } } };
		const { evidence } = peer.evidenceOf(record, ['raw.a', 'raw.b'], key);
		const hashes = evidence.leaves.map((l) => l.hash).sort();
		const hidden = ['raw.a', 'raw.b'].map((p) => evidence.leaves.find((l) => l.path === p).hash).sort();
		const parent = peer.node(...hidden);
		if (hashes[0] !== hidden[0] || hashes[1] !== hidden[1] || parent < hashes.at(-1)) continue;

		const sealed = sealOne(record, ['raw.a', 'raw.b']);
		assert.deepEqual(sealed.evidence, evidence);
		const black = redacted(sealed);
		assert.equal(verdict(black).result, 'good');

		// naive: leaf hashes and a root are all there is
		const rest = hashes.slice(2);
		assert.equal(SimpleMerkleTree.of([parent, ...rest]).root, sealed.evidence.root);

		// ours: number and labels are bound by the manifest
		const forged = structuredClone(black);
		delete forged.raw.b;
		forged.raw.a = { $redacted: parent };
		const leaves = black.evidence.leaves.filter((l) => l.path !== 'raw.b').map((l) => (l.path === 'raw.a' ? { ...l, hash: parent } : l));
		assert.equal(peer.heapOf(leaves.map((l) => l.hash))[0], sealed.evidence.root, 'the leaves do lead to the root');
		const collapsed = reseal(forged, leaves, sealed.evidence.root);
		expectBad(collapsed);
		// also when the bundle hash is made to fit, so that nothing but the manifest stands against it
		const hiddenNow = new Map([['raw.a', parent]]);
		expectBad({ ...collapsed, evidence: { ...collapsed.evidence, bundleHash: peer.valueHash(peer.stablePart(collapsed, hiddenNow)) } }, /manifest/);
		break;
	}
});

test('label swap: two redacted leaves change names, under the same root', () => {
	const sealed = sealOne({ meta: { verifiedAt: at }, raw: { 'account/config': { uid: '11111111' }, 'trade/order': { sz: '5' } } }, ['raw.*']);
	const black = redacted(sealed);
	const [a, b] = black.evidence.leaves.filter((l) => l.path.startsWith('raw.'));
	const forged = structuredClone(black);
	forged.raw = { 'account/config': { $redacted: b.hash }, 'trade/order': { $redacted: a.hash } };
	forged.evidence.leaves = black.evidence.leaves.map((l) => (l.path === a.path ? { ...l, hash: b.hash } : l.path === b.path ? { ...l, hash: a.hash } : l));
	// naive: the same set of leaves, the same root
	assert.equal(SimpleMerkleTree.of(forged.evidence.leaves.map((l) => l.hash)).root, black.evidence.root);
	expectBad(forged);
	const hidden = new Map([['raw.account/config', b.hash], ['raw.trade/order', a.hash]]);
	forged.evidence.bundleHash = peer.valueHash(peer.stablePart(forged, hidden));
	expectBad(forged, /manifest/);
	// nor may a redacted leaf get a new name
	const renamed = structuredClone(black);
	renamed.raw['trade/other'] = renamed.raw['trade/order'];
	delete renamed.raw['trade/order'];
	renamed.evidence.leaves.find((l) => l.path === b.path).path = 'raw.trade/other';
	expectBad(renamed);
});

test('unsalted secondary hashes: nothing that a redacted record still says lets one find the value', () => {
	const record = (uid) => ({ meta: { verifiedAt: at }, raw: { 'account/config': { code: '0', data: [{ uid }] }, 'trade/order': { code: '0' } }, error: null });
	const uid = '40000042';
	const candidates = Array.from({ length: 300 }, (_, i) => String(40000000 + i));

	// naive: a hash over the whole response beside the salted leaves. Try all values.
	const bundleHash = peer.valueHash(record(uid));
	assert.equal(candidates.find((c) => peer.valueHash(record(c)) === bundleHash), uid);

	// ours: try all values against every hash that the redacted record shows
	const black = redacted(sealOne(record(uid), ['raw.account/config']));
	const shown = new Set(JSON.stringify(black).match(/0x[0-9a-f]{64}/g));
	for (const c of candidates) {
		const open = record(c);
		const value = open.raw['account/config'];
		const guesses = [
			peer.valueHash(value), peer.valueHash(c), peer.valueHash(open), peer.valueHash(peer.stablePart(open, new Map())),
			peer.leafHash('raw.account/config', peer.zero, value), peer.evidenceOf(open).evidence.bundleHash, peer.evidenceOf(open).evidence.root,
		];
		for (const g of guesses) assert.ok(!shown.has(g), `${c} found`);
	}
	assert.ok(!JSON.stringify(black).includes(uid));

	// and not by trying only: two records that differ in the hidden value alone differ, redacted, in nothing but the salted leaf hash
	// and what is computed from it
	const other = redacted(sealOne(record('77777777'), ['raw.account/config']));
	for (const x of [black, other]) {
		const hash = x.raw['account/config'].$redacted;
		const hidden = new Map([['raw.account/config', hash]]);
		const leaves = peer.leavesOf(x).map(({ path, value }) => ({ path, hash: hidden.get(path) ?? peer.leafHash(path, peer.zero, value) }));
		const bundle = peer.valueHash(peer.stablePart(x, hidden));
		const manifest = peer.manifestOf(leaves, bundle);
		const all = [...leaves, { path: '#manifest', hash: manifest.hash }];
		const { root } = SimpleMerkleTree.of(all.map((l) => l.hash));
		assert.deepEqual(x.evidence, {
			leaves: all, root, rootAlgo: 'keccak256-merkle-v1', bundleHash: bundle, evidenceId: `evi_20251104_${root.slice(2, 18)}`, parentRoot: null,
		});
	}
	const blank = (x) => ({ ...x, raw: { ...x.raw, 'account/config': null }, evidence: null });
	assert.deepEqual(blank(black), blank(other));

	// the salt itself is independent for each record and each path, so one opened leaf opens no other
	const salts = [record(uid), { ...record(uid), meta: { verifiedAt: at, n: 1 } }]
		.flatMap((x) => sealOne(x, ['raw.*']).evidence.leaves.filter((l) => l.salt).map((l) => l.salt));
	assert.equal(new Set(salts).size, 4);
});

test('canonical JSON makes two numbers one: neither is sealed', () => {
	// naive: parse, canonicalise, hash. Two order ids, one hash.
	const ids = ['2940071038556348417', '2940071038556348288'];
	assert.equal(peer.jcs(JSON.parse(`{"id":${ids[0]}}`)), peer.jcs(JSON.parse(`{"id":${ids[1]}}`)));
	const sealedWith = (text) => JSON.parse(peer.seal([`{"meta":{"verifiedAt":"${at}"},"normalized":{"order":{"id":${text}}}}`])[0]);
	for (const id of [...ids, '-' + ids[0], '9007199254740993', '0.1000000000000000055511151231257827', '1e400', '1e-400', '1.7976931348623158e308']) {
		const out = sealedWith(id);
		assert.equal(out.evidence, undefined, id);
		assert.match(out.error.msg, /E_LOSSY/);
	}
	// as strings both are sealed, apart; and the one number that the double is, is
	const roots = [...ids.map((id) => `"${id}"`), '2940071038556348400'].map((text) => sealedWith(text).evidence.root);
	assert.equal(new Set(roots).size, 3);
	// a sealed number changed into its double's twin is bad
	const sealed = JSON.stringify(sealedWith('2940071038556348400'));
	for (const id of ids) assert.equal(peer.verdicts([sealed.replace('2940071038556348400', id)])[0], 'bad');
});

test('a name that stands twice: the reader who takes the last sees another value than the one who takes the first', () => {
	const lines = [
		'{"meta":{"verifiedAt":"V"},"normalized":{"order":{"px":"1","px":"2"}}}',
		'{"meta":{"verifiedAt":"V"},"normalized":{"order":{"px":"1","\\u0070x":"2"}}}',
		'{"meta":{"verifiedAt":"V"},"normalized":{"order":1,"order":2}}',
		'{"meta":{"verifiedAt":"V"},"raw":{"a":{},"\\u0061":{}}}',
		'{"meta":{"verifiedAt":"V","x":1,"x":1}}',
		'{"meta":{"verifiedAt":"V"},"raw":{"a":{"fetchedAt":"1","fetchedAt":"2"}}}',
		'{"meta":{"verifiedAt":"V"},"error":null,"error":{"code":"TIMEOUT"}}',
		'{"meta":{"verifiedAt":"V"},"m\\u0065ta":{"verifiedAt":"V"}}',
	].map((l) => l.replaceAll('"V"', `"${at}"`));
	peer.seal(lines).forEach((out, i) => assert.ok(!JSON.parse(out).evidence, lines[i]));
	// and when somebody else's sealer let it pass
	const sealed = JSON.stringify(sealOne({ meta: { verifiedAt: at }, normalized: { order: { px: '1' } }, raw: {} }));
	const twice = [
		sealed.replace('"px":"1"', '"px":"1","px":"2"'), sealed.replace('"px":"1"', '"px":"2","px":"1"'),
		sealed.replace('"order":', '"order":{},"order":'), sealed.replace('"raw":', '"normalized":{},"raw":'),
		sealed.replace('"root":', `"root":"${peer.zero}","root":`), sealed.replace('"hash":', `"hash":"${peer.zero}","hash":`),
		sealed.replace('"meta":', '"meta":{},"meta":'), sealed.replace('"evidence":', '"evidence":{},"evidence":'),
	];
	peer.verdicts(twice).forEach((v, i) => assert.notEqual(v, 'good', twice[i]));
});

test('one line cannot keep the verifier busy: leaves that a record lacks, by the ten thousand', () => {
	const sealed = sealOne({ meta: { verifiedAt: at } });
	const lost = Array.from({ length: 60000 }, (_, i) => ({ path: `raw.${String(i).padStart(6, '0')}`, hash: peer.zero }));
	const line = JSON.stringify({ ...sealed, evidence: { ...sealed.evidence, leaves: [...sealed.evidence.leaves.slice(0, -1), ...lost, sealed.evidence.leaves.at(-1)] } });
	assert.ok(line.length < 8 << 20);
	const full = JSON.stringify(sealOne({ meta: { verifiedAt: at }, raw: Object.fromEntries(Array.from({ length: 40000 }, (_, i) => [`e${i}`, 1])) }));
	for (const [text, want] of [[line, 'bad'], [full, 'good']]) {
		const { lines } = peer.run('merkle-verify', [], [text], { timeout: 10000 });
		assert.equal(JSON.parse(lines[0]).result, want);
	}
});
