/**
 * Who gets which lost piece: no operator two of one segment, as few together as can be, and nobody for more than the
 * customer agreed to. Decides only.
 */
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import type {Lovelace} from '#kernel/lovelace';
import type {Ratio} from '#kernel/ratio';
import type {RepairTicket} from '#pieces/manifest/repair-ticket';
import {limitsBroken, type Traits} from '#pieces/placement';
import {spreadOf} from '../storage-client/find-providers.ts';
import type {ReachablePeer, VacatedAgreement, VacatedPiece} from './vacated-agreements.ts';

export type Move = {
	readonly vacated: VacatedAgreement;
	readonly provider: ReachablePeer;
	readonly pieces: readonly VacatedPiece[];
};

export type RepairPlan = {
	readonly moves: readonly Move[];
	/** Lost pieces that no provider may or can take. */
	readonly unplaced: readonly VacatedPiece[];
};

const segmentName = ({ticket, segment}: VacatedPiece): string => `${ticket} ${segment}`;

/** The providers that have a piece of each segment as things stand: by ticket and, where repaired, by successor. */
const holdersBySegment = (
	tickets: readonly RepairTicket[],
	vacated: readonly VacatedAgreement[],
): ReadonlyMap<string, Set<string>> => {
	const holders = new Map<string, Set<string>>();
	const add = (name: string, provider: string): void => {
		const set = holders.get(name) ?? new Set();
		holders.set(name, set.add(provider));
	};
	for (const [ticket, {holders: all, segments}] of tickets.entries())
		for (const [segment, {pieces}] of segments.entries())
			for (const {providerId} of pieces.flatMap(({holder}) => all[holder] ?? []))
				add(`${ticket} ${segment}`, toHex(providerId));
	for (const {successors} of vacated)
		for (const {held, provider} of successors)
			for (const piece of held) add(segmentName(piece), toHex(provider.id));
	return holders;
};

const takes = (
	{accepting, storePrice, freeLeaves, score}: ReachablePeer,
	{rate, rateMin, leaves}: {readonly rate: Lovelace; readonly rateMin: Lovelace; readonly leaves: number},
): boolean => accepting && score > 0n && storePrice <= rate && rateMin <= rate && freeLeaves >= leaves;

/** What the providers that hold the other pieces of a segment have in common with others. Those that are gone hold nothing. */
const traitsOfHolders = (
	holders: ReadonlySet<string> | undefined,
	providers: readonly ReachablePeer[],
	gone: ReadonlySet<string>,
): readonly Traits[] =>
	providers.flatMap(({id, traits}) => {
		const key = toHex(id);
		return holders?.has(key) === true && !gone.has(key) ? traits : [];
	});

export const planRepair = (
	tickets: readonly RepairTicket[],
	vacated: readonly VacatedAgreement[],
	{
		providers,
		rateMin,
		unvettedShare,
	}: {
		readonly providers: readonly ReachablePeer[];
		readonly rateMin: Lovelace;
		readonly unvettedShare: Ratio;
	},
): RepairPlan => {
	const holders = holdersBySegment(tickets, vacated);
	const gone = new Set(vacated.map(({view}) => view.provider));
	const moves = new Map<
		string,
		{vacated: VacatedAgreement; provider: ReachablePeer; pieces: VacatedPiece[]}
	>();
	const given = new Map<string, number>();
	const unplaced: VacatedPiece[] = [];
	for (const agreement of vacated) {
		// While a successor's provider is silent, its pieces may be there: repairing them twice costs the customer.
		if (agreement.unreachable > 0) continue;
		const staged = new Map(
			agreement.successors.flatMap(({staged: pieces, provider}) =>
				pieces.map(({pieceId}) => [toHex(pieceId), toHex(provider.id)] as const),
			),
		);
		for (const piece of agreement.lost) {
			const has = holders.get(segmentName(piece));
			const wanted = {rate: agreement.rate, rateMin, leaves: piece.leaves};
			const leavesGiven = ({id}: ReachablePeer): number => given.get(toHex(id)) ?? 0;
			const isStaged = ({id}: ReachablePeer): number =>
				Number(staged.get(toHex(piece.pieceId)) !== toHex(id));
			const others = traitsOfHolders(has, providers, gone);
			const operators = new Set(others.map(({operator}) => operator));
			const {code} = defined(tickets[piece.ticket], 'a piece is of a ticket');
			const limits = spreadOf({unvettedShare}, code);
			const [provider] = providers
				.filter(candidate => has?.has(toHex(candidate.id)) !== true && takes(candidate, wanted))
				.filter(({traits}) => !operators.has(traits.operator))
				.map(candidate => ({candidate, broken: limitsBroken(limits, others, candidate.traits).length}))
				.toSorted(
					({candidate: a, broken: brokenByA}, {candidate: b, broken: brokenByB}) =>
						isStaged(a) - isStaged(b) || brokenByA - brokenByB || leavesGiven(a) - leavesGiven(b),
				)
				.map(({candidate}) => candidate);
			if (provider === undefined) {
				unplaced.push(piece);
				continue;
			}
			const key = toHex(provider.id);
			has?.add(key);
			given.set(key, leavesGiven(provider) + piece.leaves);
			const name = `${toHex(agreement.agreementId)} ${key}`;
			const move = moves.get(name) ?? {vacated: agreement, provider, pieces: []};
			move.pieces.push(piece);
			moves.set(name, move);
		}
	}
	return {moves: [...moves.values()], unplaced};
};
