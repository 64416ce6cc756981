import type {AccountId} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import type {Epoch} from '#kernel/slot';

/** What the owners of a payer account did with it. */
export type PayerEvent =
	| {readonly kind: 'payer-funded'; readonly account: AccountId; readonly amount: Lovelace}
	| {readonly kind: 'payer-withdrew'; readonly account: AccountId; readonly amount: Lovelace}
	/** `rateMax` 0: nothing any more. */
	| {
			readonly kind: 'payer-allowed';
			readonly payer: AccountId;
			readonly client: AccountId;
			readonly rateMax: Lovelace;
			readonly until: Epoch;
	  };
