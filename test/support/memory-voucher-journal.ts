import {toHex} from '#kernel/bytes';
import type {VoucherJournal} from '#node/ports/voucher-journal';

/** A journal that lasts as long as the test. */
export const createMemoryVoucherJournal = (): VoucherJournal => {
	const newest = new Map<string, ReturnType<VoucherJournal['all']>[number]>();
	return {
		newest: channelId => newest.get(toHex(channelId)),
		all: () => [...newest.values()],
		record: async voucher => {
			const known = newest.get(toHex(voucher.channelId));
			if (known === undefined || known.cumulative < voucher.cumulative)
				newest.set(toHex(voucher.channelId), voucher);
		},
		forget: channelId => void newest.delete(toHex(channelId)),
		close: async () => undefined,
	};
};
