import {concat, toHex} from '#kernel/bytes';
import {CborWriter} from '#kernel/cbor/writer';
import {crypto} from './crypto.ts';

export type PlainPayment = {
	readonly seed: Uint8Array;
	readonly input: {readonly txId: Uint8Array; readonly index: number};
	readonly outputs: readonly {readonly address: Uint8Array; readonly lovelace: bigint}[];
	readonly fee: bigint;
	/** Last slot, exclusive. */
	readonly validUntil?: number;
	/** What the transaction says of its own scripts. */
	readonly isValid?: boolean;
};

const bodyOf = ({input, outputs, fee, validUntil}: PlainPayment): Uint8Array => {
	const writer = new CborWriter().map(validUntil === undefined ? 3 : 4);
	writer.uint(0).array(1).array(2).bytes(input.txId).uint(input.index).uint(1).array(outputs.length);
	for (const {address, lovelace} of outputs) writer.map(2).uint(0).bytes(address).uint(1).uint(lovelace);
	writer.uint(2).uint(fee);
	if (validUntil !== undefined) writer.uint(3).uint(validUntil);
	return writer.finish();
};

/** A signed transaction without scripts, made without any SDK. */
export const plainPayment = (payment: PlainPayment): {readonly id: Uint8Array; readonly cbor: string} => {
	const body = bodyOf(payment);
	const id = crypto.blake2b256(body);
	const witness = new CborWriter().map(1).uint(0).array(1).array(2);
	witness.bytes(crypto.ed25519VerificationKey(payment.seed)).bytes(crypto.signEd25519(payment.seed, id));
	const tail = new CborWriter().bool(payment.isValid ?? true).null();
	return {id, cbor: toHex(concat(Uint8Array.of(0x84), body, witness.finish(), tail.finish()))};
};
