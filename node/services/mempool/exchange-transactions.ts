/** The mempool as peers see it: what we offer them, what they may bring. */
import {NodeError} from '#kernel/node-error';
import type {Log} from '#node/ports/log';
import type {TxInlet, TxOutlet} from '#relay/handlers';
import {DCLOUD_TX_ERA} from '#relay/protocols/block';
import type {Mempool} from './mempool.ts';
import type {TransactionOrigin} from './pooled-transactions.ts';

/** Offers each transaction once, but for those that the peer itself brought. */
export const createTxOutlet = (mempool: Mempool, peer: string): TxOutlet => {
	let offeredUpTo = 0;
	const isFrom = (origin: TransactionOrigin): boolean => origin !== 'local' && origin.peer === peer;
	return {
		take: max => {
			const taken = mempool.arrivedAfter(offeredUpTo, max);
			offeredUpTo = taken.at(-1)?.arrival ?? offeredUpTo;
			return taken
				.filter(({origin}) => !isFrom(origin))
				.map(({transaction, bytes}) => ({
					id: {era: DCLOUD_TX_ERA, bytes: transaction.id},
					sizeBytes: bytes.length,
				}));
		},
		waitForMore: async ({signal}) => {
			if (mempool.arrivedAfter(offeredUpTo, 1).length === 0) await mempool.nextArrival({signal});
		},
		transaction: ({bytes: id}) => {
			const pooled = mempool.find(id);
			return pooled && {era: DCLOUD_TX_ERA, bytes: pooled.bytes};
		},
		close: () => undefined,
	};
};

/**
 * What no change of the chain and no other witnesses make good again; anything else may be offered anew. An id does not
 * cover the witnesses: whoever spoils those of somebody else's transaction must not keep the true one out.
 */
const isForEver = (code: string | undefined): boolean => code === 'TX_EXPIRED';

export const createTxInlet = (mempool: Mempool, peer: string, log: Log): TxInlet => ({
	wants: ({id}) =>
		id.era === DCLOUD_TX_ERA &&
		mempool.find(id.bytes) === undefined &&
		!mempool.isAdopted(id.bytes) &&
		!isForEver(mempool.reasonOf(id.bytes)),
	add: async ({era, bytes}) => {
		if (era !== DCLOUD_TX_ERA) throw new NodeError({code: 'TX_ERA_UNKNOWN', era});
		const submitted = mempool.submit(bytes, {peer});
		if (!submitted.ok) log.debug('transaction of a peer refused', {peer, code: submitted.error.code});
	},
});
