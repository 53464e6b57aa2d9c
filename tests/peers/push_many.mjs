// push_many [N [SLOW [SECONDS]]]: N subscribers on one ws-push, SLOW of them not reading, and a stream of 200 bars and trades a second; prints what came of
// it as one JSON line, and ends with 1 when a subscriber that reads lost or doubled an update, or was closed, or a slow one was not dropped.
// The stream goes to half the subscribers by WebSocket, to half by server-sent events.
import { connect } from 'node:net';
import { readFileSync } from 'node:fs';
import { exchange, handshake, sleep, trade, until } from './push.mjs';

const [n = 200, slow = 10, seconds = 10] = process.argv.slice(2).map(Number);
const x = await exchange(['--max', '8192', '--write-timeout', '3']);
const sent = [];
let ready = 0, closed = 0, wrong = 0, delivered = 0;
const delays = [];

function subscriber(i, reads) {
	const s = connect({ port: x.port, host: '127.0.0.1' }), c = { s, next: 0, closed: false, synced: false, got: 0 };
	let rest = '';
	s.on('connect', () => s.write(i % 2 ? handshake().replace('GET /ws', 'GET /ws?symbol=BTC-USDC&with=trades') : 'GET /stream?symbol=BTC-USDC&with=trades HTTP/1.1\r\nHost: x\r\n\r\n'));
	s.on('error', () => {});
	s.on('close', () => (c.closed = true));
	s.on('data', (d) => {
		// texts of frames and events stand in the bytes as they are
		const now = Date.now();
		rest += d.toString('latin1');
		for (const m of rest.matchAll(/"event":"synced","seq":(\d+)|"action":"update","seq":(\d+),"data":\[\{[^\]]*\}\]/g)) {
			if (m[1]) {
				c.synced = true;
				c.next = Number(m[1]) + 1;
				ready++;
				if (!reads) s.pause();
			} else {
				if (Number(m[2]) !== c.next) wrong++;
				c.next = Number(m[2]) + 1;
				c.got++;
				delivered++;
				if (delivered % 101 === 0) delays.push(now - sent[Number(m[2])]);
			}
		}
		const cut = Math.max(rest.lastIndexOf(']}'), rest.lastIndexOf('"synced"'));
		if (cut > 0) rest = rest.slice(cut + 2);
	});
	return c;
}

const all = [];
const begun = Date.now();
for (let i = 0; i < n; i++) {
	all.push(subscriber(i, i >= slow));
	if (i % 50 === 49) await sleep(20);
}
await until('all synced', () => ready === n, 120000);
const connected_ms = Date.now() - begun;
// slow ones have a socket's buffers full at the first blow
const pad = 'p'.repeat(30000);
let seq = 1;
const put = async (records) => {
	for (let i = 0; i < records.length; i++) sent[++seq] = Date.now();
	await x.put(...records);
};
for (let i = 0; i < 40 && slow; i++) await put([trade('BTC-USDC', seq).replace('"sz"', `"pad":"${pad}","sz"`)]);
const end = Date.now() + seconds * 1000;
while (Date.now() < end) {
	await put(Array.from({ length: 10 }, () => trade('BTC-USDC', seq)));
	await sleep(50);
}
const total = seq - 1;
await until('all updates at all who read', () => all.slice(slow).every((c) => c.got === total || c.closed), 120000).catch(() => {});
await until('slow ones dropped', () => (x.log.match(/why=slow/g) ?? []).length >= slow, 30000).catch(() => {});
const rss = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${x.server.pid}/status`, 'utf8'))[1]);
closed = all.slice(slow).filter((c) => c.closed).length;
const incomplete = all.slice(slow).filter((c) => c.got !== total).length, dropped = (x.log.match(/why=slow/g) ?? []).length;
delays.sort((a, b) => a - b);
console.log(JSON.stringify({ subscribers: n, slow, updates: total, delivered, connected_ms, delay_ms_p50: delays[delays.length >> 1], delay_ms_p99: delays[Math.floor(delays.length * 0.99)], first_process_kib: rss(), incomplete, closed, out_of_order: wrong, slow_dropped: dropped }));
for (const c of all) c.s.destroy();
await x.stop();
process.exit(incomplete || closed || wrong || dropped !== slow ? 1 : 0);
