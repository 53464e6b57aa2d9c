// A trade settled on real chains: a Bitcoin regtest node (bcoin), an EVM with a token (anvil), settle-btc, settle-evm, sign-key and screen as
// they are installed, and settle between them. Usage: settle_swap.mjs SCENARIO,... DIR. Says what went wrong, or "ok".
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import assert from 'node:assert/strict';
import { HDKey } from '@scure/bip32';
import { Wallet, id } from 'ethers';
import * as bitcoin from 'bitcoinjs-lib';
import * as evm from './evm_chain.mjs';

const [scenario, dir] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const network = bitcoin.networks.regtest;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const children = new Set();
process.on('exit', () => children.forEach((c) => c.kill('SIGKILL')));
mkdirSync(dir, { recursive: true });

// ---- Bitcoin ----------------------------------------------------------------------------------------------------------------------

const freePort = () => new Promise((done) => {
	const s = createServer().listen(0, '127.0.0.1', () => {
		const { port } = s.address();
		s.close(() => done(port));
	});
});
const port = await freePort();

async function rpc(method, ...params) {
	const r = await fetch(`http://127.0.0.1:${port}/`, {
		method: 'POST',
		headers: { authorization: `Basic ${Buffer.from('x:pw').toString('base64')}`, 'content-type': 'application/json' },
		body: JSON.stringify({ method, params, id: 1 }),
	});
	const j = await r.json();
	if (j.error) throw new Error(`${method}: ${j.error.message}`);
	return j.result;
}

const root = HDKey.fromMasterSeed(createHash('sha256').update('settle').digest(), { private: 0x04358394, public: 0x043587cf });
const account = root.derive("m/84'/1'/0'");
const child = (chain) => account.deriveChild(chain).deriveChild(0);
const address = (pubkey) => bitcoin.payments.p2wpkh({ pubkey: Buffer.from(pubkey), network }).address;
const btcWallet = `wpkh([${root.fingerprint.toString(16).padStart(8, '0')}/84h/1h/0h]${account.publicExtendedKey}/<0;1>/*)`;
const alice = address(root.derive('m/1').publicKey), nobody = address(root.derive('m/2').publicKey);
const mineBtc = (n = 1) => rpc('generatetoaddress', n, nobody);

async function startBitcoin() {
	const node = spawn(process.execPath, [join(here, 'bcoin-regtest.cjs'), String(port)], { stdio: ['ignore', 'pipe', 'ignore'] });
	children.add(node);
	await new Promise((up) => node.stdout.once('data', up));
	await rpc('generatetoaddress', 3, address(child(0).publicKey));
	for (let i = 0; i < 5; i++) await mineBtc(100);
}

async function receivedBtc() {
	const coins = await rpc('listunspent', 1, 9999999, [alice]);
	return coins.map((c) => Math.round(c.amount * 1e8));
}

// ---- EVM --------------------------------------------------------------------------------------------------------------------------

await startBitcoin();
const c = await evm.chain();
const token = await c.deploy(c.owner, evm.tokens().MockUSDC, ['uint8'], [6]);
const hot = await evm.fund(c, token, 'hot', 100000000000n);
const bob = new Wallet(id('bob')).address;
const transfers = () => c.ask('eth_getLogs', { address: token, fromBlock: '0x0', toBlock: 'latest',
	topics: [id('Transfer(address,address,uint256)'), null, `0x${bob.slice(2).toLowerCase().padStart(64, '0')}`] });

// ---- settle -----------------------------------------------------------------------------------------------------------------------

const file = (name) => join(dir, name);
const lines = (...l) => `${l.map((x) => JSON.stringify(x)).join('\n')}\n`;
writeFileSync(file('master.key'), '7'.repeat(64), { mode: 0o600 });
const tool = (name) => join(evm.bin, name);
for (const [name, key] of [['eth', hot.privateKey.slice(2)], ['btc0', child(0).privateKey], ['btc1', child(1).privateKey]]) {
	const added = spawnSync(tool('sign-key'), ['add', '--keys', file('hot.keys'), '--master-key-file', file('master.key'), name],
		{ input: typeof key === 'string' ? key : Buffer.from(key).toString('hex') });
	assert.equal(added.status, 0, String(added.stderr));
}
writeFileSync(file('policy'), lines(
	{ type: 'chain', chain: 'btc', family: 'btc', network: 'regtest', feeMax: '100000', feeDayMax: '1000000' },
	{ type: 'chain', chain: 'eth', family: 'evm', chainId: 1, feeMax: '20000000000000000', feeDayMax: '500000000000000000' },
	{ type: 'asset', chain: 'btc', asset: 'BTC', txMax: '100000000', dayMax: '500000000' },
	{ type: 'asset', chain: 'eth', asset: 'USDC', contract: token, txMax: '900000000000', dayMax: '900000000000' },
	{ type: 'allow', chain: 'btc', address: '*' }, { type: 'allow', chain: 'eth', address: '*' }));
writeFileSync(file('conf'), lines(
	{ type: 'chain', chain: 'btc', adapter: [tool('settle-btc'), '--network', 'regtest'], asset: 'BTC', decimals: 8, dust: '294', confirmations: 3,
		feeMax: '50000', pollMs: 60, stuckMs: 60000 },
	{ type: 'chain', chain: 'eth', adapter: [tool('settle-evm'), '--chain', 'eth'], asset: 'USDC', decimals: 6, feeAsset: 'ETH', confirmations: 3,
		feeMax: '20000000000000000', pollMs: 60, stuckMs: 60000 },
	{ type: 'signer', command: [tool('sign-key'), 'sign', '--keys', file('hot.keys'), '--policy', file('policy'), '--state', file('sign'),
		'--master-key-file', file('master.key')] },
	{ type: 'policy', retryMs: 50, retryMaxMs: 400 },
	{ type: 'address', account: 'alice', asset: 'BTC', chain: 'btc', address: alice },
	{ type: 'address', account: 'bob', asset: 'USDC', chain: 'eth', address: bob }));
const env = { ...process.env, BTC_RPC_URL: `http://127.0.0.1:${port}`, RPC_USER: 'x', RPC_PASSWORD: 'pw', BTC_WALLET: btcWallet, BTC_POOL: '1',
	BTC_CONFIRMATIONS: '3', ETH_RPC_URL: c.url, ETH_CHAIN_ID: '1', ETH_USDC_ADDRESS: token, ETH_USDC_HOT_WALLET: hot.address,
	ETH_USDC_DECIMALS: '6', ETH_CONFIRMATIONS: '3', ETH_USDC_SYMBOL: await symbol() };

async function symbol() {
	const raw = await c.ask('eth_call', { to: token, data: '0x95d89b41' }, 'latest');
	return Buffer.from(raw.slice(2 + 128), 'hex').toString().replace(/\0+$/, '');
}

const trade = (n) => ({ type: 'trade', seq: n, tradeId: String(n), symbol: 'BTC-USDC', px: '65000.5', sz: '0.01', side: 'buy', makerId: `m${n}`,
	takerId: `t${n}`, makerAccount: 'bob', takerAccount: 'alice', ts: 1 });
let run = 0;
// Ends by itself once everything is settled.
function settle(...trades) {
	const out = file(`out.${++run}`);
	const p = spawn(tool('settle'), ['--config', file('conf'), '--state', file('state')],
		{ env, stdio: ['pipe', openSync(out, 'a'), openSync(file('err'), 'a')] });
	children.add(p);
	p.stdin.on('error', () => {});
	p.stdin.end(lines(...trades));
	p.over = new Promise((done) => p.on('exit', (status, signal) => {
		children.delete(p);
		done(status ?? signal);
	}));
	p.receipts = () => (existsSync(out) ? readFileSync(out, 'utf8').split('\n').slice(0, -1).map((l) => JSON.parse(l)) : []);
	return p;
}

const words = () => `${readFileSync(file('err'), 'utf8').split('\n').slice(-12).join('\n')}\n${list()}`;
const list = () => String(spawnSync(tool('settle'), ['--state', file('state'), '--list', '--all']).stdout);

async function until(p, what, test, ms = 40000) {
	for (const end = Date.now() + ms; Date.now() < end; await pause(30)) if (p.receipts().some(test)) return;
	assert.fail(`waited in vain for ${what}\n${words()}`);
}

// Blocks come on both chains until settle has ended.
async function finish(p, status = 0) {
	let over;
	p.over.then((s) => { over = s; });
	for (const end = Date.now() + 60000; over === undefined; await pause(250)) {
		assert(Date.now() < end, `settle does not come to an end\n${words()}`);
		await c.mine();
		await mineBtc();
	}
	assert.equal(over, status, words());
}

async function paid(n) {
	assert.deepEqual(await receivedBtc(), Array(n).fill(1000000));
	assert.deepEqual((await transfers()).map((t) => BigInt(t.data)), Array(n).fill(650005000n));
	assert.deepEqual(list().trim().split('\n').map((l) => JSON.parse(l).state), Array(n).fill('settled'));
	const recon = spawnSync('sh', ['-c', `${tool('wal-cat')} --state ${file('state')} | ${tool('settle-recon')} --config ${file('conf')}`], { env });
	assert.equal(recon.status, 0, `${recon.stdout}${recon.stderr}`);
}

const at = (status, chain) => (r) => r.status === status && r.chain === chain;

let n = 0; // trades so far

const scenarios = {
	async swap() {
		await finish(settle(trade(++n)));
		await paid(n);
		await finish(settle(trade(n), trade(n + 1), trade(n + 2)));
		n += 2;
		await paid(n);
	},
	// settle is killed at each state that it prints, on one chain or the other
	async kills() {
		for (const [status, chain] of [['prepared', 'eth'], ['signed', 'btc'], ['released', 'eth'], ['submitted', 'btc'], ['confirming', 'eth']]) {
			const p = settle(trade(++n));
			if (status === 'confirming') {
				await until(p, `submitted on ${chain}`, at('submitted', chain));
				await c.mine();
			}
			await until(p, `${status} on ${chain}`, at(status, chain));
			p.kill('SIGKILL');
			await p.over;
			await finish(settle(trade(n)));
		}
		await paid(n);
	},
	async reorg() {
		const p = settle(trade(++n));
		await until(p, 'submitted on eth', at('submitted', 'eth'));
		await until(p, 'submitted on btc', at('submitted', 'btc'));
		await c.mine();
		await mineBtc();
		await until(p, 'confirming on eth', at('confirming', 'eth'));
		await until(p, 'confirming on btc', at('confirming', 'btc'));
		await c.ask('anvil_reorg', 1, []);
		await rpc('x_reorg', 1, nobody, true);
		await until(p, 'the reorganisation of eth', (r) => r.code === 'REORG' && r.chain === 'eth');
		await until(p, 'the reorganisation of btc', (r) => r.code === 'REORG' && r.chain === 'btc');
		await finish(p);
		await paid(n);
	},
	// the price of gas goes up tenfold between signature and block
	async spike() {
		const p = settle(trade(++n));
		await until(p, 'signed on eth', at('signed', 'eth'));
		await c.ask('anvil_setNextBlockBaseFeePerGas', '0x174876e800');
		await c.mine();
		await finish(p);
		await paid(n);
		assert(p.receipts().some((r) => r.chain === 'eth' && r.version > 1), 'no replacement was made');
	},
};

try {
	for (const name of scenario.split(',')) await scenarios[name]();
	console.log('ok');
	process.exit(0);
} catch (e) {
	console.log(e.message, e.stack);
	process.exit(1);
}
