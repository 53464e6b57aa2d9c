// Catches a page that shows green on what does not hold, keeps or leaks a key, asks anything of anybody else, cannot be used by keyboard, on a
// phone or with a screen reader, or fails when it is opened from a file. Real Chromium; the service is bin/verify on okx-replay.
//
// TRADEPIPE_SCREENS: a directory for pictures of every state, to be looked at.
import { after, before, beforeEach, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import * as peer from './peer.mjs';

const root = resolve(peer.here, '../..');
const assets = join(root, 'share/page');
const screens = process.env.TRADEPIPE_SCREENS;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
// the header that tradepipe-page(7) asks for, letter for letter
const csp = /default-src 'none';[^]*?(?=\n\.Ed)/.exec(readFileSync(join(root, 'man/tradepipe-page.7'), 'utf8'))[0].replace(/\s+/g, ' ').trim();
const types = { html: 'text/html; charset=utf-8', css: 'text/css', js: 'text/javascript' };
const keys = { apiKey: 'demo-key-full-liquidation', secretKey: '0000000000000000000000000000DE01', passphrase: 'Demo-Pass-1' };

let replay, replay_url, order, origin, server, browser;
const posted = [];
const asked = [];
// what the service is to do instead of verifying: a function of request and response
let instead = null;

// ---- the service -------------------------------------------------------------------------------------------------------------

function startReplay() {
	replay = spawn(join(peer.bin, 'okx-replay'), ['--scenario', join(root, 'examples/scenarios/full-liquidation.json')], { stdio: ['pipe', 'pipe', 'ignore'] });
	return new Promise((done, failed) => {
		let text = '';
		replay.on('exit', () => failed(new Error('okx-replay ended')));
		replay.stdout.on('data', (d) => {
			text += d;
			if (text.includes('\n')) done(JSON.parse(text.split('\n')[0]));
		});
	});
}

function verify(body) {
	return new Promise((done) => {
		const p = spawn(join(root, 'bin/verify'), ['--state', join(peer.scratch, 'state')], {
			stdio: ['pipe', 'pipe', 'ignore'], env: { ...process.env, PATH: `${peer.bin}:${process.env.PATH}`, OKX_BASE_URL: replay_url, TRADEPIPE_BIN: peer.bin },
		});
		const out = [];
		p.stdout.on('data', (d) => out.push(d));
		p.on('close', () => done(Buffer.concat(out)));
		p.stdin.end(body + '\n');
	});
}

function storedBundle(id) {
	const days = join(peer.scratch, 'state/reports/evidence');
	const day = readdirSync(days).find((d) => existsSync(join(days, d, `${id}.json`)));
	return day ? readFileSync(join(days, day, `${id}.json`)) : null;
}

async function serve(request, response) {
	const path = new URL(request.url, 'http://x').pathname;
	const chunks = [];
	asked.push(`${request.method} ${request.url}`);
	for await (const chunk of request) chunks.push(chunk);
	const send = (status, type, body) => response.writeHead(status, { 'Content-Type': type, 'Content-Security-Policy': csp, 'X-Content-Type-Options': 'nosniff' }).end(body);
	if (request.method === 'POST' && path === '/verify/okx') {
		posted.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
		return instead ? instead(send, response) : send(200, 'application/json', await verify(posted.at(-1).body));
	}
	if (path.startsWith('/evidence/')) {
		if (instead) return instead(send, response);
		const bundle = storedBundle(path.slice(10));
		return bundle ? send(200, 'application/json', bundle) : send(404, 'application/json', '{"error":{"code":"NOT_FOUND","msg":"","hint":""}}');
	}
	const name = path === '/' ? 'index.html' : path.slice(1);
	return ['index.html', 'page.css', 'page.js', 'check.js'].includes(name)
		? send(200, types[name.split('.')[1]], readFileSync(join(assets, name))) : send(404, 'text/plain', 'no');
}

before(async () => {
	const first = await startReplay();
	replay_url = first.url;
	order = first.orders.find((o) => o.name === 'open');
	server = createServer((q, s) => serve(q, s).catch((e) => s.destroy(e)));
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	origin = `http://127.0.0.1:${server.address().port}`;
	browser = await chromium.launch({
		executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--hide-scrollbars=false'], timeout: 60000,
	});
	if (screens) mkdirSync(screens, { recursive: true });
});

beforeEach(() => { instead = null; });

after(async () => {
	await browser?.close();
	server?.close();
	server?.closeAllConnections();
	replay?.stdin.end();
	replay?.kill();
});

// ---- the browser -------------------------------------------------------------------------------------------------------------

const desk = { width: 1280, height: 900 }, phone = { width: 390, height: 844 };

// A fresh page, and the promise that it said nothing to the console, asked nobody else and kept nothing.
async function open({ view = desk, locale = 'en-US', url = '/', dark = false, fails = false } = {}) {
	const context = await browser.newContext({ viewport: view, locale, timezoneId: 'Asia/Shanghai', colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce', hasTouch: view === phone, serviceWorkers: 'allow' });
	const page = await context.newPage();
	const trouble = [], requests = [];
	context.setDefaultTimeout(30000);
	page.on('console', (m) => { if (['error', 'warning'].includes(m.type()) && !(fails && /Failed to load resource/.test(m.text()))) trouble.push(m.text()); });
	page.on('pageerror', (e) => trouble.push(String(e)));
	page.on('request', (q) => requests.push(q.url()));
	const home = url.startsWith('file:') ? pathToFileURL(assets).href + '/' : origin + '/';
	await page.goto(url.startsWith('file:') ? url : origin + url);
	return {
		page,
		async done() {
			assert.deepEqual(trouble, [], 'console');
			assert.deepEqual(requests.filter((q) => !q.startsWith(home) && !q.startsWith('data:') && !q.startsWith('blob:')), [], 'asked elsewhere');
			assert.deepEqual(requests.filter((q) => Object.values(keys).some((k) => q.includes(k))), [], 'a key in a URL');
			if (!url.startsWith('file:')) {
				const kept = await page.evaluate(async () => [localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length, (await caches.keys()).length, history.length]);
				assert.deepEqual(kept.slice(0, 5), [0, 0, '', 0, 0]);
				assert.ok(kept[5] <= 2);
				assert.deepEqual(await context.cookies(), []);
			}
			await context.close();
		},
	};
}

async function expectAccessible(page, name) {
	await page.evaluate(axe);
	const { violations } = await page.evaluate(() => globalThis.axe.run(document, { preload: false, runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
	assert.deepEqual(violations.map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 160) + ' ' + n.failureSummary)]), [], name);
}

async function expectFits(page, name) {
	const [scroll, client] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
	assert.ok(scroll <= client, `${name}: ${scroll} wide in ${client}`);
}

const picture = (page, name) => (screens ? page.screenshot({ path: join(screens, `${name}.png`), fullPage: true }) : null);

const drop = (page, files) => page.evaluate((list) => {
	const data = new DataTransfer();
	for (const { name, text } of list) data.items.add(new File([text], name));
	document.getElementById('drop').dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }));
}, files);

const result = (page) => page.locator('#cards > .card > .banner[data-result]');

async function expectResult(page, kind, pattern) {
	const banner = result(page);
	await banner.waitFor();
	await page.waitForFunction((k) => document.querySelector('#cards > .card > .banner[data-result]')?.dataset.result === k, kind)
		.catch(async () => assert.fail(`expected ${kind}: ${await banner.innerText()}`));
	assert.match(await banner.innerText(), pattern);
	const colour = await banner.evaluate((e) => getComputedStyle(e).color);
	assert.equal(colour, { good: 'rgb(13, 101, 55)', bad: 'rgb(163, 22, 26)', unsure: 'rgb(122, 74, 0)' }[kind]);
	// what is said aloud is what is shown
	assert.ok((await page.locator('#status').innerText()).includes((await banner.locator('h3').innerText())));
}

// ---- bundles -----------------------------------------------------------------------------------------------------------------

const key = 'a bundle key of 32 bytes, or so.';
const example = readFileSync(join(root, 'examples/bundle.ndjson'), 'utf8').trim();
const [plain] = peer.seal([example]);
const [salted] = peer.seal([example], ['--redactable', 'raw.*'], key);
const [redacted] = peer.run('merkle-redact', ['raw.trade/order'], [salted]).lines;
const [proof] = peer.run('merkle-proof', ['normalized.order'], [plain]).lines;
const plain_root = JSON.parse(plain).evidence.root;
const trimmed = JSON.stringify({ ...JSON.parse(plain), raw: {} });

// ---- tests -------------------------------------------------------------------------------------------------------------------

test('by keyboard alone: keys in, verified by the real chain, answer and evidence out, keys gone', async () => {
	const { page, done } = await open();
	const tab = async (n = 1) => { for (let i = 0; i < n; i++) await page.keyboard.press('Tab'); };
	await expectAccessible(page, 'empty');
	await picture(page, 'desk-en-start');
	await tab(3);
	assert.equal(await page.evaluate(() => document.activeElement.id), 'instId');
	const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
	assert.equal(outline, 'solid', 'the focus is seen');
	// an empty form is refused, and the first fault is gone to
	await page.keyboard.press('Enter');
	assert.equal(await page.locator('#instId').getAttribute('aria-invalid'), 'true');
	assert.equal(await page.evaluate(() => document.activeElement.id), 'instId');
	await expectAccessible(page, 'faults');
	await picture(page, 'desk-en-faults');
	assert.equal(posted.length, 0);
	await page.keyboard.type(order.instId.toLowerCase());
	await tab();
	await page.keyboard.type(order.ordId);
	await tab(2);
	for (const name of ['apiKey', 'secretKey', 'passphrase']) {
		assert.equal(await page.evaluate(() => document.activeElement.id), name);
		await page.keyboard.type(keys[name]);
		await tab();
	}
	await page.keyboard.press('Enter');
	await page.locator('#answer').waitFor();
	assert.equal(await page.locator('#answer').innerText(), 'Liquidated: Yes');
	await expectResult(page, 'good', /Evidence intact/);
	const sent = JSON.parse(posted.at(-1).body);
	assert.match(sent.clientMeta.requestId, /^page-[0-9a-f]{32}$/);
	assert.deepEqual(sent, { exchange: 'okx', ordId: order.ordId, instId: order.instId, live: true, fresh: true, noCache: true, keyMode: 'inline', ...keys,
		clientMeta: { source: 'us-frontend', requestId: sent.clientMeta.requestId } });
	assert.equal(posted.at(-1).headers.referer, undefined);
	assert.equal(posted.at(-1).headers['content-type'], 'application/json');
	for (const name of ['apiKey', 'secretKey', 'passphrase', 'uid']) assert.equal(await page.locator(`#${name}`).inputValue(), '');
	assert.equal(page.url(), `${origin}/`);
	assert.ok(!Object.values(keys).some((k) => page.url().includes(k)));
	const html = await page.content();
	for (const k of Object.values(keys)) assert.ok(!html.includes(k), 'a key in the document');
	const text = await page.locator('#cards').innerText();
	for (const part of [/the whole position by forced liquidation/, /UTC/, /Proven/, /fills/, /agrees/, /isolated · 50× · long/, /Not OKX’s own site: 127\.0\.0\.1/]) assert.match(text, part);
	assert.equal(await page.locator('.rows .says').count() >= 4, true);
	// the evidence opens with the keyboard too
	await page.locator('#evidence').focus();
	await page.keyboard.press('Enter');
	assert.equal(await page.locator('#evidence').getAttribute('aria-expanded'), 'true');
	await page.locator('.leaf > summary').first().focus();
	await page.keyboard.press('Enter');
	await page.locator('.leaf pre').waitFor();
	await expectAccessible(page, 'answer');
	await expectFits(page, 'answer');
	await picture(page, 'desk-en-answer');
	const bundle = storedBundle((await page.locator('.ids dd').first().innerText()));
	assert.ok(bundle, 'stored under the id that is shown');
	const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save bundle' }).click()]);
	const saved = readFileSync(await download.path());
	assert.equal(peer.verdicts([saved.toString('utf8').trimEnd()])[0], 'good');
	await done();
});

test('a wrong key, a saved key, and a service that is not well', async () => {
	const { page, done } = await open({ fails: true });
	const fill = async (more) => {
		for (const [name, value] of Object.entries({ instId: order.instId, ordId: order.ordId, ...more })) await page.fill(`#${name}`, value);
		await page.click('#send');
		await page.waitForFunction(() => !document.getElementById('send').hasAttribute('aria-busy'));
	};
	await fill({ ...keys, passphrase: 'wrong' });
	const banner = page.locator('.banner.bad');
	await banner.waitFor();
	assert.match(await banner.innerText(), /OKX did not accept the key[^]*AUTH_ERROR[^]*What to do: \S/);
	assert.equal(await page.locator('#answer').count() && await page.locator('#answer').innerText(), 'Liquidated: Unknown');
	await expectAccessible(page, 'error');
	await picture(page, 'desk-en-error');

	// a refusal without evidence: no claim of evidence at all
	instead = (send) => send(400, 'application/json', '{"in":1,"error":{"code":"BAD_REQUEST","msg":"no","hint":"<b>say more</b>"}}\n');
	await page.check('input[value="alias"]');
	await fill({ keyAlias: 'okx-main-001' });
	await page.getByText('<b>say more</b>').waitFor();
	assert.equal(await page.locator('[data-result]').count(), 0);
	const sent = JSON.parse(posted.at(-1).body);
	delete sent.clientMeta;
	assert.deepEqual(sent, { exchange: 'okx', ordId: order.ordId, instId: order.instId, live: true, fresh: true, noCache: true, keyMode: 'alias', keyAlias: 'okx-main-001' });
	assert.equal(await page.locator('#keyAlias').inputValue(), '');

	instead = (send) => send(502, 'text/html', '<h1>Bad gateway</h1>');
	await fill({ keyAlias: 'a' });
	await page.locator('#cards').getByText('HTTP 502').waitFor();
	const asked_order = order;
	order = { ...order, instId: JSON.parse(plain).meta.instId, ordId: JSON.parse(plain).meta.ordId };
	await page.fill('#ordId', order.ordId);
	// an answer that a key was given for is not lost when a file is dropped meanwhile
	let let_go;
	instead = async (send) => { await new Promise((go) => { let_go = go; }); send(200, 'application/json', plain); };
	await page.fill('#keyAlias', 'a');
	await page.click('#send');
	await drop(page, [{ name: 'x.json', text: 'x' }]);
	await expectResult(page, 'unsure', /not JSON/);
	while (!let_go) await new Promise((again) => { setTimeout(again, 20); });
	let_go();
	await expectResult(page, 'good', /intact/);
	order = asked_order;
	instead = (send, response) => response.destroy();
	await fill({ keyAlias: 'a' });
	await page.locator('#cards').getByText('The service did not answer.').waitFor();
	// a sound answer, but about another order: not shown
	instead = (send) => send(200, 'application/json', plain);
	await fill({ keyAlias: 'a' });
	await expectResult(page, 'bad', /another order/);
	assert.equal(await page.locator('#answer').count(), 0);
	order = { ...order, instId: JSON.parse(plain).meta.instId, ordId: JSON.parse(plain).meta.ordId };
	// a forged answer: no answer is shown
	instead = (send) => send(200, 'application/json', plain.replace('"liquidated":true', '"liquidated":false'));
	await fill({ keyAlias: 'a' });
	await expectResult(page, 'bad', /normalized\.position/);
	assert.equal(await page.locator('#answer').count(), 0);
	// a trimmed one: amber, and the whole can be opened
	instead = (send) => send(200, 'application/json', trimmed);
	await fill({ keyAlias: 'a' });
	await expectResult(page, 'unsure', /2 of 5 values are missing/);
	instead = (send) => send(200, 'application/json', plain);
	await page.getByRole('button', { name: 'Open the full bundle' }).click();
	await expectResult(page, 'good', /intact/);
	order = asked_order;
	await done();
});

test('files: green only on what holds, red with the place, amber on what nobody can tell', async () => {
	const { page, done } = await open();
	const cases = [
		['good', /Evidence intact/, plain], ['good', /Evidence intact/, JSON.stringify(JSON.parse(plain), null, 2)], ['good', /intact/, redacted], ['good', /intact/, `${salted}\r\n`],
		['bad', /changed[^]*normalized\.order/, plain.replace('65000.5', '65000.6')], ['bad', /twice/, plain.replace('"side":"buy"', '"side":"sell","side":"buy"')],
		['bad', /added[^]*raw\.new/, plain.replace('"raw":{', '"raw":{"new":{},')], ['bad', /another root/, plain.replace(/"root":"0x./, '"root":"0x0')],
		['bad', /evidence ID does not follow/, plain.replace('evi_20251104', 'evi_20251105')], ['bad', /malformed/, plain.replace('"rootAlgo":"keccak256-merkle-v1"', '"rootAlgo":"sha256"')],
		['unsure', /2 of 5 values are missing/, trimmed], ['unsure', /not sealed/, example], ['unsure', /not JSON/, 'hello'], ['unsure', /cut off/, plain.slice(0, 900)], ['unsure', /empty/, ''],
		['unsure', /“meta” stands twice/, plain.replace('{', '{"meta":{},')], ['good', /Proof holds/, proof], ['bad', /another root/, proof.replace('65000.5', '65000.6').replace(/"(valueHash|hash)":"[^"]*",/g, '')],
		['good', /2 records[^]*2 intact/, `${plain}\n${redacted}\n`], ['bad', /3 records[^]*1 intact, 1 not, 1 cannot tell/, `${plain}\n${plain.replace('65000.5', '1')}\n${example}`],
	];
	for (const [kind, pattern, text] of cases) {
		await drop(page, [{ name: 'bundle.json', text }]);
		await expectResult(page, kind, pattern);
		await page.evaluate(() => document.getElementById('cards').replaceChildren());
	}
	// a bundle and its .root together; then another root
	await drop(page, [{ name: 'b.json', text: plain }, { name: 'b.root', text: `${plain_root}\n` }]);
	await expectResult(page, 'good', /root that you trust/);
	assert.equal(await page.inputValue('#root'), plain_root);
	await picture(page, 'desk-en-good');
	await page.fill('#root', plain_root.slice(0, 65) + (plain_root.endsWith('0') ? '1' : '0'));
	await expectResult(page, 'bad', /not the one that you trust/);
	await page.fill('#root', '0x12');
	assert.equal(await page.locator('#root').getAttribute('aria-invalid'), 'true');
	await page.fill('#root', '');
	await expectResult(page, 'good', /intact/);
	// a root that came with files goes when others come
	await drop(page, [{ name: 'b.root', text: plain_root }]);
	await expectResult(page, 'good', /root that you trust/);
	await drop(page, [{ name: 'other.json', text: redacted }]);
	await expectResult(page, 'good', /leads to the root\./);
	assert.equal(await page.inputValue('#root'), '');
	// the picker, and pasted text
	await page.setInputFiles('#file', { name: 'bad.json', mimeType: 'application/json', buffer: Buffer.from(plain.replace('65000.5', '65000.6')) });
	await expectResult(page, 'bad', /normalized\.order/);
	await expectAccessible(page, 'bad');
	await picture(page, 'desk-en-bad');
	await page.getByText('Paste text instead').click();
	await page.fill('#text', proof);
	await page.getByRole('button', { name: 'Check', exact: true }).click();
	await expectResult(page, 'good', /Proof holds/);
	assert.doesNotMatch(await page.locator('#cards').innerText(), /Number and names of the values are as sealed/, 'a proof does not show that');
	await expectAccessible(page, 'proof');
	await picture(page, 'desk-en-proof');
	// markup in a bundle stays text
	await drop(page, [{ name: 'x.json', text: plain.replace('"raw":{', '"raw":{"<img src=x onerror=alert(1)>":{},') }]);
	await expectResult(page, 'bad', /<img src=x/);
	assert.equal(await page.locator('#cards img').count(), 0);
	await done();
});

test('by its ID, typed or in the address; a bundle that is not the one asked for is refused', async () => {
	await verify(JSON.stringify({ exchange: 'okx', ...keys, instId: order.instId, ordId: order.ordId, keyMode: 'inline', noCache: true }));
	const days = join(peer.scratch, 'state/reports/evidence');
	const id = readdirSync(join(days, readdirSync(days)[0])).find((f) => f.endsWith('.json')).slice(0, -5);
	let { page, done } = await open({ url: `/?evidence=${id}`, fails: true });
	await expectResult(page, 'good', /intact/);
	await page.fill('#evidenceId', 'evi_1');
	await page.click('#by-id button');
	assert.equal(await page.locator('#evidenceId').getAttribute('aria-invalid'), 'true');
	await page.fill('#evidenceId', 'evi_20251104_0000000000000000');
	await page.click('#by-id button');
	await page.locator('#cards').getByText('There is no evidence with this ID.').waitFor();
	instead = (send) => send(200, 'application/json', plain);
	await page.click('#by-id button');
	await expectResult(page, 'bad', /another bundle/);
	instead = null;
	await done();
	const before_count = asked.length;
	({ page, done } = await open({ url: '/?evidence=../../etc/passwd' }));
	assert.equal(await page.locator('#evidenceId').getAttribute('aria-invalid'), 'true');
	assert.ok(asked.slice(before_count).every((q) => !q.includes('/evidence/')));
	await done();
});

test('opened from a file: checks offline, and asks nothing of anybody', async () => {
	const { page, done } = await open({ url: pathToFileURL(join(assets, 'index.html')).href });
	assert.equal(await page.locator('#verify').isVisible(), false);
	await page.setInputFiles('#file', { name: 'good.json', mimeType: '', buffer: Buffer.from(plain) });
	await expectResult(page, 'good', /intact/);
	await drop(page, [{ name: 'bad.json', text: plain.replace('65000.5', '65000.6') }]);
	await expectResult(page, 'bad', /normalized\.order/);
	await expectAccessible(page, 'file');
	await picture(page, 'desk-en-file');
	await done();
});

test('on a phone, in Chinese, light and dark: nothing is wider than the screen', async () => {
	for (const dark of [false, true]) {
		const name = `phone-zh${dark ? '-dark' : ''}`;
		const { page, done } = await open({ view: phone, locale: 'zh-CN', dark });
		assert.equal(await page.locator('h1').innerText(), '订单验证器');
		assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN');
		await expectFits(page, 'start');
		await expectAccessible(page, `${name} start`);
		await picture(page, `${name}-start`);
		if (dark) {
			await drop(page, [{ name: 'bad.json', text: plain.replace('65000.5', '65000.6') }]);
			await page.locator('#cards').getByText('证据不成立').waitFor();
			await expectAccessible(page, `${name} bad`);
			await picture(page, `${name}-bad`);
			await drop(page, [{ name: 'b.json', text: trimmed }]);
			await page.locator('#cards').getByText('缺少 2 个').waitFor();
			await expectAccessible(page, `${name} unsure`);
			await picture(page, `${name}-unsure`);
		} else {
			for (const [id, value] of Object.entries({ instId: order.instId, ordId: order.ordId, ...keys })) await page.fill(`#${id}`, value);
			await page.click('#send');
			await page.locator('#answer').waitFor();
			assert.equal(await page.locator('#answer').innerText(), '强平：是');
			await page.click('#evidence');
			await page.locator('.leaf > summary').nth(3).click();
			await page.locator('.leaf pre').waitFor();
		}
		await expectFits(page, 'result');
		await expectAccessible(page, `${name} result`);
		await picture(page, `${name}-result`);
		await page.getByRole('button', { name: 'English' }).click();
		assert.equal(await page.locator('h1').innerText(), 'Order verifier');
		assert.equal(await page.getAttribute('html', 'lang'), 'en');
		await expectFits(page, 'English');
		await picture(page, `${name.replace('zh', 'en')}-result`);
		await done();
	}
});

test('both languages have every word, and every sentence of merkle-verify is in them', async () => {
	const script = readFileSync(join(assets, 'page.js'), 'utf8');
	const [en, zh] = ['en', 'zh'].map((l) => new RegExp(`\\n\\t\\t${l}: \\{([^]*?)\\n\\t\\t\\},`).exec(script)[1]);
	const names = (text) => [...text.matchAll(/(?:^|[\s,{])([A-Za-z_]+): '/g)].map((m) => m[1]).sort();
	assert.ok(names(en).length > 80);
	assert.deepEqual(names(zh), names(en));
	for (const [, name] of readFileSync(join(assets, 'index.html'), 'utf8').matchAll(/data-t="(\w+)"/g)) assert.ok(names(en).includes(name), name);
	// what check.js can say: everything in quotes that has a space in it, and the names of the checks
	const said = [...readFileSync(join(assets, 'check.js'), 'utf8').matchAll(/'([a-zA-Z][^'\n]* [^'\n]*|coverage|bundleHash|manifest|bodySha256|leaf|parentRoot|evidenceId)'/g)]
		.map((m) => m[1]).filter((s) => !/^(use strict|not 0x)/.test(s));
	assert.ok(said.length > 40);
	for (const s of said) assert.ok(script.includes(`['${s}', `) || /^(no evidence object|a member stands twice|leaves: .*)$/.test(s), `no words for: ${s}`);
});
