/** One disk under three names: it keeps the pieces of one of them. */
import {toHex} from '#kernel/bytes';
import {Peer, pieceOf as peerPieceOf} from '../../../node/services/support/peer.ts';
import {StorageWorld} from '../../../node/services/support/storage-world.ts';
import {ada, bob, testGenesis} from '../../../support/ledger-genesis.ts';
import {pieceOf} from '../../../support/ledger-storage.ts';
import {publicRules} from '../cheating-provider.ts';
import {closeFileWorld, createFileWorld, holderNamed} from '../file-world.ts';
import {createOutsourcingStore, type OutsourcingStore} from '../outsourcing-store.ts';
import {twinOf} from '../pieces-of-others.ts';
import {type Outcome, problemsOf, type StorageAttack} from '../storage-attack.ts';
import {wealthOf} from '../wealth.ts';

const IDENTITIES = 3;

const live = async (keepsOne: boolean) => {
	const stores = new Map<string, OutsourcingStore>();
	const scene = await createFileWorld({
		storeOf: name => {
			const store = createOutsourcingStore();
			stores.set(name, store);
			return store;
		},
	});
	const {world} = scene;
	const names = Array.from({length: IDENTITIES}, (_, index) => holderNamed(scene, index));
	const [first, ...copies] = names;
	if (keepsOne)
		for (const copy of copies)
			stores
				.get(copy.name)
				?.throwAway(pieceId =>
					twinOf(scene, pieceId, providerId => first !== undefined && providerId === toHex(first.id)),
				);
	await world.advanceTo(world.ledger.slotAt(Math.max(1, world.ledger.epoch + 1), 9));
	const isCopy = ({provider}: {readonly provider: Uint8Array}): boolean =>
		copies.some(({id}) => toHex(id) === toHex(provider));
	const paid = world.ledger.eventsOf('storage-paid');
	const life = {
		worth: wealthOf(world.ledger.state, {accounts: names.map(({payout}) => payout), providers: names}),
		revenue: BigInt(paid[0]?.amount ?? 0n),
		missed: world.ledger.eventsOf('missed'),
		copiesPaid: paid.filter(isCopy).length,
		bonds: names.reduce((sum, {id}) => sum + (world.ledger.state.providers.get(toHex(id))?.bond ?? 0n), 0n),
	};
	await closeFileWorld(scene);
	return life;
};

const play = async (): Promise<Outcome> => {
	const [cheat, honest] = [await live(true), await live(false)];
	const [missed] = cheat.missed;
	const {bondMin} = publicRules.parameters;
	return {
		found: `epoch ${missed?.epoch}, each name by itself`,
		chance: 'certain',
		payoff: cheat.worth - honest.worth + honest.revenue * BigInt(IDENTITIES - 1),
		problems: problemsOf({
			'both copies miss': cheat.missed.length === IDENTITIES - 1,
			'neither is paid': cheat.copiesPaid === 0,
			'honest providers miss nothing': honest.missed.length === 0,
			'each name has put up a bond': honest.bonds >= bondMin * BigInt(IDENTITIES),
		}),
	};
};

/** The same bytes under three names, as a customer would who stores copies instead of coded pieces. */
const playCopies = async (): Promise<string | undefined> => {
	const world = new StorageWorld(testGenesis(publicRules));
	const disk = createOutsourcingStore();
	const others = [createOutsourcingStore(), createOutsourcingStore()];
	const stores = [disk, ...others];
	const providers = await world.addProviders(['n1', 'n2', 'n3'], () => stores.shift() ?? disk);
	world.ledger.send(bob, {kind: 'payer-deposit', amount: ada(1000)});
	const piece = peerPieceOf(pieceOf('copy', 20_000));
	for (const provider of providers) {
		const peer = await Peer.dial(world, provider, bob);
		await peer.store(await peer.open(), [piece]);
	}
	for (const store of others) store.throwAway(async () => piece.bytes);
	await world.advanceTo(world.ledger.slotAt(Math.max(1, world.ledger.epoch + 1), 9));
	const paid = world.ledger.eventsOf('storage-paid').length;
	const missed = world.ledger.eventsOf('missed').length;
	await world.stop(providers);
	return paid === providers.length && missed === 0 ? 'three are paid for one copy' : undefined;
};

export const manyIdentities: StorageAttack = {
	name: 'many-identities',
	about: 'One operator takes pieces of a file under three names and keeps those of one.',
	rule: 'No two pieces of a segment have a byte in common, and each name is asked for leaves of its own.',
	play,
	bite: {without: 'the erasure code and masks (a customer stores plain copies)', play: playCopies},
};
