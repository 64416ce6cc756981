import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {Epoch} from '#kernel/slot';
import type {Witness} from '#ledger/tx/transaction';
import type {Clock} from '#node/ports/clock';
import {BODY_BYTES_MAX} from '#transport/protocols/frames';
import {decodeReply, encodeRequest, type PeerReply, type PeerRequest} from '#transport/protocols/messages';
import type {SessionPool} from '#transport/session-pool';
import {bodyOf, type PeerAddress, type RequestOptions, type Response} from '#transport/transport';

export type PieceName = {readonly agreementId: Hash32; readonly pieceId: Hash32};
type CallOptions = Pick<RequestOptions, 'signal' | 'onSent'>;

/** One provider, as clients and repairers speak to it. Its refusals are `NodeError`s PROVIDER_REFUSED with a `reason`. */
export type ProviderPeer = {
	readonly address: PeerAddress;
	/** The provider's signature on an agreement-open transaction. */
	agree(transaction: Uint8Array, options?: CallOptions): Promise<Witness>;
	/** The provider's signature on a service-class transaction. */
	promise(transaction: Uint8Array, options?: CallOptions): Promise<Witness>;
	put(piece: PieceName, bytes: Uint8Array, options?: CallOptions): Promise<void>;
	/** `length` bytes of the piece from `offset` (default 0) on; nobody has checked them. `into` is at least that long. */
	get(
		piece: PieceName & {readonly length: number; readonly offset?: number; readonly into?: Uint8Array},
		options?: CallOptions,
	): Promise<Uint8Array>;
	/** The provider's signature on a revision that the client has signed; nobody has checked it. */
	revise(
		request: Omit<Extract<PeerRequest, {readonly kind: 'revise'}>, 'kind'>,
		options?: CallOptions,
	): Promise<Uint8Array>;
	/** The newest revision with both signatures, or no bytes; nobody has checked it. */
	revision(agreementId: Hash32, options?: CallOptions): Promise<Uint8Array>;
	/** Where the agreement stands in the forest that the provider has proven for an epoch; nobody has checked it. */
	inclusion(
		agreement: {readonly agreementId: Hash32; readonly epoch: Epoch},
		options?: CallOptions,
	): Promise<Uint8Array>;
	/** The length of each piece, or undefined where it is not there. */
	have(
		agreementId: Hash32,
		pieceIds: readonly Hash32[],
		options?: CallOptions,
	): Promise<readonly (number | undefined)[]>;
};

const unexpected = (reply: PeerReply, asked: string): NodeError =>
	reply.kind === 'refused'
		? new NodeError({
				code: 'PROVIDER_REFUSED',
				message: `The provider refused: ${reply.reason} ${reply.detail}`,
				asked,
				reason: reply.reason,
				detail: reply.detail,
			})
		: new NodeError({code: 'PROVIDER_ANSWER_WRONG', asked, answered: reply.kind});

/** Small requests are answered within this, or not at all. */
const ANSWER_MS_MAX = 15_000;

/** Runs `work` with a signal that also aborts when the time is over. Throws PROVIDER_SILENT then. */
const withinTime = async <T>(
	clock: Clock,
	signal: AbortSignal | undefined,
	work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
	const over = new AbortController();
	const done = new AbortController();
	const silent = new NodeError({
		code: 'PROVIDER_SILENT',
		message: 'A provider does not answer.',
		answerMsMax: ANSWER_MS_MAX,
	});
	clock.waitUntil(clock.now() + ANSWER_MS_MAX, {signal: done.signal}).then(
		() => over.abort(silent),
		() => undefined,
	);
	try {
		return await work(signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]));
	} finally {
		done.abort(silent);
	}
};

export const createProviderPeer = (pool: SessionPool, address: PeerAddress, clock: Clock): ProviderPeer => {
	const ask = async (
		request: PeerRequest,
		body: Uint8Array | undefined,
		options: RequestOptions,
	): Promise<{readonly reply: PeerReply; readonly response: Response}> => {
		const message = {head: encodeRequest(request), ...(body && {body: bodyOf(body)})};
		const response = await pool.request(address, message, options);
		const reply = decodeReply(response.head);
		if (reply.ok) return {reply: reply.value, response};
		throw new NodeError({code: 'PROVIDER_ANSWER_WRONG', asked: request.kind, cbor: reply.error.code});
	};
	const askShortly = async (request: PeerRequest, {signal}: CallOptions): Promise<PeerReply> =>
		await withinTime(clock, signal, async stop => (await ask(request, undefined, {signal: stop})).reply);
	const witnessOf = async (request: PeerRequest, options: CallOptions): Promise<Witness> => {
		const reply = await askShortly(request, options);
		if (reply.kind !== 'witness') throw unexpected(reply, request.kind);
		const {verificationKey, signature} = reply;
		return {verificationKey, signature};
	};
	return {
		address,
		agree: (transaction, options = {}) => witnessOf({kind: 'agree', transaction}, options),
		promise: (transaction, options = {}) => witnessOf({kind: 'promise', transaction}, options),
		put: async ({agreementId, pieceId}, bytes, options = {}) => {
			const {reply} = await ask({kind: 'put', agreementId, pieceId}, bytes, options);
			if (reply.kind !== 'stored') throw unexpected(reply, 'put');
		},
		get: async ({agreementId, pieceId, length, offset = 0, into}, options = {}) => {
			const {reply, response} = await ask({kind: 'get', agreementId, pieceId, offset, length}, undefined, {
				...options,
				bodyBytesMax: Math.min(length, BODY_BYTES_MAX),
				...(into && {into}),
			});
			if (reply.kind !== 'piece') throw unexpected(reply, 'get');
			return response.body;
		},
		revise: async (request, options = {}) => {
			const reply = await askShortly({kind: 'revise', ...request}, options);
			if (reply.kind !== 'revised') throw unexpected(reply, 'revise');
			return reply.signature;
		},
		revision: async (agreementId, options = {}) => {
			const reply = await askShortly({kind: 'revision', agreementId}, options);
			if (reply.kind !== 'revision') throw unexpected(reply, 'revision');
			return reply.signed;
		},
		inclusion: async (agreement, options = {}) => {
			const reply = await askShortly({kind: 'inclusion', ...agreement}, options);
			if (reply.kind !== 'inclusion') throw unexpected(reply, 'inclusion');
			return reply.inclusion;
		},
		have: async (agreementId, pieceIds, options = {}) => {
			const reply = await askShortly({kind: 'have', agreementId, pieceIds}, options);
			if (reply.kind !== 'held' || reply.lengths.length !== pieceIds.length) throw unexpected(reply, 'have');
			return reply.lengths.map(length => (length === 0 ? undefined : length - 1));
		},
	};
};
