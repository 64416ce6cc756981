/** What the index finds, as far as it is on the selected chain. */
import type {TxId} from '#kernel/hash';
import type {BlockNo} from '#kernel/slot';
import type {AccountEntry} from '#node/ports/chain-index';
import type {ChainPlace} from '#node/ports/chain-store';
import type {ChainReader} from './chain-reader.ts';
import type {ChainService} from './chain-service.ts';

type Ports = {readonly chain: ChainService; readonly reader: ChainReader};

/** Where on the selected chain a transaction is. */
export const findInBlocks = async ({chain, reader}: Ports, txId: TxId): Promise<ChainPlace | undefined> => {
	const found = await chain.stores.chainIndex.transaction(txId);
	return found && reader.placeOf(found.hash);
};

/** Entries of one account, newest first, at most `limit`, from blocks below `before`. */
export const accountHistory = async (
	{chain, reader}: Ports,
	account: string,
	{limit, ...range}: {readonly limit: number; readonly before?: BlockNo},
): Promise<readonly AccountEntry[]> => {
	const entries: AccountEntry[] = [];
	if (limit < 1) return entries;
	for await (const entry of chain.stores.chainIndex.accountEntries(account, range)) {
		if ((await reader.placeOf(entry.hash)) === undefined) continue;
		entries.push(entry);
		if (entries.length >= limit) break;
	}
	return entries;
};
