// Settlement as its units start it, in a container that systemd has booted (tests/systemd.bats): BTC against USDC on an EVM, both nodes on the
// container's own loopback.
//
//     node settle_units.mjs ROOT LEADER DIR    ROOT: the container's files; LEADER: its first process. Prints the port that it listens on, outside;
//                                              GET /SCENARIO plays one and answers "ok", or what went wrong
//
// The steps of settle(1) have been taken up to the files that are an operator's own to write: those come from here, and the last step then.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import assert from 'node:assert/strict';

const [root, leader, dir] = process.argv.slice(2);
const lines = (text) => text.split('\n').filter(Boolean).map((l) => JSON.parse(l));
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const enter = (...namespaces) => ['-t', leader, ...namespaces, '--'];
const inside = (...command) => String(execFileSync('nsenter', [...enter('-m', '-u', '-i', '-n', '-p', '-C', '-r', '-w'), ...command]));

// The chains, on the container's network: this program again, and it listens there.
if (!process.env.ON_ITS_NETWORK) {
	const there = spawn('nsenter', [...enter('-n'), process.execPath, ...process.argv.slice(1)], { env: { ...process.env, ON_ITS_NETWORK: '1' }, stdio: ['ignore', 'pipe', 'inherit'] });
	process.on('exit', () => there.kill('SIGTERM'));
	for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
	there.on('exit', () => process.exit(1));
	const port = await new Promise((done) => createInterface(there.stdout).once('line', done));
	createServer((q, s) => {
		const p = spawn('nsenter', [...enter('-n'), 'curl', '-sS', `http://127.0.0.1:${port}${q.url}`]);
		p.stdout.pipe(s);
	}).listen(0, '127.0.0.1', function up() { console.log(this.address().port); });
} else {
	const { House, startBitcoin } = await import('./settle_house.mjs');
	const { chains } = await import('./settle_usdc.mjs');
	const [, usdc] = await Promise.all([startBitcoin(['eth']), chains.eth()]);
	const h = new House(usdc, dir), etc = join(root, 'etc/tradepipe');
	const nc = (socket) => ['nc', '-NU', `/run/tradepipe-${socket}/socket`];
	const receipts = () => {
		try {
			return lines(readFileSync(join(root, 'var/lib/tradepipe-settle/receipts.ndjson'), 'utf8'));
		} catch {
			return [];
		}
	};
	const settled = (n) => new Set(receipts().filter((r) => r.status === 'confirmed' && r.swap === `BTC-USDC:${n}`).map((r) => r.leg)).size === 2;

	// what an operator writes
	mkdirSync(etc, { recursive: true });
	writeFileSync(join(etc, 'settle.conf'), lines(readFileSync(h.file('settle.conf'), 'utf8')).map((l) => {
		if (l.adapter) l.adapter[0] = l.adapter[0].replace(/.*\//, '/usr/local/libexec/tradepipe/');
		if (l.type === 'signer') l.command = nc('sign');
		if (l.type === 'screener') l.command = nc('screen');
		return `${JSON.stringify(l)}\n`;
	}).join(''));
	writeFileSync(join(etc, 'settle.env'), Object.entries(h.env).filter(([k]) => /^(BTC_|ETH_|RPC_)/.test(k)).map(([k, v]) => `${k}="${v}"\n`).join(''), { mode: 0o600 });
	for (const [from, to] of [['master.key', 'sign-master-key'], ['hot.keys', 'sign/hot.keys'], ['policy', 'sign/policy'], ['blocked', 'screen/sdn.xml'],
		['limits', 'screen/limits']]) cpSync(h.file(from), join(etc, to));
	inside('chown', '-R', 'tradepipe-sign', '/etc/tradepipe/sign');
	inside('chown', '-R', 'tradepipe-screen', '/etc/tradepipe/screen');

	const trade = () => {
		const line = `${JSON.stringify(h.trade())}\n`;
		execFileSync('nsenter', [...enter('-m', '-u', '-i', '-n', '-p', '-C', '-r', '-w'), 'setpriv', '--reuid', 'tradepipe', '--clear-groups', '--regid', 'tradepipe',
			'tee', '/run/tradepipe-settle/trades'], { input: line });
		return h.trades;
	};
	const until = async (what, test, { mining = true } = {}) => {
		for (const end = Date.now() + 60000; !test(); await pause(100)) {
			assert(Date.now() < end, `waited in vain for ${what}\n${JSON.stringify(receipts().slice(-6))}`);
			if (mining) await h.mine();
		}
	};
	// every trade was paid once on each side: chains and books say the same
	const paid = async () => {
		assert.deepEqual(await usdc.received(), Array(h.trades).fill(650005000n));
		const books = lines(inside('setpriv', '--reuid', 'tradepipe-settle', '--clear-groups', '/usr/local/libexec/tradepipe/settle', '--state',
			'/var/lib/tradepipe-settle/log', '--list', '--all'));
		assert.deepEqual(books.map((b) => b.state), Array(h.trades).fill('settled'));
	};
	const main = (unit) => Number(inside('systemctl', 'show', '-p', 'MainPID', '--value', unit));

	const scenarios = {
		async swap() {
			const n = trade();
			await until('the payments', () => settled(n));
			await paid();
		},
		// systemd starts it again, and it goes on without another trade
		async killed() {
			const n = trade(), was = main('tradepipe-settle.service');
			await until('a submission', () => receipts().some((r) => r.swap === `BTC-USDC:${n}` && r.status === 'submitted'), { mining: false });
			inside('kill', '-KILL', String(was));
			await until('the payments', () => settled(n));
			assert.notEqual(main('tradepipe-settle.service'), was);
			await paid();
		},
		// a trade that comes while settle is stopped waits in the pipe, and settle starts for it
		async stopped() {
			inside('systemctl', 'stop', 'tradepipe-settle.service');
			const n = trade();
			await until('the payments', () => settled(n));
			await paid();
		},
		// who pays cannot read what signs, nor who screens write what is paid
		async locked() {
			const may = (user, ...test) => {
				try {
					inside('setpriv', '--reuid', user, '--clear-groups', ...test);
					return true;
				} catch {
					return false;
				}
			};
			assert(may('tradepipe-sign', 'cat', '/etc/tradepipe/sign/hot.keys'));
			for (const user of ['tradepipe', 'tradepipe-settle', 'tradepipe-screen']) {
				for (const file of ['sign/hot.keys', 'sign/policy', 'sign-master-key', 'settle.env']) assert(!may(user, 'cat', `/etc/tradepipe/${file}`), `${user} reads ${file}`);
				assert(!may(user, 'ls', '/var/lib/tradepipe-sign'));
			}
			for (const user of ['tradepipe', 'tradepipe-screen']) assert(!may(user, 'nc', '-NU', '/run/tradepipe-sign/socket'), `${user} reaches the signer`);
			assert(!may('tradepipe-screen', 'tee', '/run/tradepipe-settle/trades'));
		},
	};

	createServer(async (q, s) => {
		try {
			await scenarios[q.url.slice(1)]();
			s.end('ok\n');
		} catch (e) {
			s.end(`${e.message}\n${e.stack}\n`);
		}
	}).listen(0, '127.0.0.1', function up() { console.log(this.address().port); });
	for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
}
