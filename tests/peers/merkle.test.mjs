// Catches evidence that differs from what the specification and npm's own packages compute, a root that depends on spelling, and
// a changed record that merkle-verify calls good.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as peer from './peer.mjs';

const key = Buffer.from('a bundle key of 32 bytes, or so.');
const patterns = ['raw.*', 'normalized.position', 'error'];
const tag = (i) => `record ${i} of seed ${peer.seed}`;

function sealedRecords(n, entries) {
	const r = peer.random(peer.seed + 100);
	const records = Array.from({ length: n }, () => peer.randomRecord(r, entries));
	const lines = records.map((record) => peer.spell(r, record));
	return { r, records, lines, sealed: peer.seal(lines, patterns.flatMap((p) => ['--redactable', p]), key) };
}

function expectEvidence(line, out, redactable, bundleKey, what) {
	const { evidence } = JSON.parse(out);
	assert.ok(evidence, `${what}: not sealed: ${out.slice(-300)}`);
	assert.deepEqual(evidence, peer.evidenceOf(JSON.parse(line), redactable, bundleKey).evidence, what);
	// what came in goes out byte for byte
	const body = line.trim().slice(0, -1).trimEnd();
	assert.ok(out.startsWith(body + ',"evidence":'), `${what}: other bytes`);
}

test('random bundles: every leaf, manifest, bundle hash, root and id is what npm computes; verify says good', () => {
	const r = peer.random();
	const lines = Array.from({ length: peer.few(250) }, () => peer.spell(r, peer.randomRecord(r)));
	const sealed = peer.seal(lines);
	lines.forEach((line, i) => expectEvidence(line, sealed[i], [], null, tag(i)));
	peer.verdicts(sealed).forEach((v, i) => assert.equal(v, 'good', tag(i)));
});

test('salted leaves: salts and hashes are what npm computes; verify says good', () => {
	const { lines, sealed } = sealedRecords(250);
	lines.forEach((line, i) => expectEvidence(line, sealed[i], patterns, key, tag(i)));
	peer.verdicts(sealed).forEach((v, i) => assert.equal(v, 'good', tag(i)));
});

test('1 to 300 raw entries: the tree has npm\'s shape at every size', () => {
	const r = peer.random(peer.seed + 7);
	const sizes = [...Array.from({ length: 70 }, (_, i) => i + 1), ...Array.from({ length: 10 }, () => 71 + r.below(230)), 127, 128, 129, 255, 256, 257, 300];
	const lines = sizes.map((n) => JSON.stringify({
		meta: { verifiedAt: '2025-11-04T09:10:11Z', n },
		raw: Object.fromEntries(Array.from({ length: n }, (_, k) => [`trade/fills#${k}`, { code: String(r.below(1000)) }])),
	}));
	const sealed = peer.seal(lines);
	lines.forEach((line, i) => expectEvidence(line, sealed[i], [], null, `${sizes[i]} entries`));
	peer.verdicts(sealed).forEach((v, i) => assert.equal(v, 'good', `${sizes[i]} entries`));
});

test('scalar, AVX2 and AVX-512 paths print the same bytes', () => {
	const r = peer.random(peer.seed + 8);
	const lines = Array.from({ length: peer.few(60) }, () => peer.spell(r, peer.randomRecord(r, r.below(40))));
	const [scalar, ...wide] = ['scalar', 'avx2', 'avx512'].map((path) => peer.run('merkle-seal', [], lines, { env: { TRADEPIPE_KECCAK: path } }).lines);
	for (const out of wide) assert.deepEqual(out, scalar);
});

test('redacting any subset of salted leaves keeps root and bundle hash, and verifies good', () => {
	const { r, sealed } = sealedRecords(40);
	let redactions = 0;
	sealed.forEach((line, i) => {
		const before = JSON.parse(line).evidence;
		const salted = before.leaves.filter((l) => l.salt && !l.path.includes('\0')).map((l) => l.path);
		const subset = salted.filter(() => r.chance(0.5));
		if (subset.length === 0) return;
		const [out] = peer.run('merkle-redact', ['--', ...subset], [line]).lines;
		const after = JSON.parse(out);
		assert.ok(after.evidence, `${tag(i)}: ${out}`);
		assert.equal(after.evidence.root, before.root);
		assert.equal(after.evidence.bundleHash, before.bundleHash);
		assert.deepEqual(after.evidence.leaves, before.leaves.map((l) => (subset.includes(l.path) ? { path: l.path, hash: l.hash } : l)));
		for (const { path, value } of peer.leavesOf(after))
			if (subset.includes(path)) assert.deepEqual(value, { $redacted: before.leaves.find((l) => l.path === path).hash });
		const [verdict] = peer.verify([out], ['--root', before.root]);
		assert.equal(verdict.result, 'good', `${tag(i)}: ${verdict.failed}`);
		assert.equal(verdict.leaves.redacted, subset.length);
		redactions += subset.length;
	});
	assert.ok(redactions > 50);
});

test('order of members, white space, escapes and number spellings do not change the root', () => {
	const { r, records, sealed } = sealedRecords(60);
	const again = peer.seal(records.map((record) => peer.spell(r, record)), patterns.flatMap((p) => ['--redactable', p]), key);
	again.forEach((line, i) => assert.deepEqual(JSON.parse(line).evidence, JSON.parse(sealed[i]).evidence, tag(i)));
	// nor does printing a sealed record anew
	peer.verdicts(sealed.map((line) => JSON.stringify(JSON.parse(line)))).forEach((v, i) => assert.equal(v, 'good', tag(i)));
});

test('a value of the form of a redacted one is refused however it is spelled', () => {
	const h = '0x' + 'ab'.repeat(32);
	const spellings = [`{"$redacted":"${h}"}`, `{"\\u0024redacted":"${h}"}`, `{"$redacted":"\\u0030${h.slice(1)}"}`, ` { "$redacted" : "${h}" } `];
	const lines = spellings.map((s) => `{"meta":{"verifiedAt":"2025-11-04T09:10:11Z"},"normalized":{"order":${s}}}`);
	peer.seal(lines).forEach((out, i) => assert.equal(JSON.parse(out).evidence, undefined, `sealed: ${spellings[i]}`));
});

// Everything that the root and the evidence bind: two records with the same text here say the same.
function boundPart(record) {
	const { meta, normalized, raw, error, evidence } = record;
	const { leaves, root, rootAlgo, bundleHash, evidenceId } = evidence ?? {};
	return peer.jcs({ meta, normalized, raw, error, evidence: { leaves, root, rootAlgo, bundleHash, evidenceId } });
}

// Among these changed lines, those that say something else must not be good.
function expectNoneGood(original, changed) {
	const bound = boundPart(JSON.parse(original));
	const counts = { good: 0, bad: 0, unknown: 0 };
	const lines = changed.filter((c) => !c.includes(0x0a));
	peer.verify(lines).forEach((v, i) => {
		counts[v.result]++;
		if (v.result !== 'good') return;
		assert.equal(boundPart(JSON.parse(lines[i].toString('utf8'))), bound, `good: ${lines[i]}`);
	});
	return counts;
}

function fuzzBytes(line, r) {
	const bytes = Buffer.from(line);
	const changed = [];
	for (let i = 0; i < bytes.length; i++) {
		for (let bit = 0; bit < 8; bit++) {
			const copy = Buffer.from(bytes);
			copy[i] ^= 1 << bit;
			changed.push(copy);
		}
		const other = Buffer.from(bytes);
		other[i] = r.below(256);
		const cut = Buffer.concat([bytes.subarray(0, i), bytes.subarray(i + 1)]);
		const doubled = Buffer.concat([bytes.subarray(0, i + 1), bytes.subarray(i)]);
		const swapped = Buffer.from(bytes);
		if (i) [swapped[i], swapped[i - 1]] = [swapped[i - 1], swapped[i]];
		changed.push(other, cut, doubled, swapped);
	}
	return changed;
}

test('every bit of a sealed record: flipped, it is never good, unless it says the same', () => {
	const r = peer.random(peer.seed + 9);
	const { sealed } = sealedRecords(30, 2);
	let bad = 0;
	for (const line of sealed.sort((a, b) => a.length - b.length).slice(0, 6)) bad += expectNoneGood(line, fuzzBytes(line, r)).bad;
	assert.ok(bad > 20000, `only ${bad} bad`);
});

test('every bit of a redacted record: flipped, it is never good, unless it says the same', () => {
	const r = peer.random(peer.seed + 10);
	const line = '{"meta":{"verifiedAt":"2025-11-04T09:10:11Z"},"raw":{"account/config":{"uid":"12345678"},"public/time":{"ts":"1"}},"error":null}';
	const [sealed] = peer.seal([line], ['--redactable', 'raw.account/config'], key);
	const [redacted] = peer.run('merkle-redact', ['raw.account/config'], [sealed]).lines;
	assert.ok(expectNoneGood(redacted, fuzzBytes(redacted, r)).bad > 3000);
});

// Each change of the evidence or of a value that leaves the record well formed. mutate gets a fresh copy.
const changes = {
	'another leaf hash': (x, l) => { l.hash = peer.kec(l.hash); },
	'another path': (x, l) => { l.path += 'x'; },
	'another salt': (x, l) => { l.salt = peer.kec(l.hash); },
	'salt left out': (x, l) => (l.salt ? void delete l.salt : 'skip'),
	'leaf left out': (x, l) => { x.evidence.leaves.splice(x.evidence.leaves.indexOf(l), 1); },
	'leaf twice': (x, l) => { x.evidence.leaves.splice(x.evidence.leaves.indexOf(l), 0, { ...l }); },
	'leaf moved to the end': (x, l) => {
		x.evidence.leaves.splice(x.evidence.leaves.indexOf(l), 1);
		x.evidence.leaves.push(l);
		return l.path === '#manifest' ? 'skip' : undefined;
	},
	'another root': (x) => { x.evidence.root = peer.kec(x.evidence.root); },
	'another bundle hash': (x) => { x.evidence.bundleHash = peer.kec(x.evidence.bundleHash); },
	'another date in the id': (x) => { x.evidence.evidenceId = x.evidence.evidenceId.replace(/_20/, '_21'); },
	'another root in the id': (x) => { x.evidence.evidenceId = x.evidence.evidenceId.slice(0, -1) + (x.evidence.evidenceId.endsWith('0') ? '1' : '0'); },
	'another algorithm': (x) => { x.evidence.rootAlgo = 'keccak256-merkle-v2'; },
	'a value more': (x) => { x.raw['new/entry'] = { code: '0' }; },
	'error filled in': (x) => (x.error ? 'skip' : void (x.error = { code: 'TIMEOUT' })),
	'null error left out': (x) => ('error' in x && x.error === null ? void delete x.error : 'skip'),
	'meta changed': (x) => { x.meta.instId += 'x'; },
	'requestId changed': (x) => { x.meta.requestId = 'another'; },
};

for (const [what, mutate] of Object.entries(changes)) {
	test(`changed: ${what}: never good`, () => {
		const { sealed } = sealedRecords(15);
		const changed = [];
		for (const line of sealed) {
			for (let i = 0; i < JSON.parse(line).evidence.leaves.length; i++) {
				const x = JSON.parse(line);
				if (mutate(x, x.evidence.leaves[i]) !== 'skip') changed.push(JSON.stringify(x));
			}
		}
		assert.ok(changed.length > 10);
		peer.verify(changed).forEach((v, i) => assert.notEqual(v.result, 'good', changed[i]));
	});
}

test('changed: one scalar of any value: bad, and the leaf is named', () => {
	const r = peer.random(peer.seed + 11);
	const { sealed } = sealedRecords(40);
	const changed = [], paths = [];
	for (const line of sealed) {
		for (const { path } of peer.leavesOf(JSON.parse(line))) {
			const x = JSON.parse(line);
			const dot = path.indexOf('.');
			const [holder, name] = dot < 0 ? [x, path] : [x[path.slice(0, dot)], path.slice(dot + 1)];
			Object.defineProperty(holder, name, { value: changeScalar(r, holder[name]), enumerable: true });
			changed.push(JSON.stringify(x));
			paths.push(path);
		}
	}
	peer.verify(changed).forEach((v, i) => {
		assert.equal(v.result, 'bad', changed[i]);
		if (v.path !== undefined) assert.equal(v.path, paths[i]);
	});
});

function changeScalar(r, value) {
	if (Array.isArray(value) && value.length) {
		const i = r.below(value.length);
		return value.map((v, k) => (k === i ? changeScalar(r, v) : v));
	}
	if (value && typeof value === 'object' && Object.keys(value).length) {
		const name = r.pick(Object.keys(value));
		return Object.fromEntries(Object.entries(value).map(([n, v]) => [n, n === name ? changeScalar(r, v) : v]));
	}
	if (typeof value === 'string') return value + 'x';
	if (typeof value === 'number') return value === 1 ? 2 : 1;
	return value === true ? false : true;
}

test('a trimmed bundle is unknown, never good', () => {
	const { sealed } = sealedRecords(20, 4);
	const trimmed = sealed.flatMap((line) => Object.keys(JSON.parse(line).raw).map((name) => {
		const x = JSON.parse(line);
		delete x.raw[name];
		return JSON.stringify(x);
	}));
	peer.verify(trimmed).forEach((v, i) => assert.equal(v.result, 'unknown', trimmed[i]));
});
