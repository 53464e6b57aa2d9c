// A house that pays bitcoins on one side and USDC on another: settle, its adapters, sign-key and screen as they are installed, a Bitcoin node in
// regtest (bcoin), and for each chain of settle_usdc.mjs books, keys and a Bitcoin wallet of their own.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import assert from 'node:assert/strict';
import { HDKey } from '@scure/bip32';
import * as bitcoin from 'bitcoinjs-lib';
import { bin } from './evm_chain.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const network = bitcoin.networks.regtest;
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const children = new Set();
process.on('exit', () => children.forEach((c) => c.kill('SIGKILL')));
const tool = (name) => join(bin, name);
const lines = (...l) => l.map((x) => `${JSON.stringify(x)}\n`).join('');

// ---- Bitcoin ----------------------------------------------------------------------------------------------------------------------

const freePort = () => new Promise((done) => {
	const s = createServer().listen(0, '127.0.0.1', () => {
		const { port } = s.address();
		s.close(() => done(port));
	});
});
let port;

export async function rpc(method, ...params) {
	const r = await fetch(`http://127.0.0.1:${port}/`, {
		method: 'POST',
		headers: { authorization: `Basic ${Buffer.from('x:pw').toString('base64')}`, 'content-type': 'application/json' },
		body: JSON.stringify({ method, params, id: 1 }),
	});
	const j = await r.json();
	if (j.error) throw new Error(`${method}: ${j.error.message}`);
	return j.result;
}

const address = (pubkey) => bitcoin.payments.p2wpkh({ pubkey: Buffer.from(pubkey), network }).address;

function wallet(name) {
	const root = HDKey.fromMasterSeed(createHash('sha256').update(`settle ${name}`).digest(), { private: 0x04358394, public: 0x043587cf });
	const account = root.derive("m/84'/1'/0'"), child = (chain) => account.deriveChild(chain).deriveChild(0);
	return {
		text: `wpkh([${root.fingerprint.toString(16).padStart(8, '0')}/84h/1h/0h]${account.publicExtendedKey}/<0;1>/*)`,
		keys: [0, 1].map((i) => Buffer.from(child(i).privateKey).toString('hex')), first: address(child(0).publicKey),
		alice: address(root.derive('m/1').publicKey),
	};
}

const nobody = wallet('nobody').alice;
// the wallets' coins come after this block; segwit is active from 48 on
const born = 10;
const mineBtc = (n = 1) => rpc('generatetoaddress', n, nobody);
export const reorgBtc = () => rpc('x_reorg', 1, nobody, true);

// With coins for the houses of these names.
export async function startBitcoin(names) {
	port = await freePort();
	const node = spawn(process.execPath, [join(here, 'bcoin-regtest.cjs'), String(port), '16'], { stdio: ['ignore', 'pipe', 'ignore'] });
	children.add(node);
	await new Promise((up) => node.stdout.once('data', up));
	await mineBtc(born);
	for (const name of names) await rpc('generatetoaddress', 3, wallet(name).first);
	await mineBtc(100);
}

// ---- a house ------------------------------------------------------------------------------------------------------------------------

// Addresses that nobody here has: a block list must not be empty, nor lose more than half.
const strangers = ['12QtD5BFwRsdNsAZY76UVE1xyCGNTojH9h', '0x8576acc5c05d6ce88f4e49bf65bdf0c62f91353c', 'TXFBqBbqJommqZf7BV8NNYzePh97UmJodJ'];

export class House {
	constructor(usdc, dir) {
		this.usdc = usdc;
		this.btc = wallet(usdc.name);
		this.dir = dir;
		this.run = 0;
		this.trades = 0;
		this.refused = 0; // of these
		mkdirSync(dir, { recursive: true });
		writeFileSync(this.file('master.key'), '7'.repeat(64), { mode: 0o600 });
		this.addKey('usdc', usdc.key.secret, usdc.key.kind);
		this.btc.keys.forEach((secret, i) => this.addKey(`btc${i}`, secret));
		this.block();
		this.write();
		this.env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, TRADEPIPE_SETTLE: this.file('state'), TRADEPIPE_SIGN_KEY_FILE: this.file('master.key'),
			 BTC_RPC_URL: `http://127.0.0.1:${port}`, RPC_USER: 'x', RPC_PASSWORD: 'pw', BTC_WALLET: this.btc.text,
			BTC_POOL: '1', BTC_CONFIRMATIONS: '3', ...usdc.env };
	}

	file(name) { return join(this.dir, name); }

	addKey(name, secret, kind = 'secp256k1') {
		const added = spawnSync(tool('sign-key'), ['add', '--keys', this.file('hot.keys'), '--kind', kind, '--master-key-file', this.file('master.key'), name],
			{ input: secret });
		assert.equal(added.status, 0, String(added.stderr));
	}

	write() {
		const { usdc } = this, file = (name) => this.file(name), { adapter, ...more } = usdc.conf;
		writeFileSync(file('policy'), lines(
			{ type: 'chain', chain: 'btc', family: 'btc', network: 'regtest', feeMax: '100000', feeDayMax: '3000000' },
			{ type: 'asset', chain: 'btc', asset: 'BTC', txMax: '100000000', dayMax: '500000000' },
			...usdc.policy, { type: 'allow', chain: 'btc', address: this.btc.alice }, { type: 'allow', chain: usdc.name, address: usdc.bob }));
		writeFileSync(file('limits'), lines(
			{ type: 'limit', chain: 'btc', asset: 'BTC', decimals: 8, txMax: '100000000', dayMax: '500000000' },
			{ type: 'limit', chain: usdc.name, asset: 'USDC', decimals: usdc.decimals, txMax: '900000000000', dayMax: '900000000000' }));
		writeFileSync(file('settle.conf'), lines(
			{ type: 'chain', chain: 'btc', adapter: [tool('settle-btc'), '--network', 'regtest'], asset: 'BTC', decimals: 8, dust: '294', confirmations: 3,
				feeMax: '50000', pollMs: 60, stuckMs: 600000 },
			{ type: 'chain', chain: usdc.name, adapter: [tool(adapter[0]), ...adapter.slice(1)], asset: 'USDC', decimals: usdc.decimals, confirmations: 3,
				pollMs: 60, stuckMs: 600000, ...more },
			{ type: 'signer', command: [tool('sign-key'), 'sign', '--keys', file('hot.keys'), '--policy', file('policy'), '--state', file('sign'),
				'--master-key-file', file('master.key')] },
			{ type: 'screener', command: [tool('screen'), '--list', file('blocked'), '--limits', file('limits'), '--state', file('screen')] },
			{ type: 'policy', retryMs: 50, retryMaxMs: 400 },
			{ type: 'address', account: 'alice', asset: 'BTC', chain: 'btc', address: this.btc.alice },
			{ type: 'address', account: 'bob', asset: 'USDC', chain: usdc.name, address: usdc.bob }));
	}

	// A higher limit in the configuration and in the signer's policy.
	raise(from, to) {
		for (const name of ['settle.conf', 'policy']) writeFileSync(this.file(name), readFileSync(this.file(name), 'utf8').replaceAll(from, to));
	}

	// Exchange the block list under screen, whole.
	block(...addresses) {
		writeFileSync(this.file('blocked.new'), `${[...strangers, ...addresses].join('\n')}\n`);
		renameSync(this.file('blocked.new'), this.file('blocked'));
	}

	// One more trade.
	trade() {
		const n = ++this.trades;
		return { type: 'trade', seq: n, tradeId: String(n), symbol: 'BTC-USDC', px: '65000.5', sz: '0.01', side: 'buy', makerId: `m${n}`, takerId: `t${n}`,
			makerAccount: 'bob', takerAccount: 'alice', ts: 1 };
	}

	// settle, which ends by itself once everything is settled, if no more input is to come.
	settle(trades, { more = false } = {}) {
		// what a killed one had logged and not yet printed comes again
		const seen = Math.max(0, ...this.printed().map((r) => r.seq ?? 0));
		const out = this.file(`out.${++this.run}`);
		const p = spawn(tool('settle'), ['--config', this.file('settle.conf'), '--state', this.file('state'), '--resume-after', String(seen)],
			{ env: this.env, stdio: ['pipe', openSync(out, 'a'), openSync(this.file('err'), 'a')] });
		children.add(p);
		this.last = p;
		p.stdin.on('error', () => {});
		p.stdin.write(lines(...trades));
		if (!more) p.stdin.end();
		p.over = new Promise((done) => p.on('exit', (status, signal) => {
			children.delete(p);
			done(status ?? signal);
		}));
		p.over.then((s) => { p.ended = s; });
		return p;
	}

	// Those of the newest trade, of all starts of settle.
	receipts() { return this.printed().filter((r) => r.swap === `BTC-USDC:${this.trades}`); }

	printed() {
		const all = [];
		for (let i = 1; i <= this.run; i++)
			all.push(...readFileSync(this.file(`out.${i}`), 'utf8').split('\n').slice(0, -1).map((l) => JSON.parse(l)));
		return all;
	}

	words() { return `${readFileSync(this.file('err'), 'utf8').split('\n').slice(-12).join('\n')}\n${this.list()}`; }
	list() { return String(spawnSync(tool('settle'), ['--state', this.file('state'), '--list', '--all']).stdout); }
	async mine() { await Promise.all([this.usdc.mine(), mineBtc()]); }

	// Wait for a receipt of the newest trade; blocks come meanwhile, or not.
	async until(p, what, test, { mining = false } = {}) {
		for (const end = Date.now() + 60000; Date.now() < end; await pause(20)) {
			if (this.receipts().some(test)) return;
			if (p.ended !== undefined) break;
			if (!mining) continue;
			await pause(100);
			await this.mine();
		}
		assert(this.receipts().some(test), `waited in vain for ${what}, status ${p.ended}\n${this.words()}`);
	}

	// One block on both chains, when both have the payment.
	async mineOnce(p) {
		for (const chain of [this.usdc.name, 'btc']) await this.until(p, `submitted on ${chain}`, (r) => r.status === 'submitted' && r.chain === chain);
		await this.mine();
	}

	// Blocks come on both chains until settle has ended.
	async finish(p, status = 0) {
		for (const end = Date.now() + 90000; p.ended === undefined; await pause(100)) {
			assert(Date.now() < end, `settle does not come to an end\n${this.words()}`);
			await this.mine();
		}
		assert.equal(p.ended, status, this.words());
	}

	// SIGKILL to a program that settle starts.
	async kill(p, name) {
		for (let tries = 0; tries < 500 && p.ended === undefined; tries++, await pause(10)) {
			for (const id of readFileSync(`/proc/${p.pid}/task/${p.pid}/children`, 'utf8').split(' ').filter(Boolean)) {
				// a child is settle itself until it is another program
				if (readFileSync(`/proc/${id}/comm`, 'utf8').trim() !== name) continue;
				process.kill(Number(id), 'SIGKILL');
				return;
			}
		}
		assert.fail(`settle has no ${name}\n${this.words()}`);
	}

	// The books, changed by edit() where it is given, against the chains: the records of settle-recon. listing: Bitcoin's blocks are read, too.
	async recon(status, edit = (l) => l, { listing = false } = {}) {
		const books = spawnSync(tool('wal-cat'), ['--state', this.file('state')], { maxBuffer: 1 << 26 });
		assert.equal(books.status, 0);
		const p = spawn(tool('settle-recon'), ['--config', this.file('settle.conf'), '--from-height', `btc=${listing ? born + 1 : 0}`],
			{ env: { ...this.env, ...(listing && { BTC_BIRTH_HEIGHT: String(born) }) }, stdio: ['pipe', 'pipe', 'pipe'] });
		const said = ['', ''];
		[p.stdout, p.stderr].forEach((from, i) => from.on('data', (d) => { said[i] += d; }));
		p.stdin.end(String(books.stdout).split('\n').map(edit).filter(Boolean).map((l) => `${l}\n`).join(''));
		assert.equal(await new Promise((done) => p.on('close', done)), status, said.join(''));
		return said[0].split('\n').slice(0, -1).map((l) => JSON.parse(l));
	}

	// Every trade but the refused ones was paid once on each side, and the books say so.
	async paid() {
		const n = this.trades - this.refused;
		const coins = await rpc('listunspent', 1, 9999999, [this.btc.alice]);
		assert.deepEqual(coins.map((c) => Math.round(c.amount * 1e8)), Array(n).fill(1000000));
		assert.deepEqual(await this.usdc.received(), Array(n).fill(650005000n));
		const states = this.list().trim().split('\n').map((l) => JSON.parse(l).state);
		assert.deepEqual(states.sort(), [...Array(n).fill('settled'), ...Array(this.refused).fill('void')]);
		for (const r of await this.recon(0)) assert.deepEqual([r.result, r.bookedCount, r.chainCount], ['equal', n, n]);
	}

	// A command line of the runbook in settle(1), which must stand there so but for what changes: [what the page has, what is meant].
	async runbook(line, ...changes) {
		assert(House.commands().includes(line), `not in the runbook: ${line}`);
		this.used = (this.used ?? new Set()).add(line);
		const text = changes.reduce((t, [from, to]) => t.replaceAll(from, to), line);
		const p = spawn('bash', ['-c', `set -o pipefail; ${text}`], { cwd: this.dir, env: this.env, stdio: ['ignore', 'pipe', 'inherit'] });
		let out = '';
		p.stdout.on('data', (d) => { out += d; });
		const status = await new Promise((done) => p.on('close', done));
		return { status, out: out.trim() };
	}

	// All commands of the runbook.
	static commands() {
		const page = readFileSync(join(here, '../../../man/settle.1'), 'utf8').split('.Ss Runbook')[1].split('.Sh SEE ALSO')[0];
		return [...page.matchAll(/^\.Bd -literal\n([^]*?)^\.Ed$/gm)].flatMap((m) => m[1].split(/\n(?! )/).filter(Boolean));
	}

	// What screen has decided, in order.
	decisions() {
		const books = spawnSync(tool('wal-cat'), ['--state', this.file('screen')]);
		return String(books.stdout).split('\n').slice(0, -1).map((l) => JSON.parse(l));
	}
}
