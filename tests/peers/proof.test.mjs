// Catches a proof that OpenZeppelin's library or contract does not take, and a forged proof that anything takes.
import { before, test } from 'node:test';
import assert from 'node:assert/strict';
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import { contract } from './evm.mjs';
import * as peer from './peer.mjs';

const key = Buffer.from('another bundle key of some bytes');
const redactable = ['raw.account/*', 'raw.trade/*', 'normalized.order'];

let holds, proofs, sealed;

// Every leaf's proof of every record: {line, record, path, proof, text}.
before(async () => {
	const r = peer.random(peer.seed + 200);
	const lines = [0, 1, 2, 3, 4, 6, 11, 30].map((entries) => peer.spell(r, peer.randomRecord(r, entries)));
	lines.push(JSON.stringify({ meta: { verifiedAt: '2025-11-04T09:10:11Z' }, normalized: { 'say "so"': 1, 'back\\slash': 2, 'tab\t': 3, 'ünï\u{1f4b0}': 4, '': 5 } }));
	sealed = peer.seal(lines, redactable.flatMap((p) => ['--redactable', p]), key);
	holds = await contract();
	proofs = [];
	sealed.forEach((line, i) => {
		const record = JSON.parse(line);
		for (const { path } of record.evidence.leaves) {
			if (path.includes('\0')) continue;
			const [text] = peer.run('merkle-proof', ['--', path], [line]).lines;
			proofs.push({ line: lines[i], record, path, text, proof: JSON.parse(text) });
		}
	});
});

const valueAt = (record, path) => peer.leavesOf(record).find((l) => l.path === path)?.value;

test('every leaf has the proof that npm prints, and StandardMerkleTree.verify takes it', () => {
	const trees = new Map();
	for (const { line, record, path, proof } of proofs) {
		if (!trees.has(record)) trees.set(record, peer.evidenceOf(JSON.parse(line), redactable, key).tree);
		const tree = trees.get(record);
		const leaf = record.evidence.leaves.find((l) => l.path === path);
		const part = path === '#manifest' ? proof.manifest : proof;
		assert.equal(proof.type, 'proof');
		assert.equal(proof.root, record.evidence.root);
		assert.equal(proof.evidenceId, record.evidence.evidenceId);
		for (const p of [part, proof.manifest]) {
			const listed = record.evidence.leaves.find((l) => l.path === p.path);
			assert.equal(p.hash, listed.hash);
			assert.equal(p.salt, listed.salt ?? peer.zero);
			assert.equal(p.valueHash, peer.valueHash(p.value));
			const entry = [p.path, p.salt, p.valueHash];
			assert.deepEqual(p.proof, tree.getProof(entry), path);
			assert.ok(StandardMerkleTree.verify(proof.root, peer.leafEncoding, entry, p.proof));
		}
		assert.equal(part.path, path);
		assert.equal(part.hash, leaf.hash);
		if (path !== '#manifest') assert.deepEqual(part.value, valueAt(record, path));
	}
	assert.ok(proofs.length > 60, `${proofs.length} proofs`);
});

test('merkle-verify says good of every proof, whatever bytes the path has', () => {
	peer.verify(proofs.map((p) => p.text)).forEach((v, i) =>
		assert.equal(v.result, 'good', `${JSON.stringify(proofs[i].path)}: ${v.failed}`));
});

test('a contract with OpenZeppelin\'s MerkleProof takes every proof on chain', async () => {
	for (const { proof } of proofs)
		for (const p of proof.path ? [proof, proof.manifest] : [proof.manifest])
			assert.ok(await holds(proof.root, p.path, p.salt, peer.jcs(p.value), p.proof), p.path);
});

// Each forgery of a leaf's proof; others: the proofs of the other leaves of its record. undefined: does not apply.
const forgeries = {
	'another value': (p) => ({ ...p, value: [p.value] }),
	'another path': (p) => ({ ...p, path: p.path + 'x' }),
	'empty path': (p) => ({ ...p, path: '' }),
	'another salt': (p) => ({ ...p, salt: peer.kec(p.salt) }),
	'salt flipped in one bit': (p) => ({ ...p, salt: p.salt.slice(0, -1) + (parseInt(p.salt.slice(-1), 16) ^ 1).toString(16) }),
	'another sibling': (p) => p.proof.length && ({ ...p, proof: [peer.kec(p.proof[0]), ...p.proof.slice(1)] }),
	'siblings in another order': (p) => p.proof.length > 1 && ({ ...p, proof: [...p.proof].reverse() }),
	'empty proof': (p) => p.proof.length && ({ ...p, proof: [] }),
	'first sibling left out': (p) => p.proof.length && ({ ...p, proof: p.proof.slice(1) }),
	'last sibling left out': (p) => p.proof.length && ({ ...p, proof: p.proof.slice(0, -1) }),
	'a node more at the end': (p) => ({ ...p, proof: [...p.proof, peer.zero] }),
	'a node more at the beginning': (p) => ({ ...p, proof: [p.hash, ...p.proof] }),
	'the root as sibling': (p, root) => ({ ...p, proof: [...p.proof, root] }),
	'the proof of another leaf': (p, root, others) => others.length && ({ ...p, proof: others[0].proof }),
	'the value of another leaf': (p, root, others) => {
		const other = others.find((o) => peer.jcs(o.value) !== peer.jcs(p.value));
		return other && { ...p, value: other.value };
	},
	'the path of another leaf': (p, root, others) => others.length && ({ ...p, path: others[0].path }),
};

function forge(mutate) {
	const forged = [];
	for (const { record, path, proof } of proofs) {
		const own = proof.path ? proof : { ...proof.manifest, root: proof.root };
		const others = proofs.filter((q) => q.record === record && q.path !== path).map((q) => (q.proof.path ? q.proof : q.proof.manifest));
		const p = mutate(own, proof.root, others);
		if (p && peer.jcs([p.path, p.salt, p.value, p.proof]) !== peer.jcs([own.path, own.salt, own.value, own.proof])) forged.push({ ...p, root: proof.root });
	}
	return forged;
}

for (const [what, mutate] of Object.entries(forgeries)) {
	test(`forged: ${what}: refused by npm, on chain, and by merkle-verify`, async () => {
		const forged = forge(mutate);
		assert.ok(forged.length > 20, `only ${forged.length}`);
		for (const p of forged) {
			assert.equal(StandardMerkleTree.verify(p.root, peer.leafEncoding, [p.path, p.salt, peer.valueHash(p.value)], p.proof), false, p.path);
			assert.equal(await holds(p.root, p.path, p.salt, peer.jcs(p.value), p.proof), false, p.path);
		}
		// as they stand, and with the claimed hashes made to fit
		const lines = forged.flatMap(({ manifest, ...p }) => [p, { ...p, valueHash: peer.valueHash(p.value), hash: peer.leafHash(p.path, p.salt, p.value) }])
			.map((p) => JSON.stringify({ ...p, type: 'proof' }));
		peer.verdicts(lines).forEach((v, i) => assert.equal(v, 'bad', lines[i]));
	});
}

test('forged: the leaf hash given, the value left out: not good', () => {
	const lines = proofs.map(({ proof: { value, salt, path, ...rest } }) => JSON.stringify({ ...rest, manifest: undefined }));
	peer.verdicts(lines).forEach((v, i) => assert.notEqual(v, 'good', lines[i]));
});

// A verifier must not check one thing and let the reader of the same text see another.
const twoFaced = {
	'value twice': (t) => t.replace(/"value":/, '"value":"what other readers see","value":'),
	'value twice, the false one last': (t) => t.replace(/,"hash":/, ',"value":"what other readers see","hash":'),
	'path twice, the false one last': (t) => t.replace(/,"salt":/, ',"path":"normalized.position","salt":'),
	'root twice, the false one last': (t) => t.replace(/,"rootAlgo":/, `,"root":"${peer.zero}","rootAlgo":`),
	'another leaf hash than the value gives': (t) => t.replace(/"hash":"0x[0-9a-f]{64}"/, `"hash":"${peer.zero}"`),
	'a value hash that is none': (t) => t.replace(/"valueHash":"0x[0-9a-f]{64}"/, '"valueHash":"0x"'),
	'another value hash': (t) => t.replace(/"valueHash":"0x[0-9a-f]{64}"/, `"valueHash":"${peer.zero}"`),
	'another algorithm': (t) => t.replace(/"rootAlgo":"[^"]*"/, '"rootAlgo":"sha256"'),
	'the id of another bundle': (t) => t.replace(/"evidenceId":"evi_(\d+)_[0-9a-f]{16}"/, '"evidenceId":"evi_$1_0123456789abcdef"'),
};

for (const [what, change] of Object.entries(twoFaced)) {
	test(`two-faced proof: ${what}: not good`, () => {
		const lines = proofs.map((p) => p.text).filter((t) => change(t) !== t).map(change);
		assert.ok(lines.length > 20);
		peer.verdicts(lines).forEach((v, i) => assert.notEqual(v, 'good', lines[i]));
	});
}

test('two-faced record: a sealed record that calls itself a proof is not good on the strength of the proof', () => {
	const { record, proof } = proofs.find((p) => p.path === 'meta');
	const forged = { ...record, normalized: { position: { liquidated: true, reason: 'forged' } }, ...proof };
	const [v] = peer.verdicts([JSON.stringify(forged)], ['--root', proof.root]);
	assert.notEqual(v, 'good');
});

test('no proof is printed for a changed record, a redacted leaf or one that is not there', () => {
	const line = sealed[4];
	const record = JSON.parse(line);
	const changed = JSON.stringify({ ...record, meta: { ...record.meta, instId: 'ETH-USDT' } });
	const salted = record.evidence.leaves.find((l) => l.salt && !l.path.includes('\0')).path;
	const redacted = peer.run('merkle-redact', ['--', salted], [line]).lines[0];
	for (const [path, text] of [['meta', changed], ['#manifest', changed], ['normalized.absent', line], [salted, redacted]]) {
		const [out] = peer.run('merkle-proof', ['--', path], [text]).lines;
		assert.ok(JSON.parse(out).error, `${path}: ${out}`);
	}
	// but the leaves beside a redacted one are proved as before
	const [beside] = peer.run('merkle-proof', ['meta'], [redacted]).lines;
	assert.deepEqual(JSON.parse(beside), proofs.find((p) => p.path === 'meta' && p.record.evidence.root === record.evidence.root).proof);
});
