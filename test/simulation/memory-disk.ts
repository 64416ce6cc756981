import {NodeError} from '#kernel/node-error';
import type {Slot} from '#kernel/slot';
import {
	createMemoryChainIndex,
	createMemoryChainStore,
	createMemoryLedgerStore,
} from '#node/adapters/memory-stores';
import type {SignedUnder} from '#node/ports/signing-guard';
import type {Disk} from './disk.ts';
import type {Owner} from './virtual-time.ts';

/** Lets writes through while their owner lives. */
export const whileAlive =
	<A extends readonly unknown[], R>(owner: Owner, write: (...args: A) => Promise<R>) =>
	(...args: A): Promise<R> =>
		owner.isAlive
			? write(...args)
			: Promise.reject(new NodeError({code: 'STORE_FAILED', message: 'The process has ended.'}));

/** Where every write is whole and synced at once: for scenarios that are not about disks. */
export const createMemoryDisk = (): Disk => {
	const chain = createMemoryChainStore();
	const ledger = createMemoryLedgerStore();
	const index = createMemoryChainIndex();
	let signed: {readonly slot: Slot; readonly under: SignedUnder} | undefined;
	return {
		open: async owner => ({
			chainStore: {
				...chain,
				putBlock: whileAlive(owner, chain.putBlock),
				select: whileAlive(owner, chain.select),
			},
			ledgerStore: {
				...ledger,
				putSnapshot: whileAlive(owner, ledger.putSnapshot),
				pin: whileAlive(owner, ledger.pin),
				unpin: whileAlive(owner, ledger.unpin),
			},
			chainIndex: {...index, add: whileAlive(owner, index.add)},
		}),
		guard: owner => ({
			lastSignedSlot: () => signed?.slot,
			lastSignedUnder: () => signed?.under,
			record: whileAlive(owner, async (slot, under) => {
				signed = {slot, under};
			}),
		}),
		close: async () => undefined,
		crash: () => undefined,
	};
};
