import {decodeGrantChain} from '#access/grant';
import {pieceBytesMax} from '#access/piece-size';
import {
	decodePieceProofs,
	decodePlacement,
	type PlacedPieceProof,
	type SignedPlacement,
	verifyPlacement,
} from '#access/placement';
import type {Right} from '#access/rights';
import {isWithinScope} from '#access/scope';
import {type Access, checkLapse, verifyGrantChain} from '#access/verify-chain';
import {equalBytes, toHex} from '#kernel/bytes';
import type {AccountId, Hash32} from '#kernel/hash';
import {err, type Failure, ok, type Result} from '#kernel/result';
import {accessEpochOf} from '#ledger/access/access-epoch';
import type {ProviderChain} from './provider-chain.ts';

/** What somebody wants to do with what an account has here. */
export type Wanted = {
	readonly right: Right;
	readonly pieceId?: Hash32;
	/** That are read or brought. */
	readonly bytes?: number;
	/** It is about all of the account. */
	readonly whole?: boolean;
};

type Presented = {
	readonly chain: Uint8Array;
	readonly placement: Uint8Array;
	readonly pieces: Uint8Array;
};

/** A chain of grants that held, and the pieces that the owner has said it is about. */
type Pass = {readonly id: string; readonly access: Access; readonly pieces: Set<string>};

/** The oldest goes first; whoever comes back then shows its grants again. */
const PEERS_MAX = 1024;
const PASSES_PER_PEER_MAX = 8;
const PIECES_PER_PASS_MAX = 65_536;

/**
 * Who may do what by grant. Nobody is asked: the grants say it, and the chain says whether they were revoked. Time and
 * revocation are looked at with every request.
 */
export class AccessDesk {
	readonly #chain: Pick<ProviderChain, 'env' | 'state' | 'currentSlot'>;
	readonly #passes: Map<string, readonly Pass[]> = new Map();

	constructor(chain: Pick<ProviderChain, 'env' | 'state' | 'currentSlot'>) {
		this.#chain = chain;
	}

	/** Takes note of grants to that peer; returns the slot with which they end. */
	present(peer: Uint8Array, {chain, placement, pieces}: Presented): Result<number, Failure> {
		const pass = this.#passOf(peer, chain);
		if (!pass.ok) return pass;
		if (placement.length > 0) {
			const admitted = this.#admit(pass.value, placement, pieces);
			if (!admitted.ok) return admitted;
		}
		this.#remember(peer, pass.value);
		return ok(pass.value.access.notAfter);
	}

	/** Whether the peer has shown grants of that owner, good ones or not any more. */
	knows(peer: Uint8Array, owner: AccountId): boolean {
		return this.#of(peer, owner).length > 0;
	}

	/** Whether one of the peer's grants covers all that is wanted; else why the newest of them does not. */
	allows(peer: Uint8Array, owner: AccountId, wanted: readonly Wanted[]): Result<void, Failure> {
		let refused: Result<void, Failure> = err({code: 'PEER_NOT_AUTHORISED'});
		for (const pass of this.#of(peer, owner)) {
			refused = this.#covers(pass, wanted);
			if (refused.ok) return refused;
		}
		return refused;
	}

	#of(peer: Uint8Array, owner: AccountId): readonly Pass[] {
		return (this.#passes.get(toHex(peer)) ?? []).filter(({access}) => equalBytes(access.owner, owner));
	}

	#passOf(peer: Uint8Array, bytes: Uint8Array): Result<Pass, Failure> {
		const {env} = this.#chain;
		const id = toHex(env.crypto.blake2b256(bytes));
		const known = this.#passes.get(toHex(peer))?.find(pass => pass.id === id);
		if (known !== undefined) {
			const lapsed = this.#lapse(known.access);
			return lapsed.ok ? ok(known) : lapsed;
		}
		const decoded = decodeGrantChain(bytes);
		if (!decoded.ok) return decoded;
		const access = verifyGrantChain(env.crypto, env.genesisHash, decoded.value);
		if (!access.ok) return access;
		if (!equalBytes(access.value.audience, peer)) return err({code: 'GRANT_AUDIENCE_WRONG'});
		const lapsed = this.#lapse(access.value);
		return lapsed.ok ? ok({id, access: access.value, pieces: new Set()}) : lapsed;
	}

	#admit({access, pieces}: Pass, placementBytes: Uint8Array, proofBytes: Uint8Array): Result<void, Failure> {
		const placement = decodePlacement(placementBytes);
		const proofs = decodePieceProofs(proofBytes);
		if (!placement.ok) return err({code: 'PLACEMENT_MALFORMED', failure: placement.error});
		if (!proofs.ok) return err({code: 'PLACEMENT_MALFORMED', failure: proofs.error});
		const held = this.#verify(access, placement.value, proofs.value);
		if (!held.ok) return held;
		if (pieces.size + proofs.value.length > PIECES_PER_PASS_MAX) pieces.clear();
		for (const {pieceId} of proofs.value) pieces.add(toHex(pieceId));
		return ok(undefined);
	}

	#verify(
		{scope, owner}: Access,
		placement: SignedPlacement,
		proofs: readonly PlacedPieceProof[],
	): Result<void, Failure> {
		if (!isWithinScope(placement.scope, scope)) return err({code: 'PLACEMENT_OUTSIDE_GRANT'});
		const {crypto, genesisHash} = this.#chain.env;
		return verifyPlacement(crypto, {genesisHash, owner}, placement, proofs);
	}

	#lapse(access: Access): Result<void, Failure> {
		const state = this.#chain.state();
		const {owner, series} = access;
		const current = {
			account: accessEpochOf(state, owner, null),
			series: accessEpochOf(state, owner, series),
		};
		return checkLapse(access, {slot: this.#chain.currentSlot(), current});
	}

	#covers({access, pieces}: Pass, wanted: readonly Wanted[]): Result<void, Failure> {
		const lapsed = this.#lapse(access);
		if (!lapsed.ok) return lapsed;
		const isWhole = access.scope.bucket === null;
		const {rights, sizeMax} = access;
		for (const {right, pieceId, bytes = 0, whole = false} of wanted) {
			// Who may read a piece may know that it is there.
			const has = rights.includes(right) || (right === 'list' && rights.includes('read'));
			if (!has) return err({code: 'GRANT_RIGHT_MISSING', right});
			if (sizeMax !== null && bytes > pieceBytesMax(sizeMax))
				return err({code: 'GRANT_SIZE_EXCEEDED', bytes, sizeMax});
			const isOutside = !isWhole && (whole || (pieceId !== undefined && !pieces.has(toHex(pieceId))));
			if (isOutside) return err({code: 'GRANT_SCOPE_EXCEEDED', right});
		}
		return ok(undefined);
	}

	#remember(peer: Uint8Array, pass: Pass): void {
		const key = toHex(peer);
		const others = (this.#passes.get(key) ?? []).filter(({id}) => id !== pass.id);
		this.#passes.delete(key);
		this.#passes.set(key, [...others.slice(1 - PASSES_PER_PEER_MAX), pass]);
		if (this.#passes.size > PEERS_MAX)
			for (const oldest of this.#passes.keys()) return void this.#passes.delete(oldest);
	}
}
