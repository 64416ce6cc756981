/**
 * A transport for somebody who has nothing with a provider but a grant: before the first read of a piece it shows the grant
 * and the owner's word on the pieces. Whoever uses the transport sees nothing of it.
 */
import {encodePieceProofs, PIECE_PROOFS_MAX, provePieces} from '#access/placement';
import type {Hasher} from '#crypto/crypto';
import type {PieceId} from '#crypto/piece-id';
import {equalBytes, toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {decodeReply, decodeRequest, encodeRequest} from '#transport/protocols/messages';
import type {OutgoingMessage, RequestOptions, Response, Session, Transport} from '#transport/transport';

/** Pieces that the owner has put into one placement. */
export type Admission = {
	/** `encodePlacement` of it. */
	readonly placement: Uint8Array;
	/** All of them, in their order. */
	readonly pieces: readonly PieceId[];
	/** Where each is, as far as it is known: those of one agreement are shown together. */
	readonly agreements: readonly (Hash32 | undefined)[];
};

export type GrantedTransport = Transport & {
	/** From now on these pieces can be read. */
	admit(admission: Admission): void;
};

type Place = {readonly admission: Admission; readonly index: number};

/** A provider that has started anew, or has forgotten us. */
const FORGOTTEN: ReadonlySet<string> = new Set(['PEER_NOT_AUTHORISED', 'GRANT_SCOPE_EXCEEDED']);

class Passport {
	readonly #hasher: Hasher;
	readonly #chain: Uint8Array;
	readonly #places = new Map<string, Place>();
	/** What was shown, by peer and piece. */
	readonly #shown = new Map<string, Map<string, Promise<void>>>();

	constructor(hasher: Hasher, chain: Uint8Array) {
		this.#hasher = hasher;
		this.#chain = chain;
	}

	admit(admission: Admission): void {
		for (const [index, piece] of admission.pieces.entries())
			this.#places.set(toHex(piece), {admission, index});
	}

	/** The provider is to be shown everything again. */
	forget({peer}: Session): void {
		this.#shown.delete(toHex(peer));
	}

	/** Resolves when the provider knows that these pieces are ours to read. */
	async show(session: Session, agreementId: Hash32, pieceIds: readonly PieceId[]): Promise<void> {
		const key = toHex(session.peer);
		const shown = this.#shown.get(key) ?? new Map<string, Promise<void>>();
		this.#shown.set(key, shown);
		for (const pieceId of pieceIds) {
			const piece = toHex(pieceId);
			const place = this.#places.get(piece);
			if (place === undefined || shown.has(piece)) continue;
			const indexes = together(place, agreementId).filter(
				index => !shown.has(toHex(place.admission.pieces[index] as PieceId)),
			);
			const showing = this.#present(session, place.admission, indexes);
			for (const index of indexes) shown.set(toHex(place.admission.pieces[index] as PieceId), showing);
		}
		await Promise.all(pieceIds.map(pieceId => shown.get(toHex(pieceId))));
	}

	async #present(
		session: Session,
		{placement, pieces}: Admission,
		indexes: readonly number[],
	): Promise<void> {
		const proofs = encodePieceProofs(provePieces(this.#hasher, pieces, indexes));
		const head = encodeRequest({kind: 'access', chain: this.#chain, placement, pieces: proofs});
		try {
			const reply = decodeReply((await session.request({head})).head);
			if (reply.ok && reply.value.kind === 'admitted') return;
			if (reply.ok && reply.value.kind === 'refused')
				throw new NodeError({
					code: 'PROVIDER_REFUSED',
					message: `The provider does not take the grant: ${reply.value.reason} ${reply.value.detail}`,
					asked: 'access',
					reason: reply.value.reason,
					detail: reply.value.detail,
				});
			throw new NodeError({code: 'PROVIDER_ANSWER_WRONG', asked: 'access'});
		} catch (error) {
			this.forget(session);
			throw error;
		}
	}
}

/** The pieces that are shown with one of them: those of the same agreement, as many as a message holds. */
const together = ({admission, index}: Place, agreementId: Hash32): readonly number[] => {
	const others = admission.agreements.flatMap((agreement, at) =>
		at !== index && agreement !== undefined && equalBytes(agreement, agreementId) ? [at] : [],
	);
	return [index, ...others].slice(0, PIECE_PROOFS_MAX);
};

class GrantedSession implements Session {
	readonly #session: Session;
	readonly #passport: Passport;

	constructor(session: Session, passport: Passport) {
		this.#session = session;
		this.#passport = passport;
	}

	get peer(): Uint8Array {
		return this.#session.peer;
	}

	get closed(): boolean {
		return this.#session.closed;
	}

	get pending(): number {
		return this.#session.pending;
	}

	close(): void {
		this.#session.close();
	}

	async request(message: OutgoingMessage, options?: RequestOptions): Promise<Response> {
		const decoded = decodeRequest(message.head);
		const request = decoded.ok ? decoded.value : undefined;
		if (request?.kind !== 'get' && request?.kind !== 'have') return this.#session.request(message, options);
		const pieceIds = request.kind === 'get' ? [request.pieceId] : request.pieceIds;
		const ask = async (): Promise<Response> => {
			await this.#passport.show(this.#session, request.agreementId, pieceIds);
			return this.#session.request(message, options);
		};
		const response = await ask();
		const reply = decodeReply(response.head);
		const isForgotten = reply.ok && reply.value.kind === 'refused' && FORGOTTEN.has(reply.value.reason);
		if (!isForgotten) return response;
		this.#passport.forget(this.#session);
		return ask();
	}
}

/** `chain`: `encodeGrantChain` of grants to the transport's key. */
export const grantedTransport = (
	transport: Transport,
	hasher: Hasher,
	chain: Uint8Array,
): GrantedTransport => {
	const passport = new Passport(hasher, chain);
	return {
		key: transport.key,
		admit: admission => passport.admit(admission),
		listen: (endpoint, handler) => transport.listen(endpoint, handler),
		connect: async (address, call) => new GrantedSession(await transport.connect(address, call), passport),
	};
};
