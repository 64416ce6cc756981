/** A customer that plays together with providers, or against one: it speaks to them message by message. */

import type {NetworkStage} from '#cli/demo/stage';
import type {Person} from '#cli/devnet/people';
import type {Member} from '#cli/devnet/start-nodes';
import {identifyPiece, pieceLeafCount} from '#crypto/piece-id';
import type {PieceTreeKernel} from '#crypto/piece-tree-kernel';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {SignedRevision} from '#ledger/agreements/revision';
import {createOsEntropy} from '#node/adapters/os-entropy';
import {createSystemClock} from '#node/adapters/system-clock';
import {ChainClient, reachableProviders} from '#node/services/storage-client/chain-client';
import {type ClientAgreement, secureAgreements} from '#node/services/storage-client/client-agreements';
import {peerOf} from '#node/services/storage-client/find-providers';
import {reviseAgreements} from '#node/services/storage-client/revise-agreements';
import {whileBehind} from '#node/services/storage-client/while-behind';
import type {HeldPiece} from '#storage-proofs/agreement-trie';
import {createSessionPool} from '#transport/session-pool';
import {createTlsTransport} from '#transport/tls';

const LEAF_BYTES = 1024;
const EPOCHS = 8;

export type Stored = {
	readonly agreementId: Hash32;
	readonly pieces: readonly HeldPiece[];
	readonly signed: SignedRevision;
};

export type Accomplice = {
	/** Opens an agreement of so many leaves with the provider of that id. */
	open(providerId: string, capacityLeaves: number): Promise<ClientAgreement>;
	/** Hands in bytes under the id of others, if that is given. Resolves with the id of the bytes. */
	put(agreement: ClientAgreement, bytes: Uint8Array, pieceId?: Hash32): Promise<Hash32>;
	/** Both sides sign a piece. */
	store(agreement: ClientAgreement, bytes: Uint8Array): Promise<Stored>;
	close(): void;
};

export const openAccomplice = async (
	{relay, crypto, signal}: Pick<NetworkStage, 'crypto' | 'signal'> & {readonly relay: Pick<Member, 'client'>},
	{seed}: Pick<Person, 'seed'>,
	trees: PieceTreeKernel,
): Promise<Accomplice> => {
	const clock = createSystemClock();
	const chain = await ChainClient.open({control: relay.client, crypto, clock}, seed, {signal});
	const pool = createSessionPool(createTlsTransport(seed));
	const put: Accomplice['put'] = async ({agreementId, peer}, bytes, named) => {
		const pieceId = identifyPiece(crypto, trees, bytes);
		const handIn = () => peer.put({agreementId, pieceId: named ?? pieceId}, bytes, {signal});
		// Its node may see the agreement's block a little later than ours.
		await whileBehind(chain, ['AGREEMENT_UNKNOWN'], handIn, {signal});
		return pieceId;
	};
	return {
		open: async (providerId, capacityLeaves) => {
			const all = await reachableProviders(relay.client, {signal});
			const provider = defined(
				all.find(({id}) => toHex(id) === providerId),
				'the provider can be reached',
			);
			const peer = defined(peerOf({pool, clock}, provider), 'it says where');
			const [agreement] = await secureAgreements(
				{chain, entropy: createOsEntropy()},
				new Map(),
				{
					providers: [{...provider, peer}],
					leaves: capacityLeaves,
					epochs: EPOCHS,
					repairerVk: chain.verificationKey,
					atLeast: 1,
				},
				{signal},
			);
			return defined(agreement, 'it takes part');
		},
		put,
		store: async (agreement, bytes) => {
			const pieces = [{pieceId: await put(agreement, bytes), leaves: pieceLeafCount(bytes.length)}];
			const {revised, declined} = await reviseAgreements(chain, [{agreement, pieces}], {signal});
			const [one] = revised;
			if (one === undefined) throw defined(declined[0], 'signed or not').error;
			return {agreementId: agreement.agreementId, pieces, signed: defined(one.newest, 'it was signed')};
		},
		close: () => pool.close(),
	};
};

/** Bytes of so many leaves. */
export const leavesOf = (name: number, leaves: number): Uint8Array =>
	new Uint8Array(leaves * LEAF_BYTES).fill(name);
