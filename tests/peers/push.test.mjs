// Catches a push that takes a bad handshake or frame, loses or doubles an update, cannot resume, says nothing of what it skipped, or lets one slow
// subscriber harm the others. The clients are npm ws, fetch and raw sockets.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bar, client, closeCode, exchange, frame, handshake, raw, trade, until } from './push.mjs';

let x;
before(async () => (x = await exchange(['--write-timeout', '2', '--ping', '1', '--pong-timeout', '3', '--heartbeat', '1'])));
after(async () => {
	await x.stop();
	assert.equal(x.status, 0);
});

const status = async (bytes) => Number(/^HTTP\/1.1 (\d+)/.exec(await raw(x.port, bytes, 3000, (out) => out.includes('\r\n')))?.[1]);
const topic = (channel, instId = 'BTC-USDC') => ({ channel, instId });

test('snapshot and updates are what happened, for a subscriber of any moment', async () => {
	const put = [];
	const early = client(x, '?symbol=BTC-USDC&interval=1m&with=trades');
	await until('synced', () => early.events('synced').length === 1);
	for (let i = 0; i < 400; i++) put.push(bar('BTC-USDC', '1m', i % 350, 1 + Math.floor(i / 350), 100 + i), bar('ETH-USDC', '1m', i, 1, i + 1), trade('BTC-USDC', i + 1));
	await x.put(...put);
	const late = client(x, '?symbol=BTC_USDC&interval=1m&with=trades');
	await until('synced', () => late.events('synced').length === 1);
	const more = [bar('BTC-USDC', '1m', 400, 1, 7), bar('BTC-USDC', '1m', 399, 9, 8), bar('BTC-USDC', '5m', 0, 1, 8), trade('BTC-USDC', 401)];
	await x.put(...more);
	await until('updates', () => late.updates().length === 3 && early.updates().length === 803);
	const wanted = [...put, ...more].map((r) => JSON.parse(r)).filter((r) => r.symbol === 'BTC-USDC' && r.interval !== '5m');
	assert.deepEqual(early.updates().map((m) => m.data[0]), wanted);
	assert.deepEqual(early.updates().map((m) => m.seq), early.updates().map((m) => m.seq).sort((a, b) => a - b));
	const state = (c) => {
		const bars = new Map();
		for (const m of c.got) for (const r of m.data ?? []) {
			const old = bars.get(r.windowStart);
			if (r.type === 'kline' && (!old || old.version <= r.version)) bars.set(r.windowStart, r);
		}
		return [...bars.values()].sort((a, b) => a.windowStart - b.windowStart);
	};
	assert.deepEqual(state(late), state(early));
	assert.ok(late.snapshot().length > 0);
	assert.deepEqual(late.got.filter((m) => m.arg && m.arg.instId !== 'BTC-USDC'), []);
	early.ws.close();
	late.ws.close();
});

test('subscribe, unsubscribe and errors in OKX’s shape; one message right behind the other', async () => {
	const c = client(x);
	await c.opened;
	c.send({ op: 'subscribe', args: [topic('kline1m'), topic('trades')] });
	c.send({ op: 'subscribe', args: [topic('kline1m', 'ETH/USDC')] });
	c.send({ op: 'subscribe', args: [topic('nothing')] });
	c.send('{"op":');
	c.send({ op: 'subscribe', since: 1, args: [topic('book')] });
	await until('answers', () => c.events('synced').length === 2 && c.events('error').length === 3);
	assert.equal(c.events('subscribe').length, 3);
	assert.ok(c.snapshot().some((m) => m.arg.instId === 'ETH-USDC'));
	c.send({ op: 'unsubscribe', args: [topic('trades')] });
	await until('unsubscribed', () => c.events('unsubscribe').length === 1);
	await x.put(trade('BTC-USDC', 402), bar('BTC-USDC', '1m', 401, 1, 9));
	await until('update', () => c.updates().length >= 1);
	assert.deepEqual(c.updates().map((m) => m.arg.channel), ['kline1m']);
	c.ws.close();
});

test('resume by number: no snapshot, no hole, nothing twice; by WebSocket and as a browser does', async () => {
	const first = client(x, '?symbol=*&interval=1m');
	await until('synced', () => first.events('synced').length === 1);
	await x.put(bar('BTC-USDC', '1m', 500, 1, 1), bar('BTC-USDC', '1m', 501, 1, 1));
	await until('two', () => first.updates().length === 2);
	const seq = first.updates()[0].seq;
	first.ws.terminate();
	await x.put(bar('BTC-USDC', '1m', 502, 1, 1));
	const again = client(x, `?symbol=*&interval=1m&since=${seq}`);
	await until('three', () => again.updates().length === 2);
	assert.deepEqual(again.got.map((m) => [m.event ?? m.action, m.seq]), [['synced', seq], ['update', seq + 1], ['update', seq + 2]]);
	again.ws.close();
	const text = (await raw(x.port, `GET /stream?symbol=BTC-USDC&interval=1m HTTP/1.1\r\nHost: x\r\nLast-Event-ID: ${seq + 1}\r\n\r\n`, 1500)).toString();
	assert.match(text, /^HTTP\/1.1 200 OK\r\nContent-Type: text\/event-stream\r\n/);
	assert.match(text, new RegExp(`id: ${seq + 1}\ndata: {"event":"synced","seq":${seq + 1}}\n\nid: ${seq + 2}\ndata: {"arg":`));
	assert.match(text, /\n\n:\n\n/, 'a heartbeat');
	const reset = client(x, '?symbol=*&interval=1m&since=99999999');
	await until('reset', () => reset.events('synced').length === 1);
	assert.equal(reset.got[0].event, 'reset');
	assert.ok(reset.snapshot().length > 0);
	reset.ws.close();
});

// mostly waiting; each has subscribers, or a stream, of its own
describe('at the same time', { concurrency: true }, () => {
	test('the handshake of RFC 6455, section 1.3, and every refusal', async () => {
		const good = (await raw(x.port, [handshake(), frame(8, '')])).toString('latin1');
		assert.match(good, /^HTTP\/1.1 101 /);
		assert.match(good, /Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/);
		assert.equal(await status(handshake({ 'Sec-WebSocket-Version': '8' })), 426);
		assert.equal(await status(handshake({ 'Sec-WebSocket-Version': null })), 426);
		assert.equal(await status(handshake({ Upgrade: null })), 426);
		assert.equal(await status(handshake({ Connection: 'close' })), 400);
		assert.equal(await status(handshake({ 'Sec-WebSocket-Key': 'c2hvcnQ=' })), 400);
		assert.equal(await status(handshake({ 'Sec-WebSocket-Key': null })), 400);
		assert.equal(await status(handshake({ Origin: 'http://evil.example' })), 403);
		assert.equal(await status(handshake({ Host: null })), 400);
		assert.equal(await status('POST /ws HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n'), 405);
		assert.equal(await status('GET /nothing/here HTTP/1.1\r\nHost: x\r\n\r\n'), 404);
		assert.equal(await status('GET /stream?interval=1x HTTP/1.1\r\nHost: x\r\n\r\n'), 400);
		assert.equal(await status('GET /stream HTTP/1.1\r\nHost: x\r\n\r\n'), 400);
		assert.equal(await status(handshake({ Origin: 'http://x' }) ), 101);
	});

	test('frames that RFC 6455 forbids close the connection with its code', async () => {
		const code = async (...frames) => closeCode(await raw(x.port, [handshake(), Buffer.concat(frames)], 3000));
		const is = async (wanted, ...frames) => assert.equal(await code(...frames), wanted);
		await Promise.all([
			is(1002, frame(1, '{"op":"ping"}', { mask: false })),
			is(1002, frame(1, 'x', { rsv: 0x40 })),
			is(1002, frame(9, 'x'.repeat(126))),
			is(1002, frame(9, 'x', { fin: false })),
			is(1002, frame(3, 'x')),
			is(1002, frame(0, 'x')),
			is(1007, frame(1, Buffer.from([0xc3, 0x28]))),
			is(1009, frame(1, 'x'.repeat(1025))),
			is(1009, frame(1, 'x'.repeat(1000), { fin: false }), frame(0, 'x'.repeat(100))),
			is(1003, frame(2, 'x')),
			is(1008, ...Array.from({ length: 25 }, () => frame(1, 'ping'))),
		]);
	});

	test('a message in fragments with a ping between them; pings are answered and sent', async () => {
		const bytes = await raw(x.port, [handshake(), frame(1, '{"op":', { fin: false }), frame(9, 'hello'), frame(0, '"ping"}')], 500);
		assert.ok(bytes.includes(Buffer.from([0x8a, 5, ...Buffer.from('hello')])), 'pong');
		assert.ok(bytes.includes('{"event":"pong"}'));
		const c = client(x);
		let pings = 0;
		c.ws.on('ping', () => pings++);
		await until('a ping', () => pings > 0);
		c.ws.close();
		await until('closed', () => c.code !== null);
	});

	test('who does not answer pings is closed', async () => {
		const c = client(x, '', { autoPong: false });
		await until('closed', () => c.code !== null, 8000);
		assert.equal(c.code, 1008);
	});

	test('what is gone is told, and a snapshot follows', async () => {
		const y = await exchange([], ['--file-bytes', '4096', '--files', '2', '--bars', '5']);
		for (let i = 0; i < 200; i++) await y.put(bar('BTC-USDC', '1m', i, 1, i + 1));
		const c = client(y, '?symbol=BTC-USDC&interval=1m&since=3');
		await until('synced', () => c.events('synced').length === 1);
		assert.equal(c.got[0].event, 'skipped');
		assert.equal(c.got[0].firstSeq, 4);
		assert.equal(c.got.at(-1).seq, 201);
		assert.equal(c.got[0].lastSeq, 201);
		assert.equal(c.snapshot().at(-1).data[0].close, '200');
		assert.ok(readdirSync(join(y.directory, 'st')).length === 2);
		c.ws.close();
		await y.stop();
	});

	test('a crash of stream-keep in the middle of a line: readers go on without it', async () => {
		const y = await exchange();
		const c = client(y, '?symbol=BTC-USDC&interval=1m');
		await until('synced', () => c.events('synced').length === 1);
		await y.put(bar('BTC-USDC', '1m', 1, 1, 1));
		y.keep.kill('SIGKILL');
		await new Promise((done) => y.keep.on('exit', done));
		const newest = join(y.directory, 'st', readdirSync(join(y.directory, 'st')).sort().at(-1));
		appendFileSync(newest, '{"s":3,"r":{"type":"kline","torn');
		y.startKeep();
		await y.put(bar('BTC-USDC', '1m', 2, 1, 22));
		await until('the next', () => c.updates().length === 2);
		assert.deepEqual(c.updates().map((m) => [m.seq, m.data[0].close]), [[2, '1'], [3, '22']]);
		// and once more, with nothing added: the file is replaced by one of its name
		y.keep.stdin.end();
		await new Promise((done) => y.keep.on('exit', done));
		for (let i = 0; i < 2; i++) {
			y.startKeep();
			y.keep.stdin.end();
			await new Promise((done) => y.keep.on('exit', done));
		}
		y.startKeep();
		await y.put(bar('BTC-USDC', '1m', 3, 1, 33));
		await until('the third', () => c.updates().length === 3);
		assert.equal(c.updates()[2].seq, 4);
		c.ws.close();
		await y.stop();
	});

	test('one who does not read is dropped; the others get everything', async () => {
		const others = [1, 2, 3].map(() => client(x, '?symbol=SOL-USDC&with=trades'));
		const slow = client(x, '?symbol=SOL-USDC&with=trades');
		await until('synced', () => [slow, ...others].every((c) => c.events('synced').length === 1));
		slow.ws._socket.pause();
		const n = 40000;
		for (let i = 0; i < n; i += 1000) await x.put(...Array.from({ length: 1000 }, (_, k) => trade('SOL-USDC', i + k + 1)));
		await until('others have all', () => others.every((c) => c.updates().length === n));
		await until('dropped', () => /closed ip=[0-9.]+ why=slow/.test(x.log));
		assert.ok(others.every((c) => c.code === null));
		others.forEach((c) => c.ws.close());
		slow.ws.terminate();
	});
});
