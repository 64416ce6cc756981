import type {SecretCrypto} from '#crypto/crypto';
import {equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {err, type Failure, ok, type Result} from '#kernel/result';
import type {Epoch} from '#kernel/slot';
import type {Agreement} from '#ledger/agreements/agreement';
import {firstOpenEpoch} from '#ledger/agreements/check-opening';
import {checkSignedRevision} from '#ledger/agreements/check-revision';
import {
	decodeSignedRevision,
	encodeSignedRevision,
	type Revision,
	revisionHash,
	type SignedRevision,
	signRevision,
} from '#ledger/agreements/revision';
import {epochOf} from '#ledger/environment';
import type {PieceStore} from '#node/ports/piece-store';
import type {AgreementBook} from './agreement-book.ts';
import type {AgreementShelf} from './agreement-shelf.ts';
import type {ProviderChain} from './provider-chain.ts';

export type RevisionDeskPorts = {
	readonly chain: ProviderChain;
	readonly store: PieceStore;
	readonly shelf: AgreementShelf;
	readonly crypto: SecretCrypto;
};

/** What a client that has signed asks for. */
export type RevisionRequest = {
	readonly revision: Revision;
	readonly clientVk: Uint8Array;
	readonly clientSignature: Uint8Array;
	readonly added: readonly Hash32[];
	readonly removed: readonly Hash32[];
};

export type RevisionRefused =
	| Failure
	| {readonly code: 'REVISION_LOCKED'; readonly lockedUntil: Epoch}
	| {readonly code: 'REVISION_NUMBER_USED'; readonly revisionNo: number}
	| {readonly code: 'REVISION_STALE'; readonly revisionNo: number; readonly current: number}
	| {readonly code: 'REVISION_NOT_ON_NEWEST'; readonly current: number}
	| {
			readonly code: 'REVISION_VALID_TOO_EARLY';
			readonly validFrom: Epoch;
			readonly validFromMin: Epoch;
	  };

/**
 * Signs what clients have signed, one revision on top of the other, never two of one number. What it signs is on disk
 * before anybody has its signature: from then on it must prove those pieces.
 */
export class RevisionDesk {
	readonly #ports: RevisionDeskPorts;
	readonly #seed: Uint8Array;

	constructor(ports: RevisionDeskPorts, operatorSeed: Uint8Array) {
		this.#ports = ports;
		this.#seed = operatorSeed;
	}

	/** The provider's signature. The same revision may be asked for again. */
	sign(agreement: Agreement, request: RevisionRequest): Promise<Result<Uint8Array, RevisionRefused>> {
		const {store, shelf, chain} = this.#ports;
		const {revision, added, removed, clientVk, clientSignature} = request;
		const {agreementId} = revision;
		return shelf.change(agreementId, async (book): Promise<Result<Uint8Array, RevisionRefused>> => {
			const providerSignature = signRevision(chain.env, this.#ports.crypto, this.#seed, revision);
			const signed: SignedRevision = {revision, clientVk, clientSignature, providerSignature};
			const before = this.#signedBefore(book, revision);
			if (!before.ok) return before;
			if (before.value !== undefined) return ok(before.value.providerSignature);
			if (removed.length > 0) {
				const free = this.#unlocked(agreement);
				if (!free.ok) return free;
			}
			const fits = this.#judge(agreement, book, signed);
			if (!fits.ok) return fits;
			const {revisionNo, root, leaves} = revision;
			const proposed = await book.propose({
				revisionNo,
				root,
				leaves,
				added,
				removed,
				signed: encodeSignedRevision(signed),
			});
			if (!proposed.ok) return proposed;
			await store.change(agreementId, {addRevisions: [proposed.value]});
			await book.accept(proposed.value);
			return ok(providerSignature);
		});
	}

	/** What was signed under that number, if it is the very same. */
	#signedBefore(
		book: AgreementBook,
		revision: Revision,
	): Result<SignedRevision | undefined, RevisionRefused> {
		const {revisionNo} = revision;
		const bytes = book.signed(revisionNo);
		const signed = bytes && decodeSignedRevision(bytes);
		if (signed?.ok !== true) return ok(undefined);
		const {env} = this.#ports.chain;
		return equalBytes(revisionHash(env, signed.value.revision), revisionHash(env, revision))
			? ok(signed.value)
			: err({code: 'REVISION_NUMBER_USED', revisionNo});
	}

	/** Object lock: what is in there stays in there until its epoch. */
	#unlocked({lockedUntil}: Agreement): Result<void, RevisionRefused> {
		const {env, currentSlot} = this.#ports.chain;
		return epochOf(env.genesis, currentSlot()) < lockedUntil
			? err({code: 'REVISION_LOCKED', lockedUntil})
			: ok(undefined);
	}

	#judge(agreement: Agreement, book: AgreementBook, signed: SignedRevision): Result<void, RevisionRefused> {
		const {chain} = this.#ports;
		const {revisionNo, prevHash, validFrom} = signed.revision;

		const current = Math.max(book.newest.revisionNo, agreement.revisionNo);
		if (revisionNo <= current) return err({code: 'REVISION_STALE', revisionNo, current});
		if (agreement.closing !== null) return err({code: 'AGREEMENT_CLOSING', endEpoch: agreement.endEpoch});
		const newest = book.newest.signed && decodeSignedRevision(book.newest.signed);
		const newestHash = newest?.ok === true ? revisionHash(chain.env, newest.value.revision) : null;
		const follows =
			newestHash === null ? prevHash === null : prevHash !== null && equalBytes(prevHash, newestHash);
		if (!follows) return err({code: 'REVISION_NOT_ON_NEWEST', current});
		const {genesis} = chain.env;
		const firstOpen = firstOpenEpoch(genesis, chain.currentSlot());
		const validFromMin = agreement.startEpoch > firstOpen ? agreement.startEpoch : firstOpen;
		if (validFrom < validFromMin) return err({code: 'REVISION_VALID_TOO_EARLY', validFrom, validFromMin});
		return checkSignedRevision(chain.env, chain.state(), agreement, signed);
	}
}
