// Catches a chart page that draws nothing, does not follow, ignores a corrected bar, asks anything of anybody else, cannot be used on a phone, or
// does not come back after the server has gone away. Real Chromium; the service is ws-push on stream-keep.
//
// TRADEPIPE_SCREENS: a directory for pictures, to be looked at.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { spawn } from 'node:child_process';
import { chromium } from 'playwright-core';
import * as peer from './peer.mjs';
import { exchange, trade, until } from './push.mjs';

const root = resolve(peer.here, '../..');
const screens = process.env.TRADEPIPE_SCREENS;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let x, browser;

// A walk that is the same in every run; prices have one place.
function candle(minute, version = 1, more = {}) {
	const at = (m) => 65000 + Math.round(900 * Math.sin(m / 23) + 300 * Math.sin(m / 5) + 80 * Math.sin(m * 1.7));
	const open = at(minute), close = at(minute + 1);
	return JSON.stringify({ type: 'kline', seq: 1, symbol: 'BTC-USDC', interval: '1m', windowStart: 1763712000000000 + minute * 60000000, open: `${open}.0`, high: `${Math.max(open, close) + 40}.5`, low: `${Math.min(open, close) - 35}.5`,
		close: `${close}.0`, volume: `${1 + (minute * 7919) % 23}.25`, turnover: '1', trades: 3, takerBuyVolume: '1', takerBuyTurnover: '1', firstTradeId: '1', lastTradeId: '3', version, closed: true, partial: false, ...more });
}
const book = (seq) => JSON.stringify({ type: 'book', seq, symbol: 'BTC-USDC', bids: Array.from({ length: 12 }, (_, i) => [`${65012 - i}.5`, `${(0.2 + i * 0.37).toFixed(3)}`, 1 + i]),
	asks: Array.from({ length: 12 }, (_, i) => [`${65013 + i}.0`, `${(0.1 + i * 0.41).toFixed(3)}`, 1 + i]), ts: 1763730000000000 });

before(async () => {
	x = await exchange(['--page', join(root, 'build/chart')]);
	const records = [];
	for (let i = 0; i < 240; i++) records.push(candle(i));
	for (let i = 0; i < 24; i++) records.push(candle(i * 10, 1, { interval: '15m' }), candle(i, 1, { symbol: 'ETH-USDC' }));
	for (let i = 1; i <= 60; i++) records.push(trade('BTC-USDC', i, `${65010 + (i % 7)}.5`));
	records.push(book(1));
	await x.put(...records);
	browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
	if (screens) mkdirSync(screens, { recursive: true });
});
after(async () => {
	await browser?.close();
	await x?.stop();
});

async function open({ width = 1280, height = 800, colorScheme = 'light', hash = '' } = {}) {
	const context = await browser.newContext({ viewport: { width, height }, colorScheme, hasTouch: width < 700 });
	const page = await context.newPage();
	page.asked = [];
	page.faults = [];
	page.on('request', (r) => page.asked.push(r.url()));
	page.on('pageerror', (e) => page.faults.push(String(e)));
	page.on('console', (m) => m.type() === 'error' && page.faults.push(m.text()));
	await page.goto(`http://127.0.0.1:${x.port}/${hash}`);
	await page.waitForSelector('#state.live', { timeout: 20000 });
	return page;
}
const shot = async (page, name) => {
	await page.waitForTimeout(300);
	if (screens) await page.screenshot({ path: join(screens, `chart-${name}.png`) });
};
const price = (page, text) => page.waitForFunction((t) => document.getElementById('price').textContent === t, text, { timeout: 15000 });
const drawn = (page) => page.evaluate(() => ({ bars: bars.size, candles: candles.data().length, last: candles.data().at(-1), newest }));

test('candles, volume, trades and book, as they were and as they come; nothing is asked of anybody else', async () => {
	const page = await open();
	const before = await drawn(page);
	assert.equal(before.candles, 240);
	assert.equal(await page.locator('#trades tr').count(), 50);
	assert.equal(await page.locator('#trades tr').first().locator('td').nth(1).textContent(), '0.5');
	assert.equal(await page.locator('#bids tr').count(), 7);
	assert.ok((await page.locator('#bids tr').last().boundingBox()).y + 20 < (await page.locator('#trades-box').boundingBox()).y, 'the whole book is seen');
	await shot(page, 'desktop');
	await x.put(candle(240, 1, { close: '64321.0', high: '66000.0', low: '64000.0', closed: false }));
	await price(page, '64321.0');
	assert.equal((await drawn(page)).candles, 241);
	// a corrected bar of long ago is drawn where it stands, and the last one stays
	await x.put(candle(120, 2, { high: '69000.0' }), candle(240, 2, { close: '64400.0', high: '66000.0', low: '64000.0' }));
	await price(page, '64400.0');
	const all = await page.evaluate(() => candles.data());
	assert.equal(all.length, 241);
	assert.equal(all[120].high, 69000);
	// an older version changes nothing
	await x.put(candle(120, 1), candle(241));
	await page.waitForFunction(() => candles.data().length === 242);
	assert.equal((await page.evaluate(() => candles.data()))[120].high, 69000);
	// a bar of a silent minute that late trades have filled comes between; one whose trades are all cancelled goes
	await x.put(candle(244), candle(243));
	await page.waitForFunction(() => candles.data().length === 244);
	await x.put(candle(243, 2, { open: null, high: null, low: null, close: null, volume: '0', trades: 0 }));
	await page.waitForFunction(() => candles.data().length === 243);
	// figures that stand below one another end alike
	await x.put(trade('BTC-USDC', 61, '65011'));
	await page.waitForFunction(() => document.querySelector('#trades td').textContent === '65011.0');
	assert.deepEqual(page.asked.filter((u) => !u.startsWith(`http://127.0.0.1:${x.port}/`)), []);
	assert.deepEqual(page.faults, []);
	// pixels: both colours of candles are there
	const seen = await page.evaluate(() => {
		const c = chart.takeScreenshot(), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
		let up = 0, down = 0;
		for (let i = 0; i < d.length; i += 4) {
			if (d[i] === 0x0a && d[i + 1] === 0x7d && d[i + 2] === 0x55) up++;
			if (d[i] === 0xc2 && d[i + 1] === 0x2f && d[i + 2] === 0x3d) down++;
		}
		return { up, down };
	});
	assert.ok(seen.up > 500 && seen.down > 500, JSON.stringify(seen));
	await page.context().close();
});

test('symbol and interval are chosen, and kept in the address', async () => {
	const page = await open({ hash: '#symbol=BTC-USDC&interval=15m' });
	await page.waitForFunction(() => candles.data().length === 24);
	assert.ok((await page.evaluate(() => chart.timeScale().width() / (chart.timeScale().getVisibleLogicalRange().to - chart.timeScale().getVisibleLogicalRange().from))) < 20, 'few bars are not drawn as walls');
	await page.locator('#intervals label', { hasText: /^1m$/ }).click();
	await page.waitForFunction(() => candles.data().length > 200);
	await page.selectOption('#symbol', 'ETH-USDC');
	await page.waitForFunction(() => candles.data().length === 24);
	assert.match(page.url(), /#symbol=ETH-USDC&interval=1m$/);
	assert.ok(await page.locator('#book-box').isHidden());
	assert.deepEqual(page.faults, []);
	await page.context().close();
});

test('phone width, dark: nothing overflows, everything can be reached', async () => {
	const page = await open({ width: 375, height: 740, colorScheme: 'dark' });
	assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 375);
	const [price, state] = [await page.locator('#last').boundingBox(), await page.locator('#state').boundingBox()];
	assert.ok(Math.abs(price.y + price.height / 2 - state.y - state.height / 2) < 3 && price.x < state.x, 'price and state share a row');
	await shot(page, 'phone-dark');
	await page.locator('#trades-box').scrollIntoViewIfNeeded();
	await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
	await shot(page, 'phone-dark-below');
	assert.deepEqual(page.faults, []);
	await page.context().close();
	const dark = await open({ colorScheme: 'dark' });
	await shot(dark, 'desktop-dark');
	await dark.context().close();
});

test('no finding of axe', async () => {
	for (const colorScheme of ['light', 'dark']) {
		const page = await open({ colorScheme });
		const found = await page.evaluate(async (code) => {
			(0, eval)(code);
			return (await axe.run()).violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`);
		}, axe).catch((e) => [String(e)]);
		assert.deepEqual(found, []);
		await page.context().close();
	}
});

test('the server goes away and comes back: the page goes on where it was', async () => {
	const page = await open({ hash: '#symbol=ETH-USDC&interval=1m' });
	const before = await drawn(page);
	const gone = new Promise((done) => x.server.on('exit', done));
	x.server.kill('SIGTERM');
	await gone;
	await page.waitForSelector('#state.lost');
	await x.put(candle(24, 1, { symbol: 'ETH-USDC', close: '777.0', low: '700.0' }));
	x.server = spawn(join(peer.bin, 'ws-push'), ['--stream', join(x.directory, 'st'), '--listen', `127.0.0.1:${x.port}`, '--page', join(root, 'build/chart')], { stdio: 'ignore' });
	await price(page, '777.0');
	const since = page.asked.filter((u) => u.includes('/stream')).length;
	assert.ok(since >= 2);
	assert.equal((await drawn(page)).candles, before.candles + 1);
	await page.context().close();
});
