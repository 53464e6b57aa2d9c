// Drives settle-btc against a regtest node as settle would, and signs with bitcoinjs-lib in sign-key's place: what one implementation
// makes another has to read, sign and (the node) take. Usage: btc_drive.mjs SCENARIO PORT; BTC=the program. Says what went wrong, or "ok".
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createHash, pbkdf2Sync } from 'node:crypto';
import assert from 'node:assert/strict';
import * as bitcoin from 'bitcoinjs-lib';
import * as ecc from 'tiny-secp256k1';
import { HDKey } from '@scure/bip32';

bitcoin.initEccLib(ecc);
const [scenario, port] = process.argv.slice(2);
const network = bitcoin.networks.regtest;
const versions = { private: 0x04358394, public: 0x043587cf };
const hex = (b) => Buffer.from(b).toString('hex');

async function rpc(method, ...params) {
	const r = await fetch(`http://127.0.0.1:${port}/`, {
		method: 'POST',
		headers: { authorization: 'Basic ' + Buffer.from('x:pw').toString('base64'), 'content-type': 'application/json' },
		body: JSON.stringify({ method, params, id: 1 }),
	});
	const j = await r.json();
	if (j.error) throw Object.assign(new Error(j.error.message), j.error);
	return j.result;
}

// ---- the wallet: one seed a scenario, so that scenarios do not see each other's coins
const seed = (n) => createHash('sha256').update(scenario + n).digest();
function account(n, path) {
	const root = HDKey.fromMasterSeed(seed(n), versions);
	const key = root.derive(path);
	const print = root.fingerprint.toString(16).padStart(8, '0');
	return { root, key, text: `[${print}${path.slice(1).replaceAll("'", 'h')}]${key.publicExtendedKey}` };
}
const star = '/<0;1>/' + '*';
const wallets = {
	wpkh: () => { const a = account(0, "m/84'/1'/0'"); return { keys: [a], text: `wpkh(${a.text}${star})` }; },
	tr: () => { const a = account(0, "m/86'/1'/0'"); return { keys: [a], text: `tr(${a.text}${star})` }; },
	wsh: () => {
		const keys = [0, 1, 2].map((i) => account(i, "m/48'/1'/0'/2'"));
		return { keys, text: `wsh(sortedmulti(2,${keys.map((k) => k.text + star).join(',')}))` };
	},
};

class Adapter {
	constructor(wallet, env = {}) {
		this.child = spawn(process.env.BTC ?? 'settle-btc', ['--network', 'regtest'], {
			env: { ...process.env, BTC_RPC_URL: `http://127.0.0.1:${port}`, RPC_USER: 'x', RPC_PASSWORD: 'pw', BTC_WALLET: wallet.text, ...env },
			stdio: ['pipe', 'pipe', 'inherit'],
		});
		this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
		this.id = 0;
	}
	async ask(op, members = {}) {
		this.child.stdin.write(JSON.stringify({ op, id: ++this.id, ...members }) + '\n');
		const { value, done } = await this.lines.next();
		assert(!done, `no answer to ${op}`);
		const answer = JSON.parse(value);
		assert.equal(answer.id, this.id);
		return answer;
	}
	async must(op, members) {
		const answer = await this.ask(op, members);
		assert(answer.ok, `${op}: ${JSON.stringify(answer.error)}`);
		return answer;
	}
	async fails(cls, code, op, members) {
		const answer = await this.ask(op, members);
		assert.equal(answer.ok, false, `${op} was taken`);
		assert.deepEqual([answer.error.class, answer.error.code], [cls, code], answer.error.msg);
	}
	async end() {
		this.child.stdin.end();
		// 1: a request was answered with an error
		assert((await new Promise((r) => this.child.on('exit', r))) <= 1);
	}
}

// Sign the payload with the keys that its derivation paths name; give the PSBT back, signed.
function sign(wallet, prepared, signers = wallet.keys) {
	const psbt = bitcoin.Psbt.fromBase64(prepared.unsigned.payload, { network });
	psbt.data.inputs.forEach((input, i) => {
		for (const d of input.bip32Derivation ?? []) {
			const owner = signers.find((k) => k.root.fingerprint === Buffer.from(d.masterFingerprint).readUInt32BE());
			if (!owner) continue;
			const child = owner.root.derive(d.path);
			psbt.signInput(i, { publicKey: Buffer.from(child.publicKey), sign: (h) => Buffer.from(ecc.sign(h, child.privateKey)) });
		}
		for (const d of input.tapBip32Derivation ?? []) {
			const child = signers[0].root.derive(d.path);
			const odd = child.publicKey[0] === 3;
			const even = odd ? ecc.privateNegate(child.privateKey) : child.privateKey;
			const tweaked = ecc.privateAdd(even, bitcoin.crypto.taggedHash('TapTweak', child.publicKey.slice(1)));
			psbt.signInput(i, {
				publicKey: Buffer.from(ecc.pointFromScalar(tweaked)),
				sign: () => assert.fail(),
				signSchnorr: (h) => Buffer.from(ecc.signSchnorr(h, tweaked)),
			});
		}
	});
	return psbt;
}

// The signatures alone, as sign-key answers with them.
function signaturesOf(psbt) {
	return psbt.data.inputs.flatMap((input) => input.tapKeySig
		? [{ scheme: 'schnorr', sig: hex(input.tapKeySig) }]
		: input.partialSig.map((s) => ({ scheme: 'ecdsa', sig: hex(s.signature.slice(0, -1)), publicKey: hex(s.pubkey) })));
}

const elsewhere = bitcoin.payments.p2wpkh({ pubkey: Buffer.from(ecc.pointFromScalar(seed('elsewhere'))), network }).address;
const miner = bitcoin.payments.p2wpkh({ pubkey: Buffer.from(ecc.pointFromScalar(createHash('sha256').update('miner').digest())), network });
const mine = (n = 1, to = elsewhere) => rpc('generatetoaddress', n, to);

// Coins for the wallet: out of the miner's oldest ripe ones.
async function fund(address, ...amounts) {
	const coins = await rpc('listunspent', 1, 9999999, [miner.address]);
	const psbt = new bitcoin.Psbt({ network });
	const want = amounts.reduce((a, b) => a + b, 0) + 20000;
	let have = 0;
	for (const c of coins) {
		if (have >= want) break;
		psbt.addInput({ hash: c.txid, index: c.vout, witnessUtxo: { script: Buffer.from(c.scriptPubKey, 'hex'), value: BigInt(Math.round(c.amount * 1e8)) } });
		have += Math.round(c.amount * 1e8);
	}
	for (const a of amounts) psbt.addOutput({ address, value: BigInt(a) });
	psbt.addOutput({ address: miner.address, value: BigInt(have - want) });
	const key = createHash('sha256').update('miner').digest();
	psbt.signAllInputs({ publicKey: Buffer.from(ecc.pointFromScalar(key)), sign: (h) => Buffer.from(ecc.sign(h, key)) });
	psbt.finalizeAllInputs();
	const txid = await rpc('sendrawtransaction', psbt.extractTransaction(true).toHex());
	await mine();
	return txid;
}

let jobs = 0;
const order = (amount, to = elsewhere) => ({ job: `${scenario}:${++jobs}`, asset: 'BTC', to, amount: String(amount) });
const version = (p, a) => ({ txId: a.txId, kind: p.kind, raw: a.raw, spends: p.spends, fee: p.fee, feeRate: p.feeRate, expiry: null });

// prepare, sign, assemble
async function make(adapter, wallet, pay, op = 'prepare', more = {}) {
	const p = await adapter.must(op, { ...pay, ...more });
	const a = await adapter.must('assemble', { unsigned: p.unsigned, signatures: signaturesOf(sign(wallet, p)) });
	return { pay, p, ...a, v: version(p, a) };
}
const submit = (adapter, tx) => adapter.must('submit', { raw: tx.raw, txId: tx.txId });
const poll = (adapter, pay, versions, block = null) =>
	adapter.must('poll', { ...pay, versions: versions.map(({ raw, fee, feeRate, ...v }) => v), block });

const scenarios = {
	// the miner's coins for all the others
	async start() {
		await rpc('generatetoaddress', 432, elsewhere);
		await rpc('generatetoaddress', 12, miner.address);
		await rpc('generatetoaddress', 100, elsewhere);
	},

	wpkh: () => payments('wpkh'),
	tr: () => payments('tr'),
	async wsh() {
		const wallet = wallets.wsh(), adapter = new Adapter(wallet);
		const { wallet: address } = await adapter.must('info');
		await fund(address, 300000, 400000);
		const pay = order(250000), p = await adapter.must('prepare', pay);
		// one of three is not enough; each pair is; by signatures and by two signed PSBTs
		const one = sign(wallet, p, [wallet.keys[0]]), two = sign(wallet, p, [wallet.keys[2]]);
		await adapter.fails('refused', 'UNSIGNED', 'assemble', { unsigned: p.unsigned, payload: one.toBase64() });
		const a = await adapter.must('assemble', { unsigned: p.unsigned, payloads: [one.toBase64(), two.toBase64()] });
		const both = sign(wallet, p, [wallet.keys[0], wallet.keys[2]]);
		assert.deepEqual(await adapter.must('assemble', { unsigned: p.unsigned, signatures: signaturesOf(both) }).then((x) => x.raw), a.raw);
		both.finalizeAllInputs();
		assert.equal(both.extractTransaction().toHex(), a.raw, 'bitcoinjs-lib finalises to the same bytes');
		await adapter.must('submit', { raw: a.raw, txId: a.txId });
		await mine();
		const got = await poll(adapter, pay, [version(p, a)]);
		assert.equal(got.status, 'mined');
		await adapter.end();
	},

	async bump() {
		const wallet = wallets.wpkh(), adapter = new Adapter(wallet);
		const { wallet: address } = await adapter.must('info');
		await fund(address, 500000, 600000);
		const pay = order(400000), first = await make(adapter, wallet, pay);
		await submit(adapter, first);
		// the same fee again is no replacement
		const second = await make(adapter, wallet, pay, 'bump', { versions: [first.v] });
		assert(second.p.spends.some((s) => first.p.spends.includes(s)));
		assert(BigInt(second.p.fee) * 8n >= BigInt(first.p.fee) * 9n);
		await submit(adapter, second);
		assert.deepEqual((await poll(adapter, pay, [first.v, second.v])).txId, second.txId);
		await adapter.fails('underpriced', 'REPLACEMENT_FEE', 'submit', { raw: first.raw, txId: first.txId });
		await adapter.fails('underpriced', 'FEE_CAP', 'bump', { ...pay, versions: [first.v, second.v], feeMax: second.p.fee });
		// pulled along by its change
		const child = await make(adapter, wallet, pay, 'bump', { versions: [first.v, second.v], child: true });
		assert.equal(child.p.kind, 'child');
		await submit(adapter, child);
		await mine();
		const done = await poll(adapter, pay, [first.v, second.v, child.v]);
		assert.deepEqual([done.status, done.txId, done.moved, done.confirmations, done.fee], ['mined', second.txId, '400000', 1, second.p.fee]);
		// cancelled: nobody is paid, and the first version can no more be mined
		const other = order(300000), held = await make(adapter, wallet, other);
		await submit(adapter, held);
		const cancel = await make(adapter, wallet, other, 'cancel', { versions: [held.v] });
		assert.equal(cancel.p.kind, 'cancel');
		await submit(adapter, cancel);
		await mine();
		const gone = await poll(adapter, other, [held.v, cancel.v]);
		assert.deepEqual([gone.status, gone.txId, gone.moved], ['mined', cancel.txId, '0']);
		// to one who does not know of the cancelling version the payment is dead
		const dead = await poll(adapter, other, [held.v]);
		assert.deepEqual([dead.status, dead.confirmations], ['dead', 1]);
		await adapter.fails('conflict', 'SPENT', 'submit', { raw: held.raw, txId: held.txId });
		await adapter.fails('conflict', 'SPENT', 'bump', { ...other, versions: [held.v] });
		await adapter.end();
	},

	async reorg() {
		const wallet = wallets.wpkh(), adapter = new Adapter(wallet);
		const { wallet: address } = await adapter.must('info');
		await fund(address, 500000);
		await mine(3);
		const pay = order(100000), tx = await make(adapter, wallet, pay);
		assert.equal((await submit(adapter, tx)).result, 'accepted');
		assert.equal((await poll(adapter, pay, [tx.v])).status, 'pending');
		await mine(2);
		const seen = await poll(adapter, pay, [tx.v]);
		assert.deepEqual([seen.status, seen.confirmations], ['mined', 2]);
		assert.equal((await submit(adapter, tx)).result, 'known');
		const before = await adapter.must('balance');
		// a fork of three blocks without it, which it is put back into the pool by
		await rpc('x_reorg', 2, elsewhere);
		const rolled = await poll(adapter, pay, [tx.v], seen.block);
		assert.equal(rolled.status, 'pending');
		const height = await adapter.must('height');
		assert.deepEqual([height.reorgs, height.reorgDepth], [1, 2]);
		assert.equal((await adapter.must('balance')).amount, '500000');
		await mine();
		const again = await poll(adapter, pay, [tx.v], seen.block);
		assert.deepEqual([again.status, again.confirmations, again.moved], ['mined', 1, '100000']);
		assert.notEqual(again.block.hash, seen.block.hash);
		assert.equal((await adapter.must('balance')).amount, before.amount);
		// and one that loses it: sent again, the same bytes
		await rpc('x_reorg', 1, elsewhere, false);
		assert.equal((await poll(adapter, pay, [tx.v], again.block)).status, 'unknown');
		assert.equal((await submit(adapter, tx)).result, 'accepted');
		await mine();
		assert.equal((await poll(adapter, pay, [tx.v])).status, 'mined');
		await adapter.end();
	},

	async htlc() {
		const wallet = wallets.wpkh(), adapter = new Adapter(wallet);
		const { wallet: address } = await adapter.must('info');
		await fund(address, 900000);
		const preimage = seed('preimage'), hash = hex(createHash('sha256').update(preimage).digest());
		const stranger = hex(ecc.pointFromScalar(seed('stranger')));
		const { height } = await adapter.must('height');
		const contract = await adapter.must('htlc', { hash, claimKey: '@3', refundKey: stranger, lock: height + 50 });
		const paid = await make(adapter, wallet, order(200000, contract.address));
		await submit(adapter, paid);
		await mine();
		const coin = { coin: `${paid.txId}:0`, script: contract.script };
		await adapter.fails('refused', 'PREIMAGE', 'claim', { job: 'c', ...coin, preimage: hex(seed('no')) });
		await adapter.fails('refused', 'NOT_OURS', 'refund', { job: 'c', ...coin });
		const claim = await makeContract(adapter, wallet, 'claim', { job: 'c', ...coin, preimage: hex(preimage) });
		await adapter.must('submit', { raw: claim.raw, txId: claim.txId });
		await mine();
		await adapter.fails('conflict', 'SPENT', 'claim', { job: 'c', ...coin, preimage: hex(preimage) });
		// one that nobody claims comes back, but not before its time
		const late = await adapter.must('htlc', { hash, claimKey: stranger, refundKey: '@4', lock: height + 5 });
		const locked = await make(adapter, wallet, order(200000, late.address));
		await submit(adapter, locked);
		await mine();
		const refund = await makeContract(adapter, wallet, 'refund', { job: 'r', coin: `${locked.txId}:0`, script: late.script });
		await adapter.fails('retry', 'LOCKED', 'submit', { raw: refund.raw, txId: refund.txId });
		await mine(3);
		await adapter.must('submit', { raw: refund.raw, txId: refund.txId });
		await mine();
		assert.equal(await rpc('gettxout', locked.txId, 0, true), null);
		const { amount } = await adapter.must('balance');
		assert.equal(Number(amount), 900000 - Number(paid.p.fee) - Number(claim.fee) - Number(locked.p.fee) - Number(refund.fee));
		await adapter.end();
	},

	bip84: () => bySeed(84),
	bip86: () => bySeed(86),

	async books() {
		const wallet = wallets.wpkh();
		const { height: birth } = await (async () => { const a = new Adapter(wallet); const h = await a.must('height'); await a.end(); return h; })();
		const adapter = new Adapter(wallet, { BTC_BIRTH_HEIGHT: String(birth + 1) });
		const { address: third } = await adapter.must('deposit', { index: 3 });
		const deposit = await fund(third, 700000);
		const { deposits } = await adapter.must('deposits', { fromHeight: birth + 1, toHeight: 1e6 });
		assert.deepEqual(deposits.map((d) => [d.txId, d.index, d.amount, d.height]), [[deposit, 3, '700000', birth + 1]]);
		// three payments in one transaction
		const payments = [order(10000), order(20000), order(30000)].map(({ asset, ...p }) => p);
		const p = await adapter.must('prepare', { payments });
		const a = await adapter.must('assemble', { unsigned: p.unsigned, signatures: signaturesOf(sign(wallet, p)) });
		await adapter.must('submit', { raw: a.raw, txId: a.txId });
		await mine();
		const { transfers, toHeight } = await adapter.must('transfers', { fromHeight: birth + 1, toHeight: 1e6 });
		assert.deepEqual(transfers.map((t) => [t.txId, t.to, t.amount]), payments.map((x) => [a.txId, elsewhere, x.amount]));
		assert.equal(toHeight, birth + 2);
		const { amount, utxos } = await adapter.must('balance');
		assert.deepEqual([amount, utxos], [String(700000 - 60000 - Number(p.fee)), 1]);
		// one that starts now finds the same by the node's list, but does not know what was before
		const late = new Adapter(wallet);
		assert.equal((await late.must('balance')).amount, amount);
		await late.fails('refused', 'UNSUPPORTED', 'transfers', { fromHeight: birth + 1, toHeight: 1e6 });
		const found = await poll(late, payments[0] && { ...order(10000), amount: '60000' }, [version(p, a)]);
		assert.deepEqual([found.status, found.txId, found.moved], ['mined', a.txId, '60000']);
		await late.end();
		await adapter.end();
	},
};

// ---- sign-key in its own place, with a seed

// A program that answers line by line.
class Lines {
	constructor(program, args, env) {
		this.child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'ignore'] });
		this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
	}
	async ask(request) {
		this.child.stdin.write(JSON.stringify(request) + '\n');
		return JSON.parse((await this.lines.next()).value);
	}
	async end() {
		this.child.stdin.end();
		return new Promise((r) => this.child.on('exit', r));
	}
}

const words = 'legal winner thank year wave sausage worth useful legal winner thank yellow';
const taproot = (purpose) => purpose === 86;

// A key file with a seed, a policy that allows one account of it, and the wallet that settle-btc watches.
function seedWallet(purpose) {
	const path = `${purpose}h/1h/0h`, key = [...Buffer.from('TREZOR')];
	writeFileSync('master.key', '11'.repeat(32) + '\n', { mode: 0o600 });
	writeFileSync('seed.phrase', Buffer.from(key));
	rmSync('hd.keys', { force: true });
	const made = spawnSync('sh', ['-c', `"$SIGN" add --keys hd.keys --kind hd --seed-passphrase-fd 7 --network regtest --path ${path} seed 7<seed.phrase`],
		{ input: words + '\n', encoding: 'utf8', env: { ...process.env, TRADEPIPE_SIGN_KEY_FILE: 'master.key' } });
	assert.equal(made.status, 0, made.stderr);
	assert(!readFileSync('hd.keys', 'utf8').includes('winner'));
	// what another implementation makes of the same words
	const root = HDKey.fromMasterSeed(pbkdf2Sync(words, 'mnemonicTREZOR', 2048, 64, 'sha512'), versions);
	const { origin } = JSON.parse(made.stdout);
	const account = root.derive(`m/${path.replaceAll('h', "'")}`);
	assert.equal(origin, `[${root.fingerprint.toString(16).padStart(8, '0')}/${path}]${account.publicExtendedKey}`);
	writeFileSync('policy', [
		{ type: 'chain', chain: 'btc', family: 'btc', network: 'regtest', feeMax: '20000', feeDayMax: '100000' },
		{ type: 'asset', chain: 'btc', asset: 'BTC', txMax: '10000000', dayMax: '100000000' },
		{ type: 'allow', chain: 'btc', address: elsewhere },
		{ type: 'path', chain: 'btc', key: 'seed', path, script: taproot(purpose) ? 'p2tr' : 'p2wpkh', indexMax: 19 },
	].map((x) => JSON.stringify(x)).join('\n') + '\n');
	return { root, account, path, text: `${taproot(purpose) ? 'tr' : 'wpkh'}(${origin}${star})` };
}

const request = (pay, p, unsigned = p.unsigned) => ({ op: 'sign', id: 1, chain: 'btc', ...pay, kind: p.kind, fee: p.fee, unsigned });

async function makeBySeed(adapter, signer, pay, op = 'prepare', more = {}) {
	const p = await adapter.must(op, { ...pay, ...more });
	const signed = await signer.ask(request(pay, p));
	assert(signed.ok, JSON.stringify(signed.error));
	const a = await adapter.must('assemble', { unsigned: p.unsigned, signatures: signed.signatures });
	return { pay, p, ...a, v: version(p, a) };
}

// The same PSBT, its change bent: to this script, with this word about whose it is.
function bend(wallet, p, purpose, { script, path, key, fingerprint = wallet.root.fingerprint }) {
	const psbt = bitcoin.Psbt.fromBase64(p.unsigned.payload, { network }), out = psbt.data.outputs.length - 1;
	const print = Buffer.alloc(4);
	print.writeUInt32BE(fingerprint);
	psbt.data.globalMap.unsignedTx.tx.outs[out].script = script;
	const word = { masterFingerprint: print, path: `m/${path}`, pubkey: taproot(purpose) ? key.slice(1) : key };
	if (taproot(purpose)) psbt.data.outputs[out].tapBip32Derivation = [{ ...word, leafHashes: [] }];
	else psbt.data.outputs[out].bip32Derivation = [word];
	return { ...p.unsigned, payload: psbt.toBase64() };
}

async function bySeed(purpose) {
	const wallet = seedWallet(purpose), adapter = new Adapter(wallet);
	const signer = new Lines(process.env.SIGN, ['sign', '--keys', 'hd.keys', '--policy', 'policy', '--state', `st-${purpose}`], { TRADEPIPE_SIGN_KEY_FILE: 'master.key' });
	const key = (steps) => Buffer.from(wallet.root.derive(`m/${wallet.path}/${steps}`.replaceAll('h', "'")).publicKey);
	const scriptOf = (pubkey) => Buffer.from(taproot(purpose)
		? bitcoin.payments.p2tr({ internalPubkey: pubkey.slice(1), network }).output : bitcoin.payments.p2wpkh({ pubkey, network }).output);
	// deposits at two addresses of the pool, spent together
	const pool = [];
	for (const index of [3, 17]) pool.push((await adapter.must('deposit', { index })).address);
	await fund(pool[0], 300000);
	await fund(pool[1], 400000);
	const pay = order(600000), p = await adapter.must('prepare', pay);
	const refused = async (code, what) => {
		const answer = await signer.ask(request(pay, p, bend(wallet, p, purpose, what)));
		assert.deepEqual([answer.ok, answer.error?.class, answer.error?.code], [false, 'refused', code], JSON.stringify(what) + JSON.stringify(answer));
	};
	const stranger = Buffer.from(ecc.pointFromScalar(seed('stranger'))), at = (steps) => `${wallet.path}/${steps}`.replaceAll('h', "'");
	// ours by its word alone: another's script; another's key; ours, where we would not look for it, or where customers pay in
	await refused('MISMATCH', { script: scriptOf(stranger), path: at('1/0'), key: key('1/0') });
	await refused('PATH', { script: scriptOf(stranger), path: at('1/0'), key: stranger });
	await refused('PATH', { script: scriptOf(key('1/20')), path: at('1/20'), key: key('1/20') });
	await refused('PATH', { script: scriptOf(key('2/0')), path: at('2/0'), key: key('2/0') });
	await refused('PATH', { script: scriptOf(key('1/0h')), path: at('1/0h'), key: key('1/0h') });
	await refused('MISMATCH', { script: scriptOf(key('0/0')), path: at('0/0'), key: key('0/0') });
	await refused('MISMATCH', { script: scriptOf(stranger), path: at('1/0'), key: stranger, fingerprint: 1 });
	const tx = await makeBySeed(adapter, signer, pay);
	assert.equal(tx.p.spends.length, 2);
	await submit(adapter, tx);
	await mine();
	assert.equal((await poll(adapter, pay, [tx.v])).status, 'mined');
	await adapter.end();
	// the change, by a PSBT of version 2; replaced, and cancelled
	const second = new Adapter(wallet, { BTC_PSBT_VERSION: '2' }), other = order(40000);
	const held = await makeBySeed(second, signer, other);
	assert.equal(held.p.spends[0].split(':')[0], tx.txId);
	await submit(second, held);
	const cancel = await makeBySeed(second, signer, other, 'cancel', { versions: [held.v] });
	await submit(second, cancel);
	await mine();
	assert.equal((await poll(second, other, [held.v, cancel.v])).txId, cancel.txId);
	await second.end();
	assert.equal(await signer.end(), 1);
}

async function makeContract(adapter, wallet, op, members) {
	const p = await adapter.must(op, members);
	const psbt = sign(wallet, p);
	const a = await adapter.must('assemble', { unsigned: p.unsigned, signatures: signaturesOf(psbt) });
	return { ...a, fee: p.fee };
}

async function payments(kind) {
	const wallet = wallets[kind](), adapter = new Adapter(wallet);
	const info = await adapter.must('info');
	assert.deepEqual([info.network, info.feeAsset, info.replaces], ['regtest', 'BTC', true]);
	await adapter.fails('funds', 'INSUFFICIENT', 'prepare', order(100000));
	await fund(info.wallet, 300000, 400000, 500000);
	assert.equal((await adapter.must('balance')).amount, '1200000');
	await adapter.fails('refused', 'DUST', 'prepare', order(293));
	await adapter.fails('refused', 'BAD_ADDRESS', 'prepare', order(10000, elsewhere.slice(0, -1) + (elsewhere.endsWith('q') ? 'p' : 'q')));
	await adapter.fails('underpriced', 'FEE_CAP', 'prepare', { ...order(10000), feeMax: '10' });
	const pay = order(350000), p = await adapter.must('prepare', pay);
	// asked again: the same
	const again = await adapter.must('prepare', pay);
	assert.deepEqual({ ...again, id: 0 }, { ...p, id: 0 });
	const psbt = sign(wallet, p);
	const signatures = signaturesOf(psbt);
	await adapter.fails('refused', 'UNSIGNED', 'assemble', { unsigned: p.unsigned });
	const spoilt = structuredClone(signatures);
	spoilt[0].sig = spoilt[0].sig.slice(0, -2) + (spoilt[0].sig.endsWith('11') ? '12' : '11');
	await adapter.fails('refused', 'BAD_SIGNATURE', 'assemble', { unsigned: p.unsigned, signatures: spoilt });
	const a = await adapter.must('assemble', { unsigned: p.unsigned, signatures });
	psbt.finalizeAllInputs();
	assert.equal(psbt.extractTransaction().toHex(), a.raw, 'bitcoinjs-lib finalises to the same bytes');
	assert.equal(psbt.getFee(), BigInt(p.fee));
	// a second payment takes none of the first one's coins
	const other = await make(adapter, wallet, { ...order(50000), busy: p.spends });
	assert(!other.p.spends.some((s) => p.spends.includes(s)));
	assert.equal((await poll(adapter, pay, [version(p, a)])).status, 'unknown');
	assert.equal((await adapter.must('submit', { raw: a.raw, txId: a.txId })).result, 'accepted');
	await submit(adapter, other);
	// what the mempool spends is not spent again, whether it is said to be busy or not
	await adapter.fails('funds', 'INSUFFICIENT', 'prepare', order(1000000));
	assert.equal((await poll(adapter, pay, [version(p, a)])).status, 'pending');
	await mine(2);
	const done = await poll(adapter, pay, [version(p, a)]);
	assert.deepEqual([done.status, done.txId, done.moved, done.confirmations, done.fee], ['mined', a.txId, '350000', 2, p.fee]);
	// the fee is what the rate asks for: 2 sat/vB, and not a tenth more
	const tx = bitcoin.Transaction.fromHex(a.raw), rate = Number(p.fee) / tx.virtualSize();
	assert(rate >= 2 && rate < 2.2, `fee rate ${rate}`);
	await adapter.end();
}

await scenarios[scenario]();
console.log('ok');
process.exit(0);
