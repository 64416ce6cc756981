import type {Result} from '#kernel/result';
import type {Slot} from '#kernel/slot';
import type {LedgerEnv} from '#ledger/environment';
import type {LedgerReader} from '#ledger/state/reader';

/** What the provider service sees of the chain and of the time; a node gives it, and tests a chain in memory. */
export type ProviderChain = {
	readonly env: LedgerEnv;
	/** The state at the tip. What was read from one reader fits together; ask anew after every change. */
	state(): LedgerReader;
	/** By the clock; not before the tip's. */
	currentSlot(): Slot;
	/** Calls `listener` after each change of the tip, rollbacks included, until `signal` aborts. */
	onChange(listener: () => void, options: {readonly signal: AbortSignal}): void;
	/** Offers a transaction in its wire form to the mempool. */
	submit(wire: Uint8Array): Promise<Result<unknown>>;
	/** Makes an announcement known; in the form of `encodeAnnouncement`. */
	announce(bytes: Uint8Array): void;
};
