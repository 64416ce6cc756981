import {equalBytes} from '#kernel/bytes';
import type {McOutRef} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';
import type {Stake} from '#onchain/plans/governance-plans';

const isSame = (a: McOutRef, b: McOutRef): boolean => equalBytes(a.txId, b.txId) && a.index === b.index;

/** The largest that suits, or the chosen one if it does. Throws STAKE_MISSING. */
export const chooseStake = (
	stakes: readonly Stake[],
	chosen: McOutRef | undefined,
	suits: (stake: Stake) => boolean,
): Stake => {
	const [largest] = stakes
		.filter(stake => suits(stake) && (chosen === undefined || isSame(stake.ref, chosen)))
		.sort((a, b) => (a.tokens < b.tokens ? 1 : -1));
	if (largest !== undefined) return largest;
	throw new NodeError({
		code: 'STAKE_MISSING',
		message:
			'This wallet has no locked tokens that could do that: lock some, or wait until their votes are over.',
	});
};
