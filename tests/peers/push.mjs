// push: what the tests of ws-push share: programs started, a stream fed, a WebSocket client of its own (npm ws) and raw sockets.
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import * as peer from './peer.mjs';

export { WebSocket };
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export async function until(what, condition, ms = 20000) {
	const end = Date.now() + ms;
	while (!condition()) {
		if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
		await sleep(10);
	}
}

export function bar(symbol, interval, minute, version, close, closed = true) {
	return JSON.stringify({ type: 'kline', seq: minute, symbol, interval, windowStart: 1700000040000000 + minute * 60000000, open: '100', high: '250', low: '1', close: String(close),
		volume: '2.5', turnover: '250.00', trades: 3, takerBuyVolume: '1', takerBuyTurnover: '100', firstTradeId: '1', lastTradeId: '3', version, closed, partial: false });
}

export function trade(symbol, id, px = '100.5') {
	return JSON.stringify({ type: 'trade', seq: id, tradeId: String(id), symbol, px, sz: '0.5', side: id % 2 ? 'buy' : 'sell', ts: 1700000040000000 + id * 1000 });
}

// A stream in a directory of its own, and ws-push on it.
export async function exchange(options = [], keep = []) {
	const directory = mkdtempSync(join(tmpdir(), 'push-'));
	const x = { directory, sent: 0, log: '' };
	x.startKeep = () => {
		x.keep = spawn(join(peer.bin, 'stream-keep'), [...keep, join(directory, 'st')], { stdio: ['pipe', 'pipe', 'inherit'] });
		x.keep.stdout.on('data', (d) => (x.passed += d.toString().split('\n').length - 1));
		x.keep.stdin.on('error', () => {});
		x.passed = 0;
		x.given = 0;
	};
	// records into the stream; resolves when they are in it
	x.put = async (...records) => {
		x.given += records.length;
		x.keep.stdin.write(records.join('\n') + '\n');
		await until('records kept', () => x.passed >= x.given);
	};
	x.startKeep();
	await x.put(JSON.stringify({ type: 'watermark', ts: 1 }));
	x.server = spawn(join(peer.bin, 'ws-push'), ['--stream', join(directory, 'st'), '--listen', '127.0.0.1:0', ...options], { stdio: ['ignore', 'ignore', 'pipe'] });
	x.server.stderr.on('data', (d) => (x.log += d));
	await until('ws-push listens', () => /listening at="?[0-9.:]+/.test(x.log));
	x.port = Number(/listening at="?127.0.0.1:(\d+)/.exec(x.log)[1]);
	x.stop = async () => {
		const ended = new Promise((done) => x.server.on('exit', done));
		x.server.kill('SIGTERM');
		x.keep.stdin.end();
		x.status = await ended;
		rmSync(directory, { recursive: true, force: true });
	};
	x.url = (query = '') => `ws://127.0.0.1:${x.port}/ws${query}`;
	return x;
}

// A client that keeps what it gets.
export function client(x, query = '', options = {}) {
	const ws = new WebSocket(x.url(query), options);
	const c = { ws, got: [], code: null };
	ws.on('message', (d) => c.got.push(JSON.parse(d)));
	ws.on('close', (code) => (c.code = code));
	ws.on('error', (e) => (c.error = e));
	c.opened = new Promise((done) => (ws.on('open', done), ws.on('error', done)));
	c.events = (name) => c.got.filter((m) => m.event === name);
	c.updates = () => c.got.filter((m) => m.action === 'update');
	c.snapshot = () => c.got.filter((m) => m.action === 'snapshot');
	c.send = (m) => ws.send(typeof m === 'string' ? m : JSON.stringify(m));
	return c;
}

// Raw bytes; what comes back until the other side closes, ms have passed, or it is enough.
export function raw(port, bytes, ms = 3000, enough = () => false) {
	return new Promise((done) => {
		const s = connect(port, '127.0.0.1');
		let out = Buffer.alloc(0);
		const end = () => (s.destroy(), done(out));
		s.on('data', (d) => {
			out = Buffer.concat([out, d]);
			if (enough(out)) end();
		});
		s.on('close', end);
		s.on('error', end);
		setTimeout(end, ms);
		for (const part of [].concat(bytes)) s.write(part);
	});
}

export const handshake = (extra = {}) => {
	const headers = { Host: 'x', Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', ...extra };
	return `GET /ws HTTP/1.1\r\n${Object.entries(headers).filter(([, v]) => v !== null).map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n`;
};

// A frame of a client: masked unless told otherwise.
export function frame(opcode, text, { mask = true, fin = true, rsv = 0 } = {}) {
	const body = Buffer.from(text);
	const head = [(fin ? 0x80 : 0) | rsv | opcode];
	if (body.length < 126) head.push((mask ? 0x80 : 0) | body.length);
	else head.push((mask ? 0x80 : 0) | 126, body.length >> 8, body.length & 255);
	const key = [1, 2, 3, 4];
	return Buffer.concat([Buffer.from(head), ...(mask ? [Buffer.from(key), Buffer.from(body.map((b, i) => b ^ key[i & 3]))] : [body])]);
}

// The code of the first close frame behind the answer's head; 0: none.
export function closeCode(bytes) {
	let at = bytes.indexOf('\r\n\r\n') + 4;
	while (at + 2 <= bytes.length) {
		const opcode = bytes[at] & 15;
		let n = bytes[at + 1] & 127, from = at + 2;
		if (n === 126) { n = bytes.readUInt16BE(from); from += 2; }
		if (opcode === 8) return n < 2 || from + 2 > bytes.length ? 1005 : bytes.readUInt16BE(from);
		at = from + n;
	}
	return 0;
}
