import {parseHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import type {ExecutedTransaction} from './execute-plan.ts';
import type {SignedTransaction} from './submit-surely.ts';

/** A transaction that was signed and may be under way. */
export type SignedPayment = SignedTransaction & {
	/** What it is for: the same words ask for the same payment. */
	readonly purpose: string;
	readonly executed: ExecutedTransaction;
};

const isDecimal = (value: unknown): value is string => typeof value === 'string' && /^\d{1,20}$/.test(value);

const jsonOf = (text: string): Readonly<Record<string, unknown>> => {
	try {
		const json: unknown = JSON.parse(text);
		return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
	} catch {
		return {};
	}
};

/** Undefined for any text that is not of the form that the journal writes. */
export const signedPaymentOf = (text: string): SignedPayment | undefined => {
	const {version, purpose, txId: id, cbor, size, fee, cpu, memory} = jsonOf(text);
	const bytes = typeof id === 'string' ? parseHex(id) : undefined;
	if (version !== 1 || typeof purpose !== 'string' || bytes?.length !== 32) return undefined;
	if (typeof cbor !== 'string' || parseHex(cbor) === undefined || !Number.isSafeInteger(size))
		return undefined;
	if (!isDecimal(fee) || !isDecimal(cpu) || !isDecimal(memory)) return undefined;
	const txId = Hash32(bytes);
	const executionUnits = {cpu: BigInt(cpu), memory: BigInt(memory)};
	return {purpose, cbor, txId, executed: {txId, size: size as number, fee: BigInt(fee), executionUnits}};
};
