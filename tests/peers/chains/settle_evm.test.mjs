// Catches settle-evm paying twice, paying what nobody asked for, calling a payment done that is not, or losing one: against a real EVM, with
// ethers as the judge of every byte and as the signer.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { Transaction, getAddress, keccak256 } from 'ethers';
import * as evm from './evm_chain.mjs';

/* under the sanitizers a process takes long to start */
const stride = /[/]san[/]/.test(evm.bin) ? 6 : 1;
const usdc = (n) => BigInt(n) * 1000000n;
const receiver = getAddress('0x' + '5e'.repeat(20));
let c, codes, token, hot, a, snapshot;
const others = {};
const started = [];

function settings(more = {}) {
	return { ETH_RPC_URL: c.url, ETH_USDC_ADDRESS: getAddress(token), ETH_USDC_HOT_WALLET: hot.address, ETH_CONFIRMATIONS: '5', ...more };
}

function open(more, args) {
	const one = evm.adapter(settings(more), args);
	started.push(one);
	return one;
}

before(async () => {
	codes = evm.tokens();
	c = await evm.chain();
	token = await c.deploy(c.owner, codes.MockUSDC, ['uint8'], [6]);
	for (const name of ['FalseToken', 'FeeToken', 'SilentToken']) others[name] = await c.deploy(c.owner, codes[name]);
	hot = await evm.fund(c, token, 'hot');
});
after(() => c.stop());
beforeEach(async () => {
	snapshot = await c.ask('evm_snapshot');
	/* a revert does not bring the base fee back */
	await c.ask('anvil_setNextBlockBaseFeePerGas', '0x2540be400');
	await c.mine();
	a = open();
});
afterEach(async () => {
	await Promise.all(started.splice(0).map((one) => one.end()));
	await c.ask('evm_revert', snapshot);
});

// ---- steps ---------------------------------------------------------------------------------------------------------------------

const job = (more = {}) => ({ job: 'BTC-USDC:42:1.USDC', asset: 'USDC', to: receiver, amount: '1500000', ...more });

function ok(answer) {
	assert.equal(answer.ok, true, JSON.stringify(answer));
	return answer;
}

function no(answer, cls, code, words = /./) {
	assert.equal(answer.ok, false, JSON.stringify(answer));
	assert.deepEqual([answer.error.class, answer.error.code], [cls, code], JSON.stringify(answer));
	assert.match(answer.error.msg, words);
	return answer;
}

async function assemble(prepared, wallet = hot, one = a) {
	const { raw, txId } = ok(await one.ask('assemble', { unsigned: prepared.unsigned, signatures: evm.sign(prepared, wallet) }));
	const { kind, spends, fee, feeRate, expiry } = prepared;
	return { txId, kind, raw, spends, fee, feeRate, expiry };
}

async function prepare(more = {}, one = a) {
	return ok(await one.ask('prepare', job(more)));
}

async function pay(more = {}, wallet = hot, one = a) {
	const version = await assemble(await prepare(more, one), wallet, one);
	assert.equal(ok(await one.ask('submit', version)).result, 'accepted');
	return version;
}

const poll = (versions, more = {}, one = a) => one.ask('poll', { ...job(), versions, block: null, ...more });
const balance = (who = receiver, of = token) => c.call(of, 'balanceOf', [who]);

// ---- settings and the chain ------------------------------------------------------------------------------------------------------

test('info: as the settings say, or refused by the setting\'s name', async () => {
	const info = ok(await a.ask('info'));
	assert.deepEqual(info.assets, [{ asset: 'USDC', decimals: 6, contract: getAddress(token), dust: '1' }]);
	assert.deepEqual([info.chain, info.network, info.feeAsset, info.feeDecimals, info.wallet, info.confirmations, info.expires, info.replaces],
		['eth', '1', 'ETH', 18, hot.address, 5, false, true]);
	for (const [more, code, words] of [
		[{ ETH_USDC_DECIMALS: '18' }, 'DECIMALS', /ETH_USDC_DECIMALS is 18, the contract says 6/],
		[{ ETH_CHAIN_ID: '56' }, 'CHAIN_ID', /ETH_CHAIN_ID is 56, the node's chain is 1/],
		[{ ETH_USDC_ADDRESS: receiver }, 'NO_CONTRACT', /ETH_USDC_ADDRESS/],
		[{ ETH_USDC_SYMBOL: 'USDT' }, 'SYMBOL', /ETH_USDC_SYMBOL/],
	]) {
		const one = open(more);
		no(await one.ask('info'), 'config', code, words);
		/* and nothing else is done before that is mended */
		no(await one.ask('prepare', job({ to: c.other })), 'config', code);
		no(await one.ask('balance'), 'config', code);
	}
});

test('height and balance are the chain\'s', async () => {
	const head = await c.ask('eth_getBlockByNumber', 'latest', false);
	const { height, hash, time, syncing } = ok(await a.ask('height'));
	assert.deepEqual([height, hash, time, syncing], [Number(head.number), head.hash, Number(head.timestamp), false]);
	await c.do(c.other, token, 'approve', [hot.address, 77n]);
	const b = ok(await a.ask('balance', { address: c.other.toLowerCase(), asset: 'USDC', spender: hot.address }));
	assert.deepEqual([b.amount, b.feeAsset, b.allowance], ['0', 'ETH', '77']);
	assert.equal(BigInt(b.feeAmount), BigInt(await c.ask('eth_getBalance', c.other, 'latest')));
	assert.equal(ok(await a.ask('balance')).amount, '1000000000');
});

// ---- paying ----------------------------------------------------------------------------------------------------------------------

test('a payment: prepared, signed, assembled, sent, mined, confirmed; ethers reads each byte', async () => {
	const p = await prepare();
	const t = Transaction.from(`0x${p.unsigned.payload}`);
	assert.equal(p.unsigned.form, 'evm-1559');
	assert.deepEqual([t.type, t.chainId, t.nonce, t.to, t.value], [2, 1n, 0, getAddress(token), 0n]);
	assert.equal(t.data, evm.abi.encodeFunctionData('transfer', [receiver, 1500000]));
	assert.equal(t.unsignedHash, `0x${p.unsigned.digests[0].digest}`);
	assert.equal(t.maxFeePerGas, BigInt(p.feeRate));
	assert.equal(t.gasLimit * t.maxFeePerGas, BigInt(p.fee));
	assert.deepEqual([p.from, p.to, p.amount, p.kind, p.spends, p.expiry], [hot.address, receiver, '1500000', 'pay', [`${hot.address}/0`], null]);
	assert.deepEqual(p.nonce, { next: 0, chain: 0, pool: 0, gaps: 0 });
	const v = await assemble(p);
	const signed = Transaction.from(`0x${v.raw}`);
	assert.deepEqual([signed.from, signed.hash], [hot.address, v.txId]);
	assert.equal(`0x${v.raw}`, await hot.signTransaction(t));
	assert.equal(ok(await poll([v])).status, 'unknown');
	assert.equal(ok(await a.ask('submit', v)).result, 'accepted');
	assert.equal(ok(await a.ask('submit', v)).result, 'known');
	assert.deepEqual([ok(await poll([v])).status, (await poll([v])).txId], ['pending', v.txId]);
	await c.mine();
	const receipt = await c.ask('eth_getTransactionReceipt', v.txId);
	const seen = ok(await poll([v]));
	assert.deepEqual([seen.status, seen.txId, seen.confirmations, seen.moved], ['mined', v.txId, 1, '1500000']);
	assert.deepEqual(seen.block, { height: Number(receipt.blockNumber), hash: receipt.blockHash });
	assert.equal(BigInt(seen.fee), BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice));
	assert.ok(BigInt(seen.fee) <= BigInt(v.fee));
	await c.mine(4);
	assert.equal(ok(await poll([v])).confirmations, 5);
	assert.equal(ok(await a.ask('submit', v)).result, 'known');
	assert.equal(await balance(), 1500000n);
});

test('legacy transactions, another chain, 18 decimals', async () => {
	const bsc = await evm.chain({ id: 56 });
	try {
		const peg = await bsc.deploy(bsc.owner, codes.MockUSDC, ['uint8'], [18]);
		const w = await evm.fund(bsc, peg, 'bnb', 10n ** 20n);
		const one = evm.adapter({ BSC_RPC_URL: bsc.url, BSC_USDC_ADDRESS: peg, BSC_USDC_HOT_WALLET: w.address, BSC_TX_TYPE: 'legacy' },
			['--chain', 'bsc']);
		started.push(one);
		const info = ok(await one.ask('info'));
		assert.deepEqual([info.network, info.assets[0].decimals, info.feeAsset], ['56', 18, 'BNB']);
		const p = await prepare({ amount: '1500000000000000000' }, one);
		const t = Transaction.from(`0x${p.unsigned.payload}`);
		assert.deepEqual([p.unsigned.form, p.feeAsset, t.type, t.chainId], ['evm-legacy', 'BNB', 0, 56n]);
		const v = await assemble(p, w, one);
		assert.equal(`0x${v.raw}`, await w.signTransaction(t));
		ok(await one.ask('submit', v));
		const higher = ok(await one.ask('bump', { ...job({ amount: '1500000000000000000' }), versions: [v] }));
		assert.ok(BigInt(higher.feeRate) * 8n >= BigInt(v.feeRate) * 9n);
		await bsc.mine();
		assert.equal(ok(await poll([v], { amount: '1500000000000000000' }, one)).status, 'mined');
		/* what was made for one chain is not assembled nor sent on another */
		no(await a.ask('assemble', { unsigned: p.unsigned, signatures: evm.sign(p, w) }), 'refused', 'CHAIN_ID');
		no(await a.ask('submit', v), 'refused', 'CHAIN_ID');
	} finally {
		bsc.stop();
	}
});

test('transferFrom: only what the payer has approved and has', async () => {
	const payer = await evm.fund(c, token, 'payer', usdc(2));
	const from = { payer: payer.address };
	no(await a.ask('prepare', job(from)), 'funds', 'ALLOWANCE');
	await c.ask('anvil_impersonateAccount', payer.address);
	await c.do(payer.address, token, 'approve', [hot.address, usdc(50)]);
	no(await a.ask('prepare', job({ ...from, amount: '3000000' })), 'funds', 'BALANCE');
	const v = await pay(from);
	await c.mine();
	assert.deepEqual([(await poll([v], from)).status, await balance(), await balance(payer.address)], ['mined', 1500000n, 500000n]);
	/* the same transaction asked for as if the wallet had paid itself: it has not */
	assert.equal((await poll([v])).code, 'NOT_MOVED');
});

test('what can be known to fail is refused before it costs anything', async () => {
	for (const [more, cls, code] of [
		[{ to: token }, 'refused', 'TO_CONTRACT'],
		[{ to: hot.address }, 'refused', 'TO_SELF'],
		[{ to: '0x' + '0'.repeat(40) }, 'refused', 'BAD_ADDRESS'],
		[{ to: '0xA0b86991c6218b36c1d19d4a2e9eb0ce3606eb48' }, 'refused', 'BAD_CHECKSUM'],
		[{ asset: 'USDT' }, 'refused', 'ASSET'],
		[{ amount: '0' }, 'request', 'MEMBER'],
		[{ amount: '01' }, 'request', 'AMOUNT'],
		[{ amount: '1.5' }, 'request', 'AMOUNT'],
		[{ amount: '1000000001' }, 'funds', 'BALANCE'],
		[{ feeMax: '1' }, 'underpriced', 'FEE_CAP'],
	]) no(await a.ask('prepare', job(more)), cls, code);
	no(await open({ ETH_GAS_PRICE_MAX: '1000000000' }).ask('prepare', job()), 'underpriced', 'FEE_CAP', /ETH_GAS_PRICE_MAX/);
	await c.do(c.owner, token, 'blacklist', [receiver, true]);
	no(await a.ask('prepare', job()), 'refused', 'REVERTS', /account is blacklisted/);
	await c.do(c.owner, token, 'pause', [true]);
	no(await a.ask('prepare', job()), 'refused', 'REVERTS', /paused/);
	await c.do(c.owner, token, 'pause', [false]);
	await c.do(c.owner, token, 'blacklist', [receiver, false]);
	await c.ask('anvil_setBalance', hot.address, '0x1');
	no(await a.ask('prepare', job()), 'funds', 'GAS_FUNDS');
});

test('tokens that lie: false is no payment, a fee is no payment, silence is one', async () => {
	const on = async (name) => {
		await c.do(c.owner, others[name], 'transfer', [hot.address, usdc(10)]);
		return open({ ETH_USDC_ADDRESS: getAddress(others[name]) });
	};
	let one = await on('FalseToken');
	let v = await assemble(await prepare({}, one), hot, one);
	await c.do(c.owner, others.FalseToken, 'breakDown', [true]);
	no(await one.ask('prepare', job()), 'refused', 'RETURNS_FALSE');
	ok(await one.ask('submit', v));
	await c.mine();
	assert.equal((await c.ask('eth_getTransactionReceipt', v.txId)).status, '0x1');
	let seen = ok(await poll([v], {}, one));
	assert.deepEqual([seen.status, seen.code, seen.moved, seen.confirmations], ['failed', 'NOT_MOVED', '0', 1]);
	one = await on('FeeToken');
	v = await pay({}, hot, one);
	await c.mine();
	seen = ok(await poll([v], {}, one));
	assert.deepEqual([seen.status, seen.code, seen.moved], ['failed', 'MOVED_LESS', '1485000']);
	one = await on('SilentToken');
	v = await pay({}, hot, one);
	await c.mine();
	assert.deepEqual([(await poll([v], {}, one)).status, await balance(receiver, others.SilentToken)], ['mined', 1500000n]);
});

test('a contract that changes its mind: mined and reverted is failed', async () => {
	const v = await pay();
	await c.do(c.owner, token, 'blacklist', [receiver, true], { maxPriorityFeePerGas: '0x174876e800' });
	await c.mine();
	const receipt = await c.ask('eth_getTransactionReceipt', v.txId);
	const seen = ok(await poll([v]));
	if (receipt.status === '0x0') assert.deepEqual([seen.status, seen.code, seen.moved], ['failed', 'REVERTED', '0']);
	else assert.equal(seen.status, 'mined');
	/* either order may have been mined; this one is certain */
	await c.do(c.owner, token, 'blacklist', [receiver, false]);
	const w = await assemble(await prepare());
	await c.do(c.owner, token, 'blacklist', [receiver, true]);
	ok(await a.ask('submit', w));
	await c.mine();
	const failed = ok(await poll([w]));
	assert.deepEqual([failed.status, failed.code, failed.moved], ['failed', 'REVERTED', '0']);
	assert.ok(BigInt(failed.fee) > 0n);
});

// ---- new versions -------------------------------------------------------------------------------------------------------------------

function raised(before, now) {
	const [old, t] = [Transaction.from(`0x${before.raw}`), Transaction.from(`0x${now.unsigned.payload}`)];
	assert.deepEqual([t.nonce, t.to, t.data, now.spends], [old.nonce, old.to, old.data, before.spends]);
	for (const name of ['maxFeePerGas', 'maxPriorityFeePerGas']) assert.ok(t[name] * 8n >= old[name] * 9n, `${name}: ${old[name]} -> ${t[name]}`);
	assert.ok(t.gasLimit >= old.gasLimit);
}

test('bump: an eighth more in both prices, the same nonce; one of them is mined, once', async () => {
	const versions = [await pay()];
	for (let i = 0; i < 3; i++) {
		const p = ok(await a.ask('bump', { ...job(), versions }));
		raised(versions.at(-1), p);
		versions.push(await assemble(p));
		ok(await a.ask('submit', versions.at(-1)));
		const seen = ok(await poll(versions));
		assert.deepEqual([seen.status, seen.txId], ['pending', versions.at(-1).txId]);
	}
	no(await a.ask('bump', { ...job({ feeMax: versions.at(-1).fee }), versions }), 'underpriced', 'FEE_CAP');
	no(await a.ask('bump', { ...job({ to: c.other }), versions }), 'request', 'VERSION', /does not pay what the job says/);
	no(await a.ask('submit', versions[0]), 'underpriced', 'UNDERPRICED');
	await c.mine();
	const seen = ok(await poll(versions));
	assert.deepEqual([seen.status, seen.txId], ['mined', versions[3].txId]);
	no(await a.ask('submit', versions[0]), 'conflict', 'NONCE_TOO_LOW');
	no(await a.ask('bump', { ...job(), versions }), 'conflict', 'NONCE_USED');
	assert.equal(await balance(), 1500000n);
});

test('the last of the wallet\'s tokens: a new version of their payment needs them only once', async () => {
	const versions = [await pay({ amount: '1000000000' })];
	const p = ok(await a.ask('bump', { ...job({ amount: '1000000000' }), versions }));
	versions.push(await assemble(p));
	ok(await a.ask('submit', versions[1]));
	await c.mine();
	assert.equal(ok(await poll(versions, { amount: '1000000000' })).status, 'mined');
	no(await a.ask('prepare', job({ amount: '1' })), 'funds', 'BALANCE', /is 0, 1 is wanted/);
});

test('cancel: nothing to nobody at the same nonce; a cancelled payment never comes', async () => {
	const v = await pay();
	const p = ok(await a.ask('cancel', { ...job(), versions: [v] }));
	const t = Transaction.from(`0x${p.unsigned.payload}`);
	assert.deepEqual([p.kind, t.to, t.value, t.data, t.nonce, t.gasLimit], ['cancel', hot.address, 0n, '0x', 0, 21000n]);
	assert.ok(t.maxFeePerGas * 8n >= BigInt(v.feeRate) * 9n);
	const off = await assemble(p);
	ok(await a.ask('submit', off));
	const again = ok(await a.ask('bump', { ...job(), versions: [v, off] }));
	assert.equal(again.kind, 'cancel');
	await c.mine();
	const seen = ok(await poll([v, off]));
	assert.deepEqual([seen.status, seen.txId, seen.moved], ['mined', off.txId, '0']);
	no(await a.ask('submit', v), 'conflict', 'NONCE_TOO_LOW');
	assert.equal(await balance(), 0n);
});

// ---- nonces -----------------------------------------------------------------------------------------------------------------------

test('nonces: busy ones are left alone, given up ones are used again, gaps are told of', async () => {
	const spend = (n) => `${hot.address}/${n}`;
	assert.deepEqual((await prepare()).nonce, { next: 0, chain: 0, pool: 0, gaps: 0 });
	assert.deepEqual((await prepare({ busy: [spend(0), spend(1)] })).nonce, { next: 2, chain: 0, pool: 0, gaps: 0 });
	/* 0 was given up: 1 waits, and the next payment goes first */
	assert.deepEqual((await prepare({ busy: [spend(1), spend(3)] })).nonce, { next: 0, chain: 0, pool: 0, gaps: 2 });
	assert.equal((await prepare({ busy: [`${c.other}/0`] })).nonce.next, 0);
	const late = await assemble(await prepare({ busy: [spend(0)], job: 'late' }));
	ok(await a.ask('submit', late));
	await c.mine();
	let seen = ok(await poll([late]));
	assert.deepEqual([seen.status, seen.waitsFor], ['pending', 0]);
	no(await a.ask('bump', { ...job(), versions: [late] }), 'retry', 'NONCE_GAP', /waits for nonce 0/);
	/* the hole is filled by a cancel of what was prepared and never signed */
	const p = ok(await a.ask('cancel', { ...job(), versions: [{ txId: '0x' + '00'.repeat(32), kind: 'pay', spends: [spend(0)] }] }));
	assert.deepEqual([p.kind, p.spends], ['cancel', [spend(0)]]);
	ok(await a.ask('submit', await assemble(p)));
	await c.mine();
	await c.mine();
	seen = ok(await poll([late]));
	assert.equal(seen.status, 'mined');
});

test('an outsider uses the nonce: dead, after so many blocks, and never paid', async () => {
	const v = await assemble(await prepare());
	ok(await a.ask('submit', await assemble(ok(await a.ask('cancel', { ...job(), versions: [v] })))));
	assert.equal(ok(await poll([v])).status, 'unknown');
	for (let depth = 1; depth <= 7; depth++) {
		await c.mine();
		const seen = ok(await poll([v]));
		assert.deepEqual([seen.status, seen.code, seen.confirmations], ['dead', 'NONCE_USED', Math.min(depth, 5)]);
	}
	no(await a.ask('submit', v), 'conflict', 'NONCE_TOO_LOW');
	assert.equal(await balance(), 0n);
});

test('the same job asked for twice is the same transaction; two processes send it once', async () => {
	const b = open();
	const [p, q] = await Promise.all([prepare(), prepare({}, b)]);
	assert.deepEqual({ ...p, id: 0 }, { ...q, id: 0 });
	const [v, w] = [await assemble(p), await assemble(q, hot, b)];
	assert.deepEqual(v, w);
	const results = await Promise.all([a.ask('submit', v), b.ask('submit', w), a.ask('submit', v)]);
	assert.deepEqual(results.map((r) => ok(r).result).sort(), ['accepted', 'known', 'known']);
	await c.mine(2);
	assert.equal(await balance(), 1500000n);
});

// ---- the chain changes its mind ------------------------------------------------------------------------------------------------------

test('reorg: a payment that is lost comes back with the same bytes; one that moves has another block', async () => {
	const v = await pay();
	await c.mine(2);
	const first = ok(await poll([v]));
	assert.deepEqual([first.status, first.confirmations], ['mined', 2]);
	await c.ask('anvil_reorg', 2, []);
	let seen = ok(await poll([v], { block: first.block }));
	assert.ok(['unknown', 'pending'].includes(seen.status), seen.status);
	assert.equal(await balance(), 0n);
	assert.match(a.words, /^settle-evm: warning: reorg job=BTC-USDC:42:1.USDC block=0x[0-9a-f]{64} now=in-no-block$/m);
	ok(await a.ask('submit', v));
	await c.mine();
	seen = ok(await poll([v], { block: first.block }));
	assert.deepEqual([seen.status, seen.confirmations], ['mined', 1]);
	assert.notEqual(seen.block.hash, first.block.hash);
	/* into another block of the same height */
	await c.ask('anvil_reorg', 1, [[`0x${v.raw}`, 0]]);
	const moved = ok(await poll([v]));
	assert.equal(moved.status, 'mined');
	assert.equal(moved.block.height, seen.block.height);
	assert.notEqual(moved.block.hash, seen.block.hash);
	assert.equal(await balance(), 1500000n);
});

test('gas spike: too low a price is told as such; the next version gets through', async () => {
	const v = await assemble(await prepare());
	await c.ask('anvil_setNextBlockBaseFeePerGas', '0x174876e800');
	await c.mine();
	no(await a.ask('submit', v), 'underpriced', 'UNDERPRICED');
	const p = ok(await a.ask('bump', { ...job(), versions: [v] }));
	raised(v, p);
	assert.ok(BigInt(p.feeRate) > 0x174876e800n);
	const w = await assemble(p);
	ok(await a.ask('submit', w));
	await c.mine();
	assert.deepEqual([(await poll([v, w])).status, await balance()], ['mined', 1500000n]);
});

test('a node that drops a payment when the price of gas rises: unknown, and the next version is paid', async () => {
	const v = await pay();
	await c.ask('anvil_setNextBlockBaseFeePerGas', '0x174876e800');
	await c.mine();
	/* this node forgets what is below the base fee; others keep it */
	const seen = ok(await poll([v]));
	assert.ok(['unknown', 'pending'].includes(seen.status), seen.status);
	const w = await assemble(ok(await a.ask('bump', { ...job(), versions: [v] })));
	ok(await a.ask('submit', w));
	await c.mine();
	assert.deepEqual([(await poll([v, w])).txId, await balance()], [w.txId, 1500000n]);
});

// ---- assembling ------------------------------------------------------------------------------------------------------------------------

test('assemble: the key\'s own signature over this very payload, and nothing else', async () => {
	const p = await prepare();
	const good = evm.sign(p, hot);
	const ask = (signatures, unsigned = p.unsigned) => a.ask('assemble', { unsigned, signatures });
	const whole = ok(await ask(good));
	assert.equal(ok(await ask(evm.sign(p, hot, { recovery: false }))).raw, whole.raw);
	no(await ask([{ ...good[0], recovery: 1 - good[0].recovery }]), 'refused', 'SIGNATURE');
	const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
	const s = (order - BigInt(`0x${good[0].sig.slice(64)}`)).toString(16).padStart(64, '0');
	no(await ask([{ ...good[0], sig: good[0].sig.slice(0, 64) + s, recovery: 1 - good[0].recovery }]), 'refused', 'SIGNATURE', /upper half/);
	no(await ask([{ ...good[0], sig: '00'.repeat(64) }]), 'refused', 'SIGNATURE');
	no(await ask([]), 'request', 'SIGNATURE');
	no(await ask([good[0], good[0]]), 'request', 'SIGNATURE');
	/* another amount under the same signature */
	const other = await prepare({ amount: '1500001' });
	no(await ask(good, other.unsigned), 'refused', 'SIGNATURE');
	no(await ask(good, { ...other.unsigned, digests: p.unsigned.digests }), 'refused', 'DIGEST');
	const stranger = { ...p.unsigned, digests: [{ ...p.unsigned.digests[0], key: receiver }] };
	no(await ask(good, stranger), 'refused', 'SIGNATURE');
	no(await ask(good, { ...p.unsigned, form: 'evm-legacy' }), 'request', 'FORM');
	no(await ask(good, { ...p.unsigned, payload: `${p.unsigned.payload}00` }), 'request', 'PAYLOAD');
	no(await a.ask('submit', { ...whole, txId: keccak256('0x00') }), 'request', 'TX_ID');
});

// ---- reconciliation ----------------------------------------------------------------------------------------------------------------------

test('transfers: each payment of the wallet by the chain\'s own record, in parts where there are many blocks', async () => {
	const from = Number(await c.ask('eth_blockNumber'));
	const paid = [];
	for (let i = 1; i <= 3; i++) {
		paid.push(await pay({ amount: String(i) }));
		await c.mine();
	}
	const r = ok(await a.ask('transfers', { asset: 'USDC', fromHeight: from, toHeight: from + 100 }));
	assert.deepEqual(r.transfers.map((t) => [t.txId, t.to, t.amount, t.height]), paid.map((v, i) => [v.txId, receiver, String(i + 1), from + 1 + i]));
	assert.equal(r.toHeight, from + 3);
	assert.deepEqual(ok(await a.ask('transfers', { address: receiver, fromHeight: 0, toHeight: from })).transfers, []);
	/* a long chain, and a node that looks through 300 blocks at most */
	const p = await evm.proxy(c.url);
	try {
		const one = open({ ETH_RPC_URL: p.url });
		const asked = [];
		p.spoil = async ({ method, params, number, forward, answer }) => {
			if (method === 'eth_getBlockByNumber') {
				const block = JSON.parse(await forward());
				block.result.number = '0xffffff';
				answer(JSON.stringify(block));
				return true;
			}
			if (method !== 'eth_getLogs') return false;
			const blocks = Number(params[0].toBlock) - Number(params[0].fromBlock) + 1;
			asked.push(blocks);
			if (blocks > 300) answer(`{"jsonrpc":"2.0","id":${number},"error":{"code":-32005,"message":"block range is too wide"}}`);
			return blocks > 300;
		};
		const part = ok(await one.ask('transfers', { fromHeight: from, toHeight: from + 5000 }));
		assert.deepEqual(asked, [2000, 500, 125]);
		assert.deepEqual([part.toHeight, part.transfers.length], [from + 124, 3]);
	} finally {
		p.stop();
	}
	no(await a.ask('transfers', { fromHeight: 5, toHeight: 4 }), 'request', 'MEMBER');
});

// ---- a bad line to the node ----------------------------------------------------------------------------------------------------------------

test('a node that answers late, in part, wrongly or not at all: exactly one payment all the same', async () => {
	const p = await evm.proxy(c.url);
	try {
		const one = open({ ETH_RPC_URL: p.url }, ['--chain', 'eth', '--timeout', '400']);
		const v = await assemble(await prepare({}, one), hot, one);
		const on = (method, spoil) => { p.spoil = (call) => call.method === method && (spoil(call), true); };
		on('eth_sendRawTransaction', ({ response }) => response.destroy());
		no(await one.ask('submit', v), 'retry', 'NETWORK');
		on('eth_sendRawTransaction', ({ answer }) => answer('<html>bad gateway</html>', 502));
		no(await one.ask('submit', v), 'retry', 'HTTP_502');
		on('eth_sendRawTransaction', ({ answer }) => answer('<html>hello</html>'));
		no(await one.ask('submit', v), 'retry', 'BAD_ANSWER');
		on('eth_sendRawTransaction', ({ answer }) => answer('', 401));
		no(await one.ask('submit', v), 'config', 'HTTP_401');
		on('eth_sendRawTransaction', ({ number, answer }) => answer(`{"jsonrpc":"2.0","id":${number},"result":"0x${'11'.repeat(32)}"}`));
		no(await one.ask('submit', v), 'config', 'TX_ID');
		on('eth_sendRawTransaction', ({ number, answer }) => answer(`{"jsonrpc":"2.0","id":${number},"error":{"code":-32000,"message":"txpool is full"}}`));
		no(await one.ask('submit', v), 'retry', 'RPC_ERROR');
		/* the node takes it and the answer is lost, or comes too late, or in part: the same bytes are sent again */
		on('eth_sendRawTransaction', async ({ forward }) => { await forward(); });
		no(await one.ask('submit', v), 'retry', 'TIMEOUT');
		on('eth_sendRawTransaction', async ({ forward, response }) => {
			const text = await forward();
			response.setHeader('content-length', text.length);
			response.write(text.slice(0, 20));
			response.destroy();
		});
		no(await one.ask('submit', v), 'retry', 'NETWORK');
		/* geth says "nonce too low" of bytes that it has mined: they are looked for before that is believed */
		on('eth_sendRawTransaction', ({ number, answer }) => answer(`{"jsonrpc":"2.0","id":${number},"error":{"code":-32000,"message":"nonce too low"}}`));
		assert.equal(ok(await one.ask('submit', v)).result, 'known');
		p.spoil = null;
		assert.equal(ok(await one.ask('submit', v)).result, 'known');
		await c.mine();
		/* a receipt that names a block which is not the chain's */
		p.spoil = async ({ method, forward, answer }) => {
			if (method !== 'eth_getTransactionReceipt') return false;
			const r = JSON.parse(await forward());
			r.result.blockHash = `0x${'22'.repeat(32)}`;
			answer(JSON.stringify(r));
			return true;
		};
		assert.notEqual(ok(await poll([v], {}, one)).status, 'mined');
		on('eth_getTransactionReceipt', ({ number, answer }) => answer(`{"jsonrpc":"2.0","id":${number},"result":{"status":"0x1"}}`));
		no(await poll([v], {}, one), 'retry', 'BAD_ANSWER');
		p.spoil = null;
		assert.equal(ok(await poll([v], {}, one)).status, 'mined');
		assert.equal(await balance(), 1500000n);
	} finally {
		p.stop();
	}
});

test('killed at any moment of any operation, and asked again by another process: one payment', async () => {
	const p = await evm.proxy(c.url);
	try {
		const versions = [];
		const steps = [
			async (one) => { versions[0] = versions[0] ?? await assemble(await prepare({}, one), hot, one); },
			async (one) => { ok(await one.ask('submit', versions[0])); },
			async (one) => { ok(await poll(versions, {}, one)); },
			async (one) => { versions[1] = versions[1] ?? await assemble(ok(await one.ask('bump', { ...job(), versions })), hot, one); },
			async (one) => { ok(await one.ask('submit', versions[1])); await c.mine(); },
			async (one) => { assert.equal(ok(await poll(versions, {}, one)).status, 'mined'); },
		];
		for (const step of steps) {
			for (let call = 0, reached = true; reached; call += stride) {
				const one = open({ ETH_RPC_URL: p.url });
				let n = 0;
				reached = false;
				/* the node does what it is asked, and the asker is gone before it hears of it */
				p.spoil = async ({ forward }) => {
					if (n++ !== call) return false;
					reached = true;
					await forward();
					one.kill();
					return true;
				};
				await step(one).catch((e) => { if (!reached) throw e; });
				await one.end();
			}
		}
		p.spoil = null;
		assert.equal(await balance(), 1500000n);
		assert.equal(Number(await c.ask('eth_getTransactionCount', hot.address, 'latest')), 1);
	} finally {
		p.stop();
	}
});
