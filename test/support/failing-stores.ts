import {NodeError} from '#kernel/node-error';
import type {ChainStores} from '#node/services/chain/open-chain';

const WRITES = new Set(['begin', 'putBlock', 'select', 'dropOld', 'putSnapshot', 'pin', 'unpin', 'add']);

/**
 * The stores of a process that dies at its write number `dieAt` (from 0): that write and all after it do not happen.
 * What is in `stores` afterwards is what the next process finds.
 */
export const dyingStores = (
	stores: ChainStores,
	dieAt: number,
): {readonly stores: ChainStores; readonly writes: () => number} => {
	let writes = 0;
	const wrap = <S extends object>(store: S): S =>
		new Proxy(store, {
			get: (target, name) => {
				const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
				if (!WRITES.has(String(name))) return method.bind(target);
				return async (...args: unknown[]) => {
					if (writes++ >= dieAt) throw new NodeError({code: 'TEST_DIED'});
					return method.apply(target, args);
				};
			},
		});
	return {
		stores: {
			chainStore: wrap(stores.chainStore),
			ledgerStore: wrap(stores.ledgerStore),
			chainIndex: wrap(stores.chainIndex),
		},
		writes: () => writes,
	};
};
