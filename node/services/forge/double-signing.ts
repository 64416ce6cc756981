/** Two blocks of one pool for one slot are proof of a fraud or of a mistake; nothing here may lead to them. */
import type {Header} from '#consensus/header/header';
import {kesEvolution} from '#consensus/header/rules/check-kes-period';
import type {ConsensusParams} from '#consensus/params';
import {equalBytes, toHex} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {Slot} from '#kernel/slot';
import type {ForgingKeys} from '#node/ports/forging-keys';
import type {Log} from '#node/ports/log';
import type {SignedUnder, SigningGuard} from '#node/ports/signing-guard';
import type {ChainService} from '../chain/chain-service.ts';

export type KeysRefusal =
	/** The pool has a newer certificate than ours: another host has newer keys, or ours came from a backup. */
	| {
			readonly code: 'FORGE_CERTIFICATE_SUPERSEDED';
			readonly counter: bigint;
			readonly seenCounter: bigint;
			readonly slot: Slot;
	  }
	/** A block was signed with a later evolution of the key than the file had: it came from a backup. */
	| {
			readonly code: 'FORGE_KES_KEY_RESTORED';
			readonly evolution: number;
			readonly seenEvolution: number;
			readonly slot: Slot;
	  }
	/** A block by our keys that this process did not make: another host runs with them. */
	| {readonly code: 'FORGE_KEYS_USED_ELSEWHERE'; readonly slot: Slot; readonly hash: HeaderHash};

export type SigningRefusal =
	| KeysRefusal
	/** The slot is not after the last one that this folder signed for, or that the chain shows a block of ours in. */
	| {readonly code: 'FORGE_SLOT_SIGNED_BEFORE'; readonly slot: Slot; readonly signedSlot: Slot}
	/** A process that just ended may have signed for it, ahead of this clock. */
	| {readonly code: 'FORGE_JUST_STARTED'; readonly slot: Slot; readonly firstSlot: Slot};

export type DoubleSigningPorts = {
	readonly chain: Pick<ChainService, 'headersBy' | 'immutableTip' | 'onChange'>;
	readonly guard: SigningGuard;
	readonly keys: ForgingKeys;
	readonly log: Log;
};

export type DoubleSigningOptions = {
	readonly params: Pick<ConsensusParams, 'slotsPerKesPeriod'>;
	/** When the keys were loaded; undefined before slot 0, when nobody can have signed anything. */
	readonly startSlot: Slot | undefined;
};

type OwnHeader = Pick<Header, 'slot' | 'hash' | 'operationalCertificate'>;

const MESSAGES: Readonly<Record<KeysRefusal['code'], string>> = {
	FORGE_CERTIFICATE_SUPERSEDED: 'the chain shows a newer certificate of the pool: forging ends here',
	FORGE_KES_KEY_RESTORED: 'the KES key is older than what was signed with it: forging ends here',
	FORGE_KEYS_USED_ELSEWHERE: 'another host forges with our keys: forging ends here',
};

/** Slots after that of the start in which nothing is signed. */
const QUIET_SLOTS = 2;

export class DoubleSigningWatch {
	readonly #ports: DoubleSigningPorts;
	readonly #options: DoubleSigningOptions;
	/** What the key's file had when it was read. */
	readonly #evolutionAtStart: number;
	/** The first slot in which this process may sign. */
	#firstSlot = Slot(0);
	/** Blocks of our keys after this slot are of this process or of another host; infinite while that is no matter. */
	#strangeAfter = Number.POSITIVE_INFINITY;
	/** Of the last block by our keys that was seen, whoever made it. */
	#seenSlot = -1;
	/** Blocks of this process above the anchor: slot by hash. */
	readonly #own = new Map<string, Slot>();
	#refusal: KeysRefusal | undefined;
	/** What the data folder knew of when the process began; undefined when it was new, and once it was warned of. */
	#guardedSlot: Slot | undefined;

	constructor(ports: DoubleSigningPorts, options: DoubleSigningOptions) {
		this.#ports = ports;
		this.#options = options;
		this.#evolutionAtStart = ports.keys.kes.evolution;
		const [slot, under] = [ports.guard.lastSignedSlot(), ports.guard.lastSignedUnder()];
		this.#guardedSlot = slot;
		if (slot !== undefined && under !== undefined) this.#compareKeys(slot, under);
	}

	/** Why nothing is forged until the operator has done something. */
	get refusal(): KeysRefusal | undefined {
		return this.#refusal;
	}

	/** Sees also those blocks that come and go between two slots, as while the chain is fetched. */
	listen({signal}: {readonly signal: AbortSignal}): void {
		const {chain, keys} = this.#ports;
		chain.onChange(
			event => {
				if (event.kind !== 'adopted') return;
				const {header} = event.block;
				if (equalBytes(header.issuerVk, keys.issuerVk)) this.#see(header);
			},
			{signal},
		);
	}

	/**
	 * From now on this process signs: not in the slot in which it begins and the two after it, and never again once it
	 * sees a block of its keys that it did not make.
	 */
	arm(slot: Slot | undefined): void {
		this.#firstSlot = Slot(slot === undefined ? 0 : slot + QUIET_SLOTS + 1);
		// Where the clock was set back between two runs, the earlier one may have signed for slots to come.
		this.#strangeAfter = Math.max(this.#firstSlot - 1, this.#ports.guard.lastSignedSlot() ?? -1);
		if (this.#refusal?.code === 'FORGE_KEYS_USED_ELSEWHERE') this.#refusal = undefined;
	}

	/**
	 * Goes on where the watch over the keys before left off, in the same process: what that one signed is known, and its
	 * quiet slots and its being stopped because of another host count on. False where its keys were too old to sign: these
	 * begin as after a start.
	 */
	succeed(before: DoubleSigningWatch): boolean {
		for (const [hash, signedSlot] of before.#own) this.#own.set(hash, signedSlot);
		const {refusal} = before;
		if (refusal !== undefined && refusal.code !== 'FORGE_KEYS_USED_ELSEWHERE') return false;
		this.#firstSlot = before.#firstSlot;
		this.#strangeAfter = before.#strangeAfter;
		this.#refusal ??= refusal;
		return true;
	}

	/** From now on another host may sign with our keys. */
	disarm(): void {
		this.#strangeAfter = Number.POSITIVE_INFINITY;
		if (this.#refusal?.code === 'FORGE_KEYS_USED_ELSEWHERE') this.#refusal = undefined;
	}

	/** To be called in every slot: the trace of another host is gone once its block is immutable or dropped. */
	look(): void {
		for (const header of this.#ports.chain.headersBy(this.#ports.keys.issuerVk)) this.#see(header);
	}

	/** Whether a block for `slot` may be signed. */
	check(slot: Slot): Result<undefined, SigningRefusal> {
		this.look();
		if (this.#refusal !== undefined) return err(this.#refusal);
		const last = Math.max(this.#ports.guard.lastSignedSlot() ?? -1, this.#seenSlot);
		if (slot <= last) return err({code: 'FORGE_SLOT_SIGNED_BEFORE', slot, signedSlot: Slot(last)});
		return slot < this.#firstSlot
			? err({code: 'FORGE_JUST_STARTED', slot, firstSlot: this.#firstSlot})
			: ok(undefined);
	}

	/** Resolves when it is on disk that the slot is used up. Only then may a block for it be signed. */
	record(slot: Slot): Promise<void> {
		const {operationalCertificate, kes} = this.#ports.keys;
		const {hotVk, counter} = operationalCertificate;
		return this.#ports.guard.record(slot, {hotVk, counter, evolution: kes.evolution});
	}

	/** To be told of each block before anybody else is. */
	signed({slot, hash}: Pick<Header, 'slot' | 'hash'>): void {
		const {immutableTip} = this.#ports.chain;
		const anchorSlot = immutableTip === 'origin' ? -1 : immutableTip.slot;
		for (const [known, knownSlot] of this.#own) if (knownSlot <= anchorSlot) this.#own.delete(known);
		this.#own.set(toHex(hash), slot);
	}

	#see(header: OwnHeader): void {
		const {slot, hash, operationalCertificate} = header;
		this.#seenSlot = Math.max(this.#seenSlot, slot);
		if (this.#own.has(toHex(hash))) return;
		const evolution = Number(kesEvolution(this.#options.params, header));
		this.#compareKeys(slot, {...operationalCertificate, evolution});
		this.#compareFolder(slot);
		if (slot > this.#strangeAfter) this.#refuse({code: 'FORGE_KEYS_USED_ELSEWHERE', slot, hash});
	}

	/** A new folder knows of nothing, and may be on a new host; one that knows less than the chain is told of. */
	#compareFolder(slot: Slot): void {
		const {startSlot} = this.#options;
		const guardedSlot = this.#guardedSlot;
		if (guardedSlot === undefined || startSlot === undefined) return;
		if (slot <= guardedSlot || slot >= startSlot) return;
		this.#guardedSlot = undefined;
		this.#ports.log.warn(
			'the chain shows a block of our keys that the data folder does not know: is it from a backup?',
			{
				slot,
				guardedSlot,
			},
		);
	}

	/** Whether what signed for `slot` is newer than what we have. */
	#compareKeys(slot: Slot, under: SignedUnder): void {
		const {counter, hotVk} = this.#ports.keys.operationalCertificate;
		if (under.counter > counter)
			this.#refuse({code: 'FORGE_CERTIFICATE_SUPERSEDED', counter, seenCounter: under.counter, slot});
		// A later block is no sign: a host that runs on moves the key on, and ours moves as well.
		const {startSlot} = this.#options;
		if (startSlot === undefined || slot >= startSlot || !equalBytes(under.hotVk, hotVk)) return;
		const [evolution, seenEvolution] = [this.#evolutionAtStart, under.evolution];
		if (seenEvolution > evolution)
			this.#refuse({code: 'FORGE_KES_KEY_RESTORED', evolution, seenEvolution, slot});
	}

	#refuse(refusal: KeysRefusal): void {
		// What another host does ends when that is stopped; what is wrong with the keys stays.
		if (this.#refusal !== undefined && this.#refusal.code !== 'FORGE_KEYS_USED_ELSEWHERE') return;
		if (this.#refusal?.code === refusal.code) return;
		this.#refusal = refusal;
		this.#ports.log.error(MESSAGES[refusal.code], refusal);
	}
}
