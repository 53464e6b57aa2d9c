// What the peer tests share: running our programs, random records and their other spellings, and an independent
// keccak256-merkle-v1 (evidence(5)) out of canonicalize, @noble/hashes and @openzeppelin/merkle-tree.
//
// TRADEPIPE_BIN says which build is under test; TRADEPIPE_SEED chooses other random inputs.
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import canonicalize from 'canonicalize';
import { keccak_256 } from '@noble/hashes/sha3';
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';

export const here = dirname(fileURLToPath(import.meta.url));
export const bin = resolve(process.env.TRADEPIPE_BIN || join(here, '../../bin'));
export const scratch = mkdtempSync(join(tmpdir(), 'tradepipe-peers-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

// ---- our programs ---------------------------------------------------------------------------------------------------

// Run a program of ours over lines; a key goes to descriptor 3. Throws when it crashed or answered with another number of lines.
export function run(tool, args, lines, { key = null, env = {}, timeout } = {}) {
	const input = Buffer.concat(lines.map((l) => Buffer.concat([Buffer.from(l), Buffer.from('\n')])));
	const stdio = ['pipe', 'pipe', 'pipe'];
	if (key) {
		const file = join(scratch, 'key');
		writeFileSync(file, key);
		stdio.push(openSync(file, 'r'));
	}
	const p = spawnSync(join(bin, tool), args, {
		input, stdio, timeout, killSignal: 'SIGKILL', maxBuffer: 1 << 30, env: { ...process.env, ...env },
	});
	if (key) closeSync(stdio[3]);
	if (p.error) throw p.error;
	if (![0, 1, 100].includes(p.status)) throw new Error(`${tool}: status ${p.status} ${p.signal ?? ''}: ${p.stderr}`);
	const out = p.stdout.toString('utf8').split('\n');
	if (out.pop() !== '') throw new Error(`${tool}: the last line does not end`);
	if (out.length !== lines.length) throw new Error(`${tool}: ${lines.length} lines in, ${out.length} out: ${p.stderr}`);
	return { status: p.status, lines: out, stderr: p.stderr.toString('utf8') };
}

export const seal = (lines, args = [], key = null) =>
	run('merkle-seal', key ? [...args, '--key-fd', '3'] : args, lines, { key }).lines;
export const verify = (lines, args = []) => run('merkle-verify', args, lines).lines.map((l) => JSON.parse(l));
export const verdicts = (lines, args = []) => verify(lines, args).map((v) => v.result);

// ---- keccak256-merkle-v1, from its specification --------------------------------------------------------------------

export const zero = '0x' + '00'.repeat(32);
export const leafEncoding = ['string', 'bytes32', 'bytes32'];
export const hex = (bytes) => '0x' + Buffer.from(bytes).toString('hex');
export const unhex = (text) => Buffer.from(text.slice(2), 'hex');
export const kec = (...parts) => hex(keccak_256(Buffer.concat(parts.map((p) => (typeof p === 'string' ? Buffer.from(p) : p)))));
export const jcs = (value) => canonicalize(value);
export const valueHash = (value) => kec(jcs(value));
export const byPath = (a, b) => Buffer.compare(Buffer.from(a.path ?? a), Buffer.from(b.path ?? b));

const encoder = StandardMerkleTree.of([['', zero, zero]], leafEncoding);
export const leafHash = (path, salt, value) => encoder.leafHash([path, salt, valueHash(value)]);

export function saltOf(key, meta, path) {
	return hex(createHmac('sha256', key).update(unhex(valueHash(meta))).update('\0').update(path).digest());
}

const matches = (path, patterns) => path !== 'meta' &&
	patterns.some((p) => (p.endsWith('*') ? path.startsWith(p.slice(0, -1)) : path === p));

// [path, value] of every data leaf, in ascending bytewise order of path.
export function leavesOf(record) {
	const leaves = [{ path: 'meta', value: record.meta }];
	for (const part of ['normalized', 'raw'])
		for (const [name, value] of Object.entries(record[part] ?? {})) leaves.push({ path: `${part}.${name}`, value });
	if (record.error != null) leaves.push({ path: 'error', value: record.error });
	return leaves.sort(byPath);
}

const without = (object, names) => Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
const isObject = (v) => v !== null && typeof v === 'object' && !Array.isArray(v);

// The stable part; hidden: a map from path to leaf hash for the leaves that are salted or redacted.
export function stablePart(record, hidden) {
	const part = {};
	const show = (path, value) => (hidden.has(path) ? { $redacted: hidden.get(path) } : value);
	if ('error' in record) part.error = record.error === null ? null : show('error', record.error);
	part.meta = without(record.meta, ['verifiedAt', 'requestId']);
	for (const name of ['normalized', 'raw']) {
		if (!(name in record)) continue;
		part[name] = Object.fromEntries(Object.entries(record[name])
			.filter(([n]) => name !== 'raw' || !/^public\/time(#.*)?$/s.test(n))
			.map(([n, v]) => {
				const shown = show(`${name}.${n}`, v);
				const trim = name === 'raw' && shown === v && isObject(v);
				return [n, trim ? without(v, ['fetchedAt', 'bodySha256', 'request']) : shown];
			}));
	}
	return part;
}

// From leaves with hashes and a bundle hash to manifest, tree and root. leaves: {path, hash}, data leaves only.
export function manifestOf(leaves, bundleHash) {
	const sorted = [...leaves].sort(byPath);
	const value = {
		algo: 'keccak256-merkle-v1', bundleHash, count: sorted.length,
		leavesHash: kec(...sorted.flatMap((l) => [unhex(kec(l.path)), unhex(l.hash)])),
	};
	return { value, hash: leafHash('#manifest', zero, value) };
}

// The whole evidence object of a record. redactable: patterns as merkle-seal takes them; key: the bundle key.
export function evidenceOf(record, redactable = [], key = null) {
	const leaves = leavesOf(record).map((l) => {
		const salt = matches(l.path, redactable) ? saltOf(key, record.meta, l.path) : null;
		return { ...l, salt, hash: leafHash(l.path, salt ?? zero, l.value) };
	});
	const hidden = new Map(leaves.filter((l) => l.salt).map((l) => [l.path, l.hash]));
	const bundleHash = valueHash(stablePart(record, hidden));
	const manifest = manifestOf(leaves, bundleHash);
	const tree = StandardMerkleTree.of([
		...leaves.map((l) => [l.path, l.salt ?? zero, valueHash(l.value)]),
		['#manifest', zero, valueHash(manifest.value)],
	], leafEncoding);
	return {
		tree,
		evidence: {
			leaves: [
				...leaves.map(({ path, hash, salt }) => (salt ? { path, hash, salt } : { path, hash })),
				{ path: '#manifest', hash: manifest.hash },
			],
			root: tree.root,
			rootAlgo: 'keccak256-merkle-v1',
			bundleHash,
			evidenceId: `evi_${record.meta.verifiedAt.slice(0, 10).replaceAll('-', '')}_${tree.root.slice(2, 18)}`,
			parentRoot: null,
		},
	};
}

// ---- a tree over bare leaf hashes, in the same shape ----------------------------------------------------------------

// [t0 .. t(2M-2)], for attacks that put nodes where leaves belong.
export function heapOf(hashes) {
	const sorted = [...hashes].sort();
	const t = new Array(2 * sorted.length - 1);
	sorted.forEach((h, i) => { t[2 * sorted.length - 2 - i] = h; });
	for (let i = sorted.length - 2; i >= 0; i--) t[i] = node(t[2 * i + 1], t[2 * i + 2]);
	return t;
}

export const node = (a, b) => (a < b ? kec(unhex(a), unhex(b)) : kec(unhex(b), unhex(a)));

// ---- random values --------------------------------------------------------------------------------------------------

export const seed = Number(process.env.TRADEPIPE_SEED || 1);

// mulberry32: the same numbers in every run.
// fewer of what repeats, where the tests ask for it: the sanitizers' programs are slow, and the same ones were tested whole before
export const few = (n) => (process.env.PEERS_FEW ? Math.ceil(n / 5) : n);

export function random(start = seed) {
	let a = start >>> 0;
	const next = () => {
		a = (a + 0x6d2b79f5) >>> 0;
		let t = Math.imul(a ^ (a >>> 15), a | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
	const below = (n) => Math.floor(next() * n);
	return { next, below, pick: (list) => list[below(list.length)], chance: (p) => next() < p };
}

export function shuffle(r, list) {
	const out = [...list];
	for (let i = out.length - 1; i > 0; i--) {
		const k = r.below(i + 1);
		[out[i], out[k]] = [out[k], out[i]];
	}
	return out;
}

const points = [
	(r) => 0x61 + r.below(26), (r) => 0x30 + r.below(10), (r) => 0x20 + r.below(0x60), (r) => r.below(0x20),
	(r) => r.pick([0x22, 0x5c, 0x2f, 0x7f, 0x23, 0x2e, 0x24]), (r) => 0x80 + r.below(0x780), (r) => 0x800 + r.below(0xd000),
	(r) => 0xe000 + r.below(0x2000), (r) => 0x10000 + r.below(0x100000), (r) => r.pick([0x2028, 0x2029, 0xfeff, 0xfffe, 0xffff]),
];

export function randomText(r, most = 12, plain = 0.5) {
	if (r.chance(plain)) return Array.from({ length: 1 + r.below(most) }, () => String.fromCharCode(0x61 + r.below(26))).join('');
	return Array.from({ length: r.below(most) }, () => String.fromCodePoint(r.pick(points)(r))).join('');
}

export function randomDouble(r) {
	const view = new DataView(new ArrayBuffer(8));
	for (;;) {
		view.setUint32(0, r.below(0x100000000));
		view.setUint32(4, r.below(0x100000000));
		const d = view.getFloat64(0);
		if (Number.isFinite(d)) return d;
	}
}

const scalars = [
	() => null, () => true, () => false, (r) => r.below(1000), (r) => -r.below(1e9), () => -0, randomDouble,
	(r) => Number((r.next() * 1e5).toFixed(r.below(6))), (r) => r.below(2 ** 31) * 2 ** 22, (r) => Number(`${r.below(1000)}e${r.below(60) - 30}`),
	randomText, (r) => randomText(r, 40), (r) => (r.next() * 1e6).toFixed(8), () => '2940071038556348417',
];

export function randomValue(r, depth = 3) {
	if (depth === 0 || r.chance(0.6)) return r.pick(scalars)(r);
	if (r.chance(0.5)) return Array.from({ length: r.below(5) }, () => randomValue(r, depth - 1));
	return randomObject(r, r.below(5), depth - 1);
}

export function randomObject(r, members, depth) {
	const names = new Set();
	while (names.size < members) names.add(r.chance(0.02) ? '__proto__' : randomText(r, 8));
	return Object.fromEntries([...names].map((n) => [n, randomValue(r, depth)]));
}

const endpoints = ['trade/order', 'account/positions', 'account/config', 'trade/fills-history', 'public/time', 'account/bills-archive'];

// A verify record with so many raw entries (or a random number).
export function randomRecord(r, entries = r.below(12)) {
	const meta = { ...randomObject(r, r.below(5), 2), exchange: 'okx', instId: 'BTC-USDT-SWAP', ordId: String(r.below(2 ** 50)) };
	meta.verifiedAt = `20${10 + r.below(80)}-0${1 + r.below(9)}-1${r.below(10)}T0${r.below(10)}:10:11${r.chance(0.5) ? '.123' : ''}Z`;
	if (r.chance(0.7)) meta.requestId = randomText(r);
	const raw = {};
	while (Object.keys(raw).length < entries) {
		const name = r.chance(0.3) ? randomText(r, 10) : r.pick(endpoints) + (r.chance(0.7) ? `#${2 + r.below(2 * entries)}` : '');
		if (Object.hasOwn(raw, name)) continue;
		const body = r.chance(0.85) ? { code: '0', ...randomObject(r, r.below(4), 3) } : randomValue(r, 2);
		if (isObject(body)) {
			if (r.chance(0.7)) body.request = 'GET /api/v5/' + name.replace(/[^a-z/-]/g, '');
			if (r.chance(0.8)) body.fetchedAt = '2025-11-04T09:10:10Z';
		}
		Object.defineProperty(raw, name, { value: body, enumerable: true, configurable: true, writable: true });
	}
	const record = { meta, raw };
	if (r.chance(0.9)) record.normalized = { order: randomObject(r, r.below(6), 2), position: { liquidated: r.chance(0.5) }, ...randomObject(r, r.below(3), 2) };
	if (r.chance(0.8)) record.perf = { totalMs: r.below(5000) };
	if (r.chance(0.3)) record.clientMeta = randomObject(r, 2, 2);
	if (r.chance(0.9)) record.error = r.chance(0.8) ? null : { code: 'REMOTE_4XX', msg: randomText(r, 30), hint: randomText(r) };
	if (r.chance(0.2)) record[`x-${randomText(r)}`] = randomValue(r);
	return record;
}

// ---- one value, many spellings --------------------------------------------------------------------------------------

const space = (r) => (r.chance(0.7) ? '' : r.pick([' ', '\t', '\r', '  ', ' \t ']));
const short = { '"': '\\"', '\\': '\\\\', '/': '\\/', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function spellString(r, text) {
	let out = '"';
	for (const c of text) {
		const must = c === '"' || c === '\\' || c < ' ';
		if (!must && r.chance(0.8)) out += c;
		else if (short[c] && r.chance(0.6)) out += short[c];
		else {
			for (let i = 0; i < c.length; i++) {
				const digits = c.charCodeAt(i).toString(16).padStart(4, '0');
				out += '\\u' + (r.chance(0.5) ? digits : digits.toUpperCase());
			}
		}
	}
	return out + '"';
}

// The same decimal value: other exponent, zeros at the end, E for e.
function spellNumber(r, number) {
	const text = Object.is(number, -0) ? '-0' : JSON.stringify(number);
	if (r.chance(0.5)) return text;
	const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(text);
	const zeros = '0'.repeat(r.below(4));
	const digits = (whole + fraction).replace(/^0+(?=\d)/, '');
	const power = Number(exponent) - fraction.length - zeros.length;
	const point = r.below(3) === 0 && digits.length + zeros.length > 1 && digits !== '0' ? 1 : 0;
	const all = digits + zeros;
	if (point) return `${sign}${all[0]}.${all.slice(1)}${r.pick(['e', 'E'])}${power + all.length - 1}`;
	if (digits === '0') return `${sign}0${zeros ? '.' + zeros : ''}`;
	return `${sign}${all}${r.pick(['e', 'E'])}${power}`;
}

// The value as JSON text of one line: members in another order, white space, escapes and numbers spelled otherwise. The text of
// verifiedAt stays as it is: its form is prescribed.
export function spell(r, value, name = '') {
	if (typeof value === 'string') return name === 'verifiedAt' ? JSON.stringify(value) : spellString(r, value);
	if (typeof value === 'number') return spellNumber(r, value);
	if (value === null || typeof value !== 'object') return JSON.stringify(value);
	if (Array.isArray(value)) return `[${space(r)}${value.map((v) => space(r) + spell(r, v) + space(r)).join(',')}]`;
	const members = shuffle(r, Object.entries(value));
	return `{${space(r)}${members.map(([n, v]) => `${space(r)}${spellString(r, n)}${space(r)}:${space(r)}${spell(r, v, n)}${space(r)}`).join(',')}}`;
}
