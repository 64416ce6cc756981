/** What arrived in a Monero wallet, from monero-wallet-rpc. A view-only wallet is enough and all that should be there. */
import type {Earning} from '#income/earning';
import {NodeError} from '#kernel/node-error';
import {type JsonAnswer, requestJson} from '../http-json.ts';
import {readBoundedFile} from '../private-file.ts';
import {type Login, requestJsonWithLogin} from './digest-json.ts';
import {isJson, type Json, wholeOf} from './income-json.ts';

export type MoneroWalletOptions = {
	/** Of the RPC server, without `/json_rpc`. */
	readonly url: string;
	/** Default 0. */
	readonly account?: number;
	/** Where the server asks for one. */
	readonly login?: Login;
	readonly signal?: AbortSignal;
};

const TIMEOUT_MS = 60_000;
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
/** After so many blocks nobody undoes a payment; what a block pays itself cannot be spent before (Monero's rule is 60). */
const CONFIRMATIONS_MIN = {in: 10n, block: 60n} as const;

const invalid = (url: string, problem: string): NodeError =>
	new NodeError({
		code: 'MONERO_WALLET_ANSWER_INVALID',
		message: `${url} does not answer as monero-wallet-rpc does: check the address.`,
		url,
		problem,
	});

const ask = ({url, signal, login}: MoneroWalletOptions, body: unknown): Promise<JsonAnswer> => {
	const request = {
		url: `${url.replace(/\/$/, '')}/json_rpc`,
		body,
		bytesMax: ANSWER_BYTES_MAX,
		timeoutMs: TIMEOUT_MS,
		signal,
		unreachable: {
			code: 'MONERO_WALLET_UNREACHABLE',
			message: `monero-wallet-rpc does not answer at ${url}: start it, or correct the address.`,
			url,
		},
		invalid: {
			code: 'MONERO_WALLET_ANSWER_INVALID',
			message: `${url} does not answer as monero-wallet-rpc does: check the address, and whether it asks for a login.`,
			url,
		},
	};
	if (login === undefined) return requestJson(request);
	const refused = new NodeError({
		code: 'MONERO_WALLET_LOGIN_WRONG',
		message: `monero-wallet-rpc at ${url} does not take this login: give the file that it wrote, or that of --rpc-login.`,
		url,
	});
	return requestJsonWithLogin({...request, refused}, login);
};

const call = async (options: MoneroWalletOptions, method: string, params: unknown): Promise<Json> => {
	const {url} = options;
	const {status, json} = await ask(options, {jsonrpc: '2.0', id: '0', method, params});
	if (!isJson(json)) throw invalid(url, `not an object (status ${status})`);
	const {error, result} = json;
	if (isJson(error))
		throw new NodeError({
			code: 'MONERO_WALLET_REFUSED',
			message: `monero-wallet-rpc refuses ${method}: is a wallet open (--wallet-file)?`,
			reason: String(error['message'] ?? '').slice(0, 500),
		});
	if (!isJson(result)) throw invalid(url, 'no result');
	return result;
};

/** undefined while it can still be undone. */
const earningOf = (url: string, transfer: unknown): Earning | undefined => {
	if (!isJson(transfer)) throw invalid(url, 'a transfer is not an object');
	const {txid, type} = transfer;
	const amount = wholeOf(transfer['amount']);
	const seconds = wholeOf(transfer['timestamp']);
	const confirmations = wholeOf(transfer['confirmations'] ?? 0);
	if (typeof txid !== 'string' || !/^[0-9a-f]{64}$/.test(txid)) throw invalid(url, 'a transfer without txid');
	if (amount === undefined) throw invalid(url, `${txid}: an amount that JSON does not hold`);
	if (seconds === undefined || confirmations === undefined) throw invalid(url, `${txid}: no time or depth`);
	if (type !== 'in' && type !== 'block') return undefined;
	if (transfer['double_spend_seen'] === true || confirmations < CONFIRMATIONS_MIN[type]) return undefined;
	return {source: 'xmr', reference: txid, timeMs: Number(seconds) * 1000, amount, microUsd: undefined};
};

/** A transaction may pay several addresses of a wallet; it is one earning. */
const joined = (earnings: readonly Earning[]): readonly Earning[] => {
	const byReference = new Map<string, Earning>();
	for (const earning of earnings) {
		const before = byReference.get(earning.reference)?.amount ?? 0n;
		byReference.set(earning.reference, {...earning, amount: before + (earning.amount ?? 0n)});
	}
	return [...byReference.values()];
};

/**
 * Payments and rewards of blocks that are deep enough to stay. Throws MONERO_WALLET_UNREACHABLE,
 * MONERO_WALLET_REFUSED, MONERO_WALLET_LOGIN_WRONG, MONERO_WALLET_ANSWER_INVALID.
 */
export const readMoneroEarnings = async (options: MoneroWalletOptions): Promise<readonly Earning[]> => {
	const {url, account = 0} = options;
	await call(options, 'refresh', {});
	const {in: transfers = []} = await call(options, 'get_transfers', {in: true, account_index: account});
	if (!Array.isArray(transfers)) throw invalid(url, 'transfers are no list');
	return joined(transfers.map(transfer => earningOf(url, transfer)).filter(earning => earning !== undefined));
};

const LOGIN_BYTES_MAX = 1024;

/** `USER:PASSWORD`, as monero-wallet-rpc writes it into `monero-wallet-rpc.PORT.login`. Throws MONERO_WALLET_LOGIN_WRONG. */
export const readMoneroLogin = async (file: string): Promise<Login> => {
	const text = await readBoundedFile(file, {bytesMax: LOGIN_BYTES_MAX, ownerOnly: true});
	const [, user, password] = /^([^:"\s]+):(\S+)\s*$/.exec(text) ?? [];
	if (user !== undefined && password !== undefined) return {user, password};
	throw new NodeError({
		code: 'MONERO_WALLET_LOGIN_WRONG',
		message: `${file} is not one line USER:PASSWORD.`,
		file,
	});
};
