import type {Slot} from '#kernel/slot';
import {Slot as toSlot} from '#kernel/slot';
import type {Network} from '#node/services/sync/network';
import type {Address, Bearer} from '#relay/bearer/bearer';
import type {Environment} from '#relay/timer';
import type {SimulatedPool} from './pools.ts';
import type {Random} from './random.ts';
import type {Owner} from './virtual-time.ts';
import type {World} from './world.ts';

export type FoeOptions = {
	readonly name: string;
	/** Pools whose keys it holds; name them in `WorldOptions.foePools` too. */
	readonly pools?: readonly number[];
	/** Sets it up: listen, dial, plan. */
	readonly play: (foe: Foe) => void;
};

/** An adversary: an address on the same wire, the keys of some pools, and knowledge of the whole world. */
export class Foe {
	readonly name: string;
	readonly address: Address;
	readonly world: World;
	readonly random: Random;
	readonly owner: Owner;
	readonly pools: readonly SimulatedPool[];
	/** Connections with the real multiplexer and drivers; what is served on them is the foe's affair. */
	readonly transport: Network;
	readonly environment: Environment;

	constructor(world: World, address: Address, {name, pools = []}: FoeOptions) {
		this.world = world;
		this.name = name;
		this.address = address;
		this.random = world.random.fork(`foe ${name}`);
		this.owner = {name, isAlive: true, skewMs: 0};
		this.pools = pools.map(index => world.pools[index] as SimulatedPool);
		this.transport = world.wire.networkOf(this.owner);
		this.environment = world.time.environment(this.owner, this.random.fork('limits'));
	}

	/** A stream to somebody, under the multiplexer: to send whatever bytes. */
	dialBearer(to: string, options: {readonly signal: AbortSignal}): Promise<Bearer> {
		return this.world.wire.dialBearer(this.owner, this.world.wire.addressOf(to), options);
	}

	at(timeMs: number, call: () => void): void {
		this.world.time.at(timeMs, () => {
			if (this.owner.isAlive) call();
		});
	}

	/** Calls at the start of each slot, from slot 0 on. */
	everySlot(call: (slot: Slot) => void): void {
		const plan = (slot: number): void =>
			this.at(this.world.slotStartMs(slot), () => {
				call(toSlot(slot));
				plan(slot + 1);
			});
		plan(Math.max(this.world.slot + 1, 0));
	}

	end(): void {
		this.owner.isAlive = false;
		this.world.wire.dropAll(this.name, 'process');
	}
}
