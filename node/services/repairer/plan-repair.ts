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

const reservedName = (piece: VacatedPiece, {operator}: Traits): string => `${segmentName(piece)} ${operator}`;

/**
 * Operators that have room for a lost piece of which nobody knows whether it is with a silent provider, by segment. It is
 * not planned for yet, and would find that room closed later if they got another piece of its segment meanwhile.
 */
const reservedBySegment = (vacated: readonly VacatedAgreement[]): ReadonlySet<string> => {
	const silent = vacated.filter(({unreachable}) => unreachable > 0);
	const names = silent.flatMap(({family, successors}) => {
		const lost = silent.filter(other => other.family === family).flatMap(other => other.lost);
		return successors.flatMap(({provider, spareLeaves}) =>
			lost.filter(({leaves}) => leaves <= spareLeaves).map(piece => reservedName(piece, provider.traits)),
		);
	});
	return new Set(names);
};

const takes = (
	{accepting, storePrice, freeLeaves, score}: ReachablePeer,
	{rate, rateMin, leaves}: {readonly rate: Lovelace; readonly rateMin: Lovelace; readonly leaves: number},
): boolean => accepting && score > 0n && storePrice <= rate && rateMin <= rate && freeLeaves >= leaves;

/** The agreement, or one to be opened, that a piece goes into. */
type Place = Pick<Move, 'vacated' | 'provider' | 'successor'>;

/** Leaves that are left: of providers, of agreements that were opened, and of those that may still be opened. */
class Rooms {
	readonly #taken = new Map<string, number>();

	constructor(begun: readonly Move[]) {
		for (const move of begun) for (const {leaves} of move.pieces) this.take(move, leaves);
	}

	takenOf(id: Uint8Array): number {
		return this.#taken.get(toHex(id)) ?? 0;
	}

	#add(id: Uint8Array, leaves: number): void {
		this.#taken.set(toHex(id), this.takenOf(id) + leaves);
	}

	/** Fewer than 0 leaves are given back. */
	take({vacated, provider, successor}: Place, leaves: number): void {
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

type Candidate = Place & {readonly isStaged: boolean};

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

/**
 * The best first: what is there already, then what was opened already, then who has not to keep room for another piece, then
 * where fewest would fail together.
 */
const ranked = (
	candidates: readonly Candidate[],
	judge: (traits: Traits) => {readonly isReserved: boolean; readonly broken: number},
	rooms: Rooms,
): readonly Candidate[] =>
	candidates
		.map(candidate => ({candidate, ...judge(candidate.provider.traits)}))
		.toSorted(
			({candidate: a, ...judgedA}, {candidate: b, ...judgedB}) =>
				Number(b.isStaged) - Number(a.isStaged) ||
				Number(a.successor === undefined) - Number(b.successor === undefined) ||
				Number(judgedA.isReserved) - Number(judgedB.isReserved) ||
				judgedA.broken - judgedB.broken ||
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

/** A lost piece, and the vacated agreement that had it. */
type Lost = {readonly agreement: VacatedAgreement; readonly piece: VacatedPiece};

/** How often it is tried in vain to place one piece where another one is: a plan over thousands must end soon. */
const TRIALS_MAX = 1000;

class Planner {
	readonly #tickets: readonly RepairTicket[];
	readonly #options: PlanOptions;
	readonly #holders: Map<string, Set<string>>;
	readonly #reserved: ReadonlySet<string>;
	readonly #rooms: Rooms;
	readonly #traits: ReadonlyMap<string, Traits>;
	readonly #vacated: readonly VacatedAgreement[];
	readonly #placed = new Map<Lost, Candidate>();
	/** Placed pieces that cannot be elsewhere, as things stand. */
	readonly #fixed = new Set<Lost>();
	#trials = 0;

	constructor(tickets: readonly RepairTicket[], vacated: readonly VacatedAgreement[], options: PlanOptions) {
		const {begun = [], providers} = options;
		this.#tickets = tickets;
		this.#options = options;
		this.#holders = holdersBySegment(tickets, vacated, begun);
		this.#reserved = reservedBySegment(vacated);
		this.#rooms = new Rooms(begun);
		this.#traits = new Map(providers.map(provider => [toHex(provider.id), provider.traits]));
		this.#vacated = vacated;
	}

	get placed(): ReadonlyMap<Lost, Candidate> {
		return this.#placed;
	}

	#holdersOf(piece: VacatedPiece): Set<string> {
		const name = segmentName(piece);
		const holders = this.#holders.get(name) ?? new Set();
		this.#holders.set(name, holders);
		return holders;
	}

	#take(lost: Lost, candidate: Candidate): void {
		this.#placed.set(lost, candidate);
		this.#holdersOf(lost.piece).add(toHex(candidate.provider.id));
		this.#rooms.take(candidate, lost.piece.leaves);
	}

	#leave(lost: Lost, candidate: Candidate): void {
		this.#placed.delete(lost);
		this.#holdersOf(lost.piece).delete(toHex(candidate.provider.id));
		this.#rooms.take(candidate, -lost.piece.leaves);
	}

	/** Finds somebody for a piece, if anybody is free for it. */
	place(lost: Lost, rooms: readonly VacatedAgreement[], isOpened: boolean): Candidate | undefined {
		const {piece} = lost;
		const {refusing = new Set(), unvettedShare} = this.#options;
		const has = this.#holdersOf(piece);
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
		const judge = (traits: Traits): {readonly isReserved: boolean; readonly broken: number} => ({
			isReserved: this.#reserved.has(reservedName(piece, traits)),
			broken: limitsBroken(limits, others, traits).length,
		});
		const [best] = ranked(fit, judge, this.#rooms);
		if (best !== undefined) this.#take(lost, best);
		return best;
	}

	/** Finds somebody in the agreements that have the same pieces. */
	placeInFamily(lost: Lost): Candidate | undefined {
		const relatives = this.#vacated.filter(({family}) => family === lost.agreement.family);
		return this.place(lost, relatives, false);
	}

	/**
	 * Finds somebody for a piece by placing others elsewhere. What was opened has room for what it was opened for, but nobody
	 * says which piece that was. One that could be anywhere must not have the only room of one that could not: what is signed
	 * stays, and the chain gives no other room.
	 */
	placeInTurn(lost: Lost): boolean {
		if (!this.#makeWay(lost)) return false;
		this.#fixed.clear();
		this.#trials = 0;
		return true;
	}

	/** Whether a piece might go where another one is, if that were not there. */
	#isInTheWay({agreement, piece}: Lost, other: Lost, {vacated, provider}: Candidate): boolean {
		if (this.#fixed.has(other)) return false;
		if (segmentName(other.piece) === segmentName(piece)) return true;
		return vacated.family === agreement.family && !this.#holdersOf(piece).has(toHex(provider.id));
	}

	#makeWay(lost: Lost): boolean {
		for (const [other, at] of [...this.#placed]) {
			if (!this.#isInTheWay(lost, other, at)) continue;
			if (this.#trials >= TRIALS_MAX) return false;
			this.#trials++;
			this.#leave(other, at);
			const found = this.placeInFamily(lost);
			if (found !== undefined) {
				this.#fixed.add(other);
				if (this.placeInFamily(other) !== undefined || this.#makeWay(other)) return true;
				this.#leave(lost, found);
			}
			this.#take(other, at);
		}
		return false;
	}

	/** Why nobody was found. */
	reason({agreement, piece}: Lost): Unplaced['reason'] {
		if (agreement.unreachable > 0) return 'REPAIR_SUCCESSOR_SILENT';
		const isRoom = this.#rooms.toBeOpened(agreement) >= piece.leaves;
		return isRoom ? 'REPAIR_NO_PROVIDER' : 'REPAIR_NO_ROOM';
	}
}

type Open = Move & {readonly pieces: VacatedPiece[]};

/** One move for all pieces that go into one agreement. */
const movesOf = (placed: ReadonlyMap<Lost, Candidate>): readonly Move[] => {
	const moves = new Map<string, Open>();
	for (const [{piece}, {vacated, provider, successor}] of placed) {
		const name = `${toHex(vacated.agreementId)} ${toHex(successor?.agreementId ?? provider.id)}`;
		const move = moves.get(name) ?? {vacated, provider, successor, pieces: []};
		move.pieces.push(piece);
		moves.set(name, move);
	}
	return [...moves.values()];
};

export const planRepair = (
	tickets: readonly RepairTicket[],
	vacated: readonly VacatedAgreement[],
	options: PlanOptions,
): RepairPlan => {
	const planner = new Planner(tickets, vacated, options);
	const isBegun = new Set((options.begun ?? []).flatMap(({pieces}) => pieces.map(placeName)));
	const all = vacated
		.flatMap(agreement => inOrder(agreement).map((piece): Lost => ({agreement, piece})))
		.filter(({piece}) => !isBegun.has(placeName(piece)));
	// While a successor's provider is silent, its pieces may be there: repairing them twice costs the customer.
	let left = all.filter(({agreement}) => agreement.unreachable === 0);
	const settle = (isPlaced: (lost: Lost) => boolean): void => {
		left = left.filter(lost => !isPlaced(lost));
	};
	// What is open already first: whoever has it must not get another piece of that segment before. Bounties are for pieces
	// that stay in the line of their agreement; but one that finds no place there may have that of a relative.
	settle(lost => planner.place(lost, [lost.agreement], true) !== undefined);
	settle(lost => planner.place(lost, [lost.agreement], false) !== undefined);
	settle(lost => planner.placeInFamily(lost) !== undefined);
	settle(lost => planner.placeInTurn(lost));
	const silent = all.filter(({agreement}) => agreement.unreachable > 0);
	return {
		moves: movesOf(planner.placed),
		unplaced: [...silent, ...left].map(lost => ({piece: lost.piece, reason: planner.reason(lost)})),
	};
};
