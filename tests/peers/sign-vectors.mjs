// sign-vectors: payloads made by the libraries that people use for each chain, and the signatures that those give with the same keys.
//   node sign-vectors.mjs ../data/sign/versions.ndjson >../data/sign/vectors.ndjson
// One line a payload: {"request":{...},"signatures":[...]} with what sign-key has to answer.
import { createHash, createPrivateKey, sign as edsign, createPublicKey } from 'node:crypto';
import { Transaction, Wallet, Interface } from 'ethers';
import * as btc from 'bitcoinjs-lib';
import * as tiny from 'tiny-secp256k1';
import { TronWeb } from 'tronweb';
import tronProto from 'tronweb/utils';
btc.initEccLib(tiny);
const hex = (b) => Buffer.from(b).toString('hex');
const sha = (b) => createHash('sha256').update(b).digest();
const sk = Buffer.alloc(32, 0x46);
// a second file, named as argument: other versions of some of the jobs, by name
import { appendFileSync, writeFileSync } from 'node:fs';
writeFileSync(process.argv[2], '');
let name = null;
const out = (request, signatures) => {
	const line = JSON.stringify({ ...(name ? { name } : {}), request: { op: 'sign', id: 1, ...request }, signatures });
	if (name) appendFileSync(process.argv[2], line + '\n');
	else console.log(line);
	name = null;
};

// ---- EVM: ethers
const wallet = new Wallet('0x' + hex(sk));
const pub = hex(Buffer.from(wallet.signingKey.compressedPublicKey.slice(2), 'hex'));
const erc20 = new Interface(['function transfer(address,uint256)', 'function transferFrom(address,address,uint256)', 'function approve(address,uint256)']);
const usdc = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48';
const alice = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const bob = '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359';
function evm(job, fields, what, chain = 'eth') {
	const tx = Transaction.from(fields);
	const s = wallet.signingKey.sign(tx.unsignedHash);
	const fee = (fields.gasPrice ?? fields.maxFeePerGas) * fields.gasLimit;
	out({ chain, job, kind: 'pay', ...what, fee: String(fee), feeAsset: 'ETH',
		unsigned: { form: fields.type === 0 ? 'evm-legacy' : 'evm-1559', payload: tx.unsignedSerialized.slice(2),
			digests: [{ digest: tx.unsignedHash.slice(2), scheme: 'ecdsa-recoverable', key: wallet.address }] } },
	[{ scheme: 'ecdsa-recoverable', sig: s.r.slice(2) + s.s.slice(2), recovery: s.yParity, publicKey: pub }]);
}
const eip1559 = { type: 2, chainId: 1n, nonce: 16, maxPriorityFeePerGas: 1500000000n, maxFeePerGas: 30000000000n, gasLimit: 65000n, to: usdc, value: 0n };
evm('eip-155', { type: 0, chainId: 1n, nonce: 9, gasPrice: 20000000000n, gasLimit: 21000n, to: '0x3535353535353535353535353535353535353535', value: 10n ** 18n, data: '0x' },
	{ asset: 'ETH', from: wallet.address, to: '0x3535353535353535353535353535353535353535', amount: String(10n ** 18n) });
evm('transfer', { ...eip1559, data: erc20.encodeFunctionData('transfer', [alice, 1500000n]) }, { asset: 'USDC', from: wallet.address, to: alice, amount: '1500000' });
evm('transfer-legacy', { type: 0, chainId: 56n, nonce: 3, gasPrice: 5000000000n, gasLimit: 65000n, to: '0x8AC76a51cc950d9822D68b83fE1Ad97B32Cd580d', value: 0n, data: erc20.encodeFunctionData('transfer', [alice, 15n * 10n ** 17n]) },
	{ asset: 'USDC', from: wallet.address, to: alice, amount: String(15n * 10n ** 17n) }, 'bsc');
name = 'bump';
evm('transfer', { ...eip1559, maxFeePerGas: 33750000000n, maxPriorityFeePerGas: 1687500000n, data: erc20.encodeFunctionData('transfer', [alice, 1500000n]) }, { asset: 'USDC', from: wallet.address, to: alice, amount: '1500000' });
name = 'other nonce';
evm('transfer', { ...eip1559, nonce: 20, data: erc20.encodeFunctionData('transfer', [alice, 1500000n]) }, { asset: 'USDC', from: wallet.address, to: alice, amount: '1500000' });
name = 'other receiver';
evm('transfer', { ...eip1559, data: erc20.encodeFunctionData('transfer', [bob, 1500000n]) }, { asset: 'USDC', from: wallet.address, to: bob, amount: '1500000' });
name = 'cancel';
evm('transfer', { ...eip1559, maxFeePerGas: 33750000000n, gasLimit: 21000n, to: wallet.address, data: '0x' }, { kind: 'cancel', asset: 'USDC', from: wallet.address, to: alice, amount: '1500000' });
evm('transferFrom', { ...eip1559, nonce: 17, data: erc20.encodeFunctionData('transferFrom', [bob, alice, 99n]) }, { asset: 'USDC', from: wallet.address, to: alice, amount: '99', payer: bob });

// ---- Bitcoin: bitcoinjs with libsecp256k1, low r as Bitcoin Core grinds it
const net = btc.networks.regtest;
const pk = Buffer.from(pub, 'hex');
const ecdsa = (digest) => {
	let sig = tiny.sign(digest, sk), counter = 0;
	while (sig[0] > 0x7f) {
		const extra = Buffer.alloc(32);
		extra.writeUInt32LE(++counter, 0);
		sig = tiny.sign(digest, sk, extra);
	}
	return sig;
};
const internal = pk.subarray(1);
const tweak = btc.crypto.taggedHash('TapTweak', internal);
const even = pk[0] === 2 ? sk : Buffer.from(tiny.privateNegate(sk));
const tsk = Buffer.from(tiny.privateAdd(even, tweak));
const tpk = Buffer.from(tiny.pointFromScalar(tsk)).subarray(1);
const plain = { publicKey: pk, sign: ecdsa };
const tap = { publicKey: Buffer.concat([Buffer.from([2]), tpk]), signSchnorr: (h) => tiny.signSchnorr(h, tsk, Buffer.alloc(32)) };
const own = btc.payments.p2wpkh({ pubkey: pk, network: net }), ownTap = btc.payments.p2tr({ internalPubkey: internal, network: net });
const other = btc.payments.p2wpkh({ hash: Buffer.alloc(20, 7), network: net }).address;
const txid = (n) => hex(sha(Buffer.from([n])));
function psbt(job, inputs, outputs, what, cosigners) {
	const p = new btc.Psbt({ network: net });
	p.setVersion(2);
	const recorded = [];
	const record = (k) => ({ ...k, sign: k.sign && ((h) => { recorded.push(hex(h)); return k.sign(h); }), signSchnorr: k.signSchnorr && ((h) => { recorded.push(hex(h)); return k.signSchnorr(h); }) });
	inputs.forEach((i, n) => p.addInput({ hash: txid(n + i.salt), index: n, sequence: 0xfffffffd, witnessUtxo: { script: i.script, value: BigInt(i.value) }, ...i.more }));
	outputs.forEach(([address, value]) => p.addOutput({ address, value: BigInt(value) }));
	const unsigned = p.toBase64(), signatures = [], digests = [];
	inputs.forEach((i, n) => {
		p.signInput(n, record(i.signer));
		const d = p.data.inputs[n];
		if (d.tapKeySig) signatures.push({ scheme: 'schnorr', sig: hex(d.tapKeySig.subarray(0, 64)), publicKey: hex(tpk) });
		else signatures.push({ scheme: 'ecdsa', sig: hex(d.partialSig[0].signature.subarray(0, -1)), publicKey: pub });
		digests.push({ digest: recorded.pop(), scheme: d.tapKeySig ? 'schnorr' : 'ecdsa', key: d.tapKeySig ? hex(tpk) : pub });
	});
	const fee = inputs.reduce((a, i) => a + i.value, 0) - outputs.reduce((a, o) => a + o[1], 0);
	out({ chain: 'btc', job, kind: 'pay', ...what, fee: String(fee), feeAsset: 'BTC', unsigned: { form: 'psbt', payload: unsigned, digests } }, signatures);
}
function multiAddress() { return btc.payments.p2wsh({ redeem: btc.payments.p2ms({ m: 2, pubkeys: [Buffer.from(tiny.pointFromScalar(Buffer.alloc(32, 0x47))), pk], network: net }), network: net }).address; }
const wpkh = (value, salt) => ({ script: own.output, value, salt, signer: plain, more: {} });
const p2tr = (value, salt) => ({ script: ownTap.output, value, salt, signer: tap, more: { tapInternalKey: internal } });
psbt('wpkh', [wpkh(100000, 1)], [[other, 60000], [own.address, 39000]], { asset: 'BTC', to: other, amount: '60000' });
name = 'rbf';
psbt('wpkh', [wpkh(100000, 1)], [[other, 60000], [own.address, 38500]], { asset: 'BTC', to: other, amount: '60000' });
name = 'btc cancel';
psbt('wpkh', [wpkh(100000, 1)], [[own.address, 97000]], { kind: 'cancel', asset: 'BTC', to: other, amount: '60000' });
name = 'btc child';
psbt('wpkh', [wpkh(39000, 4)], [[own.address, 37000]], { kind: 'child', asset: 'BTC', to: other, amount: '60000' });
name = 'btc other input';
psbt('wpkh', [wpkh(100000, 5)], [[other, 60000], [own.address, 39000]], { asset: 'BTC', to: other, amount: '60000' });
name = 'lie';
psbt('lie', [wpkh(100001, 1)], [[other, 60000], [own.address, 39000]], { asset: 'BTC', to: other, amount: '60000' });
name = 'multisig change';
psbt('multisig change', [wpkh(100000, 6)], [[other, 60000], [multiAddress(), 39000]], { asset: 'BTC', to: other, amount: '60000' });
psbt('wpkh-3', [wpkh(40000, 10), wpkh(50000, 20), wpkh(30000, 30)], [[other, 110000], [own.address, 9000]], { asset: 'BTC', to: other, amount: '110000' });
psbt('p2tr', [p2tr(100000, 40), p2tr(5000, 50)], [[other, 60000], [ownTap.address, 44000]], { asset: 'BTC', to: other, amount: '60000' });
psbt('mixed', [p2tr(100000, 60), wpkh(5000, 70)], [[other, 104000]], { asset: 'BTC', to: other, amount: '104000' });
const co = Buffer.from(tiny.pointFromScalar(Buffer.alloc(32, 0x47)));
const multi = btc.payments.p2wsh({ redeem: btc.payments.p2ms({ m: 2, pubkeys: [co, pk], network: net }), network: net });
psbt('p2wsh', [{ script: multi.output, value: 80000, salt: 80, signer: plain, more: { witnessScript: multi.redeem.output } }], [[other, 79000]], { asset: 'BTC', to: other, amount: '79000' });

// ---- Solana: the message as settle-sol lays it out, ed25519 by OpenSSL
const seed = Buffer.alloc(32, 1);
const ed = createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]), format: 'der', type: 'pkcs8' });
const edpub = createPublicKey(ed).export({ format: 'der', type: 'spki' }).subarray(-32);
import { address, getAddressEncoder, getProgramDerivedAddress, getAddressDecoder } from '@solana/kit';
const enc = (a) => Buffer.from(getAddressEncoder().encode(address(a)));
const dec = (b) => getAddressDecoder().decode(b);
const TOKEN = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA', ATA = 'ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL', BUDGET = 'ComputeBudget111111111111111111111111111111', MEMO = 'MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr', MINT = 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v';
const ata = async (owner) => (await getProgramDerivedAddress({ programAddress: address(ATA), seeds: [enc(owner), enc(TOKEN), enc(MINT)] }))[0];
const payer = dec(edpub), carol = dec(Buffer.alloc(32, 9));
const le = (v, n) => { const b = Buffer.alloc(n); for (let i = 0; i < n; i++) b[i] = Number((BigInt(v) >> BigInt(8 * i)) & 255n); return b; };
async function solana(job, amount, create, to) {
	const keys = [payer, await ata(payer), to === carol ? await ata(carol) : to, MINT, ...(create ? [carol, '11111111111111111111111111111111', ATA] : []), TOKEN, BUDGET, MEMO];
	const at = (k) => keys.indexOf(k);
	const ix = (program, accounts, data) => Buffer.concat([Buffer.from([at(program), accounts.length, ...accounts, data.length]), data]);
	const memo = Buffer.from(job);
	const ixs = [ix(BUDGET, [], Buffer.concat([Buffer.from([2]), le(60000, 4)])), ix(BUDGET, [], Buffer.concat([Buffer.from([3]), le(1000, 8)])),
		...(create ? [ix(ATA, [0, 2, at(carol), 3, at('11111111111111111111111111111111'), at(TOKEN)], Buffer.from([1]))] : []),
		ix(TOKEN, [1, 3, 2, 0], Buffer.concat([Buffer.from([12]), le(amount, 8), Buffer.from([6])])), ix(MEMO, [], memo)];
	const message = Buffer.concat([Buffer.from([1, 0, keys.length - 3, keys.length]), ...keys.map(enc), Buffer.alloc(32, 3), Buffer.from([ixs.length]), ...ixs]);
	out({ chain: 'sol', job, kind: 'pay', asset: 'USDC', from: payer, to, amount: String(amount), fee: String(5060 + (create ? 2039280 : 0)), feeAsset: 'SOL',
		unsigned: { form: 'solana-message', payload: message.toString('base64'), digests: [{ digest: null, scheme: 'ed25519', key: payer }] } },
	[{ scheme: 'ed25519', sig: hex(edsign(null, message, ed)), publicKey: hex(edpub) }]);
}
await solana('sol-create', 1500000, true, carol);
await solana('sol-account', 7, false, await ata(carol));

// ---- Tron: tronweb builds the protocol buffers and signs
const tw = new TronWeb({ fullHost: 'http://127.0.0.1:1' });
const tronAddress = tw.address.fromPrivateKey(hex(sk));
const contract = 'TEkxiTehnzSmSe2XqrBj4w32RUN966rdz8', dave = TronWeb.address.fromHex('41' + '22'.repeat(20));
async function tron(job, type, value, what) {
	const tx = { visible: false, txID: '', raw_data: { contract: [{ parameter: { value, type_url: 'type.googleapis.com/protocol.' + type }, type }], ref_block_bytes: 'a1b2', ref_block_hash: '0102030405060708', expiration: 4102444800000, timestamp: 4102444700000, ...(type === 'TriggerSmartContract' ? { fee_limit: 30000000 } : {}) } };
	const pb = tronProto.transaction.txJsonToPb(tx);
	tx.raw_data_hex = tronProto.transaction.txPbToRawDataHex(pb).toLowerCase();
	tx.txID = tronProto.transaction.txPbToTxID(pb).replace(/^0x/, '');
	const signed = await tw.trx.sign(tx, hex(sk));
	const s = signed.signature[0];
	out({ chain: 'tron', job, kind: 'pay', ...what, fee: '31000000', feeAsset: 'TRX', unsigned: { form: 'tron-raw', payload: tx.raw_data_hex, digests: [{ digest: tx.txID, scheme: 'ecdsa-recoverable', key: tronAddress }] } },
	[{ scheme: 'ecdsa-recoverable', sig: s.slice(0, 128).toLowerCase(), recovery: parseInt(s.slice(128), 16) - 27, publicKey: pub }]);
}
const th = (a) => tw.address.toHex(a).toLowerCase();
await tron('trc20', 'TriggerSmartContract', { owner_address: th(tronAddress), contract_address: th(contract), data: erc20.encodeFunctionData('transfer', ['0x' + th(dave).slice(2), 2500000n]).slice(2) }, { asset: 'USDC', from: tronAddress, to: dave, amount: '2500000' });
await tron('trx', 'TransferContract', { owner_address: th(tronAddress), to_address: th(dave), amount: 5 }, { asset: 'TRX', from: tronAddress, to: dave, amount: '5' });
