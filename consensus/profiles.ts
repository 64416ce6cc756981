import {Ratio} from '#kernel/ratio';
import type {ConsensusParams} from './params.ts';

const common = {maxKesEvolutions: 62, protocolVersionMax: 10, headerBytesMax: 1100, bodyBytesMax: 90_112};

/** Real value: one-second slots, an epoch a day, a new KES key every 36 hours. */
export const publicParams: ConsensusParams = {
	...common,
	k: 432,
	f: Ratio(1n, 20n),
	epochLength: 86_400,
	slotsPerKesPeriod: 129_600,
};

/** One machine. With k = 10 an unlucky minute can fork for good: never for real value. */
export const devnetParams: ConsensusParams = {
	...common,
	k: 10,
	f: Ratio(1n, 2n),
	epochLength: 200,
	slotsPerKesPeriod: 500,
};

/** Virtual time. With k = 5 never for real value. */
export const testParams: ConsensusParams = {
	...common,
	k: 5,
	f: Ratio(1n, 2n),
	epochLength: 100,
	slotsPerKesPeriod: 500,
};
