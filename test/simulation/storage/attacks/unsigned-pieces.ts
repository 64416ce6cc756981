/** A client brings pieces and never signs for them: the provider has their bytes on its disk and can prove nothing. */
import type {Hash32} from '#kernel/hash';
import {epochRevenue} from '#ledger/agreements/agreement';
import {Peer, type Piece, pieceOf as peerPieceOf} from '../../../node/services/support/peer.ts';
import {StorageWorld, type WorldProvider} from '../../../node/services/support/storage-world.ts';
import {ada, dave, testGenesis} from '../../../support/ledger-genesis.ts';
import {pieceOf} from '../../../support/ledger-storage.ts';
import {publicRules} from '../cheating-provider.ts';
import {type Outcome, problemsOf, type StorageAttack} from '../storage-attack.ts';
import {wealthOf} from '../wealth.ts';

const PIECE_LEAVES = 16;
const PIECES = 4;
const EPOCHS = 8;
const terms = {capacityLeaves: PIECE_LEAVES * PIECES, rate: ada(3000)};

/** Twice what it pays for: the room in which a client may replace everything at once. */
const pieces: readonly Piece[] = Array.from({length: 2 * PIECES}, (_, index) =>
	peerPieceOf(pieceOf(`unsigned ${index}`, PIECE_LEAVES * 1024)),
);

type Plan = 'signs' | 'refuses' | 'stays away';

const heldLeaves = async (peer: Peer, agreementId: Hash32): Promise<number> => {
	const pieceIds = pieces.map(({pieceId}) => pieceId);
	const {reply} = await peer.ask({kind: 'have', agreementId, pieceIds});
	return reply.kind === 'held' ? reply.lengths.filter(length => length > 0).length * PIECE_LEAVES : 0;
};

const live = async (plan: Plan) => {
	const world = new StorageWorld(testGenesis(publicRules));
	const [provider] = (await world.addProviders(['east'])) as readonly [WorldProvider];
	const {ledger} = world;
	ledger.send(dave, {kind: 'payer-deposit', amount: ada(1000)});
	const peer = await Peer.dial(world, provider, dave);
	const agreementId = plan === 'stays away' ? undefined : await peer.open(terms);
	if (agreementId !== undefined && plan === 'signs') await peer.store(agreementId, pieces.slice(0, PIECES));
	if (agreementId !== undefined && plan === 'refuses')
		for (const piece of pieces) await peer.put(agreementId, piece);
	/** Leaves on the provider's disk, by epoch. */
	const held: number[] = [];
	for (let epoch = 0; epoch <= EPOCHS; epoch++) {
		if (agreementId !== undefined) held.push(await heldLeaves(peer, agreementId));
		await world.advanceTo(ledger.slotAt(epoch + 1));
	}
	await world.stop([provider]);
	return {
		client: wealthOf(ledger.state, {accounts: [dave]}),
		provider: wealthOf(ledger.state, {accounts: [provider.payout], providers: [provider]}),
		missed: ledger.eventsOf('missed').length,
		paid: ledger.eventsOf('storage-paid').length,
		held,
	};
};

const play = async (): Promise<Outcome> => {
	const [signs, refuses, away] = [await live('signs'), await live('refuses'), await live('stays away')];
	const worth = (leaves: number): bigint => epochRevenue({...terms, capacityLeaves: leaves});
	// Pieces that nobody answers for are taken to be worth as much as proven ones, from before anything is paid for.
	const saved = refuses.held.reduce((sum, leaves) => sum + worth(leaves), 0n);
	return {
		found: `its pieces are gone in epoch ${refuses.held.indexOf(0)}`,
		chance: 'certain',
		payoff: refuses.client - away.client + saved,
		problems: problemsOf({
			'it pays as if it had signed': refuses.client === signs.client && refuses.paid === EPOCHS,
			'the provider is paid as if it had signed': refuses.provider === signs.provider,
			'the provider misses nothing': refuses.missed === 0,
			'what it signs for is kept': signs.held.every(leaves => leaves === terms.capacityLeaves),
			'what it does not sign for is dropped after two epochs': refuses.held
				.slice(2)
				.every(leaves => leaves === 0),
		}),
	};
};

export const unsignedPieces: StorageAttack = {
	name: 'unsigned-pieces',
	about: 'A client brings twice the pieces that it pays for, and signs for none.',
	rule: 'Capacity is paid for by the epoch, signed or not, as long as the agreement runs; pieces that no revision has are dropped after two epochs.',
	play,
};
