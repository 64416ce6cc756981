/** Plans alone: what is opened has room for what it was opened for, and nobody says which piece that was. */
import test from 'ava';
import fc from 'fast-check';
import {toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {planRepair, type RepairPlan} from '#node/services/repairer/plan-repair';
import type {ReachablePeer, Successor, VacatedPiece} from '#node/services/repairer/successors';
import type {VacatedAgreement} from '#node/services/repairer/vacated-agreements';
import {DEVNET_CODE} from '#pieces/erasure/code-profile';
import type {RepairTicket} from '#pieces/manifest/repair-ticket';

const LEAVES = 13;
const RATE = Lovelace(5n);

const hashOf = (...numbers: readonly number[]): Hash32 => {
	const bytes = new Uint8Array(32);
	bytes.set(numbers);
	return Hash32(bytes);
};

const provider = (number: number): ReachablePeer => {
	const id = hashOf(1, number);
	const traits = {operator: toHex(id), subnet: `${number}`, asn: `${number}`, region: null, vetted: true};
	const terms = {accepting: true, storePrice: RATE, freeLeaves: 1000, score: 1n};
	return {id, traits, ...terms} as unknown as ReachablePeer;
};

const pieceOf = (segment: number, index: number): VacatedPiece => {
	const pieceId = hashOf(2, segment, index) as unknown as VacatedPiece['pieceId'];
	return {pieceId, leaves: LEAVES, ticket: 0, segment, index, isGarbage: false};
};

const opened = (number: number, at: ReachablePeer, staged: readonly VacatedPiece[] = []): Successor =>
	({
		agreementId: hashOf(3, number),
		provider: at,
		held: [],
		staged,
		spareLeaves: LEAVES,
	}) as unknown as Successor;

type Loss = {
	readonly lost: readonly VacatedPiece[];
	readonly successors?: readonly Successor[];
	readonly unrepairedLeaves?: number;
	readonly unreachable?: number;
};

const vacatedOf = (
	number: number,
	{lost, successors = [], unrepairedLeaves = 0, unreachable = 0}: Loss,
): VacatedAgreement =>
	({
		agreementId: hashOf(4, number),
		family: `${number}`,
		view: {provider: toHex(hashOf(5, number))},
		rate: RATE,
		successors,
		lost,
		unrepairedLeaves,
		unreachable,
	}) as unknown as VacatedAgreement;

/** Providers that have a piece of a segment since the file was stored; the segments are numbered. */
const ticketOf = (holding: readonly (readonly ReachablePeer[])[]): RepairTicket => {
	const all = [...new Set(holding.flat())];
	return {
		code: DEVNET_CODE,
		holders: all.map(({id}, index) => ({providerId: id, agreementId: hashOf(6, index)})),
		segments: holding.map((providers, segment) => ({
			maskKey: new Uint8Array(32),
			pieceLength: LEAVES * 1024,
			pieces: providers.map((holder, index) => ({
				...pieceOf(segment, 100 + index),
				holder: all.indexOf(holder),
			})),
		})),
		revisions: [],
	};
};

const plan = (
	ticket: RepairTicket,
	vacated: readonly VacatedAgreement[],
	providers: readonly ReachablePeer[],
): RepairPlan =>
	planRepair([ticket], vacated, {
		providers,
		rateMin: Lovelace(1n),
		unvettedShare: {numerator: 1n, denominator: 2n},
	});

/** Where each piece goes: segment, index and id of the provider. */
const placesOf = ({moves}: RepairPlan): readonly string[] =>
	moves
		.flatMap(({provider: {id}, pieces}) =>
			pieces.map(({segment, index}) => `${segment}.${index} at ${toHex(id)}`),
		)
		.toSorted();

test('a piece that could be anywhere leaves the only room of another one to it', t => {
	const [a, b] = [provider(1), provider(2)];
	const anywhere = pieceOf(0, 1);
	const onlyAtA = pieceOf(1, 1);
	const vacated = vacatedOf(1, {lost: [anywhere, onlyAtA], successors: [opened(1, a), opened(2, b)]});
	const found = plan(ticketOf([[], [b]]), [vacated], [a, b]);
	t.deepEqual(found.unplaced, []);
	t.deepEqual(placesOf(found), [`0.1 at ${toHex(b.id)}`, `1.1 at ${toHex(a.id)}`]);
});

test('what was opened for as many pieces as are lost takes all of them, whoever has others of their segments', t => {
	const situations = fc.integer({min: 2, max: 7}).chain(count =>
		fc.record({
			segments: fc.array(fc.nat({max: 3}), {minLength: count, maxLength: count}),
			/** Of each segment those that have a piece of it, unless they were opened for another one. */
			has: fc.array(fc.array(fc.boolean(), {minLength: count, maxLength: count}), {
				minLength: 4,
				maxLength: 4,
			}),
			order: fc.shuffledSubarray([...Array(count).keys()], {minLength: count, maxLength: count}),
		}),
	);
	const takesAll = fc.property(situations, ({segments, has, order}) => {
		const providers = segments.map((_, number) => provider(number));
		const pieces = segments.map((segment, number) => pieceOf(segment, number));
		const ticket = ticketOf(
			has.map((row, segment) =>
				providers.filter((_, number) => row[number] === true && segments[number] !== segment),
			),
		);
		const successors = providers.map((at, number) => opened(number, at));
		const lost = order.flatMap(number => pieces[number] ?? []);
		const found = plan(ticket, [vacatedOf(1, {lost, successors})], providers);
		const takers = found.moves.flatMap(move => move.pieces.map(() => toHex(move.provider.id)));
		return found.unplaced.length === 0 && new Set(takers).size === lost.length;
	});
	t.notThrows(() => fc.assert(takesAll));
});

test('what may be with a silent provider keeps the room that is opened for it, while anybody else takes other pieces', t => {
	const [a, b] = [provider(1), provider(2)];
	const silent = vacatedOf(1, {
		lost: [pieceOf(0, 1), pieceOf(1, 1)],
		successors: [opened(1, a, [pieceOf(0, 1)])],
		unreachable: 1,
	});
	const other = vacatedOf(2, {lost: [pieceOf(0, 2)], unrepairedLeaves: LEAVES});
	const ticket = ticketOf([[], []]);
	const found = plan(ticket, [silent, other], [a, b]);
	t.deepEqual(placesOf(found), [`0.2 at ${toHex(b.id)}`]);
	t.deepEqual(
		found.unplaced.map(({reason}) => reason),
		['REPAIR_SUCCESSOR_SILENT', 'REPAIR_SUCCESSOR_SILENT'],
	);
	t.deepEqual(placesOf(plan(ticket, [silent, other], [a])), [`0.2 at ${toHex(a.id)}`]);
});

test('pieces that nobody can take are told, however many pieces are placed beside them', t => {
	const [a, b] = [provider(1), provider(2)];
	const segments = [...Array(300).keys()];
	const lost = segments.flatMap(segment => [pieceOf(segment, 1), pieceOf(segment, 2), pieceOf(segment, 3)]);
	const vacated = vacatedOf(1, {lost, unrepairedLeaves: lost.length * LEAVES});
	const roomy = [a, b].map(peer => ({...peer, freeLeaves: 1_000_000}));
	const {moves, unplaced} = plan(ticketOf(segments.map(() => [])), [vacated], roomy);
	t.is(moves.flatMap(({pieces}) => pieces).length, 600);
	t.deepEqual([...new Set(unplaced.map(({reason}) => reason))], ['REPAIR_NO_PROVIDER']);
	t.is(unplaced.length, 300);
});
