/** How a provider's standing is shown. */
import type {StandingView} from '#node/ports/provider-api';

/** `984/1000` as `98.4 %`; rounded down, so that nobody is shown as better than they are. */
export const percent = (ratio: string): string => {
	const [numerator = 0n, denominator = 1n] = ratio.split('/').map(BigInt);
	const tenths = (numerator * 1000n) / denominator;
	return `${tenths / 10n}.${tenths % 10n} %`;
};

/** `vetted`, `suspended`, or how many proven epochs are missing. */
export const standingWord = ({
	suspended,
	vettingEpochsLeft,
}: Pick<StandingView, 'suspended' | 'vettingEpochsLeft'>): string => {
	if (suspended) return 'suspended';
	return vettingEpochsLeft === 0 ? 'vetted' : `new, ${vettingEpochsLeft} to go`;
};
