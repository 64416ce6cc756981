/** What Blockfrost answers, as far as it is looked at; undefined for anything of another form. */
import {parseHex, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import type {McRef} from '#kernel/main-chain-event';
import {parseAddress, paymentCredential} from '#onchain/cardano/address';
import type {KupoMatch} from './kupo-client.ts';

export type Json = Readonly<Record<string, unknown>>;
export type Block = McRef & {readonly height: number};
export type Transaction = {readonly createdAt: McRef; readonly index: number; readonly isValid: boolean};

export const isJson = (value: unknown): value is Json =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

export const countOf = (value: unknown): number | undefined =>
	Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;

const hashOf = (value: unknown): Hash32 | undefined => {
	const bytes = typeof value === 'string' ? parseHex(value) : undefined;
	return bytes?.length === 32 ? Hash32(bytes) : undefined;
};

const OUTPUT_INDEX_MAX = 0xff_ff;

export const blockOf = (value: unknown): Block | undefined => {
	if (!isJson(value)) return undefined;
	const [slot, height, hash] = [countOf(value['slot']), countOf(value['height']), hashOf(value['hash'])];
	return slot === undefined || height === undefined || hash === undefined ? undefined : {slot, height, hash};
};

export const transactionOf = (value: unknown): Transaction | undefined => {
	if (!isJson(value)) return undefined;
	const [slot, index, hash] = [countOf(value['slot']), countOf(value['index']), hashOf(value['block'])];
	if (slot === undefined || index === undefined || hash === undefined) return undefined;
	return {createdAt: {slot, hash}, index, isValid: value['valid_contract'] !== false};
};

/** All ADA that will ever be is less. */
const LOVELACE_LIMIT = 10n ** 17n;

/** Lovelace, and the units of everything else; undefined when it is no list of amounts. */
const amountOf = (amount: unknown): Pick<KupoMatch, 'lovelace' | 'units'> | undefined => {
	if (!Array.isArray(amount)) return undefined;
	let lovelace = 0n;
	const units = new Map<string, bigint | undefined>();
	for (const item of amount) {
		if (!isJson(item) || typeof item['unit'] !== 'string' || typeof item['quantity'] !== 'string')
			return undefined;
		const quantity = /^\d{1,20}$/.test(item['quantity']) ? BigInt(item['quantity']) : undefined;
		if (item['unit'] !== 'lovelace') units.set(item['unit'], quantity);
		else if (quantity !== undefined && quantity < LOVELACE_LIMIT) lovelace = quantity;
		else return undefined;
	}
	return {lovelace, units};
};

export type Output = Omit<KupoMatch, 'createdAt' | 'transactionIndex'> & {
	readonly address: string;
	readonly isCollateral: boolean;
	/** Known only where outputs are asked for by their transaction. */
	readonly isSpent: boolean;
};

export const outputOf = (value: unknown, transaction?: string): Output | undefined => {
	if (!isJson(value)) return undefined;
	const txId = hashOf(transaction ?? value['tx_hash']);
	const index = countOf(value['output_index']);
	const amount = amountOf(value['amount']);
	const {address, inline_datum: hex} = value;
	if (txId === undefined || index === undefined || index > OUTPUT_INDEX_MAX) return undefined;
	if (amount === undefined || typeof address !== 'string') return undefined;
	const datum = typeof hex === 'string' ? parseHex(hex) : undefined;
	const isSpent = typeof value['consumed_by_tx'] === 'string';
	return {txId, index, ...amount, datum, address, isCollateral: value['collateral'] === true, isSpent};
};

export const isPaidTo = ({address}: Output, hash: string): boolean => {
	const parsed = parseAddress(address);
	const credential = parsed.ok ? paymentCredential(parsed.value) : undefined;
	return credential !== undefined && toHex(credential.hash) === hash;
};
