// Catches an order-intake that takes another message for signed than everybody else does: orders are canonicalized by npm's canonicalize,
// hashed and signed by @noble/curves and @noble/hashes, and judged by order-intake; and what it lets in, @noble verifies.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import canonicalize from 'canonicalize';
import { ed25519 } from '@noble/curves/ed25519';
import { secp256k1 } from '@noble/curves/secp256k1';
import { keccak_256 } from '@noble/hashes/sha3';
import { bin, scratch } from './peer.mjs';

let seed = BigInt(process.env.TRADEPIPE_SEED ?? 20251104);
const random = (n) => {
	seed = (seed * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n);
	return Number((seed >> 33n) % BigInt(n));
};
const toHex = (b) => Buffer.from(b).toString('hex');
const bytes = (text) => new Uint8Array(Buffer.from(text));

const schemes = {
	ed25519: {
		key: (k) => toHex(ed25519.getPublicKey(k)),
		sign: (k, message) => toHex(ed25519.sign(bytes(message), k)),
		verify: (pub, sig, message) => ed25519.verify(sig, bytes(message), pub, { zip215: false }),
	},
	secp256k1: {
		key: (k) => toHex(secp256k1.getPublicKey(k, true)),
		sign: (k, message, lowS = true) => secp256k1.sign(keccak_256(bytes(message)), k, { lowS }).toCompactHex(),
		verify: (pub, sig, message) => secp256k1.verify(sig, keccak_256(bytes(message)), pub, { lowS: true }),
	},
};

const accounts = [0, 1, 2, 3].map((i) => {
	const scheme = i % 2 ? 'secp256k1' : 'ed25519';
	const secret = keccak_256(bytes(`peer account ${i}`));
	return { account: `acc-${i}`, scheme, secret, pubkey: schemes[scheme].key(secret), nonce: 0 };
});
const file = join(scratch, 'accounts.ndjson');
writeFileSync(file, accounts.map((a) => JSON.stringify({ account: a.account, status: 'active', keys: [{ scheme: a.scheme, pubkey: a.pubkey }] }) + '\n').join(''));

// the same record with its members in another order, other white space, other escapes
const respell = (o) => {
	const members = Object.entries(o).map((m) => [m, random(1000)]).sort((a, b) => a[1] - b[1]).map(([m]) => m);
	const space = () => ['', '', ' ', '\t', '  '][random(5)];
	const value = (v) => (typeof v === 'object' && v ? JSON.stringify(v, null, random(3)).replaceAll('\n', ' ') : JSON.stringify(v));
	return `{${members.map(([k, v]) => `${space()}${JSON.stringify(k)}${space()}:${space()}${value(v)}`).join(',')}${space()}}`;
};

const strange = ['é', '\u20ac', '\u{1f600}', 'a"b\\c', '\u0001', '/', '\u2028', ''];
const order = (a, i) => {
	const o = {
		type: ['order', 'order', 'cancel', 'amend'][random(4)], id: `p${i}`, account: a.account, symbol: 'BTC-USDC', side: random(2) ? 'buy' : 'sell',
		ordType: 'limit', px: `${1 + random(99999)}.${1 + random(9)}`, sz: `0.${1 + random(999)}1`, ts: 1700000000000000 + i, nonce: ++a.nonce, pubkey: a.pubkey,
	};
	if (random(3) === 0) o[strange[random(strange.length)] || 'empty'] = strange[random(strange.length)];
	if (random(3) === 0) o.meta = { z: [1, 2.5, 1e21, -0.001, null, true], a: { '\u20ac': 1, '\r': 2, 1: 3, '\u{1f600}': 4, '\ufb33': 5 } };
	if (random(4) === 0) o.nonce = String(a.nonce);
	return o;
};

const intake = (lines) => {
	const p = spawnSync(join(bin, 'order-intake'), ['--accounts', file], { input: lines.map((l) => l + '\n').join(''), maxBuffer: 1 << 28 });
	assert.ok([0, 1].includes(p.status), `status ${p.status}: ${p.stderr}`);
	const out = p.stdout.toString('utf8').split('\n').slice(0, -1);
	assert.equal(out.length, lines.length);
	return out;
};

test('what npm signs is let in, however it is spelled, and npm verifies what was let in', () => {
	const lines = [];
	for (let i = 0; i < 400; i++) {
		const a = accounts[i % 4];
		const o = order(a, i);
		lines.push(respell({ ...o, sig: schemes[a.scheme].sign(a.secret, canonicalize(o)) }));
	}
	const out = intake(lines);
	out.forEach((line, i) => {
		assert.equal(line, lines[i]);
		const { sig, ...rest } = JSON.parse(line);
		const a = accounts[i % 4];
		assert.ok(schemes[a.scheme].verify(rest.pubkey, sig, canonicalize(rest)));
	});
});

test('one value changed after signing, another key, another hash, a high s: not let in', () => {
	const lines = [];
	for (let i = 0; i < 200; i++) {
		const a = accounts[i % 4];
		const o = { ...order(a, i), type: 'order' };
		const sign = schemes[a.scheme].sign;
		const good = canonicalize(o);
		switch (i % 5) {
		case 0: lines.push(JSON.stringify({ ...o, sz: o.sz + '1', sig: sign(a.secret, good) })); break;
		case 1: lines.push(JSON.stringify({ ...o, extra: 1, sig: sign(a.secret, good) })); break;
		case 2: lines.push(JSON.stringify({ ...o, sig: sign(keccak_256(bytes('other')), good) })); break;
		case 3: lines.push(JSON.stringify({ ...o, sig: sign(a.secret, JSON.stringify(o) + ' ') })); break;
		default: {
			const sig = sign(a.secret, good);
			const n = a.scheme === 'ed25519' ? ed25519.CURVE.n : secp256k1.CURVE.n;
			// ed25519: s + n, a second form of the same s; secp256k1: n - s
			const half = a.scheme === 'ed25519'
				? toHex(Buffer.from((BigInt('0x' + toHex(Buffer.from(sig.slice(64), 'hex').reverse())) + n).toString(16).padStart(64, '0'), 'hex').reverse())
				: (n - BigInt('0x' + sig.slice(64))).toString(16).padStart(64, '0');
			lines.push(JSON.stringify({ ...o, sig: sig.slice(0, 64) + half }));
		}
		}
	}
	for (const line of intake(lines)) assert.equal(JSON.parse(line).reason, 'BAD_SIGNATURE', line);
});
