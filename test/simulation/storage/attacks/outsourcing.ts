/** A provider keeps nothing and works its pieces out from those of others whenever it is asked for one. */

import {toHex} from '#kernel/bytes';
import type {Epoch} from '#kernel/slot';
import type {RepairSegment} from '#pieces/manifest/repair-ticket';
import {closeFileWorld, createFileWorld, type FileWorld, holderNamed} from '../file-world.ts';
import {createOutsourcingStore, type OutsourcingStore} from '../outsourcing-store.ts';
import {workedOut} from '../pieces-of-others.ts';
import {type Outcome, problemsOf, type StorageAttack} from '../storage-attack.ts';
import {wealthOf} from '../wealth.ts';

type Life = {
	readonly worth: bigint;
	readonly revenue: bigint;
	readonly missed: readonly {readonly epoch: Epoch; readonly reason: string}[];
	readonly paid: number;
	readonly asked: number;
};

type Plan = {
	readonly throwsAway: boolean;
	/** What the cheat knows of the masks. */
	readonly maskKeyOf?: (segment: RepairSegment) => Uint8Array | undefined;
};

const EPOCH = 1;

const live = async ({throwsAway, maskKeyOf = () => undefined}: Plan): Promise<Life> => {
	const stores = new Map<string, OutsourcingStore>();
	const scene: FileWorld = await createFileWorld({
		storeOf: name => {
			const store = createOutsourcingStore();
			stores.set(name, store);
			return store;
		},
	});
	const {world} = scene;
	const cheat = holderNamed(scene, 0);
	const store = stores.get(cheat.name);
	if (throwsAway) store?.throwAway(pieceId => workedOut(scene, pieceId, maskKeyOf));
	await world.advanceTo(world.ledger.slotAt(Math.max(EPOCH, world.ledger.epoch + 1), 9));
	const ofCheat = <T extends {readonly provider: Uint8Array}>(events: readonly T[]): readonly T[] =>
		events.filter(({provider}) => toHex(provider) === toHex(cheat.id));
	const paid = ofCheat(world.ledger.eventsOf('storage-paid'));
	const others = world.ledger.eventsOf('storage-paid')[0];
	const life = {
		worth: wealthOf(world.ledger.state, {accounts: [cheat.payout], providers: [cheat]}),
		revenue: others?.amount ?? 0n,
		missed: ofCheat(world.ledger.eventsOf('missed')),
		paid: paid.length,
		asked: store?.asked.size ?? 0,
	};
	await closeFileWorld(scene);
	return life;
};

const play = async (): Promise<Outcome> => {
	const cheat = await live({throwsAway: true});
	const honest = await live({throwsAway: false});
	const [missed] = cheat.missed;
	return {
		found: `epoch ${missed?.epoch}, when its first proof is due`,
		chance: 'certain',
		payoff: cheat.worth - honest.worth + honest.revenue,
		problems: problemsOf({
			'it tried to work its pieces out': cheat.asked > 0,
			'what it worked out proves nothing': cheat.missed.length === 1 && missed?.reason === 'no-proof',
			'it is not paid': cheat.paid === 0,
			'an honest provider is paid and misses nothing': honest.paid === 1 && honest.missed.length === 0,
		}),
	};
};

export const outsourcing: StorageAttack = {
	name: 'outsourcing',
	about:
		'A provider keeps nothing; asked for a leaf, it works its piece out from those of the others, who all help.',
	rule: 'Each piece is masked with a key stream of its own, whose key no provider has.',
	play,
	bite: {
		without: 'masks (the cheat is given the mask keys)',
		play: async () => {
			const {paid, missed, asked} = await live({throwsAway: true, maskKeyOf: ({maskKey}) => maskKey});
			return asked > 0 && paid === 1 && missed.length === 0
				? 'proven and paid with nothing on the disk'
				: undefined;
		},
	},
};
