// The same transfers made and signed by ethers and by viem, on one thread: CPU time, the best of three rounds. Prints two rates.
import { createRequire } from 'node:module';

const require = createRequire(new URL('../tests/peers/package.json', import.meta.url));
const n = Number(process.argv[2] ?? 300);
const key = `0x${'46'.repeat(32)}`;
const contract = '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48', to = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const { Interface, Wallet } = require('ethers');
const { encodeFunctionData, keccak256, parseAbi } = require('viem');
const { privateKeyToAccount } = require('viem/accounts');

const ethers = { wallet: new Wallet(key), abi: new Interface(['function transfer(address,uint256)']) };
const viem = { account: privateKeyToAccount(key), abi: parseAbi(['function transfer(address,uint256)']) };
const ours = {
	async ethers(i) {
		return ethers.wallet.signTransaction({ type: 2, chainId: 1, nonce: i, gasLimit: 65000, maxPriorityFeePerGas: 1000000000n, maxFeePerGas: 30000000000n,
			to: contract, value: 0n, data: ethers.abi.encodeFunctionData('transfer', [to, 1500000 + i]) });
	},
	async viem(i) {
		const raw = await viem.account.signTransaction({ type: 'eip1559', chainId: 1, nonce: i, gas: 65000n, maxPriorityFeePerGas: 1000000000n,
			maxFeePerGas: 30000000000n, to: contract, value: 0n, data: encodeFunctionData({ abi: viem.abi, functionName: 'transfer', args: [to, BigInt(1500000 + i)] }) });
		keccak256(raw);
		return raw;
	},
};

if (await ours.ethers(5) !== await ours.viem(5)) throw new Error('ethers and viem do not agree');
if (process.argv[3] === 'raw') {
	console.log((await ours.ethers(0)).slice(2));
	process.exit(0);
}
const best = {};
for (let round = 0; round < 4; round++) {
	for (const [name, step] of Object.entries(ours)) {
		const begin = process.cpuUsage();
		for (let i = 0; i < n; i++) await step(i);
		const used = process.cpuUsage(begin);
		/* the first round warms up */
		if (round) best[name] = Math.max(best[name] ?? 0, (n * 1e6) / (used.user + used.system));
	}
}
console.log(Math.round(best.ethers), Math.round(best.viem));
