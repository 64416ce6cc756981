import {toHex} from '#kernel/bytes';
import type {Ratio} from '#kernel/ratio';
import type {Reputation} from '#ledger/reputation/reputation';
import {REASON_WEIGHTS} from '#ledger/reputation/track-record';
import type {ReputationView, StandingView} from '#node/ports/provider-api';

/** In thousandths where it is one, so that all have one denominator. */
const ratioText = ({numerator, denominator}: Ratio): string =>
	1000n % denominator === 0n ? `${(numerator * 1000n) / denominator}/1000` : `${numerator}/${denominator}`;

export const standingView = ({
	successes,
	failures,
	lowerBound,
	upperBound,
	expectation,
	vettingEpochsLeft,
	suspended,
	provenTotal,
}: Reputation): StandingView => ({
	successes,
	failures,
	lowerBound: ratioText(lowerBound),
	upperBound: ratioText(upperBound),
	expectation: ratioText(expectation),
	vettingEpochsLeft,
	suspended,
	provenTotal,
});

/** `hashOf` gives the hash of a block of the selected chain by its number. */
export const reputationView = async (
	reputation: Reputation,
	hashOf: (blockNo: number) => Promise<string | null>,
): Promise<ReputationView> => ({
	provider: toHex(reputation.provider),
	...standingView(reputation),
	events: await Promise.all(
		reputation.events.map(async ({epoch, reason, slot, blockNo}) => ({
			epoch,
			reason,
			weight: REASON_WEIGHTS[reason],
			slot,
			blockNo,
			blockHash: await hashOf(blockNo),
		})),
	),
});
