/** A storage challenge as the side-chain judges it (`storage-proofs/`), once more in terms that run on Cardano. */
import {encodeUtf8} from '#kernel/utf8';
import {FOREST_ROOTS_TABLE} from '../state-row.ts';
import {
	add,
	bigEndian,
	divide,
	hash256,
	integerFrom,
	isLess,
	join,
	lengthOf,
	modulo,
	multiply,
	slice,
	subtract,
} from './arithmetic.ts';
import {
	all,
	asBytes,
	bind,
	bs,
	bytesData,
	bytesOf,
	call,
	choose,
	constructorData,
	data,
	define,
	defineRecursive,
	type Expr,
	guard,
	head,
	int,
	integerData,
	integerOf,
	isEmpty,
	listData,
	sameInteger,
	tail,
} from './core.ts';

const LEAF_BYTES = 1024;
const KEY_BITS = 256;
/** depth u8 | sibling 32 | sum of the sibling u64be. */
const STEP_BYTES = 41;

const tag = (byte: number): Expr => bytesOf(Uint8Array.of(byte));
const zero = (): Expr => integerOf(0);
const isEven = (value: Expr): Expr => sameInteger(modulo(value, integerOf(2)), zero());
const half = (value: Expr): Expr => divide(value, integerOf(2));
const byteAt = (bytes: Expr, at: Expr): Expr => integerFrom(slice(bytes, at, 1));

/** A number as canonical CBOR writes it. */
const cborInteger: Expr = define([int], bs, value => {
	const headed = (head: number, length: number): Expr => join(tag(head), bigEndian(value, length));
	const below = (limit: number, yes: Expr, no: Expr): Expr =>
		choose(bs, isLess(value, integerOf(limit)), yes, no);
	return below(
		24,
		bigEndian(value, 1),
		below(
			256,
			headed(0x18, 1),
			below(2 ** 16, headed(0x19, 2), below(2 ** 32, headed(0x1a, 4), headed(0x1b, 8))),
		),
	);
});

export type ForestRow = {
	readonly epoch: Expr;
	/** Claim id. */
	readonly provider: Expr;
	readonly root: Expr;
	readonly totalLeaves: Expr;
	readonly seed: Expr;
};

/** The leaf of the state root that says what a provider has proven in an epoch: 0x00 | table | key | row in CBOR. */
export const forestRowHash = ({epoch, provider, root, totalLeaves, seed}: ForestRow): Expr =>
	hash256(
		join(
			bytesOf(Uint8Array.of(0, FOREST_ROOTS_TABLE)),
			bigEndian(epoch, 8),
			provider,
			bytesOf(Uint8Array.of(0x83, 0x58, 32)),
			root,
			call(cborInteger, totalLeaves),
			bytesOf(Uint8Array.of(0x58, 32)),
			seed,
		),
	);

const CHALLENGE_DOMAIN = encodeUtf8('dcloud/challenge/v1');

/** The number of the leaf that a challenge asks for (`storage-proofs/challenge`); fails for a forest without leaves. */
export const challengedLeaf = (
	genesisHash: Expr,
	{seed, provider, epoch, totalLeaves}: ForestRow,
	challenge: Expr,
): Expr =>
	modulo(
		integerFrom(
			hash256(
				join(
					bytesOf(CHALLENGE_DOMAIN),
					genesisHash,
					seed,
					provider,
					bigEndian(epoch, 8),
					bigEndian(challenge, 1),
				),
			),
		),
		totalLeaves,
	);

/** Leaves of a piece of so many bytes; an empty piece has one. */
export const leavesOfPiece: Expr = define([int], int, length =>
	choose(
		int,
		sameInteger(length, zero()),
		integerOf(1),
		divide(add(length, integerOf(LEAF_BYTES - 1)), integerOf(LEAF_BYTES)),
	),
);

/** (length of the piece, number of the leaf) to the bytes under it. */
export const bytesOfLeaf: Expr = define([int, int], int, (length, leaf) =>
	bind(subtract(length, multiply(leaf, integerOf(LEAF_BYTES))), int, rest =>
		choose(int, isLess(rest, integerOf(LEAF_BYTES)), rest, integerOf(LEAF_BYTES)),
	),
);

/** The bit in which a byte position holds, from the highest on. */
const BIT_VALUES = bytesOf(Uint8Array.of(128, 64, 32, 16, 8, 4, 2, 1));

/** (key, depth) to the bit of the key there, 0 or 1. */
const bitOf: Expr = define([bs, int], int, (key, depth) =>
	modulo(
		divide(byteAt(key, divide(depth, integerOf(8))), byteAt(BIT_VALUES, modulo(depth, integerOf(8)))),
		integerOf(2),
	),
);

const branchHash = (depth: Expr, left: Expr, leftSum: Expr, right: Expr, rightSum: Expr): Expr =>
	hash256(join(tag(4), bigEndian(depth, 1), left, bigEndian(leftSum, 8), right, bigEndian(rightSum, 8)));

/**
 * (path from the bottom up, key, depth below, hash, sum, offset) to the trie's end: Constr 0 [root, sum, offset]. Depths
 * must fall on the way up, and each side is the key's own bit, so that under one root a key has one place only. Sums that
 * do not fit fail.
 */
const climb: Expr = defineRecursive(
	[listData, bs, int, bs, int, int],
	data,
	(self, path, key, below, hash, sum, offset) =>
		choose(
			data,
			isEmpty(path),
			constructorData(0, bytesData(hash), integerData(sum), integerData(offset)),
			bind(asBytes(head(path)), data, step =>
				bind(byteAt(step, zero()), data, depth =>
					bind(slice(step, integerOf(1), 32), data, sibling =>
						bind(integerFrom(slice(step, integerOf(33), 8)), data, siblingSum =>
							guard(
								all(sameInteger(lengthOf(step), integerOf(STEP_BYTES)), isLess(depth, below)),
								data,
								bind(sameInteger(call(bitOf, key, depth), zero()), data, isLeft =>
									call(
										self,
										tail(path),
										key,
										depth,
										choose(
											bs,
											isLeft,
											branchHash(depth, hash, sum, sibling, siblingSum),
											branchHash(depth, sibling, siblingSum, hash, sum),
										),
										add(sum, siblingSum),
										choose(int, isLeft, offset, add(offset, siblingSum)),
									),
								),
							),
						),
					),
				),
			),
		),
);

/** Where a leaf of a trie (key, sum, what else its hash covers) leads: Constr 0 [root, sum, offset]. */
export const followPath = (path: Expr, key: Expr, sum: Expr, payload: Expr): Expr =>
	call(
		climb,
		path,
		key,
		integerOf(KEY_BITS),
		hash256(join(tag(3), key, bigEndian(sum, 8), payload)),
		sum,
		zero(),
	);

/** (node, number, width of its level, siblings) to the root of a piece's tree; a node without a right sibling goes up unchanged. */
const climbPiece: Expr = defineRecursive([bs, int, int, listData], bs, (self, node, at, width, path) => {
	const above = (next: Expr, rest: Expr): Expr =>
		call(self, next, half(at), half(add(width, integerOf(1))), rest);
	const paired = (left: Expr, right: Expr): Expr => above(hash256(join(tag(1), left, right)), tail(path));
	return choose(
		bs,
		sameInteger(width, integerOf(1)),
		guard(isEmpty(path), bs, node),
		choose(
			bs,
			isEven(at),
			choose(bs, isLess(add(at, integerOf(1)), width), paired(node, asBytes(head(path))), above(node, path)),
			paired(asBytes(head(path)), node),
		),
	);
});

/** The id of the piece that a leaf, its number and its siblings lead to. */
export const pieceIdFrom = (length: Expr, leaves: Expr, bytes: Expr, leaf: Expr, path: Expr): Expr =>
	hash256(
		join(tag(2), bigEndian(length, 8), call(climbPiece, hash256(join(tag(0), bytes)), leaf, leaves, path)),
	);
