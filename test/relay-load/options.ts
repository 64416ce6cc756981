import {suiteOptions} from '../support/suite-options.ts';

const USAGE =
	'npm run relay-load [-- --short] [-- --minutes 60] [-- --seed 7] [-- --only NAME] [-- --list] [-- --out FILE] [-- --json]';

export type LoadOptions = {
	readonly short: boolean;
	/** Of hostile load; the other parts are as long as they are. A short run has seconds. */
	readonly minutes: number;
	readonly seed: number;
	/** One part; undefined: all. */
	readonly only: string | undefined;
	readonly list: boolean;
	/** Where the result goes; undefined: nowhere. */
	readonly out: string | undefined;
	readonly json: boolean;
};

export const loadOptions = (parts: readonly string[]): LoadOptions => {
	const {flag, text, number, invalid} = suiteOptions({
		code: 'RELAY_LOAD',
		usage: USAGE,
		help: `Parts: ${parts.join(', ')}`,
		texts: ['minutes', 'seed', 'only', 'out'],
		flags: ['short', 'list', 'json'],
	});
	const only = text('only');
	if (only !== undefined && !parts.includes(only)) invalid(`--only is one of ${parts.join(', ')}`);
	const short = flag('short');
	return {
		short,
		minutes: number('minutes', 60, 1, 24 * 60),
		seed: number('seed', 7, 0, 4_000_000_000),
		only,
		list: flag('list'),
		// Short runs and single parts are for those who want to know, not for the record.
		out: text('out') ?? (short || only !== undefined ? undefined : 'docs/measurements/relay-load.json'),
		json: flag('json'),
	};
};
