// Catches a page that judges otherwise than merkle-verify: every verdict of share/page/check.js, the very script that the page loads, is
// compared member for member with the program's.
//
// TRADEPIPE_CASES: a directory of recorded inputs (NAME.in, NAME.args), see page.bats; without it those are left out.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import vm from 'node:vm';
import canonicalize from 'canonicalize';
import { keccak_256 } from '@noble/hashes/sha3';
import * as peer from './peer.mjs';

const script = join(peer.here, '../../share/page/check.js');
// nothing but what every browser has: no Node globals, no BigInt
const page = vm.createContext({ atob: (s) => atob(s) });
vm.runInContext('delete globalThis.BigInt;' + readFileSync(script, 'utf8'), page, { filename: script });
const check = page.tradepipeCheck;

const key = Buffer.from('a bundle key of 32 bytes, or so.');
const patterns = ['raw.*', 'normalized.position', 'error'];
const plain = (v) => JSON.parse(JSON.stringify(v));

function options(args) {
	const at = args.indexOf('--root');
	return { root: at < 0 ? null : args[at + 1], chain: args.includes('--chain') };
}

// What merkle-verify says of these bytes, or null when it refuses its arguments.
function program(input, args) {
	const p = spawnSync(join(peer.bin, 'merkle-verify'), args, { input, maxBuffer: 1 << 30 });
	assert.ok([0, 1, 100].includes(p.status), `status ${p.status}: ${p.stderr}`);
	if (/error: usage/.test(p.stderr)) return null;
	return p.stdout.toString('utf8').split('\n').slice(0, -1);
}

// The same verdicts from both; returns how many of each.
function agree(input, args = [], name = '') {
	const theirs = program(input, args);
	const counts = { good: 0, bad: 0, unknown: 0 };
	if (theirs === null) {
		assert.throws(() => check.lines(input, options(args)), /64 lower-case hex digits/);
		return counts;
	}
	const ours = check.lines(input, options(args));
	const rows = input.toString('latin1').split('\n');
	assert.equal(ours.length, theirs.length, name);
	theirs.forEach((line, i) => {
		const verdict = JSON.parse(line);
		counts[verdict.result]++;
		// not deepEqual at once: a message for each of thousands would take longer than the comparison
		if (JSON.stringify(ours[i]) !== line) assert.deepEqual(plain(ours[i]), verdict, `${name} line ${i + 1}: ${rows[i].slice(0, 3000)}`);
	});
	return counts;
}

const lines = (list) => Buffer.concat(list.filter((l) => !Buffer.from(l).includes(0x0a)).flatMap((l) => [Buffer.from(l), Buffer.from('\n')]));

function sealed(n, start, entries) {
	const r = peer.random(peer.seed + start);
	const records = Array.from({ length: n }, () => peer.randomRecord(r, entries));
	return { r, list: peer.seal(records.map((x) => peer.spell(r, x)), patterns.flatMap((p) => ['--redactable', p]), key) };
}

function mutants(r, line, n) {
	return Array.from({ length: n }, () => {
		const bytes = Buffer.from(line);
		const i = r.below(bytes.length);
		switch (r.below(5)) {
		case 0: bytes[i] = r.below(256); return bytes;
		case 1: return Buffer.concat([bytes.subarray(0, i), bytes.subarray(i + 1)]);
		case 2: return Buffer.concat([bytes.subarray(0, i + 1), bytes.subarray(i)]);
		default: bytes[i] ^= 1 << r.below(8); return bytes;
		}
	});
}

test('Keccak-256 and SHA-256 at every length around a block', () => {
	const r = peer.random(peer.seed);
	for (let n = 0; n < 420; n++) {
		const bytes = Buffer.from(Array.from({ length: n }, () => r.below(256)));
		assert.equal(check.keccak256(bytes), Buffer.from(keccak_256(bytes)).toString('hex'), `${n} bytes`);
		assert.equal(check.sha256(bytes), createHash('sha256').update(bytes).digest('hex'), `${n} bytes`);
	}
});

test('canonical JSON of every spelling', () => {
	const r = peer.random(peer.seed + 1);
	for (let i = 0; i < 1500; i++) {
		const value = peer.randomValue(r, 4);
		assert.equal(Buffer.from(check.canonical(Buffer.from(peer.spell(r, value)))).toString('utf8'), canonicalize(value), `value ${i}`);
	}
});

test('what the other tests give merkle-verify: every attack, forgery and flipped bit of theirs', { skip: !process.env.TRADEPIPE_CASES }, () => {
	const cases = process.env.TRADEPIPE_CASES;
	const total = { good: 0, bad: 0, unknown: 0 };
	for (const name of readdirSync(cases).filter((f) => f.endsWith('.in'))) {
		const args = readFileSync(join(cases, name.replace(/in$/, 'args')), 'utf8').split('\n').slice(0, -1);
		// thousands of flipped bits: each third, which is each bit of a byte in turn
		const input = readFileSync(join(cases, name)).toString('latin1').split('\n');
		const some = input.length > 2000 && !args.length ? input.filter((line, i) => i % 3 === 0 || i === input.length - 1) : input;
		const counts = agree(Buffer.from(some.join('\n'), 'latin1'), args, name);
		for (const result in total) total[result] += counts[result];
	}
	assert.ok(total.good > 25 && total.bad > 800 && total.unknown > 1500, JSON.stringify(total));
});

test('random bundles, whole, redacted, trimmed, changed in a byte or a bit', () => {
	const { r, list } = sealed(60, 20);
	assert.equal(agree(lines(list)).good, list.length);
	const redacted = list.map((line) => {
		const salted = JSON.parse(line).evidence.leaves.filter((l) => l.salt && !l.path.includes('\0')).map((l) => l.path).filter(() => r.chance(0.5));
		return salted.length ? peer.run('merkle-redact', ['--', ...salted], [line]).lines[0] : line;
	});
	assert.equal(agree(lines(redacted)).good, list.length);
	const trimmed = redacted.map((line) => {
		const record = JSON.parse(line);
		for (const name of Object.keys(record.raw)) if (r.chance(0.3)) delete record.raw[name];
		return JSON.stringify(record);
	});
	assert.ok(agree(lines(trimmed)).unknown > 20);
	const counts = agree(lines([...list, ...redacted, ...trimmed].flatMap((line) => mutants(r, line, 12))));
	assert.ok(counts.bad > 300 && counts.unknown > 300, JSON.stringify(counts));
});

test('1 to 300 leaves', () => {
	// every size up to 100, around powers of two, and here and there
	const sizes = Array.from({ length: 299 }, (_, n) => n).filter((n) => n < 100 || n % 20 === 0 || (n > 252 && n < 258) || (n > 124 && n < 130) || n === 298);
	const records = sizes.map((n) => JSON.stringify({
		meta: { verifiedAt: '2025-11-04T09:10:11Z', n },
		raw: Object.fromEntries(Array.from({ length: n }, (__, k) => [`trade/fills#${k}`, { code: String(k * n) }])),
	}));
	const list = peer.seal(records);
	const counts = agree(lines(list));
	assert.equal(counts.good, sizes.length);
	assert.equal(JSON.parse(list.at(-1)).evidence.leaves.length, 300);
});

test('proofs, whole and changed', () => {
	const { r, list } = sealed(12, 30, 6);
	const proofs = list.flatMap((line) => JSON.parse(line).evidence.leaves.map((l) => l.path).filter((p) => !p.includes('\0'))
		.slice(0, 4).map((path) => peer.run('merkle-proof', ['--', path], [line]).lines[0]));
	assert.equal(agree(lines(proofs)).good, proofs.length);
	const counts = agree(lines(proofs.flatMap((p) => mutants(r, p, 60))));
	assert.ok(counts.bad > 500, JSON.stringify(counts));
	const { root } = JSON.parse(proofs[0]);
	agree(lines(proofs), ['--root', root]);
	const part = JSON.parse(proofs[0]);
	const odd = [{ ...part, manifest: [] }, { ...part, manifest: 1 }, { ...part, path: 1 }, { ...part, proof: {} }, { ...part, proof: [1] },
		{ ...part, proof: Array(25).fill(root) }, { ...part, root: 1 }, { ...part, evidenceId: 'evi_' }, { ...part, rootAlgo: 'x' }, { ...part, salt: null },
		{ type: 'proof', root }, { type: 'proof' }, { ...part, value: undefined }, { ...part, path: undefined }, { ...part, evidence: {} }, { ...part, evidence: null }];
	agree(lines([...odd.map((o) => JSON.stringify(o)), proofs[0].replace('"path":', '"path":"x","path":'), proofs[0].replace('"value":', '"value":{"a":1,"a":2},"x":'),
		proofs[0].replace('"type":"proof"', '"type":"\\u0070roof"'), proofs[0].replace('"type"', '"t\\u0079pe"')]));
});

test('texts that are not JSON, or that readers of JSON take differently', () => {
	const deep = (n) => '['.repeat(n) + ']'.repeat(n);
	const texts = ['', ' ', 'null', '[]', '"x"', '0', '-', '01', '1.', '1e', '+1', '.5', '{"a":1,}', '{,}', '{"a"}', '{"a":}', '[1,]', '[,1]', '{a:1}', "{'a':1}", '{"a":1}x', '{} {}',
		'tru', 'truex', 'nul', 'NaN', 'Infinity', '\ufeff{}', '{"a":"\t"}', '{"a":"\\x"}', '{"a":"\\u12g4"}', '{"a":"\\u12', '{"a":"\\ud800"}', '{"a":"\\udc00"}', '{"a":"\\ud800\\u0041"}',
		'{"a":"\\ud83d\\ude00"}', '{"a":"\\ud800\\', '{"a":"\\ud800', '{"a":"\\ud800\\u', '{"a', '{"a":', '[', ']', '}', deep(64), deep(65), `{"a":${deep(63)}}`, `{"a":${deep(64)}}`,
		'{"meta":{},"meta":{}}', '{"meta":{},"\\u006deta":{}}', '{"perf":1,"perf":2}', '{"clientMeta":1,"clientMeta":2}', '\u00a0{}', '{}\r', '\f{}', '/**/{}', '{"a":1}\0'];
	const bytes = ['ff', 'c080', 'eda080', 'f4908080', 'c3', 'e282', 'f09f98', '80', 'efbbbf'].flatMap((h) =>
		[Buffer.concat([Buffer.from('{"a":"'), Buffer.from(h, 'hex'), Buffer.from('"}')]), Buffer.from(h, 'hex'), Buffer.concat([Buffer.from('{"a":"'), Buffer.from(h, 'hex')])]);
	assert.equal(agree(lines([...texts, ...bytes])).unknown, texts.length + bytes.length);
	agree(Buffer.from('{}\n{}'));
	agree(Buffer.from('\n\n{}'));
	agree(Buffer.alloc(0));
	agree(Buffer.concat([Buffer.from('{"a":"'), Buffer.alloc((8 << 20) + 1, 0x61), Buffer.from('"}\n{}\n')]));
});

test('evidence objects of other shapes', () => {
	const [line] = peer.seal([readFileSync(join(peer.here, '../../examples/bundle.ndjson'), 'utf8').trim()]);
	const record = JSON.parse(line);
	const changed = [];
	for (const name of [...Object.keys(record.evidence), 'new'])
		for (const value of [undefined, null, 1, '', [], {}, '0x' + 'AB'.repeat(32), '0x' + 'ab'.repeat(32)])
			changed.push({ ...record, evidence: { ...record.evidence, [name]: value } });
	for (const name of ['meta', 'normalized', 'raw', 'error', 'perf', 'evidence', 'type'])
		for (const value of [undefined, null, 1, 'proof', [], {}, { $redacted: record.evidence.root }, { $redacted: 1 }, { $redacted: record.evidence.root, a: 1 }])
			changed.push({ ...record, [name]: value });
	for (const value of [null, 1, {}, { path: 'x' }, { path: 1, hash: record.evidence.root }, { path: 'x', hash: 'y' }, { path: 'x', hash: record.evidence.root, salt: null }])
		for (const at of [0, 2, record.evidence.leaves.length - 1])
			changed.push({ ...record, evidence: { ...record.evidence, leaves: record.evidence.leaves.with?.(at, value) ?? Object.assign([...record.evidence.leaves], { [at]: value }) } });
	for (const member of ['root', 'leaves', 'rootAlgo', 'evidenceId'])
		changed.push(line.replace(`"${member}":`, `"${member}":1,"${member}":`), line.replace(`"${member}":`, `"\\u00${member.charCodeAt(0).toString(16)}${member.slice(1)}":`));
	const counts = agree(lines(changed.map((c) => (typeof c === 'string' ? c : JSON.stringify(c)))));
	assert.ok(counts.bad > 80 && counts.good > 5, JSON.stringify(counts));
});

test('raw entries of other shapes: bodies put together again, or not', () => {
	const sha = (s) => createHash('sha256').update(s).digest('hex');
	const ours = (h) => `"httpStatus":200,"request":"GET /","bodySha256":"${h}","fetchedAt":"2025-11-04T09:10:10Z"`;
	const entries = [
		`{"code":"0",${ours(sha('{"code":"0"}'))}}`, `{ "code" : "0" ,${ours(sha('{ "code" : "0"}'))}}`, `{"code":"0",${ours(sha('{"code":"1"}'))}}`, `{${ours(sha('{}'))}}`,
		`{"body":"a\\u00e9","bodyEncoding":"utf8",${ours(sha('aé'))}}`, `{"body":"YQ==","bodyEncoding":"base64",${ours(sha('a'))}}`, `{"body":"YR==","bodyEncoding":"base64",${ours(sha('a'))}}`,
		`{"body":"YWI=","bodyEncoding":"base64",${ours(sha('ab'))}}`, `{"body":"YWJ=","bodyEncoding":"base64",${ours(sha('ab'))}}`, `{"body":"Y Q=","bodyEncoding":"base64",${ours(sha('a'))}}`,
		`{"body":"","bodyEncoding":"base64",${ours(sha(''))}}`, `{"body":"YQ","bodyEncoding":"base64",${ours(sha('a'))}}`, `{"body":"a","bodyEncoding":"latin1",${ours(sha('a'))}}`,
		`{"body":"a","bodyEncoding":"utf8",${ours(sha('b'))}}`, `{"body":"\\u0059Q==","bodyEncoding":"base64",${ours(sha('a'))}}`, `{"body":1,"bodyEncoding":"utf8",${ours(sha('1'))}}`,
		`{"body":"a",${ours(sha('a'))}}`, '{"code":"0","bodySha256":"xyz"}', `{"code":"0","bodySha256":"${sha('x').toUpperCase()}"}`, '{"code":"0","bodySha256":1}', '[1]', 'null', '"x"', '{}',
		'{"n":1e400}', '{"n":2940071038556348416}', '{"n":1.10}', '{"n":-0}', '{"n":0e99999999999999999999}', '{"n":1e-400}', '{"n":1E+2}', '{"n":0.1e1}', '{"a":1,"a":1}', '{"n":5e-324}',
		'{"n":1e21}', '{"n":123456789012345680000}', '{"n":9007199254740993}', '{"n":0.000001}', '{"n":1e-7}', '{"\ud83d\ude00":1,"\uffff":2,"\u0001":3,"\\u0000":4}',
	];
	const names = ['trade/order', 'public/time', 'public/time#2', 'public/timer', 'public/time#', 'x\\u0000y', '\ue000', '\ud83d\ude00', ''];
	const texts = entries.flatMap((e) => names.slice(0, 2).map((n) => `{"meta":{"verifiedAt":"2025-11-04T09:10:11Z"},"raw":{"${n}":${e}},"error":null}`))
		.concat(names.map((n) => `{"meta":{"verifiedAt":"2025-11-04T09:10:11Z"},"raw":{"${n}":${entries[0]}}}`),
			['2025-11-04T', '2025-11-04', '', '2025-1104T'].map((d) => `{"meta":{"verifiedAt":"${d}"},"raw":{}}`));
	const out = peer.seal(texts);
	const good = out.filter((line) => JSON.parse(line).evidence);
	assert.ok(good.length > 50);
	agree(lines(out));
	// the values that the sealer refuses, under evidence of another record
	const { evidence } = JSON.parse(good[0]);
	agree(lines(texts.map((t) => t.replace(/}$/, `,"evidence":${JSON.stringify(evidence)}}`))));
	// and where the record's own evidence says everything but one thing
	agree(lines(good.flatMap((line) => mutants(peer.random(peer.seed + 50), line, 6))));
});

test('chains of records', () => {
	const { list } = sealed(6, 40, 3);
	const chain = list.map((line, i) => (i ? line.replace('"parentRoot":null', `"parentRoot":"${JSON.parse(list[i - 1]).evidence.root}"`) : line));
	assert.equal(agree(lines(chain), ['--chain']).good, 6);
	agree(lines([chain[0], chain[2], chain[1], '{}', chain[3], chain[4].replace('"root":"0x', '"root":"0y'), chain[5]]), ['--chain']);
	agree(lines(chain), ['--chain', '--root', JSON.parse(chain[2]).evidence.root]);
});
