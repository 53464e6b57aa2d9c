// Catches the parts not fitting together: a matched trade goes through settle, two settle-evm and sign-key onto two real EVM chains; also with
// each of them killed over and over. A token of 8 decimals on a chain of its own stands for BTC here.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { getAddress } from 'ethers';
import * as evm from './evm_chain.mjs';

const dir = mkdtempSync(join(tmpdir(), 'settle-evm-'));
const alice = getAddress('0x' + 'a1'.repeat(20)), bob = getAddress('0x' + 'b0'.repeat(20));
const tool = (name) => join(evm.bin, name);
let eth, base, usdc, btc, env, mining, paused = false;

function sign(command, ...args) {
	return execFileSync(tool('sign-key'), [command, '--keys', join(dir, 'keys'), ...args], { env: { ...process.env, ...env }, encoding: 'utf8' });
}

before(async () => {
	const codes = evm.tokens();
	[eth, base] = [await evm.chain(), await evm.chain({ id: 8453 })];
	usdc = await eth.deploy(eth.owner, codes.MockUSDC, ['uint8'], [6]);
	btc = await base.deploy(base.owner, codes.MockUSDC, ['uint8'], [8]);
	writeFileSync(join(dir, 'master'), `${'5a'.repeat(32)}\n`, { mode: 0o600 });
	env = { TRADEPIPE_SIGN_KEY_FILE: join(dir, 'master'), ETH_RPC_URL: eth.url, ETH_USDC_ADDRESS: getAddress(usdc), BASE_RPC_URL: base.url,
		BASE_BTC_ADDRESS: getAddress(btc), BASE_CHAIN_ID: '8453', BASE_BTC_DECIMALS: '8', BASE_BTC_SYMBOL: 'USDC' };
	const wallet = getAddress(JSON.parse(sign('add', '--generate', 'hot')).evm);
	Object.assign(env, { ETH_USDC_HOT_WALLET: wallet, BASE_BTC_HOT_WALLET: wallet });
	for (const [c, token, amount] of [[eth, usdc, 10n ** 12n], [base, btc, 10n ** 11n]]) {
		await c.ask('anvil_setBalance', wallet, '0x56bc75e2d63100000');
		await c.do(c.owner, token, 'transfer', [wallet, amount]);
	}
	const lines = (name, ...records) => writeFileSync(join(dir, name), records.map((r) => `${JSON.stringify(r)}\n`).join(''));
	lines('policy',
		{ type: 'chain', chain: 'eth', family: 'evm', chainId: 1, feeMax: '100000000000000000', feeDayMax: '9000000000000000000' },
		{ type: 'chain', chain: 'base', family: 'evm', chainId: 8453, feeMax: '100000000000000000', feeDayMax: '9000000000000000000' },
		{ type: 'asset', chain: 'eth', asset: 'USDC', contract: getAddress(usdc), txMax: '100000000000', dayMax: '900000000000' },
		{ type: 'asset', chain: 'base', asset: 'BTC', contract: getAddress(btc), txMax: '100000000000', dayMax: '900000000000' },
		{ type: 'allow', chain: 'eth', address: '*' }, { type: 'allow', chain: 'base', address: '*' });
	const chain = (name, asset, decimals) => ({ type: 'chain', chain: name, adapter: [tool('settle-evm'), '--chain', name, '--asset', asset], asset,
		decimals, feeAsset: 'ETH', confirmations: 2, feeMax: '50000000000000000', pollMs: 30, stuckMs: 60000, balanceMs: 600000 });
	lines('conf', chain('eth', 'USDC', 6), chain('base', 'BTC', 8),
		{ type: 'signer', command: [tool('sign-key'), 'sign', '--keys', join(dir, 'keys'), '--policy', join(dir, 'policy'), '--state', join(dir, 'signed')] },
		{ type: 'policy', retryMs: 20, retryMaxMs: 100 },
		{ type: 'address', account: 'alice', asset: 'BTC', chain: 'base', address: alice },
		{ type: 'address', account: 'bob', asset: 'USDC', chain: 'eth', address: bob });
	mining = setInterval(() => { if (!paused) eth.mine().catch(() => {}); base.mine().catch(() => {}); }, 40);
});
after(() => {
	clearInterval(mining);
	eth.stop();
	base.stop();
	rmSync(dir, { recursive: true, force: true });
});

const trade = (id) => `${JSON.stringify({ type: 'trade', seq: id, tradeId: String(id), symbol: 'BTC-USDC', px: '65000.5', sz: '0.01', side: 'buy',
	makerId: `m${id}`, takerId: `t${id}`, makerAccount: 'bob', takerAccount: 'alice', ts: 1 })}\n`;

function settle(input, { conf = 'conf', heard = () => {} } = {}) {
	const p = spawn(tool('settle'), ['--config', join(dir, conf), '--state', join(dir, 'state')], { env: { ...process.env, ...env }, detached: true });
	let out = '', words = '';
	p.stdout.on('data', (d) => {
		out += d;
		heard(p, out.split('\n').length - 1);
	});
	p.stderr.on('data', (d) => { words += d; });
	p.stdin.on('error', () => {});
	p.stdin.end(input);
	const over = new Promise((done) => p.on('exit', (status, signal) => done({ status, signal, words, receipts: out.split('\n').filter(Boolean).map((l) => JSON.parse(l)) })));
	return { process: p, over };
}

const swaps = () => spawnSync(tool('settle'), ['--state', join(dir, 'state'), '--list', '--all'], { encoding: 'utf8' }).stdout;
const nonces = async (c) => Number(await c.ask('eth_getTransactionCount', env.ETH_USDC_HOT_WALLET, 'latest'));
const held = async () => [await eth.call(usdc, 'balanceOf', [bob]), await base.call(btc, 'balanceOf', [alice])];

test('a trade is settled: both payments are in their chains, with receipts', async () => {
	const { status, words, receipts } = await settle(trade(1)).over;
	assert.equal(status, 0, words);
	assert.deepEqual(await held(), [650005000n, 1000000n], swaps());
	const last = receipts.filter((r) => r.status === 'confirmed');
	assert.deepEqual(last.map((r) => [r.chain, r.amount]).sort(), [['base', '1000000'], ['eth', '650005000']]);
	for (const r of last) {
		const receipt = await (r.chain === 'eth' ? eth : base).ask('eth_getTransactionReceipt', r.txId);
		assert.equal(BigInt(r.fee), BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice));
	}
});

test('sign-key signs what settle-evm prepares, bumps and cancels, and nothing that differs', async () => {
	const signer = evm.adapter(env, ['sign', '--keys', join(dir, 'keys'), '--policy', join(dir, 'policy'), '--state', join(dir, 'other')], 'sign-key');
	const a = evm.adapter(env);
	const ok = (answer) => { assert.equal(answer.ok, true, JSON.stringify(answer)); return answer; };
	const job = { job: 'by-hand', asset: 'USDC', to: bob, amount: '7' };
	const version = async (prepared) => {
		const { signatures } = ok(await signer.ask('sign', { ...prepared, chain: 'eth', version: 1 }));
		return { ...prepared, ...ok(await a.ask('assemble', { unsigned: prepared.unsigned, signatures })) };
	};
	try {
		paused = true;
		const p = ok(await a.ask('prepare', job));
		for (const [more, code] of [[{ amount: '8' }, 'MISMATCH'], [{ to: alice }, 'MISMATCH'], [{ fee: '1' }, 'MISMATCH']]) {
			const no = await signer.ask('sign', { ...p, chain: 'eth', version: 1, ...more });
			assert.deepEqual([no.ok, no.error?.class, no.error?.code], [false, 'refused', code], JSON.stringify(no));
		}
		const versions = [await version(p)];
		ok(await a.ask('submit', versions[0]));
		versions.push(await version(ok(await a.ask('bump', { ...job, versions }))));
		ok(await a.ask('submit', versions[1]));
		versions.push(await version(ok(await a.ask('cancel', { ...job, versions }))));
		ok(await a.ask('submit', versions[2]));
		await eth.mine();
		const seen = ok(await a.ask('poll', { ...job, versions, block: null }));
		assert.deepEqual([seen.status, seen.txId, seen.moved], ['mined', versions[2].txId, '0']);
	} finally {
		paused = false;
		await Promise.all([a.end(), signer.end()]);
	}
});

test('a chain that stands still: settle has the payment replaced at a higher price, and one version is paid', async () => {
	writeFileSync(join(dir, 'hasty'), readFileSync(join(dir, 'conf'), 'utf8').replaceAll('"stuckMs":60000', '"stuckMs":400'));
	const [before, used] = [await held(), await nonces(eth)];
	paused = true;
	const s = settle(trade(99), { conf: 'hasty' });
	setTimeout(() => { paused = false; }, 2500);
	const { status, words, receipts } = await s.over;
	assert.equal(status, 0, words);
	const versions = new Set(receipts.filter((r) => r.chain === 'eth' && r.txId).map((r) => r.txId));
	assert.ok(versions.size > 1, 'more than one version');
	assert.deepEqual((await held()).map((v, i) => v - before[i]), [650005000n, 1000000n]);
	assert.equal(await nonces(eth), used + 1);
});

// The processes of this settle, by its process group: whom we started and nobody else.
function members(group) {
	return readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).filter((pid) => {
		try {
			return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ')[2] === String(group);
		} catch {
			return false;
		}
	}).map(Number);
}

test('killed at random moments, all of them or some, over and over: each trade is paid once', async () => {
	let seed = 7;
	const random = (n) => { seed = (seed * 48271) % 2147483647; return seed % n; };
	const [before, used] = [await held(), await Promise.all([eth, base].map(nonces))];
	const rounds = /[/]san[/]/.test(evm.bin) ? 5 : 20;
	let input = '', killed = 0;
	for (let i = 0; i < rounds; i++) {
		input += trade(i + 2);
		/* a trade has 12 receipts and more */
		let when = 1 + random(11);
		const s = settle(input, { heard: (p, lines) => {
			if (lines < when) return;
			when = Infinity;
			const all = members(p.pid);
			const victims = i % 2 ? all : all.slice(-1 - random(all.length));
			victims.forEach((pid) => { try { process.kill(pid, 'SIGKILL'); killed++; } catch { /* gone */ } });
		} });
		const end = setTimeout(() => { try { process.kill(-s.process.pid, 'SIGKILL'); } catch { /* gone */ } }, 4000);
		await s.over;
		clearTimeout(end);
		/* the orphans of a killed settle end with their input */
		try { process.kill(-s.process.pid, 'SIGKILL'); } catch { /* none left */ }
	}
	assert.ok(killed >= rounds, `${killed} killed`);
	const { status, words } = await settle(input).over;
	assert.equal(status, 0, words + swaps());
	const n = BigInt(rounds);
	assert.deepEqual((await held()).map((v, i) => v - before[i]), [n * 650005000n, n * 1000000n], swaps());
	/* one nonce a payment */
	assert.deepEqual(await Promise.all([eth, base].map(nonces)), used.map((v) => v + rounds));
});
