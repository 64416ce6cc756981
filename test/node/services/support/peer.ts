import {identifyPiece, pieceLeafCount} from '#crypto/piece-id';
import {encode} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';
import {Epoch, Slot} from '#kernel/slot';
import {firstOpenEpoch} from '#ledger/agreements/check-opening';
import {agreementIdOf} from '#ledger/agreements/find-agreement';
import {
	decodeSignedRevision,
	encodeRevision,
	type Revision,
	revisionHash,
	type SignedRevision,
	signRevision,
} from '#ledger/agreements/revision';
import type {Action, ActionOf} from '#ledger/tx/action';
import {
	encodeTransaction,
	signedTransaction,
	type Transaction,
	transactionBodyCodec,
} from '#ledger/tx/transaction';
import {agreementCommitment, agreementTrieOf} from '#storage-proofs/agreement-trie';
import {BODY_BYTES_MAX} from '#transport/protocols/frames';
import {decodeReply, encodeRequest, type PeerReply, type PeerRequest} from '#transport/protocols/messages';
import {bodyOf, type Session} from '#transport/transport';
import {crypto} from '../../../support/crypto.ts';
import type {Party} from '../../../support/ledger-chain.ts';
import {ada} from '../../../support/ledger-genesis.ts';
import {pieceTrees, type StorageWorld, type WorldProvider} from './storage-world.ts';

export type Piece = {readonly pieceId: Hash32; readonly bytes: Uint8Array};

export const pieceOf = (bytes: Uint8Array): Piece => ({
	pieceId: identifyPiece(crypto, pieceTrees, bytes),
	bytes,
});

/** The root and leaves of these pieces. */
export const commitmentOf = (pieces: readonly Piece[]): {root: Hash32; leaves: number} => {
	const trie = agreementTrieOf(
		pieces.map(({pieceId, bytes}) => ({pieceId, leaves: pieceLeafCount(bytes.length)})),
	);
	if (!trie.ok) throw new RangeError(trie.error.code);
	const {root, leaves} = agreementCommitment(crypto, trie.value);
	return {root, leaves: Number(leaves)};
};

export const openingOf = (
	provider: WorldProvider,
	change: Partial<ActionOf<'agreement-open'>> = {},
): ActionOf<'agreement-open'> => ({
	kind: 'agreement-open',
	nonce: 1,
	provider: provider.id,
	capacityLeaves: 4096,
	rate: ada(1),
	startEpoch: Epoch(0),
	endEpoch: Epoch(20),
	lockedUntil: Epoch(0),
	repairerVk: new Uint8Array(32),
	repairOf: null,
	payer: null,
	...change,
});

/** `all` that a revision is to hold, and what that changes. */
export type RevisionWanted = {
	readonly all: readonly Piece[];
	readonly added?: readonly Piece[];
	readonly removed?: readonly Piece[];
	readonly change?: Partial<Revision>;
};

/** A client that speaks to one provider message by message. */
export class Peer {
	readonly world: StorageWorld;
	readonly provider: WorldProvider;
	readonly party: Party;
	readonly session: Session;

	constructor(
		world: StorageWorld,
		provider: WorldProvider,
		{party, session}: {party: Party; session: Session},
	) {
		this.world = world;
		this.provider = provider;
		this.party = party;
		this.session = session;
	}

	static async dial(world: StorageWorld, provider: WorldProvider, party: Party): Promise<Peer> {
		const session = await world.network.transport(party.verificationKey).connect({
			endpoint: provider.service.endpoint,
			key: provider.operator.verificationKey,
		});
		return new Peer(world, provider, {party, session});
	}

	async ask(request: PeerRequest, body?: Uint8Array): Promise<{reply: PeerReply; body: Uint8Array}> {
		const response = await this.session.request(
			{head: encodeRequest(request), ...(body && {body: bodyOf(body)})},
			{bodyBytesMax: BODY_BYTES_MAX},
		);
		const reply = decodeReply(response.head);
		if (!reply.ok) throw new RangeError(reply.error.code);
		return {reply: reply.value, body: response.body};
	}

	/** The code of a refusal, or the kind of another reply. */
	async outcome(request: PeerRequest, body?: Uint8Array): Promise<string> {
		const {reply} = await this.ask(request, body);
		return reply.kind === 'refused' ? reply.reason : reply.kind;
	}

	/** A transaction of this party for the next slots, signed by it alone. */
	transaction(action: Action, validUntil: number | null = this.world.nextSlot + 50): Transaction {
		return this.world.ledger.transaction(this.party, action, {
			change: {validUntil: validUntil === null ? null : Slot(validUntil)},
			// The fee is for two signatures.
			with: [this.provider.operator],
		});
	}

	bodyBytes({body}: Transaction): Uint8Array {
		return encode(transactionBodyCodec, body);
	}

	/** Submits with this party's signature and the provider's. */
	submit(transaction: Transaction, reply: PeerReply): void {
		if (reply.kind !== 'witness') throw new RangeError(`no witness but ${JSON.stringify(reply)}`);
		const {verificationKey, seed} = this.party;
		const own = {verificationKey, signature: crypto.signEd25519(seed, transaction.id)};
		const {ok} = this.world.submit(encodeTransaction(signedTransaction(transaction, [own, reply])));
		if (!ok) throw new RangeError(`the mempool refused: ${this.world.refused.at(-1)}`);
	}

	/** Opens an agreement and waits for its block; returns its id. */
	async open(change: Partial<ActionOf<'agreement-open'>> = {}): Promise<Hash32> {
		const action = openingOf(this.provider, change);
		const transaction = this.transaction(action);
		const {reply} = await this.ask({kind: 'agree', transaction: this.bodyBytes(transaction)});
		this.submit(transaction, reply);
		await this.world.forge();
		const {provider, nonce} = action;
		return agreementIdOf(this.world.ledger.env, {client: this.party.account, provider, nonce});
	}

	put(agreementId: Hash32, {pieceId, bytes}: Piece): Promise<string> {
		return this.outcome({kind: 'put', agreementId, pieceId}, bytes);
	}

	/** Asks for a revision to `all`, on top of the newest that the provider says there is. */
	async revise(agreementId: Hash32, revisionNo: number, wanted: RevisionWanted): Promise<string> {
		return await this.outcome(await this.revisionRequest(agreementId, revisionNo, wanted));
	}

	/** What `revise` asks: signed by this party, whoever brings it. */
	async revisionRequest(
		agreementId: Hash32,
		revisionNo: number,
		{all, added = [], removed = [], change = {}}: RevisionWanted,
	): Promise<PeerRequest> {
		const {env} = this.world.ledger;
		const revision: Revision = {
			agreementId,
			revisionNo,
			prevHash: await this.newestHash(agreementId),
			...commitmentOf(all),
			validFrom: firstOpenEpoch(env.genesis, this.world.nextSlot),
			repairerVk: new Uint8Array(32),
			...change,
		};
		return {
			kind: 'revise',
			revision: encodeRevision(revision),
			clientVk: this.party.verificationKey,
			clientSignature: signRevision(env, crypto, this.party.seed, revision),
			added: added.map(({pieceId}) => pieceId),
			removed: removed.map(({pieceId}) => pieceId),
		};
	}

	async newest(agreementId: Hash32): Promise<SignedRevision | undefined> {
		const {reply} = await this.ask({kind: 'revision', agreementId});
		if (reply.kind !== 'revision' || reply.signed.length === 0) return undefined;
		const signed = decodeSignedRevision(reply.signed);
		if (!signed.ok) throw new RangeError(signed.error.code);
		return signed.value;
	}

	async newestHash(agreementId: Hash32): Promise<Hash32 | null> {
		const newest = await this.newest(agreementId);
		return newest === undefined ? null : revisionHash(this.world.ledger.env, newest.revision);
	}

	/** Stores pieces in an agreement that had none. */
	async store(agreementId: Hash32, pieces: readonly Piece[]): Promise<void> {
		for (const piece of pieces) await this.put(agreementId, piece);
		const outcome = await this.revise(agreementId, 1, {all: pieces, added: pieces});
		if (outcome !== 'revised') throw new RangeError(outcome);
	}
}
