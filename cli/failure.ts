import {CommanderError} from 'commander';
import {AssertionError} from '#kernel/assert';
import {NodeError} from '#kernel/node-error';
import {toJson} from './json.ts';
import {visible, visibleLine} from './visible.ts';

type Explained = {readonly code: string; readonly message: string; readonly [field: string]: unknown};

const isCoded = (error: unknown): error is Error & {code: string} =>
	error instanceof Error && 'code' in error && typeof error.code === 'string';

const causeOf = (error: Error): string | undefined =>
	error.cause instanceof Error ? error.cause.message : undefined;

const explain = (error: unknown): Explained => {
	if (error instanceof NodeError) {
		const cause = causeOf(error);
		return {...error.detail, code: error.code, message: error.message, ...(cause && {cause})};
	}
	if (error instanceof CommanderError)
		return {code: 'USAGE', message: `${error.message.replace(/^error: /, '')} (--help shows the usage)`};
	if (error instanceof AssertionError) return {code: 'BUG', message: error.message, stack: error.stack};
	if (isCoded(error)) return {code: error.code, message: error.message};
	if (error instanceof Error) return {code: 'BUG', message: error.message, stack: error.stack};
	return {code: 'BUG', message: String(error)};
};

/** What the user reads when a command fails: a code and what to do, or the same as JSON. */
export const explainFailure = (error: unknown, json: boolean): string => {
	const explained = explain(error);
	if (json) return toJson({error: explained});
	const {code, message, stack, ...rest} = explained;
	const fields = Object.entries(rest).map(
		([name, value]) => `\n  ${name}: ${visibleLine(typeof value === 'string' ? value : toJson(value))}`,
	);
	return visible(`${code}: ${typeof stack === 'string' ? stack : message}${fields.join('')}`);
};
