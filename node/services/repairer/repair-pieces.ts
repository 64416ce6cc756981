import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {Epoch} from '#kernel/slot';
import type {RepairTicket} from '#pieces/manifest/repair-ticket';
import {rebuildPiece} from '#pieces/segment/rebuild-piece';
import {EMPTY_AGREEMENT} from '#storage-proofs/agreement-trie';
import {Slots} from '#transport/slots';
import {openAgreements} from '../storage-client/open-agreements.ts';
import {locatePieces} from '../storage-client/piece-locations.ts';
import {type KnownAgreement, reviseAgreements} from '../storage-client/revise-agreements.ts';
import {downloadPieces, type PieceSource, receiveMasked} from '../storage-client/segments.ts';
import {whileBehind} from '../storage-client/while-behind.ts';
import {type Move, planRepair} from './plan-repair.ts';
import type {RepairContext} from './repair-context.ts';
import type {ReachablePeer, VacatedPiece} from './successors.ts';
import type {VacatedAgreement} from './vacated-agreements.ts';

export type RepairProgress =
	| {readonly phase: 'agreements'; readonly agreements: number}
	| {readonly phase: 'pieces'; readonly pieces: number; readonly totalPieces: number}
	| {readonly phase: 'revisions'; readonly agreements: number};

export type RepairOptions = {
	readonly tickets: readonly RepairTicket[];
	readonly signal?: AbortSignal;
	readonly onProgress?: (progress: RepairProgress) => void;
};

export type RepairedPieces = {
	readonly vacated: Hash32;
	readonly successor: Hash32;
	readonly providerId: Hash32;
	readonly pieceIds: readonly Hash32[];
	readonly bytes: number;
};

export type RepairReport = {
	readonly repaired: readonly RepairedPieces[];
	/** Lost pieces that could not be placed, rebuilt or signed for, by id, with why. */
	readonly failed: readonly {readonly pieceId: Hash32; readonly reason: string}[];
};

/** Segments that are rebuilt at a time. */
const SEGMENTS_IN_FLIGHT = 2;

type Found = {readonly vacated: readonly VacatedAgreement[]; readonly providers: readonly ReachablePeer[]};
type Refused = {readonly move: Move; readonly error: NodeError};
type MoveTo = {readonly move: Move; readonly agreement: KnownAgreement};
type Job = {readonly piece: VacatedPiece; readonly to: MoveTo};
type Failure = {readonly piece: VacatedPiece; readonly error: NodeError};

const reasonOf = ({code, detail}: NodeError): string => String(detail['reason'] ?? code);

/** An agreement for each move: what was opened earlier and has room, or a new one. */
const successorsFor = async (
	{ports, chain, signed}: RepairContext,
	moves: readonly Move[],
	{signal, onProgress}: RepairOptions,
): Promise<{readonly ready: readonly MoveTo[]; readonly refused: readonly Refused[]}> => {
	const repairerVk = chain.verificationKey;
	const ready: MoveTo[] = [];
	const openings = moves.flatMap(move => {
		const {vacated, provider, successor, pieces} = move;
		if (successor !== undefined) {
			const {agreementId, trie, newest} = successor;
			const startEpoch = Epoch(successor.view.startEpoch);
			const revisionNo = newest?.revision.revisionNo ?? 0;
			const agreement = {agreementId, peer: provider.peer, trie, revisionNo, newest, startEpoch, repairerVk};
			ready.push({move, agreement});
			return [];
		}
		return {
			move,
			peer: provider.peer,
			providerId: provider.id,
			client: vacated.client,
			capacityLeaves: pieces.reduce((sum, piece) => sum + piece.leaves, 0),
			rate: vacated.rate,
			endEpoch: Epoch(vacated.view.endEpoch),
			repairerVk,
			repairOf: vacated.agreementId,
		};
	});
	onProgress?.({phase: 'agreements', agreements: openings.length});
	const {opened, declined} = await openAgreements({chain, entropy: ports.entropy}, openings, {
		atLeast: 0,
		...(signal && {signal}),
	});
	for (const {opening, agreementId} of opened) {
		const {move, peer} = opening;
		const nothing = {trie: EMPTY_AGREEMENT, revisionNo: 0, newest: null, startEpoch: Epoch(0)};
		signed.set(toHex(agreementId), {revisionNo: 0, pieceIds: new Set()});
		ready.push({move, agreement: {agreementId, peer, ...nothing, repairerVk}});
	}
	return {ready, refused: declined.map(({opening: {move}, error}) => ({move, error}))};
};

/** How often who refuses is left out and another one asked. */
const PLANS_MAX = 4;

type Placed = {
	readonly ready: readonly MoveTo[];
	readonly unplaced: readonly RepairReport['failed'][number][];
};

/** Finds an agreement for each lost piece. Who does not answer or refuses is not asked again for anything this time. */
const placeLost = async (
	context: RepairContext,
	{providers, vacated}: Found,
	options: RepairOptions,
): Promise<Placed> => {
	const {rateMin, unvettedShare} = context.chain.parameters;
	const ready: MoveTo[] = [];
	const refusing = new Set<string>();
	const reasons = new Map<string, string>();
	for (let plans = 1; ; plans++) {
		const begun = ready.map(({move}) => move);
		const known = {providers, rateMin, unvettedShare, begun, refusing};
		const {moves, unplaced} = planRepair(options.tickets, vacated, known);
		const {ready: more, refused} = await successorsFor(context, moves, options);
		ready.push(...more);
		for (const {move, error} of refused) {
			refusing.add(toHex(move.provider.id));
			for (const piece of move.pieces) reasons.set(placeOf(piece), reasonOf(error));
		}
		if (refused.length > 0 && plans < PLANS_MAX) continue;
		const left = [
			...refused.flatMap(({move, error}) => move.pieces.map(piece => ({piece, reason: reasonOf(error)}))),
			...unplaced,
		];
		return {
			ready,
			unplaced: left.map(({piece, reason}) => ({
				pieceId: piece.pieceId,
				reason: reasons.get(placeOf(piece)) ?? reason,
			})),
		};
	}
};

/** Copies have one id, so that a piece is told by its place. */
const placeOf = ({ticket, segment, index}: Pick<VacatedPiece, 'ticket' | 'segment' | 'index'>): string =>
	`${ticket} ${segment} ${index}`;

type Sources = (piece: VacatedPiece) => readonly PieceSource[];

/**
 * Where the pieces of a segment can be had, for each ticket. Those that are lost come last: who has missed may be back, and
 * keep what is no longer its own until its agreement has ended.
 */
const sourcesOf = async (
	{chain, pool, ports}: RepairContext,
	tickets: readonly RepairTicket[],
	{client, lost}: {readonly client: Uint8Array; readonly lost: ReadonlySet<string>},
	call: {readonly signal?: AbortSignal},
): Promise<Sources> => {
	const locations = await Promise.all(
		tickets.map(({holders}) => locatePieces({chain, pool, clock: ports.clock}, {client, holders}, call)),
	);
	return ({ticket, segment}) => {
		const pieces = tickets[ticket]?.segments[segment]?.pieces ?? [];
		const isLost = ({index}: {readonly index: number}): boolean =>
			lost.has(placeOf({ticket, segment, index}));
		const sourcesFor = (some: typeof pieces): readonly PieceSource[] =>
			locations[ticket]?.sources(some) ?? [];
		return [...sourcesFor(pieces.filter(piece => !isLost(piece))), ...sourcesFor(pieces.filter(isLost))];
	};
};

/** Makes the lost pieces of one segment again and brings each to its new provider. */
const repairSegment = async (
	{ports, chain, hedgeMs}: RepairContext,
	tickets: readonly RepairTicket[],
	jobs: readonly Job[],
	{sources, signal}: {readonly sources: readonly PieceSource[]; readonly signal: AbortSignal | undefined},
): Promise<readonly Failure[]> => {
	const {ticket, segment} = (jobs[0] as Job).piece;
	const {code, segments} = tickets[ticket] as RepairTicket;
	const {maskKey, pieceLength} = segments[segment] as RepairTicket['segments'][number];
	const call = {...(signal && {signal})};
	const failures: Failure[] = [];
	const guarded = async (affected: readonly Job[], work: () => Promise<void>): Promise<void> => {
		try {
			await work();
		} catch (error) {
			signal?.throwIfAborted();
			if (!(error instanceof NodeError)) throw error;
			failures.push(...affected.map(({piece}) => ({piece, error})));
		}
	};
	await guarded(jobs, async () => {
		const pieces = await downloadPieces(
			receiveMasked(ports.segments),
			{sources, length: pieceLength, wanted: code.k},
			{clock: ports.clock, hedgeMs, ...call},
		);
		for (const job of jobs)
			await guarded([job], async () => {
				const {index, pieceId} = job.piece;
				const {agreementId, peer} = job.to.agreement;
				const rebuilt = rebuildPiece(ports.segments, {code, maskKey, pieceLength, pieces, index, pieceId});
				if (!rebuilt.ok) throw new NodeError(rebuilt.error);
				const put = (): Promise<void> => peer.put({agreementId, pieceId}, rebuilt.value, call);
				await whileBehind(chain, ['AGREEMENT_UNKNOWN'], put, call);
			});
	});
	return failures;
};

const repairAll = async (
	context: RepairContext,
	{vacated}: Found,
	ready: readonly MoveTo[],
	{tickets, signal, onProgress}: RepairOptions,
): Promise<readonly Failure[]> => {
	const jobs = ready.flatMap(to => to.move.pieces.map((piece): Job => ({piece, to})));
	const lost = new Set(vacated.flatMap(agreement => agreement.lost.map(placeOf)));
	const bySegment = new Map<string, Job[]>();
	for (const job of jobs) {
		const name = `${toHex(job.to.move.vacated.client)} ${job.piece.ticket} ${job.piece.segment}`;
		bySegment.set(name, [...(bySegment.get(name) ?? []), job]);
	}
	const sourcesByClient = new Map<string, Sources>();
	const failures: Failure[] = [];
	const slots = new Slots(SEGMENTS_IN_FLIGHT);
	let done = 0;
	await Promise.all(
		[...bySegment.values()].map(async own => {
			await slots.take(signal);
			try {
				const {piece, to} = own[0] as Job;
				const {client} = to.move.vacated;
				const sources =
					sourcesByClient.get(toHex(client)) ??
					(await sourcesOf(context, tickets, {client, lost}, {...(signal && {signal})}));
				sourcesByClient.set(toHex(client), sources);
				const options = {sources: sources(piece), signal};
				failures.push(...(await repairSegment(context, tickets, own, options)));
				done += own.length;
				onProgress?.({phase: 'pieces', pieces: done, totalPieces: jobs.length});
			} finally {
				slots.free();
			}
		}),
	);
	return failures;
};

const signAll = async (
	{chain, signed}: RepairContext,
	ready: readonly MoveTo[],
	failures: readonly Failure[],
	{signal, onProgress}: RepairOptions,
): Promise<RepairReport> => {
	const failed = new Set(failures.map(({piece}) => placeOf(piece)));
	const additions = ready
		.map(({move, agreement}) => ({
			agreement: {...agreement, move},
			pieces: move.pieces.filter(piece => !failed.has(placeOf(piece))),
		}))
		.filter(({pieces}) => pieces.length > 0);
	onProgress?.({phase: 'revisions', agreements: additions.length});
	const {revised, declined} = await reviseAgreements(chain, additions, {...(signal && {signal})});
	for (const {agreementId, revisionNo, move} of revised) {
		const added = additions.find(({agreement}) => agreement.move === move)?.pieces ?? [];
		const before = signed.get(toHex(agreementId))?.pieceIds ?? [];
		const pieceIds = new Set([...before, ...added.map(({pieceId}) => toHex(pieceId))]);
		signed.set(toHex(agreementId), {revisionNo, pieceIds});
	}
	const refusals = new Map(declined.map(({agreement, error}) => [agreement, error]));
	return {
		repaired: additions
			.filter(({agreement}) => !refusals.has(agreement))
			.map(({agreement: {agreementId, move}, pieces}) => ({
				vacated: move.vacated.agreementId,
				successor: agreementId,
				providerId: move.provider.id,
				pieceIds: pieces.map(({pieceId}) => pieceId),
				bytes: pieces.reduce((sum, {leaves}) => sum + 1024 * leaves, 0),
			})),
		failed: [
			...failures.map(({piece: {pieceId}, error}) => ({pieceId, reason: reasonOf(error)})),
			...additions.flatMap(({agreement, pieces}) => {
				const error = refusals.get(agreement);
				return error === undefined ? [] : pieces.map(({pieceId}) => ({pieceId, reason: reasonOf(error)}));
			}),
		],
	};
};

/** Rebuilds what vacated agreements lost, with the same piece ids, each piece with a provider that has none of its segment. */
export const repairPieces = async (
	context: RepairContext,
	found: Found,
	options: RepairOptions,
): Promise<RepairReport> => {
	const {ready, unplaced} = await placeLost(context, found, options);
	const unrepaired = await repairAll(context, found, ready, options);
	const {repaired, failed} = await signAll(context, ready, unrepaired, options);
	return {repaired, failed: [...unplaced, ...failed]};
};
