/** Providers with real pieces on a `LedgerChain`: they register, take pieces, commit and prove. */
import {identifyPiece} from '#crypto/piece-id';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {Hash28, type Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {MainChainEvent} from '#kernel/main-chain-event';
import {Epoch} from '#kernel/slot';
import {firstOpenEpoch} from '#ledger/agreements/check-opening';
import {agreementIdOf} from '#ledger/agreements/find-agreement';
import {type Revision, revisionHash, type SignedRevision, signRevision} from '#ledger/agreements/revision';
import {encodeProofWitness} from '#ledger/proofs/proof-witness';
import {challengeOf} from '#ledger/queries';
import {keyOf} from '#ledger/state/keys';
import type {ActionOf} from '#ledger/tx/action';
import type {Transaction} from '#ledger/tx/transaction';
import {
	type AgreementTrie,
	agreementCommitment,
	agreementTrieOf,
	EMPTY_AGREEMENT,
} from '#storage-proofs/agreement-trie';
import {buildProof, leavesWanted} from '#storage-proofs/build-proof';
import {EMPTY_FOREST, type Forest, forestCommitment, putAgreement} from '#storage-proofs/forest';
import {
	type AgreementLeaf,
	encodeForestPieceProof,
	proveForestPiece,
	proveInclusion,
} from '#storage-proofs/forest-piece';
import type {ForestProof} from '#storage-proofs/forest-proof';
import {openPieceLeaf, type PieceOpening} from '#storage-proofs/piece/piece-opening';
import {createReferencePieceTree} from '#storage-proofs/piece/reference-piece-tree';
import {encodePieceProof, provePiece} from '#storage-proofs/piece-proof';
import {leavesOf as trieLeaves} from '#storage-proofs/trie/trie';
import {crypto} from './crypto.ts';
import {hashOf, type LedgerChain, type Party, party} from './ledger-chain.ts';
import {ada} from './ledger-genesis.ts';

const trees = createReferencePieceTree(crypto);

/** Bytes that a name and a length stand for. */
export const pieceOf = (name: string, length: number): Uint8Array => {
	const bytes = new Uint8Array(length);
	const seed = hashOf(name);
	for (let index = 0; index < length; index++) bytes[index] = (seed[index % 32] as number) ^ (index >> 5);
	return bytes;
};

export const pieceIdOf = (piece: Uint8Array): Hash32 => identifyPiece(crypto, trees, piece);

const leavesOf = (piece: Uint8Array): number => Math.max(1, Math.ceil(piece.length / 1024));

type Kept = {readonly trie: AgreementTrie; readonly revisionNo: number; readonly signed?: SignedRevision};

/** A revision with the signatures of these two. */
export const signTogether = (
	chain: LedgerChain,
	client: Party,
	operator: Party,
	revision: Revision,
): SignedRevision => ({
	revision,
	clientVk: client.verificationKey,
	clientSignature: signRevision(chain.env, crypto, client.seed, revision),
	providerSignature: signRevision(chain.env, crypto, operator.seed, revision),
});

export class TestProvider {
	readonly name: string;
	/** Claim id. */
	readonly id: Hash32;
	readonly operator: Party;
	readonly payout: Party;
	readonly #pieces = new Map<string, Uint8Array>();
	readonly #agreements = new Map<string, {readonly id: Hash32} & Kept>();

	constructor(name: string) {
		this.name = name;
		this.id = hashOf(`claim ${name}`);
		this.operator = party(`operator ${name}`);
		this.payout = party(`payout ${name}`);
	}

	get claimOpened(): MainChainEvent {
		return {
			kind: 'claim-opened',
			claimId: this.id,
			ownerKeyHash: Hash28(hashOf(`owner ${this.name}`).slice(0, 28)),
			operatorVk: this.operator.verificationKey,
		};
	}

	registration(change: Partial<ActionOf<'provider-register'>> = {}): ActionOf<'provider-register'> {
		return {
			kind: 'provider-register',
			provider: this.id,
			operatorVk: this.operator.verificationKey,
			payoutAccount: this.payout.account,
			bond: ada(100),
			storePrice: Lovelace(1000n),
			minTermEpochs: 1,
			capacityLeaves: 2 ** 30,
			...change,
		};
	}

	/** Takes pieces in; returns the revision that `client` and it have signed. */
	store(
		chain: LedgerChain,
		client: Party,
		agreementId: Hash32,
		pieces: readonly Uint8Array[],
		change: Partial<Revision> = {},
	): SignedRevision {
		const held = pieces.map(piece => {
			const pieceId = pieceIdOf(piece);
			this.#pieces.set(toHex(pieceId), piece);
			return {pieceId, leaves: leavesOf(piece)};
		});
		const trie = agreementTrieOf(held);
		if (!trie.ok) throw new Error(trie.error.code);
		const key = keyOf(agreementId);
		const before = this.#agreements.get(key);
		const {root, leaves} = agreementCommitment(crypto, trie.value);
		const revision: Revision = {
			agreementId,
			revisionNo: (before?.revisionNo ?? 0) + 1,
			prevHash: before?.signed === undefined ? null : revisionHash(chain.env, before.signed.revision),
			root,
			leaves: Number(leaves),
			validFrom: firstOpenEpoch(chain.env.genesis, chain.slot),
			repairerVk: repairer.verificationKey,
			...change,
		};
		const signed = signTogether(chain, client, this.operator, revision);
		this.#agreements.set(key, {id: agreementId, trie: trie.value, revisionNo: revision.revisionNo, signed});
		return signed;
	}

	/** The newest revision that it has signed. */
	newest(agreementId: Hash32): SignedRevision {
		const signed = this.#agreements.get(keyOf(agreementId))?.signed;
		return defined(signed, 'it has signed a revision');
	}

	/** The leaves of its forest, as others see them. */
	forestLeaves(chain: LedgerChain, epoch: number): readonly AgreementLeaf[] {
		return [...trieLeaves(this.forest(chain, epoch))].map(({key, sum, value}) => ({
			agreementId: key as Hash32,
			root: agreementCommitment(crypto, value.pieces).root,
			leaves: sum,
			revisionNo: value.revisionNo,
		}));
	}

	/** That a piece is in the forest that it commits to for an epoch. */
	forestPieceProof(chain: LedgerChain, epoch: number, agreementId: Hash32, pieceId: Hash32): Uint8Array {
		const inclusion = proveInclusion(crypto, this.forestLeaves(chain, epoch), agreementId);
		const {trie} = defined(this.#agreements.get(keyOf(agreementId)), 'it has the agreement');
		const proof = proveForestPiece(crypto, defined(inclusion, 'it is in the forest'), trie, pieceId);
		return encodeForestPieceProof(defined(proof, 'the piece is there'));
	}

	/** Its forest of the agreements that the ledger says are due. */
	forest(chain: LedgerChain, epoch: number): Forest {
		const {due} = challengeOf(chain.env, chain.state, this.id, Epoch(epoch));
		return this.forestOf(due.map(({agreementId}) => agreementId));
	}

	forestOf(agreementIds: readonly Hash32[]): Forest {
		let forest: Forest = EMPTY_FOREST;
		for (const agreementId of agreementIds) {
			const {trie, revisionNo} = this.#agreements.get(keyOf(agreementId)) ?? {
				trie: EMPTY_AGREEMENT,
				revisionNo: 0,
			};
			const put = putAgreement(forest, agreementId, {pieces: trie, revisionNo: BigInt(revisionNo)});
			if (!put.ok) throw new Error(put.error.code);
			forest = put.value;
		}
		return forest;
	}

	commitment(
		chain: LedgerChain,
		epoch: number,
		forest: Forest = this.forest(chain, epoch),
	): ActionOf<'commit'> {
		const {root, totalLeaves} = forestCommitment(crypto, forest);
		return {
			kind: 'commit',
			provider: this.id,
			epoch: Epoch(epoch),
			root,
			totalLeaves: Number(totalLeaves),
		};
	}

	commit(chain: LedgerChain, epoch: number, forest: Forest = this.forest(chain, epoch)): Transaction {
		return chain.feeFree(this.commitment(chain, epoch, forest), [this.operator]);
	}

	/** The leaves that stand at those places of its forest. */
	openingsOf(forest: Forest, indexes: readonly bigint[]): readonly PieceOpening[] {
		return leavesWanted(forest, indexes).map(({pieceId, leafIndex}) =>
			openPieceLeaf(trees, defined(this.#pieces.get(toHex(pieceId)), 'it keeps the piece'), leafIndex),
		);
	}

	/** Its proof of an epoch whose seed is known, without revisions. */
	forestProof(chain: LedgerChain, epoch: number, forest: Forest = this.forest(chain, epoch)): ForestProof {
		const {indexes} = challengeOf(chain.env, chain.state, this.id, Epoch(epoch));
		const wanted = defined(indexes, 'committed, and the seed is known');
		const proof = buildProof(crypto, forest, wanted, this.openingsOf(forest, wanted));
		if (!proof.ok) throw new Error(proof.error.code);
		return proof.value;
	}

	/** The bytes of that proof, with the revisions that it needs. */
	proof(chain: LedgerChain, epoch: number, forest?: Forest): Uint8Array {
		const proof = this.forestProof(chain, epoch, forest);
		return encodeProofWitness({proof, revisions: this.unseen(chain, proof)});
	}

	/** The revisions of challenged agreements that the chain has not seen. */
	unseen(chain: LedgerChain, {openings}: ForestProof): readonly SignedRevision[] {
		const keys = new Set(openings.map(({agreementId}) => keyOf(agreementId)));
		return [...keys].flatMap(key => {
			const kept = this.#agreements.get(key);
			const seen = chain.state.agreements.get(key)?.revisionNo;
			return kept?.signed === undefined || seen === kept.revisionNo ? [] : kept.signed;
		});
	}

	proveAction(epoch: number, proof: Uint8Array): ActionOf<'prove'> {
		return {
			kind: 'prove',
			provider: this.id,
			epoch: Epoch(epoch),
			witnessHash: crypto.blake2b256(proof),
		};
	}

	prove(chain: LedgerChain, epoch: number, proof: Uint8Array = this.proof(chain, epoch)): Transaction {
		return chain.feeFree(this.proveAction(epoch, proof), [this.operator], proof);
	}

	/** That a piece is in its newest revision of an agreement. */
	pieceProof(agreementId: Hash32, pieceId: Hash32): Uint8Array {
		const {trie} = defined(this.#agreements.get(keyOf(agreementId)), 'it has the agreement');
		return encodePieceProof(defined(provePiece(crypto, trie, pieceId), 'the piece is there'));
	}
}

/** Reports the claims of providers and registers them; `payer` puts up the bonds. */
export const registerProviders = (
	chain: LedgerChain,
	payer: Party,
	providers: readonly TestProvider[],
	change: Partial<ActionOf<'provider-register'>> = {},
): void => {
	chain.report(...providers.map(provider => provider.claimOpened));
	for (const provider of providers)
		chain.send(payer, provider.registration(change), {with: [provider.operator]});
};

export const repairer: Party = party('repairer');

/** The terms of an agreement: 16 MiB for 1 ADA a GiB and epoch, until epoch 20. */
export const openingOf = (
	provider: TestProvider,
	change: Partial<ActionOf<'agreement-open'>> = {},
): ActionOf<'agreement-open'> => ({
	kind: 'agreement-open',
	nonce: 0,
	provider: provider.id,
	capacityLeaves: 16_384,
	rate: ada(1),
	startEpoch: Epoch(0),
	endEpoch: Epoch(20),
	lockedUntil: Epoch(0),
	repairerVk: repairer.verificationKey,
	repairOf: null,
	payer: null,
	...change,
});

/** Opens an agreement and stores pieces under it, in a revision that the chain has not seen. */
export const storeWith = (
	chain: LedgerChain,
	client: Party,
	provider: TestProvider,
	pieces: readonly Uint8Array[],
	change: Partial<ActionOf<'agreement-open'>> = {},
): Hash32 => {
	const opening = openingOf(provider, change);
	chain.send(client, opening, {with: [provider.operator]});
	const {nonce} = opening;
	const agreementId = agreementIdOf(chain.env, {client: client.account, provider: provider.id, nonce});
	if (pieces.length > 0) provider.store(chain, client, agreementId, pieces);
	return agreementId;
};

/**
 * Lets the chain come to the settlement of an epoch: `committing` commit in its commit window, `proving` prove in its
 * proof window.
 */
export const runEpoch = (
	chain: LedgerChain,
	epoch: number,
	{
		committing,
		proving,
	}: {readonly committing: readonly TestProvider[]; readonly proving: readonly TestProvider[]},
): void => {
	chain.advanceTo(chain.slotAt(epoch, -1));
	chain.next(...committing.map(provider => provider.commit(chain, epoch)));
	chain.advanceTo(chain.slotAt(epoch, 4));
	chain.next(...proving.map(provider => provider.prove(chain, epoch)));
	chain.advanceTo(chain.slotAt(epoch, 9));
};
