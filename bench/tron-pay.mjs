// tron-pay.mjs [SECONDS]: the same payments as bench/tron-pay.c by tronweb: JSON to protocol buffers, their hash, the signature.
import { createRequire } from 'node:module';

const { TronWeb, utils } = createRequire(new URL('../tests/peers/package.json', import.meta.url))('tronweb');
const seconds = Number(process.argv[2] ?? 1.5);
const key = '07'.repeat(32), owner = TronWeb.address.toHex(TronWeb.address.fromPrivateKey(key)), contract = `41${'01'.repeat(20)}`;

function transaction(n) {
	const data = `a9059cbb${'01'.repeat(19).padStart(62, '0')}02${(1 + n).toString(16).padStart(64, '0')}`;
	const tx = {
		visible: false, raw_data: {
			contract: [{ type: 'TriggerSmartContract', parameter: { type_url: 'type.googleapis.com/protocol.TriggerSmartContract',
				value: { owner_address: owner, contract_address: contract, data } } }],
			ref_block_bytes: '0000', ref_block_hash: '0000000000000000', expiration: 1763715600000, timestamp: 1763715300000, fee_limit: 30000000,
		},
	};
	const pb = utils.transaction.txJsonToPb(tx);
	tx.raw_data_hex = utils.transaction.txPbToRawDataHex(pb).toLowerCase();
	tx.txID = utils.transaction.txPbToTxID(pb).replace(/^0x/, '');
	return tx;
}

function measure(name, step) {
	let best = 0, n = 0;
	for (let round = 0; round < 3; round++) {
		const start = process.cpuUsage();
		let took, done = 0;
		do {
			for (let i = 0; i < 50; i++, done++) step(n++);
			const { user, system } = process.cpuUsage(start);
			took = (user + system) / 1e6;
		} while (took < seconds / 3);
		best = Math.max(best, done / took);
	}
	console.log(`${name}\t${best.toFixed(0)}`);
}

measure('tronweb, whole', (n) => utils.crypto.signTransaction(key, transaction(n)));
const one = transaction(1);
measure('tronweb, signature alone', () => utils.crypto.signTransaction(key, { ...one, signature: undefined }));
