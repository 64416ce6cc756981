import {parseHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import type {McRef} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';
import {type AskJson, createPatientJson} from './patient-json.ts';

/** An output that Kupo found. */
export type KupoMatch = {
	readonly txId: Hash32;
	readonly index: number;
	readonly transactionIndex: number;
	readonly createdAt: McRef;
	readonly lovelace: bigint;
	/**
	 * Tokens that it holds besides, by policy id and name together in hexadecimal. A quantity is undefined when it is more
	 * than a double holds: anybody can send any quantity of a token of his own to our contracts.
	 */
	readonly units: ReadonlyMap<string, bigint | undefined>;
	/** Only an inline datum. */
	readonly datum: Uint8Array | undefined;
};

export type KupoClient = {
	/** The last block, or the last at or before `slot`; undefined before the first. */
	checkpoint(slot: number | undefined, signal: AbortSignal | undefined): Promise<McRef | undefined>;
	/** `query` is Kupo's, without a question mark. */
	matches(pattern: string, query: string, signal: AbortSignal | undefined): Promise<readonly KupoMatch[]>;
};

type Json = Readonly<Record<string, unknown>>;

const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const TIMEOUT_MS = 10_000;

const invalid = (url: string, problem: string): NodeError =>
	new NodeError({
		code: 'MAIN_CHAIN_ANSWER_INVALID',
		message: `${url} does not answer as Kupo does: check the address of the Cardano indexer.`,
		url,
		problem,
	});

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;

const countOf = (value: unknown): number | undefined =>
	Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;

/** All ADA that will ever be is 45 * 10^15 lovelace. */
const LOVELACE_DIGITS_MAX = 17;
/** Outputs of a transaction are counted in 16 bits. */
const OUTPUT_INDEX_MAX = 0xff_ff;

/** Kupo writes lovelace as text when it is asked to. */
const lovelaceOf = (value: unknown): bigint | undefined => {
	if (countOf(value) !== undefined) return BigInt(value as number);
	const isAmount = typeof value === 'string' && /^\d+$/.test(value) && value.length <= LOVELACE_DIGITS_MAX;
	return isAmount ? BigInt(value) : undefined;
};

const hashOf = (value: unknown): Hash32 | undefined => {
	const bytes = typeof value === 'string' ? parseHex(value) : undefined;
	return bytes?.length === 32 ? Hash32(bytes) : undefined;
};

const pointOf = (value: unknown): McRef | undefined => {
	if (!isJson(value)) return undefined;
	const slot = countOf(value['slot_no']);
	const hash = hashOf(value['header_hash']);
	return slot === undefined || hash === undefined ? undefined : {slot, hash};
};

/** Kupo writes quantities as JSON integers that no double holds, or as text. */
const quantityOf = (value: unknown): bigint | undefined => {
	if (countOf(value) !== undefined) return BigInt(value as number);
	return typeof value === 'string' && /^\d{1,20}$/.test(value) ? BigInt(value) : undefined;
};

const unitsOf = (value: unknown): KupoMatch['units'] | undefined =>
	isJson(value)
		? new Map(Object.entries(value).map(([name, quantity]) => [name.replace('.', ''), quantityOf(quantity)]))
		: undefined;

const matchOf = (value: unknown): KupoMatch | undefined => {
	if (!isJson(value) || !isJson(value['value'])) return undefined;
	const txId = hashOf(value['transaction_id']);
	const index = countOf(value['output_index']);
	const transactionIndex = countOf(value['transaction_index']);
	const createdAt = pointOf(value['created_at']);
	const lovelace = lovelaceOf(value['value']['coins']);
	const units = unitsOf(value['value']['assets']);
	if (txId === undefined || index === undefined || transactionIndex === undefined) return undefined;
	if (index > OUTPUT_INDEX_MAX) return undefined;
	if (createdAt === undefined || lovelace === undefined || units === undefined) return undefined;
	const {datum: hex, datum_type: type} = value;
	const datum = type === 'inline' && typeof hex === 'string' ? parseHex(hex) : undefined;
	return {txId, index, transactionIndex, createdAt, lovelace, units, datum};
};

/** `baseUrl` without a slash at its end. */
export const createKupoClient = (baseUrl: string, ask: AskJson = createPatientJson()): KupoClient => {
	const get = async (path: string, signal: AbortSignal | undefined): Promise<unknown> => {
		const url = `${baseUrl}${path}`;
		const message = `Cardano is not reachable: the indexer at ${baseUrl} does not answer. Start it or correct its address; nodes go on, deposits and checkpoints wait.`;
		const {status, json} = await ask({
			url,
			bytesMax: ANSWER_BYTES_MAX,
			timeoutMs: TIMEOUT_MS,
			signal,
			unreachable: {code: 'MAIN_CHAIN_UNREACHABLE', message, url},
			invalid: {
				code: 'MAIN_CHAIN_ANSWER_INVALID',
				message: `${baseUrl} does not answer as Kupo does: check the address of the Cardano indexer.`,
				url,
			},
		});
		if (status !== 200) throw invalid(url, `status ${status}`);
		return json;
	};
	return {
		checkpoint: async (slot, signal) => {
			const path = slot === undefined ? '/checkpoints' : `/checkpoints/${slot}`;
			const json = await get(path, signal);
			const first: unknown = Array.isArray(json) ? json[0] : json;
			if (first === null || first === undefined) return undefined;
			const point = pointOf(first);
			if (point === undefined) throw invalid(baseUrl + path, 'not a checkpoint');
			return point;
		},
		matches: async (pattern, query, signal) => {
			const path = `/matches/${pattern}?${query}`;
			const json = await get(path, signal);
			if (!Array.isArray(json)) throw invalid(baseUrl + path, 'not a list of matches');
			return json.map((item: unknown) => {
				const match = matchOf(item);
				if (match === undefined) throw invalid(baseUrl + path, 'not a match');
				return match;
			});
		},
	};
};
