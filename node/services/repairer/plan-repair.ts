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
import type {ReachablePeer, Successor, VacatedPiece} from './successors.ts';
import type {VacatedAgreement} from './vacated-agreements.ts';

export type Move = {
	readonly vacated: VacatedAgreement;
	readonly provider: ReachablePeer;
	/** What was opened earlier and has room; undefined: a successor is to be opened. */
	readonly successor: Successor | undefined;
	readonly pieces: readonly VacatedPiece[];
};

export type Unplaced = {
	readonly piece: VacatedPiece;
	/**
	 * Nobody may or can take it; successors that do not have it have all the room; or there is a successor whose provider is
	 * silent, and it may be there.
	 */
	readonly reason: 'REPAIR_NO_PROVIDER' | 'REPAIR_NO_ROOM' | 'REPAIR_SUCCESSOR_SILENT';
};

export type RepairPlan = {readonly moves: readonly Move[]; readonly unplaced: readonly Unplaced[]};

export type PlanOptions = {
	readonly providers: readonly ReachablePeer[];
	readonly rateMin: Lovelace;
	readonly unvettedShare: Ratio;
	/** Of a plan before, and under way: their pieces are not lost any more. */
	readonly begun?: readonly Move[];
	/** Ids of providers that have just failed to take something. */
	readonly refusing?: ReadonlySet<string>;
};

const segmentName = ({ticket, segment}: VacatedPiece): string => `${ticket} ${segment}`;

/**
 * The providers that have a piece of each segment as things stand. Whoever has lost one may take another: it counts what an
 * agreement holds, not what its provider once held.
 */
const holdersBySegment = (
	tickets: readonly RepairTicket[],
	vacated: readonly VacatedAgreement[],
	begun: readonly Move[],
): Map<string, Set<string>> => {
	const holders = new Map<string, Set<string>>();
	const add = (name: string, provider: string): void => {
		const set = holders.get(name) ?? new Set();
		holders.set(name, set.add(provider));
	};
	const gone = new Set(vacated.map(({agreementId}) => toHex(agreementId)));
	for (const [ticket, {holders: all, segments}] of tickets.entries())
		for (const [segment, {pieces}] of segments.entries()) {
			const holding = pieces
				.flatMap(({holder}) => all[holder] ?? [])
				.filter(({agreementId}) => !gone.has(toHex(agreementId)));
			for (const {providerId} of holding) add(`${ticket} ${segment}`, toHex(providerId));
		}
	const since = [
		...vacated.flatMap(({successors}) => successors.map(({held, provider}) => ({pieces: held, provider}))),
		...begun,
	];
	for (const {pieces, provider} of since)
		for (const piece of pieces) add(segmentName(piece), toHex(provider.id));
	return holders;
};

const takes = (
	{accepting, storePrice, freeLeaves, score}: ReachablePeer,
	{rate, rateMin, leaves}: {readonly rate: Lovelace; readonly rateMin: Lovelace; readonly leaves: number},
): boolean => accepting && score > 0n && storePrice <= rate && rateMin <= rate && freeLeaves >= leaves;

/** Leaves that are left: of providers, of agreements that were opened, and of those that may still be opened. */
class Rooms {
	readonly #taken = new Map<string, number>();

	constructor(begun: readonly Move[]) {
		for (const {vacated, provider, successor, pieces} of begun)
			for (const piece of pieces) this.take(vacated, provider, successor, piece);
	}

	takenOf(id: Uint8Array): number {
		return this.#taken.get(toHex(id)) ?? 0;
	}

	#add(id: Uint8Array, leaves: number): void {
		this.#taken.set(toHex(id), this.takenOf(id) + leaves);
	}

	take(
		vacated: VacatedAgreement,
		provider: ReachablePeer,
		successor: Successor | undefined,
		{leaves}: VacatedPiece,
	): void {
		this.#add(provider.id, leaves);
		this.#add((successor ?? vacated).agreementId, leaves);
	}

	inSuccessor({agreementId, spareLeaves}: Successor): number {
		return spareLeaves - this.takenOf(agreementId);
	}

	toBeOpened({agreementId, unrepairedLeaves}: VacatedAgreement): number {
		return unrepairedLeaves - this.takenOf(agreementId);
	}
}

type Candidate = {
	readonly vacated: VacatedAgreement;
	readonly provider: ReachablePeer;
	readonly successor: Successor | undefined;
	readonly isStaged: boolean;
};

/** What was opened for a piece and does not have it has its room: a second agreement over it the chain would refuse. */
const candidatesFor = (
	vacated: VacatedAgreement,
	piece: VacatedPiece,
	{providers, rateMin}: PlanOptions,
	rooms: Rooms,
): readonly Candidate[] => {
	const {leaves, pieceId} = piece;
	const id = toHex(pieceId);
	const opened = vacated.successors
		.filter(successor => rooms.inSuccessor(successor) >= leaves)
		.map(successor => ({
			vacated,
			provider: successor.provider,
			successor,
			isStaged: successor.staged.some(staged => toHex(staged.pieceId) === id),
		}));
	if (rooms.toBeOpened(vacated) < leaves) return opened;
	const isNew = providers.filter(
		provider =>
			toHex(provider.id) !== vacated.view.provider &&
			takes(provider, {rate: vacated.rate, rateMin, leaves: leaves + rooms.takenOf(provider.id)}),
	);
	return [...opened, ...isNew.map(provider => ({vacated, provider, successor: undefined, isStaged: false}))];
};

/** The best first: what is there already, then what was opened already, then where fewest would fail together. */
const ranked = (
	candidates: readonly Candidate[],
	brokenBy: (traits: Traits) => number,
	rooms: Rooms,
): readonly Candidate[] =>
	candidates
		.map(candidate => ({candidate, broken: brokenBy(candidate.provider.traits)}))
		.toSorted(
			({candidate: a, broken: brokenByA}, {candidate: b, broken: brokenByB}) =>
				Number(b.isStaged) - Number(a.isStaged) ||
				Number(a.successor === undefined) - Number(b.successor === undefined) ||
				brokenByA - brokenByB ||
				rooms.takenOf(a.provider.id) - rooms.takenOf(b.provider.id),
		)
		.map(({candidate}) => candidate);

/** What is somewhere already has its room there; of the others the longest fit worst. */
const inOrder = ({lost, successors}: VacatedAgreement): readonly VacatedPiece[] => {
	const staged = new Set(
		successors.flatMap(successor => successor.staged.map(({pieceId}) => toHex(pieceId))),
	);
	const isStaged = ({pieceId}: VacatedPiece): number => Number(staged.has(toHex(pieceId)));
	return lost.toSorted((a, b) => isStaged(b) - isStaged(a) || b.leaves - a.leaves);
};

const placeName = ({ticket, segment, index}: VacatedPiece): string => `${ticket} ${segment} ${index}`;

class Planner {
	readonly #tickets: readonly RepairTicket[];
	readonly #options: PlanOptions;
	readonly #holders: Map<string, Set<string>>;
	readonly #rooms: Rooms;
	readonly #traits: ReadonlyMap<string, Traits>;

	constructor(tickets: readonly RepairTicket[], vacated: readonly VacatedAgreement[], options: PlanOptions) {
		const {begun = [], providers} = options;
		this.#tickets = tickets;
		this.#options = options;
		this.#holders = holdersBySegment(tickets, vacated, begun);
		this.#rooms = new Rooms(begun);
		this.#traits = new Map(providers.map(provider => [toHex(provider.id), provider.traits]));
	}

	/** Finds somebody for a piece. */
	place({piece}: Lost, rooms: readonly VacatedAgreement[], isOpened: boolean): Candidate | undefined {
		const {refusing = new Set(), unvettedShare} = this.#options;
		const name = segmentName(piece);
		const has = this.#holders.get(name) ?? new Set();
		const others = [...has].flatMap(id => this.#traits.get(id) ?? []);
		const operators = new Set(others.map(({operator}) => operator));
		const {code} = defined(this.#tickets[piece.ticket], 'a piece is of a ticket');
		const limits = spreadOf({unvettedShare}, code);
		const fit = rooms
			.flatMap(vacated => candidatesFor(vacated, piece, this.#options, this.#rooms))
			.filter(
				({provider: {id, traits}, successor}) =>
					!(isOpened && successor === undefined) &&
					!has.has(toHex(id)) &&
					!refusing.has(toHex(id)) &&
					!operators.has(traits.operator),
			);
		const [best] = ranked(fit, traits => limitsBroken(limits, others, traits).length, this.#rooms);
		if (best === undefined) return undefined;
		this.#holders.set(name, has.add(toHex(best.provider.id)));
		this.#rooms.take(best.vacated, best.provider, best.successor, piece);
		return best;
	}

	/** Why nobody was found. */
	reason({agreement, piece}: Lost): Unplaced['reason'] {
		if (agreement.unreachable > 0) return 'REPAIR_SUCCESSOR_SILENT';
		const isRoom = this.#rooms.toBeOpened(agreement) >= piece.leaves;
		return isRoom ? 'REPAIR_NO_PROVIDER' : 'REPAIR_NO_ROOM';
	}
}

type Lost = {readonly agreement: VacatedAgreement; readonly piece: VacatedPiece};
type Open = Move & {readonly pieces: VacatedPiece[]};

export const planRepair = (
	tickets: readonly RepairTicket[],
	vacated: readonly VacatedAgreement[],
	options: PlanOptions,
): RepairPlan => {
	const planner = new Planner(tickets, vacated, options);
	const isBegun = new Set((options.begun ?? []).flatMap(({pieces}) => pieces.map(placeName)));
	const moves = new Map<string, Open>();
	const add = ({vacated: from, provider, successor}: Candidate, piece: VacatedPiece): void => {
		const name = `${toHex(from.agreementId)} ${toHex(successor?.agreementId ?? provider.id)}`;
		const move = moves.get(name) ?? {vacated: from, provider, successor, pieces: []};
		move.pieces.push(piece);
		moves.set(name, move);
	};
	const all = vacated
		.flatMap(agreement => inOrder(agreement).map((piece): Lost => ({agreement, piece})))
		.filter(({piece}) => !isBegun.has(placeName(piece)));
	// While a successor's provider is silent, its pieces may be there: repairing them twice costs the customer.
	let left = all.filter(({agreement}) => agreement.unreachable === 0);
	const settle = (find: (lost: Lost) => Candidate | undefined): void => {
		left = left.filter(lost => {
			const found = find(lost);
			if (found !== undefined) add(found, lost.piece);
			return found === undefined;
		});
	};
	// What is open already first: whoever has it must not get another piece of that segment before. Bounties are for pieces
	// that stay in the line of their agreement; but one that finds no place there may have that of a relative.
	settle(lost => planner.place(lost, [lost.agreement], true));
	settle(lost => planner.place(lost, [lost.agreement], false));
	settle(lost =>
		planner.place(
			lost,
			vacated.filter(({family}) => family === lost.agreement.family),
			false,
		),
	);
	const silent = all.filter(({agreement}) => agreement.unreachable > 0);
	return {
		moves: [...moves.values()],
		unplaced: [...silent, ...left].map(lost => ({piece: lost.piece, reason: planner.reason(lost)})),
	};
};
