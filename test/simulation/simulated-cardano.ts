import type {Hasher} from '#crypto/crypto';
import {u64be} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import type {MainChainEvent, McRef} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';
import {encodeUtf8} from '#kernel/utf8';
import {checkpointsOf} from '#ledger/queries';
import type {CheckpointHistory} from '#node/ports/checkpoint-history';
import type {MainChain} from '#node/ports/main-chain';
import type {World} from './world.ts';

const BLOCK_MS = 1000;
/** How often somebody looks whether a checkpoint has all signatures, in Cardano slots. */
const POST_SLOTS = 10;

/** Cardano as the side-chain sees it: a block a second, deposits, and checkpoints as soon as the committee has signed. */
export class SimulatedCardano {
	readonly #world: World;
	readonly #hasher: Hasher;
	readonly #start: McRef;
	readonly #events: {readonly slot: number; readonly event: MainChainEvent}[] = [];
	readonly #unreachable = new Set<string>();
	/** The newest period whose checkpoint stands here. */
	confirmedPeriod = 0;

	constructor(world: World) {
		const {env} = world.network;
		this.#world = world;
		this.#hasher = env.crypto;
		this.#start = env.genesis.cardano.start;
		this.#post();
	}

	#lookOf(name: string): <T>(look: () => T) => Promise<T> {
		return async look => {
			if (this.#unreachable.has(name)) throw new NodeError({code: 'MAIN_CHAIN_UNREACHABLE'});
			return look();
		};
	}

	/** The checkpoints that one node sees; only their periods and blocks are told. */
	checkpointsSeenBy(name: string): CheckpointHistory {
		const {genesisHash, genesis} = this.#world.network.env;
		const {hash: none} = this.#start;
		const rest = {genesisHash, stateRoot: none, payoutRoot: none, committeeHash: none};
		return {
			stable: () =>
				this.#lookOf(name)(() =>
					this.#events.flatMap(({slot, event}) =>
						event.kind === 'checkpoint-confirmed' && slot <= this.#slot - genesis.cardano.stableDepth
							? [{...rest, ...event, createdAt: this.#blockAt(slot)}]
							: [],
					),
				),
		};
	}

	/** What one node sees. */
	seenBy(name: string): MainChain {
		const see = this.#lookOf(name);
		return {
			tip: () => see(() => this.#blockAt(this.#slot)),
			blockAt: slot => see(() => (slot < this.#start.slot ? undefined : this.#blockAt(slot))),
			events: ({after, upTo}) =>
				see(() =>
					this.#events.filter(({slot}) => slot > after.slot && slot <= upTo.slot).map(({event}) => event),
				),
		};
	}

	setReachable(name: string, isReachable: boolean): void {
		if (isReachable) this.#unreachable.delete(name);
		else this.#unreachable.add(name);
	}

	/** Happens in the block that is being made. */
	happen(event: MainChainEvent): void {
		this.#events.push({slot: this.#slot + 1, event});
	}

	get #slot(): number {
		const {systemStartMs} = this.#world.network.slots;
		return this.#start.slot + Math.max(0, Math.floor((this.#world.time.nowMs - systemStartMs) / BLOCK_MS));
	}

	#blockAt(slot: number): McRef {
		const at = Math.min(slot, this.#slot);
		if (at <= this.#start.slot) return this.#start;
		return {slot: at, hash: Hash32(this.#hasher.blake2b256(encodeUtf8('simulated cardano'), u64be(at)))};
	}

	/** Whoever has a chain on which the committee has signed brings the checkpoint here. */
	#post(): void {
		const {time, network, nodes} = this.#world;
		time.at(time.nowMs + POST_SLOTS * BLOCK_MS, () => {
			for (const {services} of nodes) {
				if (services === undefined || services.chain.ledger.pendingCheckpoints.size === 0) continue;
				const {pending} = checkpointsOf(network.env, services.chain.ledger);
				const next = pending.find(({period}) => period === this.confirmedPeriod + 1);
				if (next?.complete !== true) continue;
				this.confirmedPeriod = next.period;
				this.happen({kind: 'checkpoint-confirmed', period: next.period, blockHash: next.blockHash});
				this.#world.note('cardano', `checkpoint of period ${next.period}: block ${next.blockNo}`);
				break;
			}
			this.#post();
		});
	}
}
