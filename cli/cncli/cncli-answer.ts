import process from 'node:process';
import {NodeError} from '#kernel/node-error';
import type {Options, Verb} from '../answer.ts';

/** What CNCLI prints of a failure. */
export type CncliFailure = {readonly status: 'error'; readonly errorMessage: string};

export const failed = (errorMessage: string): CncliFailure => ({status: 'error', errorMessage});

type Work = (options: Options, signal: AbortSignal) => Promise<unknown>;

/**
 * A verb of CNCLI's: JSON on standard output whatever happens, with `status`; the exit code is 1 unless it is "ok". A text
 * is printed as it is.
 */
export const cncliVerb =
	(work: Work): Verb =>
	async (_words, options, signal) => {
		let data: unknown;
		try {
			data = await work(options, signal);
		} catch (error) {
			if (!(error instanceof NodeError)) throw error;
			data = failed(`${error.code}: ${error.message}`);
		}
		const isBad = typeof data === 'object' && data !== null && Reflect.get(data, 'status') === 'error';
		if (isBad) process.exitCode = 1;
		return {data, text: typeof data === 'string' ? data : JSON.stringify(data, null, 2)};
	};
