import type {Voucher} from '#crypto/vouchers/voucher';
import type {Hash32} from '#kernel/hash';

/** The newest voucher of each channel, kept through crashes. */
export type VoucherJournal = {
	newest(channelId: Hash32): Voucher | undefined;
	all(): readonly Voucher[];
	/**
	 * Resolves when the voucher, or one that is worth more, is on the disk for good: only then may the bytes go out that it
	 * pays for. It is not verified here. Throws STORE_DISK_FULL, STORE_FAILED.
	 */
	record(voucher: Voucher): Promise<void>;
	/** The channel is no more. May be back after a crash. */
	forget(channelId: Hash32): void;
	close(): Promise<void>;
};
