import test from 'ava';
import fc from 'fast-check';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {createPieceTreeKernel} from '#node/adapters/piece-tree-kernel';
import {crypto} from '../../support/crypto.ts';
import {slowTreeLevels} from '../../support/slow-piece-tree.ts';

const kernel = await createPieceTreeKernel();

const counted = (length: number): Uint8Array =>
	Uint8Array.from({length}, (_, index) => (index * 31 + (index >> 8)) & 0xff);

const sizes = [
	0,
	1,
	126,
	127,
	128,
	255,
	256,
	1022,
	1023,
	1024,
	1025,
	2048,
	3000,
	5 * 1024,
	32767,
	32768,
	32769,
	65536,
	66000,
	99 * 1024,
	1_100_000,
];

for (const size of sizes)
	test(`${size} bytes have the tree that single hashes give`, t => {
		const data = counted(size);
		const levels = slowTreeLevels(crypto, data);
		t.deepEqual(kernel.treeLevels(data), levels);
		const {root, leaves} = kernel.pieceTree(data);
		t.is(toHex(root), toHex(defined(levels.at(-1), 'a tree has a root')));
		t.is(leaves, Math.max(1, Math.ceil(size / 1024)));
	});

test('bytes of any size have the tree that single hashes give', t => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 9000, size: 'max'}), data => {
			t.deepEqual(kernel.treeLevels(data), slowTreeLevels(crypto, data));
		}),
		{numRuns: 50},
	);
});

test('does not change what it hashes', t => {
	const data = counted(70_000);
	kernel.pieceTree(data);
	t.deepEqual(data, counted(70_000));
});
