// Catches a signature of ours that ccxt would not make, and a stand-in for OKX that only our own client understands: here the unmodified
// ccxt reads every ledger from okx-replay, over loopback.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import ccxt from 'ccxt';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const program = path.join(process.env.TRADEPIPE_BIN ?? path.join(root, 'bin'), 'okx-replay');
const scenarios = ['full-liquidation', 'still-open', 'spot', 'never-filled', 'cross-margin-several-instruments'];
const files = scenarios.flatMap((name) => ['--scenario', path.join(root, 'examples', 'scenarios', `${name}.json`)]);

const resolved = JSON.parse(execFileSync(program, ['--resolve', ...files], { maxBuffer: 1 << 26 }));
const account = (name) => resolved.accounts.find((a) => a.name === name);

let replay;
let listening;
const requests = [];

before(async () => {
	replay = spawn(program, ['--no-limits', ...files], { stdio: ['pipe', 'pipe', 'inherit'] });
	const lines = createInterface({ input: replay.stdout });
	const first = once(lines, 'line');
	lines.on('line', (line) => {
		const record = JSON.parse(line);
		if (record.type === 'request') requests.push(record);
	});
	listening = JSON.parse((await first)[0]);
	assert.equal(listening.type, 'listening');
});

after(async () => {
	replay.stdin.end();
	const [status] = await once(replay, 'exit');
	assert.equal(status, 0);
});

const exchange = (name, change = {}) => {
	const { apiKey, secretKey, passphrase } = account(name);
	const ex = new ccxt.okx({ apiKey, secret: secretKey, password: passphrase, enableRateLimit: false, ...change });
	ex.urls['api'] = { rest: listening.url };
	return ex;
};

const ordId = (name, order = 'open') => listening.orders.find((o) => o.account === name && o.name === order).ordId;

test('ccxt signs as HMAC-SHA256 over timestamp, method, target and body does', () => {
	const ex = new ccxt.okx({ apiKey: 'k', secret: '22582BD0CFF14C41EDBF1AB98506286D', password: 'p' });
	// timestamp, target, parameters, signature: the last column was computed with openssl dgst
	const vectors = [
		['2020-12-08T09:08:57.715Z', 'account/balance', { ccy: 'BTC' }, 'HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY='],
		['2026-01-02T03:04:05.006Z', 'trade/order', { instId: 'BTC-USDT-SWAP', ordId: '680800019749904384' }, '4ETj+REXLnf4emzcdEgD0tFBQZRKT7uQNmv81eWhZis='],
		['2026-01-02T03:04:05.999Z', 'account/config', {}, 'SPMrcg4/nS5wbBLGAf/9tq8MejcqHK/G/ME6uTnQ4AA='],
		['2026-01-02T03:04:05.006Z', 'trade/orders-history', { instType: 'SWAP', ordType: 'post_only,fok,ioc' }, 'Y7sibm9klxy50BcLNnkE71LT3ycjm0dg55vyglNMW/M='],
	];
	for (const [time, endpoint, params, expected] of vectors) {
		ex.nonce = () => Date.parse(time);
		const { url, headers } = ex.sign(endpoint, 'private', 'GET', params);
		const target = url.slice(url.indexOf('/api/v5/'));
		assert.equal(headers['OK-ACCESS-SIGN'], expected);
		assert.equal(createHmac('sha256', ex.secret).update(`${time}GET${target}`).digest('base64'), expected);
	}
});

test('what ccxt signs is accepted, and what it signs with another secret is not', async () => {
	const config = await exchange('spot').privateGetAccountConfig();
	assert.equal(config.data[0].uid, account('spot').config.uid);
	await assert.rejects(exchange('spot', { secret: 'other' }).privateGetAccountConfig(), ccxt.AuthenticationError);
	await assert.rejects(exchange('spot', { password: 'other' }).privateGetAccountConfig(), ccxt.AuthenticationError);
	await assert.rejects(exchange('spot', { apiKey: 'other' }).privateGetAccountConfig(), ccxt.AuthenticationError);
	const late = exchange('spot');
	late.nonce = () => Date.now() - 40000;
	await assert.rejects(late.privateGetAccountConfig(), ccxt.InvalidNonce);
});

test('loadMarkets', async () => {
	const markets = await exchange('full-liquidation').loadMarkets();
	const swap = markets['BTC/USDT:USDT'];
	assert.deepEqual([swap.id, swap.contractSize, swap.linear, swap.active], ['BTC-USDT-SWAP', 0.01, true, true]);
	assert.equal(markets['BTC/USDT'].id, 'BTC-USDT');
});

test('fetchOrder: the liquidated order, a canceled one, an unknown one', async () => {
	const ex = exchange('full-liquidation');
	const order = await ex.fetchOrder(ordId('full-liquidation'), 'BTC/USDT:USDT');
	assert.deepEqual([order.status, order.side, order.filled, order.average, order.fee.cost], ['closed', 'buy', 100, 65010.2, 32.5051]);
	assert.deepEqual(order.info, withoutRemarks(account('full-liquidation').orders.find((o) => o._name === 'open'), order.info));
	await assert.rejects(ex.fetchOrder('1', 'BTC/USDT:USDT'), ccxt.OrderNotFound);
	const canceled = await exchange('never-filled').fetchOrder(ordId('never-filled'), 'BTC/USDT:USDT');
	assert.deepEqual([canceled.status, canceled.filled], ['canceled', 0]);
});

// The resolved scenario and the running one started at different moments: ids and times are compared by name, not by value.
const moving = /Time$|Id$|^ts$/;
function withoutRemarks(row, seen) {
	return Object.fromEntries(Object.entries(row).filter(([k]) => !k.startsWith('_')).map(([k, v]) => [k, moving.test(k) ? seen[k] : v]));
}

test('fetchClosedOrders: both orders, the exchange\'s own with its category', async () => {
	const orders = await exchange('full-liquidation').fetchClosedOrders('BTC/USDT:USDT');
	assert.deepEqual(orders.map((o) => o.info.category), ['normal', 'full_liquidation']);
});

test('fetchPositions: what is open, and nothing of what is closed', async () => {
	const [position, ...others] = await exchange('still-open').fetchPositions();
	assert.deepEqual([position.symbol, position.side, position.contracts, position.entryPrice, others.length], ['BTC/USDT:USDT', 'long', 100, 64000, 0]);
	assert.deepEqual(await exchange('full-liquidation').fetchPositions(), []);
});

test('fetchPositionsHistory: the liquidation', async () => {
	const [position] = await exchange('full-liquidation').fetchPositionsHistory(['BTC/USDT:USDT']);
	assert.equal(position.realizedPnl, -1332.7091);
	assert.deepEqual([position.info.type, position.info.liqPenalty, position.info.triggerPx], ['3', '-267.849075', '64012.3']);
});

test('fetchMyTrades: the fills of both orders, forced ones with a negative tradeId', async () => {
	const trades = await exchange('full-liquidation').fetchMyTrades('BTC/USDT:USDT');
	assert.deepEqual(trades.map((t) => [t.info.subType, t.amount, t.info.tradeId.startsWith('-')]).sort(), [
		['104', 30, true], ['104', 70, true], ['3', 40, false], ['3', 60, false],
	]);
});

test('fetchLedger: seven days by default, three months from the archive', async () => {
	const ex = exchange('cross-margin-several-instruments');
	assert.deepEqual(await ex.fetchLedger(undefined, undefined, undefined, { type: 'swap' }), []);
	const all = await ex.fetchLedger(undefined, undefined, undefined, { type: 'swap', method: 'privateGetAccountBillsArchive' });
	assert.deepEqual(all.map((entry) => entry.info.type), ['2', '2', '5', '5', '5']);
	assert.equal(all.at(-1).after, Number(account('cross-margin-several-instruments').bills[0].bal));
});

test('fetchTrades and fetchTime', async () => {
	const ex = exchange('spot');
	assert.deepEqual(await ex.fetchTrades('BTC/USDT'), []);
	assert.ok(Math.abs(await ex.fetchTime() - Date.now()) < 5000);
});

test('every request of ccxt was one that OKX has', () => {
	assert.ok(requests.length > 20);
	assert.deepEqual(requests.filter((r) => r.status === 404).map((r) => r.path), []);
});
