/**
 * Which provider gets which piece: drawn by weight from a seed, so that anybody with the same list draws the same, and
 * spread so that what fails together does not take more pieces than a file can lose.
 */
import type {Hasher} from '#crypto/crypto';
import {assert, defined} from '#kernel/assert';
import {bigFromBytes, compareBytes, u32be} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {Ratio} from '#kernel/ratio';
import {err, ok, type Result} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';

/** What a provider has in common with others. Providers of which a trait is not known (null) have that in common. */
export type Traits = {
	/** Who runs it. No two pieces of a segment go to one operator, ever. */
	readonly operator: string;
	/** The range of addresses that it is in. */
	readonly subnet: string | null;
	/** The autonomous system, which is whose network it is in. */
	readonly asn: string | null;
	readonly region: string | null;
	/** Whether it has shown for long enough that it proves what it holds. */
	readonly vetted: boolean;
};

export type Candidate = Traits & {
	readonly providerId: Hash32;
	/** How often it should be drawn beside others; 0 is never. */
	readonly weight: bigint;
};

/** How many pieces of a segment may lie together. */
export type PlacementLimits = {
	/** With providers that are not vetted yet. */
	readonly unvetted: number;
	readonly perRegion: number;
	readonly perAsn: number;
	readonly perSubnet: number;
};

/**
 * With these limits a segment of `stored` pieces, any k of which bring it back, survives the loss of any one region and of
 * any two autonomous systems. `unvettedShare`: of its pieces, rounded up, for providers that are not vetted.
 */
export const placementLimits = (
	{k, stored}: {readonly k: number; readonly stored: number},
	unvettedShare: Ratio,
): PlacementLimits => {
	const spare = stored - k;
	const {numerator, denominator} = unvettedShare;
	return {
		unvetted: Number((BigInt(stored) * numerator + denominator - 1n) / denominator),
		perRegion: Math.max(1, spare),
		perAsn: Math.max(1, Math.floor(spare / 2)),
		perSubnet: 1,
	};
};

type Dimension = {
	readonly limit: keyof PlacementLimits;
	/** Undefined: not limited. */
	readonly groupOf: (traits: Traits) => string | undefined;
};

/** In the order in which limits give way where too few providers are there to keep them all. */
const DIMENSIONS: readonly Dimension[] = [
	{limit: 'unvetted', groupOf: ({vetted}) => (vetted ? undefined : 'unvetted')},
	{limit: 'perRegion', groupOf: ({region}) => region ?? ''},
	{limit: 'perAsn', groupOf: ({asn}) => asn ?? ''},
	{limit: 'perSubnet', groupOf: ({subnet}) => subnet ?? ''},
];

type Counted = ReadonlyMap<keyof PlacementLimits, ReadonlyMap<string | undefined, number>>;

/** How many of these are in each group. */
const countGroups = (holders: readonly Traits[]): Counted =>
	new Map(
		DIMENSIONS.map(({limit, groupOf}) => {
			const counts = new Map<string | undefined, number>();
			for (const traits of holders) {
				const group = groupOf(traits);
				counts.set(group, (counts.get(group) ?? 0) + 1);
			}
			return [limit, counts];
		}),
	);

const exceededBy = (limits: PlacementLimits, counted: Counted, traits: Traits): readonly Dimension[] =>
	DIMENSIONS.filter(({limit, groupOf}) => {
		const group = groupOf(traits);
		return group !== undefined && (counted.get(limit)?.get(group) ?? 0) >= limits[limit];
	});

/** Which limits one more piece with a provider of these traits would break, where `taken` hold the others. */
export const limitsBroken = (
	limits: PlacementLimits,
	taken: readonly Traits[],
	traits: Traits,
): readonly (keyof PlacementLimits)[] =>
	exceededBy(limits, countGroups(taken), traits).map(({limit}) => limit);

export type PlacementError = {
	readonly code: 'PLACEMENT_TOO_FEW_OPERATORS';
	readonly operators: number;
	readonly needed: number;
};

export type PlacementInput = {
	/** 32 bytes, a fresh one for each segment. */
	readonly seed: Uint8Array;
	readonly candidates: readonly Candidate[];
	/** How many pieces to place. */
	readonly pieces: number;
	readonly limits: PlacementLimits;
	/** Who holds a piece of this segment already, as in a repair. */
	readonly taken?: readonly Traits[];
};

export type Placement = {
	/** The provider of each piece, in order of the pieces. */
	readonly providers: readonly Hash32[];
	/** What holds: the limits that were asked for, or looser ones where too few providers are there. */
	readonly limits: PlacementLimits;
};

const DOMAIN = encodeUtf8('dcloud/placement/v2');
/** Drawing blindly may lead where nobody fits any more; other draws may not. */
const TRIES = 4;

/** The least limit of a dimension with which so many pieces fit, as far as this dimension goes. */
const feasibleLimit = (
	dimension: Dimension,
	{
		candidates,
		taken,
		pieces,
		limit,
	}: {
		readonly candidates: readonly Candidate[];
		readonly taken: readonly Traits[];
		readonly pieces: number;
		readonly limit: number;
	},
): number => {
	const operators = new Map<string, Set<string>>();
	const unlimited = new Set<string>();
	for (const candidate of candidates) {
		const group = dimension.groupOf(candidate);
		if (group === undefined) unlimited.add(candidate.operator);
		else operators.set(group, (operators.get(group) ?? new Set()).add(candidate.operator));
	}
	const held = countGroups(taken).get(dimension.limit);
	const fits = (most: number): boolean => {
		let room = unlimited.size;
		for (const [group, {size}] of operators)
			room += Math.min(size, Math.max(0, most - (held?.get(group) ?? 0)));
		return room >= pieces;
	};
	let most = limit;
	while (!fits(most)) most++;
	return most;
};

/** The candidate at which the running sum of weights passes `draw`. */
const candidateAt = (candidates: readonly Candidate[], draw: bigint): Candidate => {
	let rest = draw;
	for (const candidate of candidates) {
		if (rest < candidate.weight) return candidate;
		rest -= candidate.weight;
	}
	return defined(candidates.at(-1), 'a draw lies below the sum of weights');
};

/** Gives way just so far that somebody fits, first where it hurts least. */
const loosened = (limits: PlacementLimits, counted: Counted, left: readonly Candidate[]): PlacementLimits => {
	const badness = (exceeded: readonly Dimension[]): number =>
		exceeded.reduce((sum, dimension) => sum + 2 ** DIMENSIONS.indexOf(dimension), 0);
	const [least] = left
		.map(candidate => exceededBy(limits, counted, candidate))
		.sort((a, b) => badness(a) - badness(b));
	return Object.fromEntries(
		DIMENSIONS.map(dimension => [
			dimension.limit,
			limits[dimension.limit] + (least?.includes(dimension) === true ? 1 : 0),
		]),
	) as PlacementLimits;
};

/** One way of drawing; undefined when it leads where nobody fits and the limits must not give way. */
const drawOnce = (
	hasher: Hasher,
	{seed, candidates, pieces, limits: asked, taken = []}: PlacementInput,
	{attempt, mayLoosen}: {readonly attempt: number; readonly mayLoosen: boolean},
): Placement | undefined => {
	let limits = asked;
	let left = candidates;
	const chosen: Candidate[] = [];
	while (chosen.length < pieces) {
		const counted = countGroups([...taken, ...chosen]);
		const fitting = left.filter(candidate => exceededBy(limits, counted, candidate).length === 0);
		if (fitting.length === 0) {
			if (!mayLoosen) return undefined;
			limits = loosened(limits, counted, left);
			continue;
		}
		const sum = fitting.reduce((total, {weight}) => total + weight, 0n);
		const random = hasher.blake2b256(DOMAIN, seed, u32be(attempt), u32be(chosen.length));
		const next = candidateAt(fitting, bigFromBytes(random) % sum);
		chosen.push(next);
		left = left.filter(({operator}) => operator !== next.operator);
	}
	return {providers: chosen.map(({providerId}) => providerId), limits};
};

/** The order of candidates is of no matter. O(candidates x pieces^2). */
export const placePieces = (hasher: Hasher, input: PlacementInput): Result<Placement, PlacementError> => {
	const {pieces, taken = []} = input;
	assert(
		input.candidates.every(({weight}) => weight >= 0n),
		'a weight is not negative',
	);
	const excluded = new Set(taken.map(({operator}) => operator));
	const candidates = input.candidates
		.filter(({weight, operator}) => weight > 0n && !excluded.has(operator))
		.sort((a, b) => compareBytes(a.providerId, b.providerId));
	const operators = new Set(candidates.map(({operator}) => operator)).size;
	if (operators < pieces) return err({code: 'PLACEMENT_TOO_FEW_OPERATORS', operators, needed: pieces});
	const limits = Object.fromEntries(
		DIMENSIONS.map(dimension => [
			dimension.limit,
			feasibleLimit(dimension, {candidates, taken, pieces, limit: input.limits[dimension.limit]}),
		]),
	) as PlacementLimits;
	const feasible = {...input, candidates, limits};
	for (let attempt = 0; attempt < TRIES; attempt++) {
		const placed = drawOnce(hasher, feasible, {attempt, mayLoosen: false});
		if (placed !== undefined) return ok(placed);
	}
	const placed = drawOnce(hasher, feasible, {attempt: TRIES, mayLoosen: true});
	return ok(defined(placed, 'limits give way until somebody fits'));
};
