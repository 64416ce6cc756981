/** Ogmios' JSON-RPC (v6) over HTTP, as far as wallets and followers use it. */
import {parseHex, toHex} from '#kernel/bytes';
import {parseAddress} from '#onchain/cardano/address';
import type {Devnet, SubmitFailure} from './devnet.ts';
import {PROTOCOL_PARAMETERS} from './protocol-parameters.ts';

/** A JSON-RPC outcome; the server adds version and id. */
export type RpcOutcome =
	| {readonly result: unknown}
	| {readonly error: {readonly code: number; readonly message: string; readonly data?: unknown}};

const INVALID_REQUEST = -32_600;
const METHOD_NOT_FOUND = -32_601;
const INVALID_PARAMS = -32_602;
/** Ogmios: the transaction cannot be decoded. */
const UNREADABLE_TRANSACTION = -32_602;
/** Ogmios: a script failed (3012); the rest of the rules have one number here, their words tell them apart. */
const SCRIPTS_FAILED = 3012;
const RULES_BROKEN = 3000;

const invalid = (message: string): RpcOutcome => ({error: {code: INVALID_PARAMS, message}});

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
	typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const submitError = (failure: SubmitFailure): RpcOutcome => {
	switch (failure.code) {
		case 'CARDANO_TRANSACTION_UNREADABLE':
			return {error: {code: UNREADABLE_TRANSACTION, message: failure.code, data: failure}};
		case 'CARDANO_TRANSACTION_DECLARES_FAILURE':
			return {error: {code: RULES_BROKEN, message: failure.code, data: failure}};
		case 'CARDANO_TRANSACTION_REFUSED': {
			const code = /script/i.test(failure.reason) ? SCRIPTS_FAILED : RULES_BROKEN;
			return {error: {code, message: failure.reason, data: failure}};
		}
	}
};

const submitTransaction = (devnet: Devnet, params: unknown): RpcOutcome => {
	const {cbor} = asRecord(asRecord(params)['transaction']);
	const bytes = typeof cbor === 'string' ? parseHex(cbor) : undefined;
	if (bytes === undefined) return invalid('params.transaction.cbor wants hexadecimal');
	const submitted = devnet.submit(bytes);
	return submitted.ok ? {result: {transaction: {id: toHex(submitted.value)}}} : submitError(submitted.error);
};

/** Registered script accounts only; no key has rewards here. */
const rewardAccounts = (devnet: Devnet, params: unknown): RpcOutcome => {
	const {keys} = asRecord(params);
	const found: unknown[] = [];
	for (const key of Array.isArray(keys) ? keys.slice(0, 100) : []) {
		const address = typeof key === 'string' ? parseAddress(key) : undefined;
		if (!address?.ok || (address.value[0] as number) >> 4 !== 15) continue;
		const hash = toHex(address.value.subarray(1, 29));
		const rewards = devnet.scriptRewards(hash);
		if (rewards === undefined) continue;
		const ada = (lovelace: bigint) => ({ada: {lovelace}});
		found.push({from: 'script', credential: hash, rewards: ada(rewards), deposit: ada(2_000_000n)});
	}
	return {result: found};
};

/** Answers one request; anything may be in it. */
export const answerRpc = (devnet: Devnet, request: unknown): RpcOutcome => {
	const {jsonrpc, method, params} = asRecord(request);
	if (jsonrpc !== '2.0' || typeof method !== 'string')
		return {error: {code: INVALID_REQUEST, message: 'not a JSON-RPC 2.0 request'}};
	const {tip} = devnet.chain;
	switch (method) {
		case 'submitTransaction':
			return submitTransaction(devnet, params);
		case 'queryLedgerState/protocolParameters':
			return {result: PROTOCOL_PARAMETERS};
		case 'queryLedgerState/rewardAccountSummaries':
			return rewardAccounts(devnet, params);
		case 'queryLedgerState/tip':
			return {result: {slot: tip.slot, id: toHex(tip.hash)}};
		case 'queryNetwork/tip':
			return {result: {slot: tip.slot, id: toHex(tip.hash), height: tip.slot}};
		case 'queryNetwork/blockHeight':
			return {result: tip.slot};
		case 'queryNetwork/startTime':
			return {result: new Date(devnet.time.zeroTimeMs).toISOString()};
		default:
			return {error: {code: METHOD_NOT_FOUND, message: 'no such method'}};
	}
};
