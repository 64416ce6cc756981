/** An adversary's workshop: it sees every block at once, and forges whatever its keys allow, or do not allow. */
import {decodeBlock, encodeBlock} from '#consensus/block/block';
import type {BodySegments} from '#consensus/block/body-hash';
import {forgeHeader} from '#consensus/forge/forge-header';
import {type LeaderProof, leaderProof} from '#consensus/forge/leader-proof';
import {decodeHeader, type Header} from '#consensus/header/header';
import type {OperationalCertificate} from '#consensus/opcert/operational-certificate';
import {tickPraos} from '#consensus/praos-state';
import {kesPeriodOf} from '#consensus/time';
import {evolveKesKey, generateKesKey, type KesKey, signKes} from '#crypto/kes/kes-key';
import {assert, defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import {Slot} from '#kernel/slot';
import {encodeBody} from '#ledger/block/block-body';
import type {Transaction} from '#ledger/tx/transaction';
import type {JudgedPlace} from '../oracle.ts';
import type {SimulatedPool} from '../pools.ts';
import type {World} from '../world.ts';
import {type HeldBlock, Library} from './library.ts';

export type Forging = {
	/** What is built upon; undefined: genesis. */
	readonly parent: HeldBlock | undefined;
	readonly slot: number;
	readonly pool: SimulatedPool;
	readonly transactions?: readonly Transaction[];
	/** Instead of a right body. */
	readonly segments?: BodySegments;
	readonly certificate?: OperationalCertificate;
	/** Of the KES key, when it is not the one that the slot demands. */
	readonly evolution?: number;
	/** Blocks of one leader in one slot differ in this. */
	readonly minorVersion?: number;
	/** Instead of the pool's own for this slot. */
	readonly proof?: LeaderProof;
};

type HonestListener = (block: HeldBlock) => void;

export class Forger {
	readonly library: Library = new Library();
	readonly #world: World;
	readonly #kesKeys = new Map<string, KesKey>();
	readonly #listeners: HonestListener[] = [];
	#best: HeldBlock | undefined;
	/** Blocks made. */
	made = 0;

	constructor(world: World) {
		this.#world = world;
		world.onForged(({bytes}) => this.#learn(bytes));
	}

	/** The longest chain of honest blocks (the first of equals). */
	get honestTip(): HeldBlock | undefined {
		return this.#best;
	}

	/** Calls with every honest block the moment it is made. */
	onHonest(listener: HonestListener): void {
		this.#listeners.push(listener);
	}

	/** The state after a block that is right. A live view. */
	place(block: HeldBlock | undefined): JudgedPlace {
		return defined(this.#world.oracle.at(block?.header.hash ?? null), 'the block was judged');
	}

	/** The proof that a pool leads a slot on top of a block. */
	leads(parent: HeldBlock | undefined, pool: SimulatedPool, slot: number): LeaderProof | undefined {
		const {crypto, network} = this.#world;
		const {params, thresholds} = network;
		const place = this.place(parent);
		const stake = place.ledgerView(Slot(slot)).pool(pool.poolId)?.stake;
		if (stake === undefined || stake.numerator === 0n) return undefined;
		const {epochNonce} = tickPraos(crypto, params, place.praosState, Slot(slot));
		const threshold = thresholds.threshold(stake, params.f);
		return leaderProof(crypto, {vrfSeed: pool.vrfSeed, slot, epochNonce, threshold});
	}

	/** Pools of these that lead a slot on top of a block. */
	leaders(
		parent: HeldBlock | undefined,
		pools: readonly SimulatedPool[],
		slot: number,
	): readonly SimulatedPool[] {
		if (slot <= (parent?.header.slot ?? -1)) return [];
		return pools.filter(pool => this.leads(parent, pool, slot) !== undefined);
	}

	/** A block that everybody takes: the oracle agrees, or the run ends. */
	forge(forging: Forging): HeldBlock {
		const block = this.forgeAny(forging);
		const judged = this.#world.oracle.judge(block.header.hash, block.bytes);
		assert(judged.ok, `a foe's block is not right: ${judged.ok ? '' : judged.error.code}`);
		return block;
	}

	/** A block that may be wrong: nobody is asked. */
	forgeAny(forging: Forging): HeldBlock {
		const {crypto, network} = this.#world;
		const {parent, pool, certificate = pool.operationalCertificate} = forging;
		const slot = Slot(forging.slot);
		const segments = forging.segments ?? this.body(forging);
		const period = kesPeriodOf(network.params, slot);
		const evolution = forging.evolution ?? period - Number(certificate.startPeriod);
		const header = forgeHeader(
			crypto,
			{
				parent: parent?.header ?? 'origin',
				slot,
				issuerVk: pool.issuerVk,
				vrfVk: pool.vrfVk,
				proof: forging.proof ?? this.#anyProof(forging),
				operationalCertificate: certificate,
				protocolVersion: {major: 10, minor: forging.minorVersion ?? 0},
				segments,
			},
			bodyBytes => signKes(crypto, this.#kesKey(pool.kesSeed, evolution), bodyBytes),
		);
		const block = {header, bytes: encodeBlock(header.bytes, segments)};
		this.made++;
		this.library.add(block);
		return block;
	}

	/** The segments of a body with these transactions, on top of a block that is right. */
	body({parent, transactions = []}: Pick<Forging, 'parent' | 'transactions'>): BodySegments {
		return encodeBody({transactions, mainChain: {mcRef: this.place(parent).mcRef, events: []}});
	}

	/** A header that was altered, as a receiver takes it apart. */
	header(bytes: Uint8Array): Header {
		const header = decodeHeader(this.#world.crypto, bytes);
		assert(header.ok, 'a header that decodes');
		return header.value;
	}

	#anyProof({parent, pool, slot}: Forging): LeaderProof {
		const {crypto, network} = this.#world;
		const {praosState} = this.place(parent);
		const {epochNonce} = tickPraos(crypto, network.params, praosState, Slot(slot));
		const proof = leaderProof(crypto, {vrfSeed: pool.vrfSeed, slot, epochNonce, threshold: 'always'});
		return defined(proof, 'below that threshold everybody leads');
	}

	#learn(bytes: Uint8Array): void {
		const {crypto, oracle} = this.#world;
		const block = decodeBlock(crypto, bytes, {bytesMax: bytes.length});
		assert(block.ok, 'an honest block decodes');
		const {header} = block.value;
		if (!oracle.judge(header.hash, bytes).ok) return;
		const held = {header, bytes};
		this.library.add(held);
		if (this.#best === undefined || header.blockNo > this.#best.header.blockNo) this.#best = held;
		for (const listener of this.#listeners) listener(held);
	}

	/** Keys only go forward: an earlier one is made anew. */
	#kesKey(seed: Uint8Array, evolution: number): KesKey {
		const {crypto} = this.#world;
		const name = toHex(seed);
		const wanted = Math.max(0, Math.min(evolution, 63));
		const known = this.#kesKeys.get(name);
		let key = known !== undefined && known.period <= wanted ? known : generateKesKey(crypto, seed);
		while (key.period < wanted) {
			const evolved = evolveKesKey(crypto, key);
			assert(evolved.ok, 'an evolution below 64');
			key = evolved.value;
		}
		this.#kesKeys.set(name, key);
		return key;
	}
}

/** Whether two held blocks are one. */
export const isSameBlock = (a: HeldBlock | undefined, b: HeaderHash | undefined): boolean =>
	a !== undefined && b !== undefined && a.header.hash.every((byte, at) => byte === b[at]);
