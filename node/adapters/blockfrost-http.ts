import {NodeError} from '#kernel/node-error';
import type {JsonAnswer} from './http-json.ts';
import {type AskJson, createPatientJson} from './patient-json.ts';

/** Requests as Blockfrost wants them: with the project's id, in pages, not too many in a second. */
export type BlockfrostHttp = {
	/** Without the project's id, for messages. */
	readonly url: string;
	/** undefined where the service knows no such thing (404). */
	get(path: string, signal: AbortSignal | undefined): Promise<unknown>;
	/**
	 * Hands a transaction in, once: a second try would be refused because of the first. Resolves with what the service answers,
	 * its id. What the ledger refuses is thrown as CARDANO_TRANSACTION_REFUSED with its `reason`.
	 */
	submit(transaction: Uint8Array, signal: AbortSignal | undefined): Promise<unknown>;
	/** All pages of a list, oldest first; `query` without a question mark. */
	pages(path: string, query: string, signal: AbortSignal | undefined): Promise<readonly unknown[]>;
};

const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
const TIMEOUT_MS = 15_000;
const PAGE = 100;
const PAGES_MAX = 1_000;

/** What the service allows: ten requests a second, and bursts that it forgives. */
const LIMITS = {concurrentMax: 8, perSecond: 10, burst: 50, triesMax: 4, firstWaitMs: 500};

/** No use in asking again at once. */
const REFUSALS: Readonly<Record<number, string>> = {
	402: 'its daily number of requests is used up: wait until tomorrow or take a larger plan',
	403: 'the project id is wrong, or of another Cardano network',
	500: 'something failed there; try again later',
	418: 'it does not answer this project for a while, because there were too many requests',
};

const REASON_LENGTH_MAX = 4_000;

/** The ledger's words in an answer of status 400. */
const reasonOf = (json: unknown): string => {
	const message = typeof json === 'object' && json !== null && 'message' in json ? json.message : undefined;
	return typeof message === 'string' ? message.slice(0, REASON_LENGTH_MAX) : 'no reason given';
};

export const createBlockfrostHttp = (
	{url, projectId}: {readonly url: string; readonly projectId: string},
	ask: AskJson = createPatientJson(LIMITS),
): BlockfrostHttp => {
	const request = async (
		path: string,
		signal: AbortSignal | undefined,
		transaction?: Uint8Array,
	): Promise<JsonAnswer> => {
		const whole = `${url}${path}`;
		return ask({
			url: whole,
			...(transaction && {bytes: {type: 'application/cbor', content: transaction}, isOnce: true}),
			headers: {project_id: projectId},
			bytesMax: ANSWER_BYTES_MAX,
			timeoutMs: TIMEOUT_MS,
			signal,
			unreachable: {
				code: transaction === undefined ? 'MAIN_CHAIN_UNREACHABLE' : 'CARDANO_UNREACHABLE',
				message: `Cardano is not reachable: Blockfrost at ${url} does not answer. Nodes go on, deposits and checkpoints wait.`,
				url: whole,
			},
			invalid: {
				code: transaction === undefined ? 'MAIN_CHAIN_ANSWER_INVALID' : 'CARDANO_ANSWER_INVALID',
				message: `${url} does not answer as Blockfrost does: check its address.`,
				url: whole,
			},
		});
	};
	const refused = (path: string, status: number, code = 'MAIN_CHAIN_ANSWER_INVALID'): NodeError =>
		new NodeError({
			code,
			message: `Blockfrost at ${url} refuses: ${REFUSALS[status] ?? `status ${status}`}.`,
			url: `${url}${path}`,
			status,
		});
	const get = async (path: string, signal: AbortSignal | undefined): Promise<unknown> => {
		const {status, json} = await request(path, signal);
		if (status === 200) return json;
		if (status === 404) return undefined;
		throw refused(path, status);
	};
	const submit = async (transaction: Uint8Array, signal: AbortSignal | undefined): Promise<unknown> => {
		const {status, json} = await request('/tx/submit', signal, transaction);
		if (status === 200) return json;
		// Such as 500, after which nobody knows what became of the transaction.
		if (status !== 400) throw refused('/tx/submit', status, 'CARDANO_ANSWER_INVALID');
		const reason = reasonOf(json);
		throw new NodeError({
			code: 'CARDANO_TRANSACTION_REFUSED',
			message: `Cardano refuses the transaction: ${reason}`,
			reason,
			logs: [],
		});
	};
	const pages = async (
		path: string,
		query: string,
		signal: AbortSignal | undefined,
	): Promise<readonly unknown[]> => {
		const all: unknown[] = [];
		for (let page = 1; page <= PAGES_MAX; page++) {
			const json = await get(`${path}?${query === '' ? '' : `${query}&`}count=${PAGE}&page=${page}`, signal);
			// Blockfrost knows no address or asset that was never used.
			if (json === undefined) return all;
			if (!Array.isArray(json))
				throw new NodeError({
					code: 'MAIN_CHAIN_ANSWER_INVALID',
					message: `${url} does not answer as Blockfrost does: check its address.`,
					url: `${url}${path}`,
					problem: 'not a list',
				});
			all.push(...json);
			if (json.length < PAGE) return all;
		}
		throw new NodeError({
			code: 'MAIN_CHAIN_ANSWER_INVALID',
			message: `Blockfrost at ${url} has more than ${PAGES_MAX * PAGE} entries for ${path}: use a Kupo of your own.`,
			url: `${url}${path}`,
		});
	};
	return {url, get, submit, pages};
};
