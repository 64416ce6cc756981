/** Two blocks of one pool for one slot are proof of a fraud or of a mistake; nothing here may lead to them. */
import {toHex} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {Slot} from '#kernel/slot';
import type {Log} from '#node/ports/log';
import type {SigningGuard} from '#node/ports/signing-guard';
import type {ChainService} from '../chain/chain-service.ts';

export type SigningRefusal =
	/** The slot is not after the last one that this folder signed for, or that the chain shows a block of ours in. */
	| {readonly code: 'FORGE_SLOT_SIGNED_BEFORE'; readonly slot: Slot; readonly signedSlot: Slot}
	/** A process that just ended may have signed for it, ahead of this clock. */
	| {readonly code: 'FORGE_JUST_STARTED'; readonly slot: Slot; readonly firstSlot: Slot}
	/** A block by our keys that this process did not make: another host runs with them. */
	| {readonly code: 'FORGE_KEYS_USED_ELSEWHERE'; readonly slot: Slot; readonly hash: HeaderHash};

export type DoubleSigningPorts = {
	readonly chain: Pick<ChainService, 'headersBy' | 'immutableTip'>;
	readonly guard: SigningGuard;
	readonly log: Log;
};

/** Slots after that of the start in which nothing is signed. */
const QUIET_SLOTS = 2;

export class DoubleSigningWatch {
	readonly #ports: DoubleSigningPorts;
	readonly #issuerVk: Uint8Array;
	/** The first slot in which this process may sign. */
	readonly #firstSlot: Slot;
	/** Blocks of our keys after this slot are of this process or of another host. */
	readonly #strangeAfter: number;
	/** Blocks of this process above the anchor: slot by hash. */
	readonly #own = new Map<string, Slot>();
	#intruder: Extract<SigningRefusal, {code: 'FORGE_KEYS_USED_ELSEWHERE'}> | undefined;

	/** `startSlot`: undefined before slot 0, when nobody can have signed anything. */
	constructor(
		ports: DoubleSigningPorts,
		{issuerVk, startSlot}: {readonly issuerVk: Uint8Array; readonly startSlot: Slot | undefined},
	) {
		this.#ports = ports;
		this.#issuerVk = issuerVk;
		this.#firstSlot = Slot(startSlot === undefined ? 0 : startSlot + QUIET_SLOTS + 1);
		// Where the clock was set back between two runs, the earlier one may have signed for slots to come.
		this.#strangeAfter = Math.max(this.#firstSlot - 1, ports.guard.lastSignedSlot() ?? -1);
	}

	/** The block by which it became known that another host has our keys. Forging has ended then. */
	get intruder(): SigningRefusal | undefined {
		return this.#intruder;
	}

	/** To be called in every slot: the trace of another host is gone once its block is immutable or dropped. */
	look(): void {
		for (const {slot, hash} of this.#ports.chain.headersBy(this.#issuerVk)) {
			if (this.#intruder !== undefined) return;
			if (slot <= this.#strangeAfter || this.#own.has(toHex(hash))) continue;
			this.#intruder = {code: 'FORGE_KEYS_USED_ELSEWHERE', slot, hash};
			this.#ports.log.error('another host forges with our keys: forging ends here', {slot, hash});
		}
	}

	/** Whether a block for `slot` may be signed. */
	check(slot: Slot): Result<undefined, SigningRefusal> {
		this.look();
		if (this.#intruder !== undefined) return err(this.#intruder);
		const {chain, guard} = this.#ports;
		const seen = chain.headersBy(this.#issuerVk).map(header => header.slot);
		const last = Math.max(guard.lastSignedSlot() ?? -1, ...seen);
		if (slot <= last) return err({code: 'FORGE_SLOT_SIGNED_BEFORE', slot, signedSlot: Slot(last)});
		return slot < this.#firstSlot
			? err({code: 'FORGE_JUST_STARTED', slot, firstSlot: this.#firstSlot})
			: ok(undefined);
	}

	/** Resolves when it is on disk that the slot is used up. Only then may a block for it be signed. */
	record(slot: Slot): Promise<void> {
		return this.#ports.guard.record(slot);
	}

	/** To be told of each block before anybody else is. */
	signed({slot, hash}: {readonly slot: Slot; readonly hash: HeaderHash}): void {
		const {immutableTip} = this.#ports.chain;
		const anchorSlot = immutableTip === 'origin' ? -1 : immutableTip.slot;
		for (const [known, knownSlot] of this.#own) if (knownSlot <= anchorSlot) this.#own.delete(known);
		this.#own.set(toHex(hash), slot);
	}
}
