import {NodeError} from '#kernel/node-error';
import type {ChainClient} from './chain-client.ts';

/** Slots that a provider's node may need to see what ours has seen. */
const SLOTS_BEHIND_MAX = 60;

/**
 * Tries again, once a slot, while the provider refuses for one of these reasons: its node has not seen the block yet
 * that ours has.
 */
export const whileBehind = async <T>(
	chain: ChainClient,
	reasons: readonly string[],
	work: () => Promise<T>,
	call: {readonly signal?: AbortSignal} = {},
): Promise<T> => {
	let result: {readonly value: T} | undefined;
	let left = SLOTS_BEHIND_MAX;
	await chain.until(async () => {
		try {
			result = {value: await work()};
			return true;
		} catch (error) {
			const isBehind =
				error instanceof NodeError &&
				error.code === 'PROVIDER_REFUSED' &&
				reasons.includes(String(error.detail['reason']));
			if (!isBehind || left-- === 0) throw error;
			return false;
		}
	}, call);
	return (result as {readonly value: T}).value;
};
