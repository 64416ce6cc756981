/** One and the same piece with several providers: found by its id alone, in any agreement of its owner. */
import {identifyPiece, pieceLeafCount} from '#crypto/piece-id';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {WRAPPED_KEY_BYTES} from '#pieces/manifest/wrapped-key';
import {isPiece} from '#pieces/segment/decode-segment';
import {isActive} from './active-agreement.ts';
import {hashField, reachableProviders} from './chain-client.ts';
import {type ClientAgreement, piecesByAgreement, secureAgreements} from './client-agreements.ts';
import {copyTextLength} from './copies.ts';
import {drawProviders, operatorsOf, peerOf} from './find-providers.ts';
import type {ProviderPeer} from './provider-peer.ts';
import {acceptingProviders, type FileContext} from './put-file.ts';
import {type Attempt, race} from './race.ts';
import {reviseAgreements} from './revise-agreements.ts';
import {whileBehind} from './while-behind.ts';

type Call = {readonly signal?: AbortSignal};

/** How many copies there are to be, and how many are enough. */
const COPIES = 7;
const COPIES_MIN = 3;
/** New agreements have room for so many more copies of that length, so that not every write opens new ones. */
const WRITES_AHEAD = 16;
const CAPACITY_LEAVES_MIN = 1024;

/**
 * The pieces of an agreement are remembered in manifests, so copies get one as well: a code with k = 1, whose segment is as
 * long as makes a piece of `length` bytes. It is never decoded.
 */
const remember = async (
	{manifests, ports}: FileContext,
	{name, pieceId, length}: {readonly name: string; readonly pieceId: Hash32; readonly length: number},
	holders: readonly ClientAgreement[],
): Promise<void> => {
	const plaintextLength = copyTextLength(length);
	await manifests.save({
		version: 1,
		name,
		size: plaintextLength,
		sha256: ports.sha256().digest(),
		wrappedFileKey: manifests.newFileKey().wrapped,
		code: {k: 1, repairAt: 1, optimal: holders.length, total: holders.length},
		holders: holders.map(({agreementId, provider}) => ({agreementId, providerId: provider.id})),
		segments: [
			{
				plaintextLength,
				wrappedKey: new Uint8Array(WRAPPED_KEY_BYTES),
				pieces: holders.map((_, index) => ({index, pieceId, holder: index})),
			},
		],
	});
};

/** Sends the piece to each; returns the agreements whose providers have it. */
const sendAll = async (
	{chain}: FileContext,
	agreements: readonly ClientAgreement[],
	{pieceId, bytes}: {readonly pieceId: Hash32; readonly bytes: Uint8Array},
	call: Call,
): Promise<readonly ClientAgreement[]> => {
	const sent = await Promise.allSettled(
		agreements.map(async agreement => {
			const {agreementId, peer} = agreement;
			// One of its own for each: many that listen to the same would look like a leak.
			const own = {...(call.signal && {signal: AbortSignal.any([call.signal])})};
			const put = (): Promise<void> => peer.put({agreementId, pieceId}, bytes, own);
			await whileBehind(chain, ['AGREEMENT_UNKNOWN'], put, own);
			return agreement;
		}),
	);
	call.signal?.throwIfAborted();
	return sent.flatMap(each => (each.status === 'fulfilled' ? each.value : []));
};

const tooFew = (copies: number): NodeError =>
	new NodeError({
		code: 'UPLOAD_TOO_FEW_PIECES',
		message: `Only ${copies} copies could be stored where ${COPIES_MIN} are needed.`,
		stored: copies,
		needed: COPIES_MIN,
	});

export type PieceToReplicate = {
	/** Under which the copies are remembered in the customer's folder. */
	readonly name: string;
	/** Whole KiB. */
	readonly bytes: Uint8Array;
	readonly epochs: number;
};

/** Throws UPLOAD_TOO_FEW_PIECES, AGREEMENTS_TOO_FEW. */
export const putReplicated = async (
	context: FileContext,
	{name, bytes, epochs}: PieceToReplicate,
	call: Call = {},
): Promise<Hash32> => {
	const {ports, chain, manifests} = context;
	const {crypto, entropy, segments} = ports;
	const pieceId = identifyPiece(crypto, segments.trees, bytes);
	const leaves = pieceLeafCount(bytes.length);
	const capacityLeaves = Math.max(CAPACITY_LEAVES_MIN, leaves * WRITES_AHEAD);
	const providers = (await acceptingProviders(context, call)).filter(
		({freeLeaves}) => freeLeaves >= capacityLeaves,
	);
	const count = Math.min(COPIES, operatorsOf(providers));
	const chosen = drawProviders(crypto, providers, {seed: entropy.bytes(32), count});
	const known = piecesByAgreement(
		await Promise.all((await manifests.names()).map(each => manifests.load(each))),
	);
	const agreements = await secureAgreements(
		{chain, entropy},
		known,
		{
			providers: chosen,
			leaves,
			capacityLeaves,
			epochs,
			repairerVk: context.repairerVk ?? chain.verificationKey,
			atLeast: COPIES_MIN,
		},
		call,
	);
	const holding = await sendAll(context, agreements, {pieceId, bytes}, call);
	if (holding.length < COPIES_MIN) throw tooFew(holding.length);
	const additions = holding.map(agreement => ({agreement, pieces: [{pieceId, leaves}]}));
	const {declined} = await reviseAgreements(chain, additions, call);
	const lost = new Set(declined.map(({agreement}) => agreement));
	const holders = holding.filter(agreement => !lost.has(agreement));
	if (holders.length < COPIES_MIN) throw tooFew(holders.length);
	await remember(context, {name, pieceId, length: bytes.length}, holders);
	return pieceId;
};

type Copy = {readonly agreementId: Hash32; readonly peer: ProviderPeer};
type Found = Copy & {readonly length: number};

type Places = {
	readonly copies: readonly Copy[];
	/** Agreements that go on, and those whose provider nobody can reach. */
	readonly active: number;
	readonly unreachable: number;
};

/** Where copies may be: with the provider of any agreement of this account. */
const places = async ({ports, chain, pool}: FileContext, call: Call): Promise<Places> => {
	const peers = new Map<string, ProviderPeer>();
	for (const provider of await reachableProviders(chain.control, call)) {
		const peer = peerOf({pool, clock: ports.clock}, provider);
		if (peer !== undefined) peers.set(toHex(provider.id), peer);
	}
	const views = await chain.control.agreements({client: toHex(chain.account)}, call);
	const copies = views.flatMap(({id, provider}) => {
		const peer = peers.get(provider);
		return peer === undefined ? [] : {agreementId: hashField(id, 'agreement id'), peer};
	});
	return {copies, active: views.filter(isActive).length, unreachable: views.length - copies.length};
};

/** The longest that is fetched. */
export const REPLICATED_BYTES_MAX: number = 8 * 2 ** 20;

type Asked = {
	/** Those that have it, in the order in which they say so; rejected with PIECE_UNAVAILABLE where there are no more. */
	readonly found: readonly Promise<Found>[];
	/** When all have answered or failed to: how many have said nothing. */
	readonly silent: Promise<number>;
};

const havingIt = (copies: readonly Copy[], pieceId: Hash32, call: Call): Asked => {
	const waiting = copies.map(() => {
		let resolve: (found: Found) => void = () => undefined;
		let reject: (error: unknown) => void = () => undefined;
		const found = new Promise<Found>((kept, broken) => {
			resolve = kept;
			reject = broken;
		});
		// Nobody may come to ask for it.
		found.catch(() => undefined);
		return {found, resolve, reject};
	});
	let found = 0;
	const ask = async ({agreementId, peer}: Copy): Promise<void> => {
		const [length] = await peer.have(agreementId, [pieceId], call);
		if (length !== undefined && length <= REPLICATED_BYTES_MAX)
			waiting[found++]?.resolve({agreementId, peer, length});
	};
	const silent = Promise.allSettled(copies.map(ask)).then(answers => {
		for (const {reject} of waiting.slice(found)) reject(new NodeError({code: 'PIECE_UNAVAILABLE', pieceId}));
		return answers.filter(isSilence).length;
	});
	return {found: waiting.map(each => each.found), silent};
};

/** Who refuses has spoken: an agreement that it no longer knows has ended. */
const isSilence = (answer: PromiseSettledResult<void>): boolean =>
	answer.status === 'rejected' &&
	!(answer.reason instanceof NodeError && answer.reason.code === 'PROVIDER_REFUSED');

const unavailable = (
	pieceId: Hash32,
	{active, copies, unreachable}: Places,
	{silent, reasons}: {readonly silent: number; readonly reasons: readonly string[]},
): NodeError => {
	const away = silent + unreachable;
	const why =
		active === 0
			? 'The account has no agreement that goes on: what was in those that have ended is kept no longer.'
			: away === 0
				? `All ${copies.length} agreements were asked and none has it: the one that it was in has ended, or has lost it.`
				: `${away} providers do not answer: try again when they do.`;
	return new NodeError({
		code: 'PIECE_UNAVAILABLE',
		message: `No provider of this account brings the piece. ${why}`,
		pieceId,
		asked: copies.length,
		silent: away,
		active,
		reasons,
	});
};

/** The piece from the first who brings it; checked against its id. Throws PIECE_UNAVAILABLE. */
export const getReplicated = async (
	context: FileContext,
	pieceId: Hash32,
	call: Call = {},
): Promise<Uint8Array> => {
	const {ports, hedging} = context;
	const {crypto, segments, clock} = ports;
	const where = await places(context, call);
	const {found: having, silent} = havingIt(where.copies, pieceId, call);
	const attempts = having.map(
		(found): Attempt<Uint8Array> => ({
			run: async signal => {
				const {agreementId, peer, length} = await found;
				const bytes = await peer.get({agreementId, pieceId, length}, {signal});
				if (isPiece({hasher: crypto, trees: segments.trees}, pieceId, bytes)) return bytes;
				throw new NodeError({code: 'PROVIDER_PIECE_WRONG', message: 'A provider sent other bytes.'});
			},
		}),
	);
	const {values, failures} = await race(attempts, {wanted: 1, clock, ...hedging, ...call});
	const [bytes] = values;
	if (bytes !== undefined) return bytes;
	const reasons = [...new Set(failures.map(({code}) => code))];
	throw unavailable(pieceId, where, {silent: await silent, reasons});
};
