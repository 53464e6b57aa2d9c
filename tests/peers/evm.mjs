// Evidence.sol, compiled with OpenZeppelin's MerkleProof and run in an Ethereum virtual machine.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { encode } from '@metamask/abi-utils';
import { Chain, Common, Hardfork } from '@ethereumjs/common';
import { EVM } from '@ethereumjs/evm';
import solc from 'solc';
import * as peer from './peer.mjs';

const require = createRequire(import.meta.url);

function compile() {
	const input = {
		language: 'Solidity',
		sources: { 'Evidence.sol': { content: readFileSync(join(peer.here, 'Evidence.sol'), 'utf8') } },
		settings: { evmVersion: 'paris', optimizer: { enabled: true }, outputSelection: { '*': { '*': ['evm.deployedBytecode.object'] } } },
	};
	const output = JSON.parse(solc.compile(JSON.stringify(input), {
		import: (path) => ({ contents: readFileSync(require.resolve(path), 'utf8') }),
	}));
	const errors = (output.errors ?? []).filter((e) => e.severity === 'error');
	if (errors.length) throw new Error(errors.map((e) => e.formattedMessage).join('\n'));
	return Buffer.from(output.contracts['Evidence.sol'].Evidence.evm.deployedBytecode.object, 'hex');
}

const types = ['bytes32', 'string', 'bytes32', 'bytes', 'bytes32[]'];
const selector = peer.unhex(peer.kec(`holds(${types.join(',')})`)).subarray(0, 4);

// A function (root, path, salt, canonical value, proof) -> bool that runs on chain.
export async function contract() {
	const code = compile();
	const evm = await EVM.create({ common: new Common({ chain: Chain.Mainnet, hardfork: Hardfork.Paris }) });
	return async (root, path, salt, canonical, proof) => {
		const args = encode(types, [root, path, salt, Buffer.from(canonical), proof]);
		const { exceptionError, returnValue } = await evm.runCode({ code, data: Buffer.concat([selector, args]), gasLimit: 100000000n });
		if (exceptionError) throw new Error(exceptionError.error);
		if (returnValue.length !== 32) throw new Error(`${returnValue.length} bytes returned`);
		return returnValue[31] === 1;
	};
}
