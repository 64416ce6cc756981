/** What a Storj node was paid, from its own dashboard's API. */
import type {Earning} from '#income/earning';
import {type Month, monthStartMs, nextMonth} from '#income/utc-time';
import {NodeError} from '#kernel/node-error';
import {requestJson} from '../http-json.ts';
import {isJson, wholeOf} from './income-json.ts';

export type StorageNodeOptions = {
	/** Of the dashboard: `http://127.0.0.1:14002`. */
	readonly url: string;
	readonly signal?: AbortSignal;
};

const TIMEOUT_MS = 30_000;
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;
const PERIODS_MAX = 600;
const TEXT_MAX = 200;

const invalid = (url: string, problem: string): NodeError =>
	new NodeError({
		code: 'STORAGENODE_ANSWER_INVALID',
		message: `${url} does not answer as a storagenode's dashboard does: check the address.`,
		url,
		problem,
	});

const get = async ({url, signal}: StorageNodeOptions, route: string): Promise<readonly unknown[]> => {
	const {status, json} = await requestJson({
		url: `${url.replace(/\/$/, '')}${route}`,
		bytesMax: ANSWER_BYTES_MAX,
		timeoutMs: TIMEOUT_MS,
		signal,
		unreachable: {
			code: 'STORAGENODE_UNREACHABLE',
			message: `No storagenode answers at ${url}: start it, or correct the address of its dashboard.`,
			url,
		},
		invalid: {
			code: 'STORAGENODE_ANSWER_INVALID',
			message: `${url} does not answer as a storagenode's dashboard does: check the address.`,
			url,
		},
	});
	if (status !== 200) throw invalid(url, `status ${status}`);
	// Go writes an empty list as null.
	if (json !== null && !Array.isArray(json)) throw invalid(url, `${route}: no list`);
	return json ?? [];
};

const isMonth = (value: unknown): value is Month =>
	typeof value === 'string' && /^(?:19[789]\d|[2-9]\d{3})-(?:0[1-9]|1[0-2])$/.test(value);

/** What one satellite paid for a month; undefined when nothing was sent yet. `distributed` is in millionths of a dollar. */
const earningOf = (url: string, month: Month, payout: unknown): Earning | undefined => {
	if (!isJson(payout)) throw invalid(url, `${month}: a payout is not an object`);
	const {satelliteID, receipt} = payout;
	const microUsd = wholeOf(payout['distributed']);
	if (typeof satelliteID !== 'string' || satelliteID.length > TEXT_MAX || microUsd === undefined)
		throw invalid(url, `${month}: a payout without satelliteID or distributed`);
	if (typeof receipt !== 'string' || receipt.length > TEXT_MAX || /\s/.test(receipt))
		throw invalid(url, `${month}: a receipt that is none`);
	if (receipt === '' || microUsd === 0n) return undefined;
	return {
		source: 'storj',
		// One transaction may pay for several satellites and months.
		reference: `${receipt}/${satelliteID}/${month}`,
		// Paid for at the earliest when the month was over; the API does not say when.
		timeMs: monthStartMs(nextMonth(month)),
		amount: undefined,
		microUsd,
	};
};

/** Payouts that have a receipt, of all months. Throws STORAGENODE_UNREACHABLE, STORAGENODE_ANSWER_INVALID. */
export const readStorageNodeEarnings = async (options: StorageNodeOptions): Promise<readonly Earning[]> => {
	const periods = await get(options, '/api/heldamount/periods');
	if (periods.length > PERIODS_MAX) throw invalid(options.url, 'too many periods');
	const earnings: Earning[] = [];
	for (const month of new Set(periods)) {
		if (!isMonth(month)) throw invalid(options.url, 'a period that is no month');
		const payouts = await get(options, `/api/heldamount/payout-history/${month}`);
		for (const payout of payouts) {
			const earning = earningOf(options.url, month, payout);
			if (earning !== undefined) earnings.push(earning);
		}
	}
	return earnings;
};
