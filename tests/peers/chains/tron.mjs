// A stand-in for a Tron node: there is none to be had here. tronweb takes transactions apart and recovers who signed them; the TRC-20 call
// itself runs on a real Ethereum virtual machine (anvil; an account and a contract have the same 20 bytes there), and its events come back in
// Tron's form. Energy is gas, and its price is ours.
//
//     node tron.mjs [PORT]         prints the port that it listens on
//
// Paths that begin with /x/ are the tests' own hands:
//
//     /x/reset {}      /x/tokens {} -> addresses of the tokens, and of the owner who holds 1,000,000 of each
//     /x/sign {payload, name} -> sig and recovery, by tronweb with the key that is SHA-256 of "tron NAME"       /x/decode {payload}
//     /x/send {from, to, function, values}   any call, at once          /x/produce {}   a block of what waits
//     /x/advance {blocks, seconds}           /x/reorg {depth, drop}     as if the last blocks had never been
//     /x/mined {} -> the transactions in blocks, as tronweb reads them, with who signed
//     /x/set {energyPrice, balance, resources, genesis, fail, silent, lost}
//         fail: HTTP status for every call      silent: broadcasts are taken and the connection is cut      lost: solid answers are empty
import { createHash } from 'node:crypto';
import http from 'node:http';
import { createRequire } from 'node:module';
import { Interface, id as keccakOf } from 'ethers';
import { abi, chain, tokens } from './evm_chain.mjs';

const { TronWeb, utils } = createRequire(import.meta.url)('tronweb');
const SOLID = 19, DAY = 86400000, BASE_GAS = 21000n;
const more = new Interface(['function decimals() view returns (uint8)', 'function allowance(address,address) view returns (uint256)',
	'function transferFrom(address,address,uint256) returns (bool)']);
const defaults = { energyPrice: 100n, balance: 1000000000, resources: { freeNetLimit: 600 }, genesis: null, fail: 0, silent: false, lost: false };

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const keyOf = (name) => sha256(`tron ${name}`);
const evm = (hex41) => `0x${hex41.slice(2).toLowerCase()}`;
const tron = (evmAddress) => TronWeb.address.fromHex(`41${evmAddress.slice(2)}`);
const text = (s) => Buffer.from(s).toString('hex');

const c = await chain();
let set, transactions; // id -> { state: 'waiting' | 'mined', fields, call, owner, limit, number?, info? }
let snapshot, named;

async function deploy() {
	const code = tokens(), owner = TronWeb.address.fromPrivateKey(keyOf('owner')), holder = evm(TronWeb.address.toHex(owner));
	named = { owner, receiver: TronWeb.address.fromPrivateKey(keyOf('receiver')), payer: TronWeb.address.fromPrivateKey(keyOf('payer')) };
	const made = {
		good: await c.deploy(c.owner, code.MockUSDC, ['uint8'], [6]), wide: await c.deploy(c.owner, code.MockUSDC, ['uint8'], [18]),
		false: await c.deploy(c.owner, code.FalseToken), fee: await c.deploy(c.owner, code.FeeToken), silent: await c.deploy(c.owner, code.SilentToken),
	};
	for (const [name, address] of Object.entries(made)) {
		named[name] = tron(address);
		await c.do(c.owner, address, 'transfer', [holder, 1000000000000n]);
	}
	await c.mine(40);
}

// ---- blocks -----------------------------------------------------------------------------------------------------------

const head = async () => Number(await c.ask('eth_blockNumber'));

async function block(number) {
	const b = await c.ask('eth_getBlockByNumber', `0x${number.toString(16)}`, false);
	const inside = [...transactions].filter(([, x]) => x.number === number).map(([txID]) => ({ txID }));
	return {
		blockID: number === 0 && set.genesis ? set.genesis : number.toString(16).padStart(16, '0') + b.hash.slice(18),
		block_header: { raw_data: { ...(number && { number }), timestamp: Number(b.timestamp) * 1000 } }, ...(inside.length && { transactions: inside }),
	};
}

const headTime = async () => (await block(await head())).block_header.raw_data.timestamp;

// ---- transactions -----------------------------------------------------------------------------------------------------

// A Transaction: raw_data and signatures.
function split(bytes) {
	let at = 0, raw = null;
	const signatures = [], varint = () => {
		let value = 0, shift = 0, byte;
		do {
			byte = bytes[at++];
			value += (byte & 127) * 2 ** shift;
			shift += 7;
		} while (byte & 128);
		return value;
	};
	while (at < bytes.length) {
		const tag = varint(), length = varint(), part = bytes.subarray(at, at += length);
		if (tag >> 3 === 1) raw = part;
		else if (tag >> 3 === 2) signatures.push(part.toString('hex'));
	}
	return { raw, signatures };
}

const decode = (raw) => utils.deserializeTx.deserializeTransaction('TriggerSmartContract', raw.toString('hex'));

async function broadcast({ transaction }) {
	const { raw, signatures } = split(Buffer.from(transaction, 'hex')), txid = sha256(raw);
	const no = (code, why) => ({ code, txid, message: text(why) });
	let fields, signer;
	try {
		fields = decode(raw);
	} catch (e) {
		return no('OTHER_ERROR', e.message);
	}
	const { value } = fields.contract[0].parameter;
	try {
		signer = utils.crypto.ecRecover(txid, signatures[0]);
	} catch (e) {
		return no('SIGERROR', e.message);
	}
	if (signer.toLowerCase() !== value.owner_address.toLowerCase()) return no('SIGERROR', 'Validate signature error: it is not contained of permission.');
	if (transactions.has(txid)) return no('DUP_TRANSACTION_ERROR', 'Dup transaction.');
	const now = await head();
	for (let n = now; ; n--) {
		if (n < 0 || n < now - 65535) return no('TAPOS_ERROR', 'Tapos check error');
		if ((n & 0xffff).toString(16).padStart(4, '0') !== fields.ref_block_bytes.toLowerCase()) continue;
		if ((await block(n)).blockID.slice(16, 32) !== fields.ref_block_hash.toLowerCase()) return no('TAPOS_ERROR', 'Tapos check error');
		break;
	}
	const time = await headTime();
	if (fields.expiration <= time || fields.expiration > time + DAY) return no('TRANSACTION_EXPIRATION_ERROR', 'Transaction expired');
	transactions.set(txid, { state: 'waiting', fields, signer, owner: evm(value.owner_address), to: evm(value.contract_address), data: `0x${value.data.toLowerCase()}`,
		energy: BigInt(fields.fee_limit) / set.energyPrice });
	return { result: true, code: 'SUCCESS', txid };
}

async function produce() {
	const sent = [], time = await headTime();
	for (const [txid, x] of transactions) {
		if (x.state !== 'waiting') continue;
		if (x.fields.expiration <= time) {
			transactions.delete(txid);
			continue;
		}
		await c.ask('anvil_setBalance', x.owner, '0x56bc75e2d63100000');
		await c.ask('anvil_impersonateAccount', x.owner);
		const gas = x.energy + BASE_GAS + 2000n;
		sent.push([txid, x, gas, await c.ask('eth_sendTransaction', { from: x.owner, to: x.to, data: x.data, gas: `0x${(gas > 10000000n ? 10000000n : gas).toString(16)}` })]);
	}
	await c.mine();
	for (const [txid, x, gas, hash] of sent) {
		const r = await c.ask('eth_getTransactionReceipt', hash), good = r.status === '0x1', used = BigInt(r.gasUsed) - BASE_GAS;
		const result = good ? 'SUCCESS' : BigInt(r.gasUsed) >= gas ? 'OUT_OF_ENERGY' : 'REVERT';
		Object.assign(x, { state: 'mined', number: Number(r.blockNumber) });
		x.info = {
			id: txid, blockNumber: x.number, blockTimeStamp: await headTime(), fee: Number((used > 0n ? used : 0n) * set.energyPrice),
			contractResult: [''], contract_address: `41${x.to.slice(2)}`, receipt: { energy_usage_total: Number(used), result },
			...(!good && { result: 'FAILED', resMessage: text(result === 'REVERT' ? 'REVERT opcode executed' : 'Not enough energy') }),
			...(r.logs.length && { log: r.logs.map((l) => ({ address: l.address.slice(2), topics: l.topics.map((t) => t.slice(2)), data: l.data.slice(2) })) }),
		};
	}
	return { number: await head() };
}

async function reorg({ depth, drop }) {
	const kept = (await head()) - depth;
	await c.ask('anvil_reorg', depth, []);
	for (const [id, x] of transactions) {
		if (!(x.number > kept)) continue;
		if (drop) transactions.delete(id);
		else Object.assign(x, { state: 'waiting', number: undefined, info: undefined });
	}
	return {};
}

// ---- calls --------------------------------------------------------------------------------------------------------------

async function constant({ owner_address, contract_address, function_selector, parameter }) {
	const from = evm(owner_address), to = evm(contract_address);
	const data = keccakOf(function_selector).slice(0, 10) + (parameter ?? '');
	if ((await c.ask('eth_getCode', to, 'latest')) === '0x')
		return { result: { code: 'CONTRACT_VALIDATE_ERROR', message: text('Smart contract is not exist.') } };
	try {
		const result = await c.ask('eth_call', { from, to, data }, 'latest');
		const gas = await c.ask('eth_estimateGas', { from, to, data });
		return { result: { result: true }, energy_used: Number(BigInt(gas) - BASE_GAS), constant_result: [result.slice(2)] };
	} catch (e) {
		const said = await fetch(c.url, { method: 'POST', headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_call', params: [{ from, to, data }, 'latest'] }) }).then((r) => r.json());
		return { result: { result: true, message: text('REVERT opcode executed') }, energy_used: 1000, constant_result: [(said.error?.data ?? '0x').slice(2)] };
	}
}

function sign({ payload, name }) {
	const txID = sha256(Buffer.from(payload, 'hex'));
	const [signature] = utils.crypto.signTransaction(keyOf(name), { txID, raw_data_hex: payload }).signature;
	return { sig: signature.slice(0, 128).toLowerCase(), recovery: parseInt(signature.slice(128), 16) - 27 };
}

async function send({ from, to, function: name, values }) {
	const at = evm(TronWeb.address.toHex(from));
	await c.ask('anvil_impersonateAccount', at);
	await c.ask('anvil_setBalance', at, '0x56bc75e2d63100000');
	const fragments = [abi, more].find((i) => i.hasFunction(name));
	const plain = values.map((v) => (typeof v === 'string' && v.startsWith('T') ? evm(TronWeb.address.toHex(v)) : v));
	const r = await c.send(at, evm(TronWeb.address.toHex(to)), fragments.encodeFunctionData(name, plain));
	return { status: r.status };
}

async function reset() {
	set = { ...defaults };
	transactions = new Map();
	// a reorg takes the snapshot with it
	if (!snapshot || !(await c.ask('evm_revert', snapshot).catch(() => false))) await deploy();
	snapshot = await c.ask('evm_snapshot');
	return {};
}

const paths = {
	'/wallet/getnowblock': async () => block(await head()),
	'/walletsolidity/getnowblock': async () => block(Math.max(0, (await head()) - SOLID)),
	'/wallet/getblockbynum': ({ num }) => block(num ?? 0),
	'/wallet/getchainparameters': () => ({ chainParameter: [{ key: 'getMaintenanceTimeInterval', value: 21600000 }, { key: 'getTransactionFee', value: 1000 },
		{ key: 'getEnergyFee', value: Number(set.energyPrice) }, { key: 'getFreeNetLimit' }] }),
	'/wallet/getaccount': () => (set.balance ? { address: '41', balance: set.balance } : {}),
	'/wallet/getaccountresource': () => set.resources,
	'/wallet/triggerconstantcontract': constant,
	'/wallet/broadcasthex': broadcast,
	'/wallet/gettransactioninfobyid': ({ value }) => transactions.get(value)?.info ?? {},
	'/walletsolidity/gettransactioninfobyid': async ({ value }) => {
		const x = transactions.get(value);
		return x?.info && !set.lost && (await head()) - x.number >= SOLID ? x.info : {};
	},
	'/wallet/gettransactionfrompending': ({ value }) => (transactions.get(value)?.state === 'waiting' ? { txID: value } : {}),
	'/x/reset': reset,
	'/x/tokens': () => ({ ...named, anvil: tron(c.owner) }),
	'/x/sign': sign,
	'/x/decode': ({ payload }) => decode(Buffer.from(payload, 'hex')),
	'/x/send': send,
	'/x/produce': produce,
	'/x/advance': async ({ blocks = 1, seconds = 3 }) => {
		await c.ask('anvil_mine', `0x${blocks.toString(16)}`, `0x${seconds.toString(16)}`);
		return { number: await head() };
	},
	'/x/reorg': reorg,
	'/x/mined': () => [...transactions.values()].filter((x) => x.info).map(({ signer, fields, info }) => ({ signer, fields, info })),
	'/x/set': (values) => {
		Object.assign(set, values, 'energyPrice' in values && { energyPrice: BigInt(values.energyPrice) });
		return {};
	},
};

await reset();
const server = http.createServer((request, response) => {
	let body = '';
	request.on('data', (d) => { body += d; });
	request.on('end', async () => {
		const own = request.url.startsWith('/x/');
		if (set.fail && !own) {
			response.statusCode = set.fail;
			return response.end('busy');
		}
		response.setHeader('content-type', 'application/json');
		if (!paths[request.url]) {
			response.statusCode = 405;
			return response.end('{}');
		}
		let answer;
		try {
			answer = await paths[request.url](body ? JSON.parse(body) : {});
		} catch (e) {
			answer = { Error: String(e.stack) };
		}
		if (set.silent && request.url === '/wallet/broadcasthex') return response.destroy();
		return response.end(JSON.stringify(answer));
	});
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(server.address().port));
// anvil is ours to end
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
