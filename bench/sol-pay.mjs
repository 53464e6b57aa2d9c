// sol-pay.mjs [SECONDS]: the same payments as bench/sol-pay.c by @solana/kit: instructions, message, compiled, signed (WebCrypto), Base64.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(new URL('../tests/peers/package.json', import.meta.url));
const K = await import(pathToFileURL(require.resolve('@solana/kit').replace('.cjs', '.mjs')));
const seconds = Number(process.argv[2] ?? 1.5);
const of = (n) => K.getAddressDecoder().decode(new Uint8Array(32).fill(n));
const keys = await K.createKeyPairFromPrivateKeyBytes(new Uint8Array(32).fill(7));
const payer = await K.getAddressFromPublicKey(keys.publicKey);
const [source, account, mint] = [of(1), of(2), of(3)];
const budget = K.address('ComputeBudget111111111111111111111111111111');
const token = K.address('TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA');
const memo = K.address('MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr');

function le(kind, value, bytes, ...more) {
	const out = [kind];
	for (let i = 0n; i < bytes; i++) out.push(Number((BigInt(value) >> (8n * i)) & 255n));
	return new Uint8Array([...out, ...more]);
}

function message(n) {
	let m = K.createTransactionMessage({ version: 0 });
	m = K.setTransactionMessageFeePayer(payer, m);
	m = K.setTransactionMessageLifetimeUsingBlockhash({ blockhash: of(4), lastValidBlockHeight: 1000n }, m);
	return K.appendTransactionMessageInstructions([
		{ programAddress: budget, data: le(2, 25000, 4n) },
		{ programAddress: budget, data: le(3, 1000, 8n) },
		{
			programAddress: token, data: le(12, 1 + n, 8n, 6), accounts: [
				{ address: source, role: K.AccountRole.WRITABLE }, { address: mint, role: K.AccountRole.READONLY },
				{ address: account, role: K.AccountRole.WRITABLE }, { address: payer, role: K.AccountRole.READONLY_SIGNER },
			],
		},
		{ programAddress: memo, data: new TextEncoder().encode('tp:00112233445566778899aabbccddeeff') },
	], m);
}

async function measure(name, step) {
	let best = 0, n = 0;
	for (let round = 0; round < 3; round++) {
		const start = process.cpuUsage();
		let took, done = 0;
		do {
			for (let i = 0; i < 50; i++, done++) await step(n++);
			const { user, system } = process.cpuUsage(start);
			took = (user + system) / 1e6;
		} while (took < seconds / 3);
		best = Math.max(best, done / took);
	}
	console.log(`${name}\t${best.toFixed(0)}`);
}

const bytes = new Uint8Array(300);
await measure('@solana/kit, whole', async (n) => K.getBase64EncodedWireTransaction(await K.signTransaction([keys], K.compileTransaction(message(n)))));
await measure('@solana/kit, signature alone', () => K.signBytes(keys.privateKey, bytes));
