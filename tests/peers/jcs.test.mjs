// Catches canonical JSON that differs from what ECMAScript engines print, for any double, any order of names, and any number that a
// double cannot hold.
//
// The printer is checked as a unit (build/unit/doubles_test over files made here; TRADEPIPE_UNIT says where it is) and, in batches,
// through merkle-seal.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as peer from './peer.mjs';

const view = new DataView(new ArrayBuffer(8));
const doubleOf = (bits) => (view.setBigUint64(0, bits), view.getFloat64(0));
const bitsOf = (double) => (view.setFloat64(0, double), view.getBigUint64(0));
const line = (double) => `${bitsOf(double).toString(16)},${String(double)}\n`;
const negative = 1n << 63n;

const unit = [process.env.TRADEPIPE_UNIT, join(peer.bin, '../build/unit'), join(peer.bin, '../unit')]
	.filter(Boolean).map((d) => join(d, 'doubles_test')).find(existsSync);

function checkPrinter(t, name, text) {
	if (!unit) return t.skip('no doubles_test: make unit');
	const file = join(peer.scratch, name);
	writeFileSync(file, text);
	const p = spawnSync(unit, { env: { ...process.env, TRADEPIPE_DOUBLES: file }, encoding: 'utf8' });
	assert.equal(p.status, 0, p.stdout.slice(0, 2000) + p.stderr.slice(0, 2000));
	assert.match(p.stdout, new RegExp(`^${text.split('\n').length - 1} doubles of `, 'm'));
}

// Every power of two that a double can hold, and its neighbours, of both signs.
function powersOfTwo() {
	const doubles = [];
	for (let e = -1074; e <= 1023; e++) {
		const bits = bitsOf(2 ** e);
		for (const b of [bits - 1n, bits, bits + 1n]) doubles.push(doubleOf(b), doubleOf(b | negative));
	}
	assert.equal(doubles.length, 12588);
	return doubles;
}

// What decimal texts near the ends of the ranges read as: largest, smallest, subnormal, where ECMAScript changes its layout, powers of
// ten, halves, and integers about 2^53.
function nearEnds() {
	const r = peer.random(peer.seed + 301);
	const texts = ['1.7976931348623157e308', '1.7976931348623155e308', '4.9406564584124654e-324', '2.4703282292062328e-324', '2.2250738585072014e-308', '2.225073858507201e-308'];
	for (let e = -323; e <= 308; e++) texts.push(`1e${e}`, `9.999999999999999e${e}`, `1.0000000000000002e${e}`, `${1 + r.below(9)}.${r.below(1e9)}e${e}`, `5e${e}`);
	for (let i = -200; i <= 200; i++) texts.push(String(2n ** 53n + BigInt(i)), String(10n ** 21n + BigInt(i) * 65536n), `${2n ** 52n + BigInt(i)}.5`);
	for (const edge of ['1e21', '1e-6', '1e-7', '1e20', '1e-5', '1e22', '1e23'])
		for (let i = -20n; i <= 20n; i++) texts.push(String(doubleOf(bitsOf(Number(edge)) + i)));
	return texts.map(Number).filter(Number.isFinite);
}

function randomDoubles(n) {
	const r = peer.random(peer.seed + 302);
	return Array.from({ length: n }, () => peer.randomDouble(r));
}

test('doubles: every power of two and its neighbours', (t) => checkPrinter(t, 'powers', powersOfTwo().map(line).join('')));
test('doubles: near the ends of the ranges', (t) => checkPrinter(t, 'ends', nearEnds().map(line).join('')));
test('doubles: many at random', (t) => checkPrinter(t, 'random', randomDoubles(peer.few(200000)).map(line).join('')));

// The sequence of the ES6 number test of cyberphone/json-canonicalization (testdata/README.md there): thirds of powers of ten with
// the rounding errors that their making left (in units of the last place), numbers about 5 and 5e-6, corner cases, the 2,000
// smallest normal numbers, and then a chain of SHA-256.
function* numgen() {
	const drift = [0, 0, 1, 1, 1, 2, 1, 1, 3, 1, 2, 2, 1, 1, 1, 0, 0, 0, -1];
	const thirds = Array.from({ length: 50 }, (_, i) => bitsOf(Number(`0.${'3'.repeat(30)}e${22 - i}`)) + BigInt(i === 49 ? 1 : drift[i] ?? 0));
	yield* [0, -0, 5e-324, -5e-324];
	for (const bits of thirds) yield doubleOf(bits | negative);
	for (const bits of thirds) yield doubleOf(bits);
	yield 10;
	for (let i = 0; i <= 9; i++) yield Number(`5e-${i}`);
	for (let zeros = 1; zeros <= 14; zeros++) yield Number(`5.${'0'.repeat(zeros)}6e-6`);
	yield* [5e-6, 1, -1];
	for (const n of [-6, -5]) yield -doubleOf(bitsOf(1) + BigInt(n));
	for (const n of [-6, -5, -4, -2]) yield doubleOf(bitsOf(1) + BigInt(n));
	const below = doubleOf(bitsOf(1) - 1n);
	yield* [-below, -below, below, below, doubleOf(bitsOf(0.3) - 1n), 0.3, doubleOf(bitsOf(0.3) + 1n)];
	const normal = 2 ** -1022;
	yield* [normal, doubleOf(bitsOf(normal) - 3n), doubleOf(bitsOf(normal) - 1n), Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** 53, -(2 ** 53), 2 ** 68];
	for (const n of [-1n, 0n, 1n]) yield doubleOf(bitsOf(1e23) + n);
	for (const n of [-2n, -1n, 0n]) yield doubleOf(bitsOf(1e21) + n);
	for (const n of [-1n, 0n]) yield doubleOf(bitsOf(1e-6) + n);
	for (const n of [-2n, -1n, 0n, 1n, 2n]) yield doubleOf(bitsOf(333333333.3333333) + n);
	yield* [-0.0000033333333333333333, 1424953923781206.2];
	for (let i = 0; i < 2000; i++) yield doubleOf(bitsOf(normal) + BigInt(i));
	for (let block = Buffer.alloc(32); ;) {
		block = createHash('sha256').update(block).digest();
		for (let i = 0; i < 32; i += 8) {
			const d = block.readDoubleLE(i);
			if (d !== 0 && Number.isFinite(d)) yield d;
		}
	}
}

const published = {
	1000: 'be18b62b6f69cdab33a7e0dae0d9cfa869fda80ddc712221570f9f40a5878687',
	10000: 'b9f7a8e75ef22a835685a52ccba7f7d6bdc99e34b010992cbc5864cd12be6892',
	100000: '22776e6d4b49fa294a0d0f349268e5c28808fe7e0cb2bcbe28f63894e494d4c7',
};

test('doubles: the first 100,000 lines of the published ES6 number test have its checksums, and are ours', (t) => {
	const hash = createHash('sha256');
	const lines = [];
	for (const d of numgen()) {
		lines.push(line(d));
		hash.update(lines.at(-1));
		const want = published[lines.length];
		if (want) assert.equal(hash.copy().digest('hex'), want, `${lines.length} lines`);
		if (lines.length === 100000) break;
	}
	checkPrinter(t, 'numgen', lines.join(''));
});

// Batches of numbers in leaves of one record.
function expectLeaves(batches) {
	const texts = batches.map((batch) => `[${batch.join(',')}]`);
	const text = `{"meta":{"verifiedAt":"2025-11-04T09:10:11Z"},"normalized":{${texts.map((b, i) => `"b${String(i).padStart(4, '0')}":${b}`).join(',')}}}`;
	assert.ok(text.length < 8 << 20);
	const out = JSON.parse(peer.seal([text])[0]);
	assert.ok(out.evidence, JSON.stringify(out.error));
	texts.forEach((b, i) => assert.equal(out.evidence.leaves[i + 1].hash, peer.leafHash(out.evidence.leaves[i + 1].path, peer.zero, JSON.parse(b)), `batch ${i}`));
}

const inBatches = (list, n) => Array.from({ length: Math.ceil(list.length / n) }, (_, i) => list.slice(i * n, (i + 1) * n));

test('merkle-seal: the same doubles, as ECMAScript prints them and spelled otherwise, in batches', () => {
	const r = peer.random(peer.seed + 303);
	const doubles = [...powersOfTwo(), ...nearEnds(), ...randomDoubles(peer.few(40000))];
	for (const part of inBatches(doubles, 50000)) {
		expectLeaves(inBatches(part.map((d) => JSON.stringify(d)), 5000));
		expectLeaves(inBatches(part.map((d) => peer.spell(r, d)), 5000));
	}
});

// The decimal value of a JSON number: sign, digits without zeros at either end, power of ten of the last one.
function decimal(text) {
	const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
	const digits = (whole + fraction).replace(/^0+/, '');
	const kept = digits.replace(/0+$/, '');
	if (kept === '') return '0';
	return `${sign}${kept}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - kept.length)}`;
}

test('merkle-seal: a number is sealed if and only if its canonical form is the same decimal value', () => {
	const r = peer.random(peer.seed + 304);
	const digits = (n) => Array.from({ length: n }, () => r.below(10)).join('').replace(/^0+(?=\d)/, '');
	const texts = ['0e99999999', '-0.000e-99999999999999999999', '0E+0', '1e99999999999', '1e-99999999999', '-0', '0.0', '1e+00000000000000000000000000001',
		'1' + '0'.repeat(300), '1' + '0'.repeat(309), '0.' + '0'.repeat(400) + '1', '0.' + '0'.repeat(322) + '5', '1.' + '0'.repeat(500), '5e-324', '4.9e-324', '3e-324'];
	for (let i = 0; i < 20000; i++) {
		const sign = r.chance(0.3) ? '-' : '';
		const whole = r.chance(0.3) ? '0' : digits(1 + r.below(20));
		const fraction = r.chance(0.5) ? '.' + Array.from({ length: 1 + r.below(18) }, () => r.below(10)).join('') : '';
		const exponent = r.chance(0.4) ? r.pick(['e', 'E']) + r.pick(['', '+', '-']) + r.below(r.pick([5, 30, 330])) : '';
		texts.push(sign + whole + fraction + exponent);
	}
	// the canonical form of a double and its neighbours in the last digit
	for (const d of randomDoubles(5000)) {
		const text = String(d);
		const [head, tail = ''] = text.split('e');
		texts.push(text, head.slice(0, -1) + r.below(10) + (tail && 'e' + tail), head + (head.includes('.') ? '' : '.') + '1' + (tail && 'e' + tail));
	}
	const lines = texts.map((t) => `{"meta":{"verifiedAt":"2025-11-04T09:10:11Z"},"normalized":{"n":${t}}}`);
	let exact = 0;
	peer.seal(lines).forEach((out, i) => {
		const value = Number(texts[i]);
		const canonical = Number.isFinite(value) && JSON.stringify(value);
		const want = canonical !== false && decimal(canonical) === decimal(texts[i]);
		const { evidence, error } = JSON.parse(out);
		exact += want;
		assert.equal(evidence !== undefined, want, texts[i]);
		if (want) assert.equal(evidence.leaves[1].hash, peer.leafHash('normalized.n', peer.zero, value), texts[i]);
		else assert.match(error.msg, /E_LOSSY/);
	});
	assert.ok(exact > 5000 && exact < texts.length - 5000, `${exact} of ${texts.length}`);
});

test('merkle-seal: names of every length and plane are put in order by UTF-16 code units', () => {
	const r = peer.random(peer.seed + 305);
	const edges = [0, 0x1f, 0x20, 0x22, 0x5c, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xefff, 0xf000, 0xffff, 0x10000, 0x3ffff, 0x40000, 0xfffff, 0x100000, 0x10ffff];
	const names = new Set(['']);
	for (const a of edges) for (const b of edges) names.add(String.fromCodePoint(a)).add(String.fromCodePoint(a, b)).add(String.fromCodePoint(b, a, r.pick(edges)));
	while (names.size < 3000) names.add(peer.randomText(r, 6, 0));
	const object = Object.fromEntries([...names].map((n, i) => [n, i]));
	const lines = [0, 1, 2].map(() => `{"meta":{"verifiedAt":"2025-11-04T09:10:11Z"},"normalized":{"names":${peer.spell(r, object)}}}`);
	const want = peer.leafHash('normalized.names', peer.zero, object);
	for (const out of peer.seal(lines)) assert.equal(JSON.parse(out).evidence.leaves[1].hash, want);
});
