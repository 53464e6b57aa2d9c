// The chains on which settle_swap.mjs pays USDC: an EVM (anvil), Solana (litesvm, svm.mjs) and Tron (tron.mjs), each as the same few calls:
//
//     name, key: { kind, secret }     of the hot wallet
//     policy, conf, env, decimals     what sign-key, settle and the adapter are told
//     bob                             who is paid
//     mine(), reorg()                 a block more; the newest block had never been
//     stall(on)                       the node answers nothing but 503
//     received()                      what bob was paid, by the chain's own record of it, each transaction looked at by a library of others
//     the EVM alone: spike(), dear(), fund(), payBeside(), height()
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createRequire } from 'node:module';
import assert from 'node:assert/strict';
import { Wallet, id } from 'ethers';
import * as evm from './evm_chain.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const started = new Set();
process.on('exit', () => started.forEach((p) => p.kill('SIGTERM')));

// One of the stand-ins: the URL that it listens at.
async function standIn(name) {
	const p = spawn(process.execPath, [join(here, name)], { stdio: ['ignore', 'pipe', 'inherit'] });
	started.add(p);
	const port = await new Promise((done, fail) => {
		createInterface(p.stdout).once('line', done);
		p.once('exit', () => fail(new Error(`${name} ended`)));
	});
	return `http://127.0.0.1:${port}`;
}

async function eth() {
	const c = await evm.chain(), front = await evm.proxy(c.url);
	const token = await c.deploy(c.owner, evm.tokens().MockUSDC, ['uint8'], [6]);
	const hot = await evm.fund(c, token, 'hot', 100000000000n), bob = new Wallet(id('bob')).address;
	const symbol = await c.ask('eth_call', { to: token, data: '0x95d89b41' }, 'latest');
	const logs = () => c.ask('eth_getLogs', { address: token, fromBlock: '0x0', toBlock: 'latest',
		topics: [id('Transfer(address,address,uint256)'), null, `0x${bob.slice(2).toLowerCase().padStart(64, '0')}`] });
	return {
		name: 'eth', bob, decimals: 6, key: { secret: hot.privateKey.slice(2) },
		policy: [{ type: 'chain', chain: 'eth', family: 'evm', chainId: 1, feeMax: '20000000000000000', feeDayMax: '500000000000000000' },
			{ type: 'asset', chain: 'eth', asset: 'USDC', contract: token, txMax: '900000000000', dayMax: '900000000000' }],
		conf: { adapter: ['settle-evm', '--chain', 'eth'], feeAsset: 'ETH', feeMax: '20000000000000000' },
		env: { ETH_RPC_URL: front.url, ETH_CHAIN_ID: '1', ETH_USDC_ADDRESS: token, ETH_USDC_HOT_WALLET: hot.address, ETH_USDC_DECIMALS: '6',
			ETH_CONFIRMATIONS: '3', ETH_USDC_SYMBOL: Buffer.from(symbol.slice(2 + 128), 'hex').toString().replace(/\0+$/, '') },
		mine: () => c.mine(),
		reorg: () => c.ask('anvil_reorg', 1, []),
		async stall(on) { front.spoil = on ? ({ answer }) => { answer('busy', 503); return true; } : null; },
		received: async () => (await logs()).map((t) => BigInt(t.data)),
		// the price of gas goes up tenfold
		async spike() {
			await c.ask('anvil_setNextBlockBaseFeePerGas', '0x174876e800');
			await c.mine();
		},
		async payBeside(from) {
			await c.ask('anvil_impersonateAccount', from);
			await c.do(from, token, 'transfer', [c.other, 7n]);
		},
		// the price of gas at which nothing is within feeMax any more
		async dear() {
			await c.ask('anvil_setNextBlockBaseFeePerGas', `0x${400000000000n.toString(16)}`);
			await c.mine();
		},
		async fund(address) {
			await c.ask('anvil_setBalance', address, '0x56bc75e2d63100000');
			await c.do(c.owner, token, 'transfer', [address, 100000000000n]);
		},
		height: async () => Number(await c.ask('eth_blockNumber')),
	};
}

async function sol() {
	const K = await import('@solana/kit');
	const url = await standIn('svm.mjs'), mint = 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v';
	const wallet = async (secret) => K.getAddressFromPublicKey((await K.createKeyPairFromPrivateKeyBytes(Buffer.from(secret, 'hex'), true)).publicKey);
	const secret = sha256('settle sol hot'), hot = await wallet(secret), bob = await wallet(sha256('settle sol bob'));
	const e = K.getAddressEncoder();
	const [account] = await K.getProgramDerivedAddress({ programAddress: 'ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL',
		seeds: [e.encode(hot), e.encode('TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA'), e.encode(mint)] });
	const ask = (method, ...params) => evm.rpc(url, method, params);
	await ask('x_mint', mint, 6);
	await ask('x_airdrop', hot, 10000000000);
	await ask('x_token', account, mint, hot, '100000000000');
	const has = (list) => BigInt(list.find((t) => t.owner === bob)?.uiTokenAmount.amount ?? 0);
	return {
		name: 'sol', bob, decimals: 6, key: { kind: 'ed25519', secret },
		policy: [{ type: 'chain', chain: 'sol', family: 'solana', feeMax: '3000000', feeDayMax: '300000000', versionAfter: 1 },
			{ type: 'asset', chain: 'sol', asset: 'USDC', contract: mint, txMax: '900000000000', dayMax: '900000000000' }],
		conf: { adapter: ['settle-sol'], feeAsset: 'SOL', feeMax: '3000000' },
		env: { SOL_RPC_URL: url, SOL_USDC_AUTHORITY: hot, SOL_USDC_ADDRESS: mint },
		mine: () => ask('x_advance', 1),
		reorg: () => ask('x_fork', 2),
		stall: (on) => ask('x_set', { fail: on ? 503 : 0 }),
		// the virtual machine verified the signatures and ran the token program; kit reads who was asked to sign
		async received() {
			return (await ask('x_landed')).filter((t) => !t.err).map((t) => {
				const message = K.getCompiledTransactionMessageDecoder().decode(K.getTransactionDecoder().decode(Buffer.from(t.wire, 'base64')).messageBytes);
				assert.deepEqual([message.header.numSignerAccounts, message.staticAccounts[0]], [1, hot]);
				return has(t.after) - has(t.before);
			});
		},
	};
}

async function tron() {
	const { TronWeb } = createRequire(import.meta.url)('tronweb');
	const url = await standIn('tron.mjs');
	const ask = async (path, body = {}) => (await fetch(`${url}/x/${path}`, { method: 'POST', body: JSON.stringify(body) })).json();
	const { owner, receiver, good } = await ask('tokens');
	const hex = (address) => TronWeb.address.toHex(address).toLowerCase();
	return {
		name: 'tron', bob: receiver, decimals: 6, key: { secret: sha256('tron owner') },
		policy: [{ type: 'chain', chain: 'tron', family: 'tron', feeMax: '40000000', feeDayMax: '4000000000' },
			{ type: 'asset', chain: 'tron', asset: 'USDC', contract: good, txMax: '900000000000', dayMax: '900000000000' }],
		conf: { adapter: ['settle-tron'], feeAsset: 'TRX', feeMax: '40000000' },
		env: { TRON_RPC_URL: url, TRON_USDC_OWNER: owner, TRON_USDC_ADDRESS: good },
		mine: () => ask('produce'),
		reorg: () => ask('reorg', { depth: 1 }),
		stall: (on) => ask('set', { fail: on ? 503 : 0 }),
		// tronweb takes each transaction apart and says who signed it; the token's event says what moved
		async received() {
			return (await ask('mined')).filter((t) => t.info.receipt.result === 'SUCCESS').map(({ signer, fields, info }) => {
				const { value } = fields.contract[0].parameter, data = value.data.toLowerCase();
				const amount = BigInt(`0x${data.slice(72, 136)}`), [log] = info.log;
				assert.deepEqual([signer, value.owner_address, value.contract_address].map((a) => a.toLowerCase()), [hex(owner), hex(owner), hex(good)]);
				assert.deepEqual([data.slice(0, 8), data.slice(32, 72)], ['a9059cbb', hex(receiver).slice(2)]);
				assert.deepEqual([log.topics[2].slice(24), BigInt(`0x${log.data}`)], [hex(receiver).slice(2), amount]);
				return amount;
			});
		},
	};
}

export const chains = { eth, sol, tron };
