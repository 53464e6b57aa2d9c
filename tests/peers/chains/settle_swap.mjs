// Trades settled on real chains (settle_house.mjs): BTC against USDC on an EVM, on Solana, on Tron.
//
//     node settle_swap.mjs DIR     prints the port that it listens on; GET /CHAIN/SCENARIO,... plays them and answers "ok", or what went wrong
//
// All scenarios of a chain are one history: what is paid and booked is counted from its beginning each time.
import { createServer } from 'node:http';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { House, pause, reorgBtc, startBitcoin } from './settle_house.mjs';
import { chains } from './settle_usdc.mjs';

const dir = process.argv[2];
const at = (status, chain) => (r) => r.status === status && r.chain === chain;

const scenarios = {
	async swap(h) {
		await h.finish(h.settle([h.trade()]));
		await h.paid();
		// the last one again, and two more
		h.trades--;
		await h.finish(h.settle([h.trade(), h.trade(), h.trade()]));
		await h.paid();
	},
	// settle is killed at each state that it prints, on one chain or the other (and where deaths() does it)
	async kills(h) {
		for (const [status, chain] of [['prepared', h.usdc.name], ['released', h.usdc.name], ['submitted', 'btc'],
			['confirming', h.usdc.name]]) {
			const trade = h.trade(), p = h.settle([trade]);
			if (status === 'confirming') await h.mineOnce(p);
			await h.until(p, `${status} on ${chain}`, at(status, chain));
			p.kill('SIGKILL');
			await p.over;
			await h.finish(h.settle([trade]));
		}
		await h.paid();
	},
	// every other program is killed in turn while one trade goes through, and settle in the middle and at the end of it
	async deaths(h) {
		const trade = h.trade(), adapter = h.usdc.conf.adapter[0], usdc = h.usdc.name;
		let p = h.settle([trade]);
		await h.until(p, 'screened', at('screened', usdc));
		await h.kill(p, 'screen');
		await h.until(p, 'prepared', at('prepared', usdc));
		await h.kill(p, adapter);
		await h.kill(p, 'sign-key');
		await h.until(p, 'signed', at('signed', 'btc'));
		p.kill('SIGKILL');
		await p.over;
		p = h.settle([trade]);
		await h.until(p, 'submitted', at('submitted', 'btc'));
		await h.kill(p, 'settle-btc');
		await h.mineOnce(p);
		await h.until(p, 'confirming', at('confirming', usdc));
		await h.kill(p, adapter);
		p.kill('SIGKILL');
		await p.over;
		await h.finish(h.settle([]));
		await h.paid();
	},
	async reorg(h) {
		const p = h.settle([h.trade()]);
		await h.mineOnce(p);
		await h.until(p, 'confirming on the one', at('confirming', h.usdc.name));
		await h.until(p, 'confirming on btc', at('confirming', 'btc'));
		await h.usdc.reorg();
		await reorgBtc();
		await h.until(p, 'the reorganisation of the one', (r) => r.code === 'REORG' && r.chain === h.usdc.name);
		await h.until(p, 'the reorganisation of btc', (r) => r.code === 'REORG' && r.chain === 'btc');
		await h.finish(p);
		await h.paid();
	},
	// the price of gas goes up tenfold between signature and block
	async spike(h) {
		const p = h.settle([h.trade()]);
		await h.until(p, 'signed on eth', at('signed', 'eth'));
		await h.usdc.spike();
		await h.finish(p);
		await h.paid();
		assert(h.receipts().some((r) => r.chain === 'eth' && r.version > 1), 'no replacement was made');
	},
	// screen in front: a blocked payee stops both sides of a swap, also one that is put on the list when all but the payment is done
	async screen(h) {
		const { usdc } = h, past = h.decisions().length;
		h.block(usdc.bob);
		let p = h.settle([h.trade()]);
		h.refused++;
		await h.finish(p, 1);
		assert(!h.receipts().some((r) => ['released', 'submitted'].includes(r.status)), h.words());
		assert.deepEqual(h.receipts().filter((r) => r.chain === usdc.name).map((r) => r.status), ['failed']);
		h.block();
		p = h.settle([h.trade()], { more: true });
		await h.until(p, 'a payment', at('confirmed', usdc.name), { mining: true });
		await usdc.stall(true);
		p.stdin.end(`${JSON.stringify(h.trade())}\n`);
		h.refused++;
		const leg = (n) => `BTC-USDC:${h.trades}/${n}`;
		await h.until(p, 'the first look', at('screened', usdc.name));
		h.block(usdc.bob);
		await usdc.stall(false);
		await h.finish(p, 1);
		const end = h.receipts();
		assert(end.some((r) => r.leg === leg(2) && r.status === 'signed'), h.words());
		assert(!end.some((r) => ['released', 'submitted'].includes(r.status)), h.words());
		assert.deepEqual(end.filter((r) => r.status === 'failed').map((r) => r.leg).sort(), [leg(1), leg(2)]);
		assert.deepEqual(h.decisions().slice(past).filter((d) => d.address === usdc.bob).map((d) => [d.phase, d.decision]),
			[['take', 'BLOCKED'], ['take', 'pass'], ['pay', 'pass'], ['take', 'pass'], ['pay', 'BLOCKED']]);
		h.block();
		await h.paid();
	},
	// settle-recon behind: what is changed by hand, in the books or on a chain, is a record
	async recon(h) {
		const { name } = h.usdc, { swap } = h.list().trim().split('\n').map((l) => JSON.parse(l)).find((x) => x.state === 'settled'), leg = `${swap}/2`;
		const wrong = await h.recon(1, (l) => (l.includes(`"leg":"${leg}"`) ? l.replaceAll('"650005000"', '"650005001"') : l));
		assert.deepEqual(wrong.filter((r) => r.leg).map((r) => [r.leg, ['missing', 'differs'].includes(r.result)]), [[leg, true]]);
		assert.deepEqual(wrong.filter((r) => r.chainCount !== undefined).map((r) => [r.chain, r.result]), [['btc', 'equal'], [name, 'different']]);
		const lost = await h.recon(1, (l) => (l.includes(`"leg":"${swap}/1"`) ? '' : l), { listing: true });
		assert.deepEqual(lost.filter((r) => r.txId).map((r) => [r.chain, r.result, r.amount]), [['btc', 'unbooked', '1000000']]);
	},
	// the operator's commands, as settle(1) prints them: a swap is paused and let go, fees hit the cap, the wallet's key is exchanged
	async runbook(h) {
		const { usdc } = h, swap = () => ['BTC-USDC:42', `BTC-USDC:${h.trades}`];
		const payee = ['0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', usdc.bob];
		const recon = 'settle --receipts | settle-recon --config settle.conf';
		let p = h.settle([h.trade()], { more: true }), said;
		await h.until(p, 'a payment', at('confirmed', usdc.name), { mining: true });
		for (const retry of ['settle --retry BTC-USDC:42', `settle --retry BTC-USDC:42 --to BTC-USDC:42/2=${payee[0]}`]) {
			await usdc.stall(true);
			p.stdin.write(`${JSON.stringify(h.trade())}\n`);
			await h.until(p, 'the first look', at('screened', usdc.name));
			assert.equal((await h.runbook('settle --hold BTC-USDC:42', swap())).status, 0);
			for (const end = Date.now() + 60000; ; await pause(50)) {
				said = await h.runbook("settle --list | jq -c '[.swap, .state, .code]'", swap());
				if (said.out.includes('"held"')) break;
				assert(Date.now() < end, h.words());
			}
			assert.deepEqual([said.status, said.out], [1, `["BTC-USDC:${h.trades}","held","OPERATOR"]`]);
			await usdc.stall(false);
			said = await h.runbook("settle --show BTC-USDC:42 | jq -c '[.leg, .status, .code, .txId]'", swap());
			assert.match(said.out, /\/2","screened"/);
			assert.equal((await h.runbook(retry, swap(), payee)).status, 0);
			await h.until(p, 'a payment', at('confirmed', usdc.name), { mining: true });
		}
		// dearer than feeMax: an alarm, and nothing moves until it is raised
		p.stdin.end(`${JSON.stringify(h.trade())}\n`);
		await h.until(p, 'signed', at('signed', usdc.name));
		await usdc.dear();
		for (const end = Date.now() + 60000; !h.words().includes('FEE_CAP'); await pause(50)) assert(Date.now() < end, h.words());
		said = await h.runbook("settle --list | jq -c '.legs[] | [.leg, .status, .versions, .fee, .txId]'");
		assert.match(said.out, /\/2","(released|submitted)",1,/);
		p.kill('SIGTERM');
		await p.over;
		h.raise('20000000000000000', '90000000000000000');
		p = h.settle([]);
		await h.until(p, 'a replacement', (r) => r.chain === usdc.name && r.version === 2 && r.status === 'submitted');
		await h.finish(p);
		await h.paid();
		// another wallet
		assert.deepEqual(await h.runbook('settle --list'), { status: 0, out: '' });
		assert.equal((await h.runbook(recon)).status, 0);
		const last = (await h.runbook('settle --receipts | wc -l')).out;
		const made = await h.runbook('sign-key add --keys hot.keys --generate hot-2 | jq');
		const wallet = JSON.parse(made.out).evm, height = await usdc.height();
		await usdc.fund(wallet);
		h.env.ETH_USDC_HOT_WALLET = wallet;
		await h.finish(h.settle([h.trade()]));
		assert.equal((await usdc.received()).length, h.trades - h.refused);
		const since = `settle --receipts | tail -n +$((N + 1)) |\n    settle-recon --config settle.conf --from-height eth=$H`;
		said = await h.runbook(since, ['N + 1', `${last} + 1`], ['$H', height]);
		assert.deepEqual([said.status, said.out.split('\n').map((l) => JSON.parse(l).bookedCount)], [0, [1, 1]], said.out);
		await usdc.payBeside(wallet);
		said = await h.runbook(since, ['N + 1', `${last} + 1`], ['$H', height]);
		assert.deepEqual([said.status, said.out.split('\n').map((l) => JSON.parse(l)).filter((r) => r.txId).map((r) => [r.result, r.amount])], [1, [['unbooked', '7']]]);
		assert.deepEqual(House.commands().filter((c) => !h.used.has(c)), [], 'commands of the runbook that nobody has tried');
	},
};

// ---- the server --------------------------------------------------------------------------------------------------------------------

const houses = {};
const names = Object.keys(chains);
const timed = async (what, work) => {
	const begun = Date.now(), got = await work;
	process.stderr.write(`${what} up in ${Date.now() - begun} ms\n`);
	return got;
};
const [, ...sides] = await Promise.all([timed('btc', startBitcoin(names)), ...names.map((name) => timed(name, chains[name]()))]);
sides.forEach((usdc) => { houses[usdc.name] = new House(usdc, join(dir, usdc.name)); });

createServer(async (q, s) => {
	const [, chain, list] = q.url.split('/');
	try {
		for (const name of list.split(',')) {
			const begun = Date.now();
			await scenarios[name](houses[chain]);
			process.stderr.write(`${chain} ${name} ${Date.now() - begun} ms\n`);
		}
		s.end('ok\n');
	} catch (e) {
		houses[chain].last?.kill('SIGKILL');
		s.end(`${e.message}\n${e.stack}\n`);
	}
}).listen(0, '127.0.0.1', function up() { console.log(this.address().port); });
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
