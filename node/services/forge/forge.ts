import {type LeaderProof, leaderProof} from '#consensus/forge/leader-proof';
import {tickPraos} from '#consensus/praos-state';
import {kesPeriodOf, slotAt, slotStartMs} from '#consensus/time';
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {equalBytes, toHex} from '#kernel/bytes';
import type {PoolId} from '#kernel/hash';
import {Slot} from '#kernel/slot';
import {ledgerViewAt} from '#ledger/ledger-view';
import type {LedgerState} from '#ledger/state/state';
import type {Clock} from '#node/ports/clock';
import type {ForgingView} from '#node/ports/control-api';
import type {ForgingKeys} from '#node/ports/forging-keys';
import type {Log} from '#node/ports/log';
import type {Metrics} from '#node/ports/metrics';
import type {SigningGuard} from '#node/ports/signing-guard';
import type {ChainService} from '../chain/chain-service.ts';
import type {Parent} from '../chain/chain-state.ts';
import type {MainChainWatcher} from '../main-chain-watcher.ts';
import type {Mempool} from '../mempool/mempool.ts';
import {type ForgedBlock, forgeBlock} from './forge-block.ts';
import type {ForgeObstacle, ForgeOutcome} from './forge-outcome.ts';

export type ForgePorts = {
	readonly crypto: Crypto & SecretCrypto;
	readonly chain: ChainService;
	readonly mempool: Mempool;
	readonly mainChain: MainChainWatcher;
	readonly keys: ForgingKeys;
	readonly guard: SigningGuard;
	readonly clock: Clock;
	readonly log: Log;
	readonly metrics: Metrics;
	/** Whether we have the chain that our peers have. */
	readonly isSynced: () => boolean;
};

/** A process that died may have signed a block in its last slots without leaving a trace elsewhere. */
const SLOTS_AFTER_START = 2;

const obstacle = (reason: ForgeObstacle, isLeader: boolean): ForgeOutcome => ({
	kind: 'could-not-forge',
	reason,
	isLeader,
});

/** Makes blocks in the slots that this pool leads. */
export class Forge {
	readonly poolId: PoolId;
	readonly #ports: ForgePorts;
	readonly #startSlot: number;
	/** Hashes of the headers of this run. */
	readonly #own = new Set<string>();
	#stopped: ForgeObstacle | undefined;
	readonly #figures = {leaderSlots: 0, forged: 0, adopted: 0, missed: 0, lastReason: null as string | null};

	constructor(ports: ForgePorts) {
		this.#ports = ports;
		this.poolId = ports.crypto.blake2b224(ports.keys.issuerVk);
		this.#startSlot = slotAt(ports.chain.network.slots, ports.clock.now()) ?? -1;
	}

	get view(): ForgingView {
		const {chain, clock, keys} = this.#ports;
		const {params, slots} = chain.network;
		const period = kesPeriodOf(params, slotAt(slots, clock.now()) ?? Slot(0));
		const end = Number(keys.operationalCertificate.startPeriod) + params.maxKesEvolutions;
		return {
			enabled: this.#stopped === undefined,
			poolId: toHex(this.poolId),
			...this.#figures,
			kesPeriod: period,
			kesPeriodsLeft: Math.max(0, end - period),
		};
	}

	/** Forges slot after slot until the signal aborts. */
	async run({signal}: {readonly signal: AbortSignal}): Promise<void> {
		const {chain, clock} = this.#ports;
		const {slots} = chain.network;
		while (!signal.aborted && this.#stopped === undefined) {
			const next = (slotAt(slots, clock.now()) ?? -1) + 1;
			await clock.waitUntil(slotStartMs(slots, Slot(next)), {signal});
			// After a long pause (a suspended machine) the slots between are gone.
			const slot = slotAt(slots, clock.now());
			if (slot !== undefined) this.#note(slot, await this.forgeSlot(slot));
		}
	}

	/** Tries to make the block of a slot. */
	async forgeSlot(slot: Slot): Promise<ForgeOutcome> {
		const {chain, metrics, isSynced} = this.#ports;
		if (this.#stopped !== undefined) return obstacle(this.#stopped, false);
		if (!isSynced()) return obstacle('FORGE_NOT_SYNCED', false);
		if (chain.tip !== 'origin' && chain.tip.slot > slot) return obstacle('FORGE_TIP_AHEAD', false);
		metrics.increment('cardano_node_metrics_Forge_forge_about_to_lead_int');
		const proof = this.#onParent(slot, (ledger, parent) => this.#prove(slot, ledger, parent));
		if (proof === undefined) return {kind: 'not-leader'};
		if (typeof proof === 'string') return obstacle(proof, false);
		const barrier = this.#doubleSigning(slot) ?? (await this.#evolveTo(slot));
		if (barrier !== undefined) return obstacle(barrier, true);
		return this.#forge(slot, proof);
	}

	/** Calls with what a block of that slot is built upon: the tip, or what is beneath it when the tip has the slot. */
	#onParent<T>(slot: Slot, look: (ledger: LedgerState, parent: Parent) => T): T {
		const {chain} = this.#ports;
		if (chain.tip !== 'origin' && chain.tip.slot === slot && chain.tipHeader !== undefined)
			return chain.beneathTip(look);
		return look(chain.ledger, chain.tipPlace);
	}

	#prove(slot: Slot, ledger: LedgerState, {praosState}: Parent): LeaderProof | ForgeObstacle | undefined {
		const {crypto, chain, keys} = this.#ports;
		const {env, params, thresholds} = chain.network;
		const pool = ledgerViewAt(env, ledger, slot).pool(this.poolId);
		if (pool === undefined) return 'FORGE_POOL_UNKNOWN';
		if (!equalBytes(pool.vrfKeyHash, crypto.blake2b256(keys.vrfVk))) return 'FORGE_VRF_KEY_WRONG';
		if (pool.stake.numerator === 0n) return undefined;
		const {epochNonce} = tickPraos(crypto, params, praosState, slot);
		const threshold = thresholds.threshold(pool.stake, params.f);
		return leaderProof(crypto, {vrfSeed: keys.vrfSeed, slot, epochNonce, threshold});
	}

	#doubleSigning(slot: Slot): ForgeObstacle | undefined {
		const {chain, guard, keys, log} = this.#ports;
		const seen = chain.headersBy(keys.issuerVk);
		const foreign = seen.find(header => header.slot > this.#startSlot && !this.#own.has(toHex(header.hash)));
		if (foreign !== undefined) {
			log.error('another host forges with the keys of this pool', {slot: foreign.slot, hash: foreign.hash});
			this.#stopped = 'FORGE_KEY_USED_ELSEWHERE';
			return this.#stopped;
		}
		const last = Math.max(guard.lastSignedSlot() ?? -1, ...seen.map(header => header.slot));
		const isTooEarly = slot <= this.#startSlot + SLOTS_AFTER_START;
		return slot <= last || isTooEarly ? 'FORGE_SLOT_SIGNED_BEFORE' : undefined;
	}

	async #evolveTo(slot: Slot): Promise<ForgeObstacle | undefined> {
		const {chain, keys} = this.#ports;
		const {params} = chain.network;
		const evolution = kesPeriodOf(params, slot) - Number(keys.operationalCertificate.startPeriod);
		if (evolution < 0) return 'FORGE_CERTIFICATE_NOT_YET_VALID';
		if (evolution >= params.maxKesEvolutions) return 'FORGE_CERTIFICATE_EXPIRED';
		if (await keys.kes.evolveTo(evolution)) return undefined;
		return keys.kes.evolution > evolution ? 'FORGE_KES_KEY_TOO_NEW' : 'FORGE_CERTIFICATE_EXPIRED';
	}

	async #forge(slot: Slot, proof: LeaderProof): Promise<ForgeOutcome> {
		const {chain, mainChain, guard, log} = this.#ports;
		const before = this.#onParent(slot, (_, parent) => parent);
		const segment = before.mcRef === undefined ? undefined : await mainChain.segmentAfter(before.mcRef);
		await guard.record(slot);
		// Meanwhile the chain may have moved; from here to the signature nothing waits.
		if (segment === undefined || (chain.tip !== 'origin' && chain.tip.slot > slot))
			return obstacle('FORGE_SLOT_TAKEN', true);
		const block = this.#onParent(slot, (ledger, parent) =>
			this.#build(slot, proof, ledger, parent, before, segment),
		);
		if (block.mainChainError !== undefined) {
			log.error('the ledger refuses what Cardano says', {failure: block.mainChainError});
			if (block.mainChainError.code === 'MC_CHECKPOINT_CONFLICT') this.#stopped = 'FORGE_CHECKPOINT_CONFLICT';
		}
		this.#own.add(toHex(block.header.hash));
		const verdict = await chain.considerBlock(block.bytes);
		if (!verdict.ok) {
			log.error('our own block was refused', {slot, failure: verdict.error});
			return obstacle('FORGE_BLOCK_INVALID', true);
		}
		const {hash, blockNo} = block.header;
		const isAdopted = verdict.value === 'adopted';
		return {kind: 'forged', hash, blockNo, transactions: block.transactions, isAdopted};
	}

	#build(
		slot: Slot,
		proof: LeaderProof,
		ledger: LedgerState,
		parent: Parent,
		before: Parent,
		segment: Awaited<ReturnType<MainChainWatcher['segmentAfter']>>,
	): ForgedBlock {
		const {chain, mempool, keys} = this.#ports;
		const isSameParent = parent.entry === before.entry;
		const repeated = {mcRef: parent.mcRef ?? segment.mcRef, events: []};
		return forgeBlock(chain.network, ledger, parent, {
			keys,
			slot,
			proof,
			// Beneath the tip the mempool's order does not apply: its transactions stand on the tip.
			transactions: parent.entry === chain.tipPlace.entry ? mempool.transactions : [],
			mainChain: isSameParent ? segment : repeated,
		});
	}

	#note(slot: Slot, outcome: ForgeOutcome): void {
		const {log, metrics} = this.#ports;
		const figures = this.#figures;
		if (outcome.kind === 'not-leader') return;
		if (outcome.kind === 'could-not-forge') {
			if (outcome.reason !== figures.lastReason) log.warn('could not forge', {slot, reason: outcome.reason});
			figures.lastReason = outcome.reason;
			if (!outcome.isLeader) return;
		}
		figures.leaderSlots++;
		metrics.increment('cardano_node_metrics_Forge_node_is_leader_int');
		if (outcome.kind === 'could-not-forge' || !outcome.isAdopted) {
			figures.missed++;
			metrics.increment('cardano_node_metrics_slotsMissedNum_int');
		}
		if (outcome.kind !== 'forged') return;
		figures.forged++;
		metrics.increment('cardano_node_metrics_Forge_forged_int');
		if (outcome.isAdopted) {
			figures.adopted++;
			metrics.increment('cardano_node_metrics_Forge_adopted_int');
		} else figures.lastReason = 'FORGE_NOT_ADOPTED';
		const {hash, blockNo, transactions, isAdopted} = outcome;
		log.info('block forged', {slot, blockNo, hash, transactions, isAdopted});
	}
}
