// A Solana node for tests: litesvm (the real virtual machine and the real token programs) behind the part of JSON-RPC that settle-sol asks.
//
//     node svm.mjs [PORT]          prints the port that it listens on
//
// Slots are block heights here, and one block is made a slot. The newest blockhash is the only good one; it lives 150 blocks, or until
// x_expire. Methods that begin with x_ are the tests' own hands:
//
//     x_airdrop [address, lamports]           x_mint [address, decimals, owner?]
//     x_token [address, mint, owner, amount, state]   x_advance [slots]     x_expire []
//     x_landed [] -> all transactions, with the token balances before and after
//     x_fork [slots]   as if the last blocks had never been: what was in them is gone         x_reset []
//     x_set [{genesis, first, preflight, lag, silent, fail}]
//         preflight false: failing transactions land, and fail there      lag: getSignatureStatuses had looked so many slots less far
//         silent: sendTransaction takes it and the connection is cut      fail: HTTP status for every call
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import * as K from '@solana/kit';
import { LiteSVM, FailedTransactionMetadata } from 'litesvm';

const internal = createRequire(import.meta.url)('litesvm/dist/internal.js');
const TOKEN = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
const LIFE = 150n, FINAL = 31n;
const from58 = (text) => K.getBase58Encoder().encode(text), to58 = (bytes) => K.getBase58Decoder().decode(bytes);

let svm, slot, born;
let done; // what made the state, in order: { slot, run() }
let landed; // signature -> { slot, err, wire, before, after }
let set;
const settings = { genesis: '4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY', first: 0, preflight: true, lag: 0, silent: false, fail: 0 };

function reset() {
	slot = 1000n;
	done = [];
	landed = new Map();
	set = { ...settings };
	boot();
	return true;
}

function boot() {
	svm = new LiteSVM();
	svm.warpToSlot(slot);
	born = slot;
}

class RpcError extends Error {
	constructor(code, message, data) {
		super(message);
		Object.assign(this, { code, data });
	}
}

// ---- state ----------------------------------------------------------------------------------------------------------

function put(address, owner, data, lamports) {
	svm.setAccount({ address, executable: false, lamports, programAddress: owner, data, space: BigInt(data.length) });
}

function mint(address, decimals, owner = TOKEN) {
	const data = Buffer.alloc(82);
	data.writeBigUInt64LE(10n ** 18n, 36);
	data[44] = decimals;
	data[45] = 1;
	put(address, owner, data, 1461600n);
}

function token(address, mint, owner, amount, state = 1) {
	const data = Buffer.alloc(165);
	Buffer.from(from58(mint)).copy(data, 0);
	Buffer.from(from58(owner)).copy(data, 32);
	data.writeBigUInt64LE(BigInt(amount), 64);
	data[108] = state;
	put(address, TOKEN, data, 2039280n);
}

function act(run) {
	run();
	done.push({ slot, run });
	return true;
}

// The names of litesvm's enumerations are in its declarations only.
const declarations = readFileSync(createRequire(import.meta.url).resolve('litesvm/dist/internal.d.ts'), 'utf8');
function nameOf(enumeration, value) {
	const body = declarations.split(`enum ${enumeration} {`)[1].split('}')[0];
	return body.match(new RegExp(`(\\w+) = ${value}\\b`))?.[1] ?? String(value);
}

// The error as Solana's JSON has it.
function errorOf(failed) {
	const e = failed.err();
	if (typeof e === 'number') return nameOf('TransactionErrorFieldless', e);
	if (e instanceof internal.TransactionErrorInstructionError) {
		const inner = e.err();
		return { InstructionError: [e.index, typeof inner === 'number' ? nameOf('InstructionErrorFieldless', inner) : { Custom: inner.code }] };
	}
	if (e instanceof internal.TransactionErrorInsufficientFundsForRent) return { InsufficientFundsForRent: { account_index: e.accountIndex } };
	return e.toString();
}

function balances(keys) {
	const lamports = [], tokens = [];
	keys.forEach((key, accountIndex) => {
		const a = svm.getAccount(key);
		lamports.push(a.exists ? Number(a.lamports) : 0);
		if (!a.exists || a.programAddress !== TOKEN || a.data.length !== 165) return;
		const d = Buffer.from(a.data), of = to58(d.subarray(0, 32));
		tokens.push({
			accountIndex, mint: of, owner: to58(d.subarray(32, 64)), programId: TOKEN,
			uiTokenAmount: { amount: d.readBigUInt64LE(64).toString(), decimals: Buffer.from(svm.getAccount(of).data)[44] },
		});
	});
	return { lamports, tokens };
}

const keysOf = (tx) => K.getCompiledTransactionMessageDecoder().decode(tx.messageBytes).staticAccounts;

// ---- methods --------------------------------------------------------------------------------------------------------

const context = (value, at = slot) => ({ context: { slot: Number(at), apiVersion: '2.0.0' }, value });

function account(address, slice) {
	const a = svm.getAccount(address);
	if (!a.exists) return null;
	const data = Buffer.from(a.data);
	return {
		lamports: Number(a.lamports), owner: a.programAddress, executable: a.executable, rentEpoch: 0, space: data.length,
		data: [(slice ? data.subarray(slice.offset, slice.offset + slice.length) : data).toString('base64'), 'base64'],
	};
}

const commitment = (at) => (slot - at >= FINAL ? 'finalized' : slot > at ? 'confirmed' : 'processed');

function send([text, options = {}]) {
	const wire = Buffer.from(options.encoding === 'base64' ? Buffer.from(text, 'base64') : from58(text));
	let tx;
	try {
		tx = K.getTransactionDecoder().decode(wire);
	} catch (e) {
		throw new RpcError(-32602, `failed to deserialize: ${e.message}`);
	}
	const signature = to58(wire.subarray(1, 65)), keys = keysOf(tx);
	if (landed.has(signature))
		throw new RpcError(-32002, 'Transaction simulation failed: This transaction has already been processed', { err: 'AlreadyProcessed', logs: [] });
	const simulated = svm.simulateTransaction(tx);
	if (simulated instanceof FailedTransactionMetadata) {
		const err = errorOf(simulated);
		if (err === 'SignatureFailure') throw new RpcError(-32003, 'Transaction signature verification failure');
		if (set.preflight || err === 'BlockhashNotFound')
			throw new RpcError(-32002, `Transaction simulation failed: ${JSON.stringify(err)}`, { err, logs: simulated.meta().logs() });
	}
	const before = balances(keys), run = () => svm.sendTransaction(tx), result = run();
	done.push({ slot, run });
	landed.set(signature, {
		slot, wire, before, after: balances(keys), units: Number(result instanceof FailedTransactionMetadata ? 0 : result.computeUnitsConsumed()),
		err: result instanceof FailedTransactionMetadata ? errorOf(result) : null,
	});
	return signature;
}

function transaction([signature]) {
	const x = landed.get(signature);
	if (!x || commitment(x.slot) === 'processed') return null;
	return {
		slot: Number(x.slot), blockTime: 1763715600 + Number(x.slot), version: 0, transaction: [x.wire.toString('base64'), 'base64'],
		meta: {
			err: x.err, fee: 5000, computeUnitsConsumed: x.units, preBalances: x.before.lamports, postBalances: x.after.lamports,
			preTokenBalances: x.before.tokens, postTokenBalances: x.after.tokens,
		},
	};
}

function status(signature) {
	const x = landed.get(signature);
	if (!x) return null;
	return { slot: Number(x.slot), confirmations: null, err: x.err, status: x.err ? { Err: x.err } : { Ok: null }, confirmationStatus: commitment(x.slot) };
}

function fork([n]) {
	const cut = slot - BigInt(n), keep = done.filter((d) => d.slot <= cut);
	for (const [signature, x] of landed) if (x.slot > cut) landed.delete(signature);
	done = keep;
	boot();
	// state of before, whatever blockhashes it was made under
	svm.withBlockhashCheck(false);
	for (const d of keep) d.run();
	svm.withBlockhashCheck(true);
	return true;
}

function advance([n]) {
	slot += BigInt(n);
	svm.warpToSlot(slot);
	if (slot > born + LIFE) {
		svm.expireBlockhash();
		born = slot;
	}
	return Number(slot);
}

const blockhash = () => svm.latestBlockhash();
const methods = {
	getGenesisHash: () => set.genesis,
	getHealth: () => 'ok',
	getLatestBlockhash: () => context({ blockhash: blockhash(), lastValidBlockHeight: Number(born + LIFE) }),
	getEpochInfo: ([o]) => {
		const at = o?.commitment === 'finalized' ? (slot > FINAL ? slot - FINAL : 0n) : slot;
		return { absoluteSlot: Number(at), blockHeight: Number(at), epoch: 0, slotIndex: 0, slotsInEpoch: 432000 };
	},
	getBlock: ([n]) => ({ blockhash: to58(Buffer.from(n.toString(16).padStart(64, '0'), 'hex')), blockHeight: n, blockTime: 1763715600 + n, parentSlot: n - 1 }),
	getBlockTime: ([n]) => 1763715600 + n,
	getFirstAvailableBlock: () => set.first,
	getMinimumBalanceForRentExemption: ([n]) => Number(svm.minimumBalanceForRentExemption(BigInt(n))),
	getRecentPrioritizationFees: () => [7, 1, 3, 1000].map((prioritizationFee, i) => ({ slot: Number(slot) - i, prioritizationFee })),
	getMultipleAccounts: ([list, o]) => context(list.map((a) => account(a, o?.dataSlice))),
	sendTransaction: send,
	getSignatureStatuses: ([list]) => context(list.map(status), slot - BigInt(set.lag)),
	getTransaction: transaction,
	x_airdrop: ([address, lamports]) => act(() => svm.airdrop(address, BigInt(lamports))),
	x_mint: ([address, decimals, owner]) => act(() => mint(address, decimals, owner)),
	x_token: ([address, of, owner, amount, state]) => act(() => token(address, of, owner, amount, state)),
	x_advance: advance,
	x_expire: () => {
		svm.expireBlockhash();
		born = slot;
		return true;
	},
	x_fork: fork,
	x_landed: () => [...landed].map(([signature, x]) => ({ signature, err: x.err, wire: x.wire.toString('base64'), before: x.before.tokens, after: x.after.tokens })),
	x_reset: reset,
	x_set: ([values]) => Object.assign(set, values),
};

function answer(call) {
	try {
		if (!methods[call.method]) throw new RpcError(-32601, 'Method not found');
		return { jsonrpc: '2.0', id: call.id, result: methods[call.method](call.params ?? []) };
	} catch (e) {
		return { jsonrpc: '2.0', id: call.id, error: { code: e.code ?? -32603, message: e.message, data: e.data } };
	}
}

reset();
const server = http.createServer((request, response) => {
	const parts = [];
	request.on('data', (d) => parts.push(d));
	request.on('end', () => {
		const call = JSON.parse(Buffer.concat(parts).toString());
		if (set.fail && !call.method.startsWith('x_')) {
			response.statusCode = set.fail;
			return response.end('<html>busy</html>');
		}
		const text = JSON.stringify(answer(call));
		if (set.silent && call.method === 'sendTransaction') return response.destroy();
		response.setHeader('content-type', 'application/json');
		response.end(text);
	});
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(server.address().port));
