/** How hard a machine mines: from xmrig's HTTP API, or from the files that p2pool writes with --data-api and --local-api. */
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import type {MiningWork} from '#income/hash-rate';
import {NodeError} from '#kernel/node-error';
import {requestJson} from '../http-json.ts';
import {readBoundedFile} from '../private-file.ts';
import {isJson, type Json, wholeOf} from './income-json.ts';

const TIMEOUT_MS = 10_000;
const ANSWER_BYTES_MAX = 1024 * 1024;

export type XmrigOptions = {
	readonly url: string;
	/** A file with the token of `--http-access-token`. */
	readonly tokenFile?: string;
	readonly signal?: AbortSignal;
};

/** Hashes in a second: the longest mean that there is of 15 minutes, a minute, 10 seconds. Throws XMRIG_UNREACHABLE, XMRIG_ANSWER_INVALID. */
export const readXmrigHashRate = async ({url, tokenFile, signal}: XmrigOptions): Promise<bigint> => {
	const invalid = {
		code: 'XMRIG_ANSWER_INVALID',
		message: `${url} does not answer as xmrig does: check the address, and the token if it asks for one.`,
		url,
	};
	const token = tokenFile === undefined ? undefined : (await readFile(tokenFile, 'utf8')).trim();
	const {status, json} = await requestJson({
		url: `${url.replace(/\/$/, '')}/2/summary`,
		...(token === undefined ? {} : {headers: {authorization: `Bearer ${token}`}}),
		bytesMax: ANSWER_BYTES_MAX,
		timeoutMs: TIMEOUT_MS,
		signal,
		unreachable: {
			code: 'XMRIG_UNREACHABLE',
			message: `xmrig does not answer at ${url}: start it with --http-port, or correct the address.`,
			url,
		},
		invalid,
	});
	const hashRate = isJson(json) && isJson(json['hashrate']) ? json['hashrate']['total'] : undefined;
	if (status !== 200 || !Array.isArray(hashRate)) throw new NodeError({...invalid, status});
	const known = hashRate.filter((mean): mean is number => Number.isFinite(mean) && (mean as number) >= 0);
	return BigInt(Math.floor(known.at(-1) ?? 0));
};

const readStatistics = async (folder: string, name: string): Promise<Json> => {
	const file = path.join(folder, name);
	const text = await readBoundedFile(file, {bytesMax: ANSWER_BYTES_MAX});
	try {
		const json: unknown = JSON.parse(text);
		if (isJson(json)) return json;
	} catch {
		// No JSON at all is as wrong as another JSON.
	}
	throw new NodeError({
		code: 'P2POOL_FILE_INVALID',
		message: `${file} is not what p2pool writes: give the folder of its --data-api.`,
		file,
	});
};

/** Throws FILE_NOT_FOUND, P2POOL_FILE_INVALID. */
export const readP2poolWork = async (folder: string): Promise<MiningWork> => {
	const stratum = await readStatistics(folder, 'local/stratum');
	const network = await readStatistics(folder, 'network/stats');
	const work = {
		hashRate: wholeOf(stratum['hashrate_24h']),
		difficulty: wholeOf(network['difficulty']),
		reward: wholeOf(network['reward']),
	};
	const {hashRate, difficulty, reward} = work;
	if (hashRate !== undefined && difficulty !== undefined && reward !== undefined)
		return {hashRate, difficulty, reward};
	throw new NodeError({
		code: 'P2POOL_FILE_INVALID',
		message: `${folder} lacks a number that p2pool writes: start it with --data-api ${folder} --local-api.`,
		file: folder,
		missing: Object.entries(work)
			.filter(([, value]) => value === undefined)
			.map(([name]) => name),
	});
};
