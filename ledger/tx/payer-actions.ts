/** The actions of whoever pays for storage: what they say and how that is written. */
import {bytes, type Codec, lovelace, uint} from '#kernel/cbor/codec';
import type {AccountId} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import type {Epoch} from '#kernel/slot';
import {EPOCH_MAX} from '../limits.ts';

/** From the sender's account to its payer account. */
type PayerDeposit = {readonly kind: 'payer-deposit'; readonly amount: Lovelace};

/** Back, as far as agreements do not lock it. */
type PayerWithdraw = {readonly kind: 'payer-withdraw'; readonly amount: Lovelace};

/**
 * The client may open agreements that the sender's payer account pays: together for no more than `rateMax` an epoch, none to
 * end after `until`. Said again it holds instead; `rateMax` 0 withdraws it. What runs goes on to its end.
 */
type PayerAllow = {
	readonly kind: 'payer-allow';
	readonly client: AccountId;
	readonly rateMax: Lovelace;
	readonly until: Epoch;
};

export type PayerAction = PayerDeposit | PayerWithdraw | PayerAllow;

type Fields<T> = {readonly [K in Exclude<keyof T, 'kind'>]: Codec<T[K]>};
type Entries = {
	readonly [K in PayerAction['kind']]: readonly [number, Fields<Extract<PayerAction, {readonly kind: K}>>];
};

/** For the codec of all actions. */
export const payerActions: Entries = {
	'payer-deposit': [4, {amount: lovelace}],
	'payer-withdraw': [5, {amount: lovelace}],
	'payer-allow': [24, {client: bytes<AccountId>(28), rateMax: lovelace, until: uint<Epoch>(EPOCH_MAX)}],
};
