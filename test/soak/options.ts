import {PROVIDERS_MAX} from '#cli/devnet/shape';
import {suiteOptions} from '../support/suite-options.ts';

const USAGE =
	'npm run soak [-- --minutes 10] [-- --providers 30] [-- --seed 7] [-- --short] [-- --out FILE] [-- --data FOLDER] [-- --json]';

export type SoakOptions = {
	/** Of kills under put and get; what comes before and after takes a few more. */
	readonly minutes: number;
	readonly providers: number;
	readonly seed: number;
	/** How often an object loses as many providers as it may. */
	readonly lossRounds: number;
	/** Whether it ends only when all that the last blows took is rebuilt: that is known up to two epochs later. */
	readonly untilRebuilt: boolean;
	/** Where the result goes; undefined: nowhere. */
	readonly out: string | undefined;
	readonly data: string | undefined;
	readonly json: boolean;
};

const SMALL_CODE_PROVIDERS = 23;

export const soakOptions = (): SoakOptions => {
	const {flag, text, number} = suiteOptions({
		code: 'SOAK',
		usage: USAGE,
		texts: ['minutes', 'providers', 'seed', 'out', 'data'],
		flags: ['short', 'json'],
	});
	const isShort = flag('short');
	return {
		minutes: number('minutes', isShort ? 2 : 10, 1, 24 * 60),
		providers: number('providers', 30, SMALL_CODE_PROVIDERS, PROVIDERS_MAX),
		seed: number('seed', 7, 0, 4_000_000_000),
		lossRounds: isShort ? 2 : 4,
		untilRebuilt: !isShort,
		// A short run is for those who want to know, not for the record.
		out: text('out') ?? (isShort ? undefined : 'docs/measurements/soak.json'),
		data: text('data'),
		json: flag('json'),
	};
};
