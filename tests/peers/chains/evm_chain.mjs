// A real EVM chain for tests: anvil, tokens on it, settle-evm as a process that is spoken to line by line, a signer, and a proxy that spoils
// what it relays.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AbiCoder, Interface, SigningKey, Wallet, computeAddress, id } from 'ethers';

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
export const bin = resolve(process.env.TRADEPIPE_BIN || join(here, '../../../bin'));
const running = new Set();
process.on('exit', () => running.forEach((p) => p.kill('SIGKILL')));

function start(command, args, options) {
	const p = spawn(command, args, options);
	running.add(p);
	p.on('exit', () => running.delete(p));
	return p;
}

// ---- tokens: compiled once, kept in build/ under their source's hash ------------------------------------------------------------

export function tokens() {
	const source = readFileSync(join(here, 'Tokens.sol'), 'utf8');
	const cache = join(here, '../../../build/peers');
	const file = join(cache, `tokens-${createHash('sha256').update(source).digest('hex').slice(0, 16)}.json`);
	if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
	const output = JSON.parse(require('solc').compile(JSON.stringify({
		language: 'Solidity',
		sources: { 'Tokens.sol': { content: source } },
		settings: { evmVersion: 'paris', optimizer: { enabled: true }, outputSelection: { '*': { '*': ['evm.bytecode.object'] } } },
	}), { import: (path) => ({ contents: readFileSync(require.resolve(path), 'utf8') }) }));
	const errors = (output.errors ?? []).filter((e) => e.severity === 'error');
	if (errors.length) throw new Error(errors.map((e) => e.formattedMessage).join('\n'));
	const code = Object.fromEntries(Object.entries(output.contracts['Tokens.sol']).map(([k, v]) => [k, `0x${v.evm.bytecode.object}`]));
	mkdirSync(cache, { recursive: true });
	writeFileSync(`${file}.${process.pid}`, JSON.stringify(code));
	renameSync(`${file}.${process.pid}`, file);
	return code;
}

export const abi = new Interface([
	'function transfer(address,uint256) returns (bool)', 'function approve(address,uint256) returns (bool)',
	'function balanceOf(address) view returns (uint256)', 'function blacklist(address,bool)', 'function pause(bool)', 'function breakDown(bool)',
]);

// ---- the chain ----------------------------------------------------------------------------------------------------------------

let calls = 0;
export async function rpc(url, method, params = []) {
	const answer = await fetch(url, {
		method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ jsonrpc: '2.0', id: ++calls, method, params }),
	});
	const { result, error } = await answer.json();
	if (error) throw new Error(`${method}: ${error.message}`);
	return result;
}

export async function chain({ id: chainId = 1, args = [] } = {}) {
	const anvil = require.resolve('@foundry-rs/anvil-linux-amd64/bin/anvil');
	const p = start(anvil, ['--host', '127.0.0.1', '--port', '0', '--chain-id', String(chainId), '--no-mining', '--hardfork', 'prague',
		'--base-fee', '10000000000', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
	const url = await new Promise((done, fail) => {
		createInterface(p.stdout).on('line', (line) => {
			const at = line.match(/^Listening on ([0-9.:]+)/);
			if (at) done(`http://${at[1]}`);
		});
		p.on('exit', () => fail(new Error('anvil ended')));
	});
	const c = {
		url, process: p, chainId,
		ask: (method, ...params) => rpc(url, method, params),
		mine: (n = 1) => rpc(url, 'anvil_mine', [`0x${n.toString(16)}`]),
		call: (to, name, values) => c.ask('eth_call', { to, data: abi.encodeFunctionData(name, values) }, 'latest')
			.then((r) => abi.decodeFunctionResult(name, r)[0]),
		// from an account whose key anvil has, mined at once
		async send(from, to, data, more = {}) {
			const hash = await c.ask('eth_sendTransaction', { from, ...(to && { to }), data, gas: '0x400000', maxFeePerGas: '0x2540be40000',
				maxPriorityFeePerGas: '0x3b9aca00', ...more });
			await c.mine();
			return c.ask('eth_getTransactionReceipt', hash);
		},
		do: (from, to, name, values) => c.send(from, to, abi.encodeFunctionData(name, values)),
		async deploy(from, code, types = [], values = []) {
			const receipt = await c.send(from, null, code + AbiCoder.defaultAbiCoder().encode(types, values).slice(2));
			return receipt.contractAddress;
		},
		stop: () => p.kill('SIGKILL'),
	};
	[c.owner, c.other] = (await c.ask('eth_accounts')).slice(0, 2);
	return c;
}

// A wallet of a key of its own, with coins for gas and tokens.
export async function fund(c, token, name, amount = 1000000000n, wei = 10n ** 20n) {
	const w = new Wallet(id(name));
	await c.ask('anvil_setBalance', w.address, `0x${wei.toString(16)}`);
	if (amount) await c.do(c.owner, token, 'transfer', [w.address, amount]);
	return w;
}

// ---- settle-evm, or another that speaks adapter(5) -----------------------------------------------------------------------------------------------------------------

export function adapter(env, args = ['--chain', 'eth'], tool = 'settle-evm') {
	const p = start(join(bin, tool), args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
	const waiting = [];
	let number = 0, words = '';
	p.stderr.on('data', (d) => { words += d; });
	createInterface(p.stdout).on('line', (line) => waiting.shift()?.(JSON.parse(line)));
	const over = new Promise((done) => p.on('exit', (status, signal) => {
		waiting.splice(0).forEach((w) => w({ ended: status ?? signal, words }));
		done(status ?? signal);
	}));
	p.stdin.on('error', () => {});
	return {
		process: p,
		get words() { return words; },
		ask(op, members = {}) {
			p.stdin.write(`${JSON.stringify({ ...members, op, id: ++number })}\n`);
			return new Promise((done) => waiting.push(done));
		},
		end() {
			p.stdin.end();
			return over;
		},
		kill() {
			p.kill('SIGKILL');
			return over;
		},
	};
}

// The one who holds keys: somebody else's code, which signs the digest that it has been asked for.
export function sign(prepared, wallet, { recovery = true } = {}) {
	const { digest, key } = prepared.unsigned.digests[0];
	if (key !== computeAddress(wallet.privateKey)) throw new Error(`another key is wanted: ${key}`);
	const s = new SigningKey(wallet.privateKey).sign(`0x${digest}`);
	return [{ scheme: 'ecdsa-recoverable', sig: (s.r + s.s.slice(2)).slice(2), ...(recovery && { recovery: s.yParity }) }];
}

// ---- a proxy -----------------------------------------------------------------------------------------------------------------------

// spoil(method, params, forward, response) decides what happens to a call; without it all goes through.
export async function proxy(url) {
	const p = { spoil: null, seen: [] };
	const server = createServer((q, s) => {
		let body = '';
		q.on('data', (d) => { body += d; });
		q.on('end', async () => {
			const { method, params, id: number } = JSON.parse(body);
			const forward = async () => (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).text();
			const answer = (text, status = 200) => { s.statusCode = status; s.setHeader('content-type', 'application/json'); s.end(text); };
			p.seen.push(method);
			try {
				if (p.spoil && await p.spoil({ method, params, number, forward, answer, response: s })) return;
				answer(await forward());
			} catch (e) {
				s.destroy();
			}
		});
	});
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	p.url = `http://127.0.0.1:${server.address().port}`;
	p.stop = () => { server.closeAllConnections(); server.close(); };
	return p;
}
