import {z} from 'zod';
import {fromHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import type {McRef} from '#kernel/main-chain-event';
import {NodeError} from '#kernel/node-error';

const ANSWER_BYTES_MAX = 32 * 1024 * 1024;
const ANSWER_MS_MAX = 10_000;

const hash32 = z.string().regex(/^[0-9a-f]{64}$/);
export type KupoPoint = {readonly slot_no: number; readonly header_hash: string};

/** A match as Kupo's `GET /matches` answers it (Kupo API 2.x), as far as it is read here. */
export type KupoMatch = {
	readonly transaction_index: number;
	readonly transaction_id: string;
	readonly output_index: number;
	readonly value: {
		readonly coins: number | string;
		/** By `policy.name` in hexadecimal. */
		readonly assets: Readonly<Record<string, number | string>>;
	};
	readonly datum?: string | null | undefined;
	readonly created_at: KupoPoint;
};

export const kupoPoint: z.ZodType<KupoPoint> = z.object({slot_no: z.int().min(0), header_hash: hash32});

export const kupoMatch: z.ZodType<KupoMatch> = z.object({
	transaction_index: z.int().min(0),
	transaction_id: hash32,
	output_index: z.int().min(0),
	value: z.object({
		coins: z.union([z.int().min(0), z.string().regex(/^\d{1,20}$/)]),
		assets: z.record(z.string(), z.union([z.int(), z.string()])),
	}),
	datum: z
		.string()
		.regex(/^(?:[0-9a-f]{2})*$/)
		.nullish(),
	created_at: kupoPoint,
});

export const pointOf = (point: KupoPoint): McRef => ({
	slot: point.slot_no,
	hash: Hash32(fromHex(point.header_hash)),
});

const unreachable = (url: string, cause: unknown): NodeError =>
	new NodeError(
		{
			code: 'MAIN_CHAIN_UNREACHABLE',
			message: `Cardano is not reachable at ${url}: the node goes on, deposits and checkpoints wait.`,
			url,
		},
		{cause},
	);

export const badAnswer = (url: string, problem: string, cause?: unknown): NodeError =>
	new NodeError(
		{
			code: 'MAIN_CHAIN_BAD_ANSWER',
			message: `Kupo at ${url} gave an answer that makes no sense: ${problem}.`,
			url,
		},
		{cause},
	);

const boundedText = async (response: Response, url: string): Promise<string> => {
	const parts: Uint8Array[] = [];
	let length = 0;
	for await (const part of response.body ?? []) {
		length += part.length;
		if (length > ANSWER_BYTES_MAX) throw badAnswer(url, `more than ${ANSWER_BYTES_MAX} bytes`);
		parts.push(part);
	}
	return Buffer.concat(parts).toString('utf8');
};

/** GET `path`, checked against `schema`. Throws MAIN_CHAIN_UNREACHABLE and MAIN_CHAIN_BAD_ANSWER. */
export const kupoGet = async <T>(
	kupoUrl: string,
	path: string,
	schema: z.ZodType<T>,
	signal: AbortSignal | undefined,
): Promise<T> => {
	const late = AbortSignal.timeout(ANSWER_MS_MAX);
	let text: string;
	try {
		const response = await fetch(new URL(path, kupoUrl), {
			headers: {accept: 'application/json'},
			signal: signal === undefined ? late : AbortSignal.any([signal, late]),
		});
		text = await boundedText(response, kupoUrl);
		if (!response.ok) throw badAnswer(kupoUrl, `status ${response.status}`);
	} catch (cause) {
		signal?.throwIfAborted();
		throw cause instanceof NodeError ? cause : unreachable(kupoUrl, cause);
	}
	try {
		return schema.parse(JSON.parse(text));
	} catch (cause) {
		throw badAnswer(kupoUrl, 'another shape than asked for', cause);
	}
};
