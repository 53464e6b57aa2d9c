// merkle.mjs FILE: npm's Merkle trees over the leaves of FILE, a line ["path","0xvalueHash"] a leaf; prints a JSON line a builder. Run by bench/merkle.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../tests/peers/package.json', import.meta.url));
const { StandardMerkleTree, SimpleMerkleTree } = require('@openzeppelin/merkle-tree');
const { MerkleTree } = require('merkletreejs');
const { keccak_256: keccak } = require('@noble/hashes/sha3');

const types = ['string', 'bytes32', 'bytes32'];
const zero = '0x' + '00'.repeat(32);
const values = readFileSync(process.argv[2], 'utf8').trim().split('\n').map((line) => JSON.parse(line)).map(([path, hash]) => [path, zero, hash]);

// OpenZeppelin's layout for merkletreejs's option "complete": its first pairs are the leaves of the deepest row.
function layOut(hashes) {
	const down = [...hashes].sort(Buffer.compare).reverse();
	const shallow = 2 ** Math.ceil(Math.log2(down.length)) - down.length;
	return [...down.slice(shallow), ...down.slice(0, shallow)];
}
const merkletreejs = (hashes) => new MerkleTree(layOut(hashes), (x) => Buffer.from(keccak(x)), { complete: true, sortPairs: true }).getHexRoot();

// The smaller of wall and processor time: a run of many seconds shall not count what else the machine does.
function measure(builder, from, build) {
	build(1000); // the compiler's warm-up
	const begun = performance.now();
	const cpu = process.cpuUsage();
	const root = build(values.length);
	const { user, system } = process.cpuUsage(cpu);
	console.log(JSON.stringify({ builder, from, ms: Math.min(performance.now() - begun, (user + system) / 1000), root }));
}

measure('@openzeppelin/merkle-tree', 'values', (n) => StandardMerkleTree.of(values.slice(0, n), types).root);
const { leafHash } = StandardMerkleTree.of(values.slice(0, 1), types);
const hashes = values.map((v) => leafHash(v));
const bytes = hashes.map((h) => Buffer.from(h.slice(2), 'hex'));
measure('@openzeppelin/merkle-tree', 'hashes', (n) => SimpleMerkleTree.of(hashes.slice(0, n)).root);
measure('merkletreejs', 'hashes', (n) => merkletreejs(bytes.slice(0, n)));
