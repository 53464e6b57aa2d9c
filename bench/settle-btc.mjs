// settle-btc.mjs N [raw]: the payments of bench/settle-btc.c by bitcoinjs-lib (libsecp256k1 in WASM) and @scure/btc-signer: a second on one thread,
// P2WPKH then P2TR; with raw, the first N transactions as hex by both.
import { createRequire } from 'node:module';
import { createHash } from 'node:crypto';
const require = createRequire(new URL('../tests/peers/package.json', import.meta.url));
const bitcoin = require('bitcoinjs-lib'), ecc = require('tiny-secp256k1');
const scure = await import(require.resolve('@scure/btc-signer'));
bitcoin.initEccLib(ecc);
const n = +process.argv[2];
const secret = Buffer.alloc(32); secret[30] = 1; secret[31] = 2;
const publicKey = Buffer.from(ecc.pointFromScalar(secret)), xonly = publicKey.subarray(1);
const pay = Buffer.alloc(22); pay.set([0, 20, 1, 2, 3]);
const coin = bitcoin.payments.p2wpkh({ pubkey: publicKey }).output;
const tapCoin = bitcoin.payments.p2tr({ internalPubkey: xonly }).output;
const even = publicKey[0] === 3 ? ecc.privateNegate(secret) : secret;
const tweaked = Buffer.from(ecc.privateAdd(even, bitcoin.crypto.taggedHash('TapTweak', xonly)));
const signer = { publicKey, sign: (h) => Buffer.from(ecc.sign(h, secret)) };
const tapSigner = { publicKey: Buffer.from(ecc.pointFromScalar(tweaked)), sign: () => {}, signSchnorr: (h) => Buffer.from(ecc.signSchnorr(h, tweaked)) };
const txid = (i) => { const b = Buffer.alloc(8); b.writeBigUInt64LE(BigInt(i)); return createHash('sha256').update(b).digest(); };

function bitcoinjs(i, tap) {
	const p = new bitcoin.Psbt();
	p.addInput({ hash: txid(i), index: 0, sequence: 0xfffffffd, witnessUtxo: { script: tap ? tapCoin : coin, value: 100000n }, ...(tap ? { tapInternalKey: xonly } : {}) });
	p.addOutput({ script: pay, value: 60000n }).addOutput({ script: coin, value: 39000n });
	p.signInput(0, tap ? tapSigner : signer);
	p.finalizeAllInputs();
	return p.extractTransaction(true).toHex();
}
function scureTx(i, tap, lowR = true) {
	const t = new scure.Transaction({ version: 2, lowR });
	t.addInput({ txid: Uint8Array.from(txid(i)).reverse(), index: 0, sequence: 0xfffffffd, witnessUtxo: { script: Uint8Array.from(tap ? tapCoin : coin), amount: 100000n }, ...(tap ? { tapInternalKey: Uint8Array.from(xonly) } : {}) });
	t.addOutput({ script: Uint8Array.from(pay), amount: 60000n });
	t.addOutput({ script: Uint8Array.from(coin), amount: 39000n });
	t.sign(Uint8Array.from(secret));
	t.finalize();
	return t.hex;
}
if (process.argv[3] === 'raw') {
	for (let i = 0; i < n; i++) console.log(bitcoinjs(i, false), scureTx(i, false, false));
	process.exit(0);
}
const rates = [];
for (const one of [bitcoinjs, scureTx]) {
	for (const tap of [false, true]) {
		let best = 0;
		for (let round = 0; round < 3; round++) {
			const from = process.cpuUsage();
			for (let i = 0; i < n; i++) one(i, tap);
			const { user, system } = process.cpuUsage(from);
			best = Math.max(best, n / ((user + system) / 1e6));
		}
		rates.push(Math.round(best));
	}
}
console.log(rates.join(' '));
