import {NodeError} from '#kernel/node-error';
import type {LoadOptions} from './options.ts';

export type PartReport = Readonly<Record<string, unknown>>;

export type PartTools = {
	readonly options: LoadOptions;
	/** A line for whoever watches. */
	readonly tell: (text: string) => void;
	/** Aborts when the run is to end. */
	readonly signal: AbortSignal;
};

/** One of the load tests. */
export type Part = {
	readonly name: string;
	/** What it did and measured; rejects when something does not hold. */
	readonly run: (tools: PartTools) => Promise<PartReport>;
};

/** Throws RELAY_LOAD_FAILED with the data when a promise is broken. */
export const mustHold: (
	holds: boolean,
	what: string,
	data?: Readonly<Record<string, unknown>>,
) => asserts holds = (holds, what, data = {}) => {
	if (!holds)
		throw new NodeError({
			...data,
			code: 'RELAY_LOAD_FAILED',
			message: `This does not hold: ${what}. ${JSON.stringify(data)}`,
		});
};
