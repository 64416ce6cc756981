/** Leaders leave a provider's commitments and proofs out of their blocks. */
import {equalBytes, toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {Slot} from '#kernel/slot';
import type {LedgerEvent} from '#ledger/events';
import {genesisProfiles} from '#ledger/genesis/profiles';
import type {Transaction} from '#ledger/tx/transaction';
import {Peer, pieceOf as peerPieceOf} from '../../../node/services/support/peer.ts';
import {StorageWorld, type WorldProvider} from '../../../node/services/support/storage-world.ts';
import {ada, alice, bob, carol, dave, testGenesis} from '../../../support/ledger-genesis.ts';
import {pieceOf} from '../../../support/ledger-storage.ts';
import {publicRules} from '../cheating-provider.ts';
import {fraction, power} from '../fraction.ts';
import {type Outcome, problemsOf, type StorageAttack} from '../storage-attack.ts';
import {wealthOf} from '../wealth.ts';

/** Leaders who take turns. */
const LEADERS = 8;

/** So many of the leaders leave out what the victim sends. */
class LedWorld extends StorageWorld {
	censors = 0;
	victim: Hash32 | undefined;

	#isCensored({body: {action}}: Transaction): boolean {
		const isDuty = action.kind === 'commit' || action.kind === 'prove';
		return isDuty && this.victim !== undefined && equalBytes(action.provider, this.victim);
	}

	override async forge(slot: Slot = this.nextSlot): Promise<readonly LedgerEvent[]> {
		if (this.ledger.blocks.length % LEADERS >= this.censors) return await super.forge(slot);
		const held = this.mempool.filter(each => this.#isCensored(each));
		this.mempool = this.mempool.filter(each => !this.#isCensored(each));
		const events = await super.forge(slot);
		// What did not come into a block may have been sent again meanwhile.
		const again = new Set(this.mempool.map(({id}) => toHex(id)));
		this.mempool = [...held.filter(({id}) => !again.has(toHex(id))), ...this.mempool];
		return events;
	}
}

const live = async (censors: number) => {
	const world = new LedWorld(testGenesis(publicRules));
	const [victim] = (await world.addProviders(['east'])) as readonly [WorldProvider];
	world.ledger.send(dave, {kind: 'payer-deposit', amount: ada(1000)});
	const peer = await Peer.dial(world, victim, dave);
	await peer.store(await peer.open({rate: ada(100)}), [peerPieceOf(pieceOf('censored', 20_000))]);
	world.victim = victim.id;
	world.censors = censors;
	const epoch = world.ledger.epoch + 1;
	await world.advanceTo(world.ledger.slotAt(epoch, 9));
	const provenAt = world.ledger.blocks.find(({events}) => events.some(({kind}) => kind === 'proven'))?.context
		.slot;
	// Fees of the epoch are shared out at its end.
	await world.advanceTo(world.ledger.slotAt(epoch + 1));
	await world.stop([victim]);
	return {
		worth: wealthOf(world.ledger.state, {accounts: [alice, bob, carol]}),
		delay: provenAt === undefined ? undefined : provenAt - world.ledger.slotAt(epoch, 4),
		window: world.ledger.slotAt(epoch, 9) - world.ledger.slotAt(epoch, 4),
		missed: world.ledger.eventsOf('missed').length,
		paid: world.ledger.eventsOf('storage-paid').length,
	};
};

/** The power of ten above a chance. */
const belowText = (over: bigint, under: bigint): string =>
	`below 1e-${under.toString().length - over.toString().length - 1}`;

const play = async (): Promise<Outcome> => {
	const [none, most, all] = [await live(0), await live(LEADERS - 1), await live(LEADERS)];
	const {k} = genesisProfiles.public;
	const {over, under} = power(fraction(1n, 2n), k);
	return {
		found: 'with seven of eight leaders: proven later, within its window, and nothing lost',
		chance: `${belowText(over, under)} with half of all blocks`,
		payoff: all.worth - none.worth,
		problems: problemsOf({
			'seven of eight leaders cost nobody anything': most.missed === 0 && most.worth === none.worth,
			'the proof comes later, within its window':
				(most.delay ?? 99) > (none.delay ?? 99) && (most.delay ?? 99) < most.window,
			'only all leaders together make it miss': all.missed === 1 && all.paid === 0,
			'nobody misses unless k blocks were in the window': k === 432,
		}),
	};
};

export const censoring: StorageAttack = {
	name: 'censoring',
	about: 'Leaders leave a provider’s commitments and proofs out of their blocks.',
	rule: 'The window of five k/f slots takes a proof in any block, and no miss counts with fewer than k blocks; all of them would have to be censors’, who lose their part of the fee.',
	play,
};
