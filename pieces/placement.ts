/** Which provider gets which piece: drawn by weight from a seed, so that anybody with the same list draws the same. */
import type {Hasher} from '#crypto/crypto';
import {assert, defined} from '#kernel/assert';
import {bigFromBytes, compareBytes, u32be} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';

export type Candidate = {
	readonly providerId: Hash32;
	/** Who runs it. No two pieces of a segment go to one operator. */
	readonly operator: string;
	/** How often it should be drawn beside others; 0 is never. */
	readonly weight: bigint;
};

export type PlacementError = {
	readonly code: 'PLACEMENT_TOO_FEW_OPERATORS';
	readonly operators: number;
	readonly needed: number;
};

const DOMAIN = encodeUtf8('dcloud/placement/v1');

/** The candidate at which the running sum of weights passes `draw`. */
const candidateAt = (candidates: readonly Candidate[], draw: bigint): Candidate => {
	let rest = draw;
	for (const candidate of candidates) {
		if (rest < candidate.weight) return candidate;
		rest -= candidate.weight;
	}
	return defined(candidates.at(-1), 'a draw lies below the sum of weights');
};

export type PlacementInput = {
	/** 32 bytes, a fresh one for each segment. */
	readonly seed: Uint8Array;
	readonly candidates: readonly Candidate[];
	/** How many pieces to place. */
	readonly pieces: number;
	/** Operators that hold a piece of this segment already, as in a repair. */
	readonly taken?: readonly string[];
};

/** The provider of each piece, in order of the pieces. The order of candidates is of no matter. O(candidates x pieces). */
export const placePieces = (
	hasher: Hasher,
	{seed, candidates, pieces, taken = []}: PlacementInput,
): Result<readonly Hash32[], PlacementError> => {
	assert(
		candidates.every(({weight}) => weight >= 0n),
		'a weight is not negative',
	);
	const excluded = new Set(taken);
	let left = candidates
		.filter(({weight, operator}) => weight > 0n && !excluded.has(operator))
		.sort((a, b) => compareBytes(a.providerId, b.providerId));
	const operators = new Set(left.map(({operator}) => operator)).size;
	if (operators < pieces) return err({code: 'PLACEMENT_TOO_FEW_OPERATORS', operators, needed: pieces});
	const chosen: Hash32[] = [];
	while (chosen.length < pieces) {
		const sum = left.reduce((total, {weight}) => total + weight, 0n);
		const draw = bigFromBytes(hasher.blake2b256(DOMAIN, seed, u32be(chosen.length))) % sum;
		const {providerId, operator} = candidateAt(left, draw);
		chosen.push(providerId);
		left = left.filter(other => other.operator !== operator);
	}
	return ok(chosen);
};
