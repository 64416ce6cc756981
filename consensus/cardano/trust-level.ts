import type {CardanoEra} from './era.ts';

/**
 * How far a header was checked; each includes those before it. Nothing is ever called more than was done:
 * `chain` it continues its parent and keeps the limits; `certificate` KES signature, operational certificate and, as far
 * as counters are known, its number; `proof` the VRF proofs under the epoch nonce that was followed; `leadership` the
 * pool's VRF key and its stake. In Byron `certificate` is the signatures of genesis key and delegate, and `leadership` that the delegation is
 * in force and the key has not signed too many of the last k blocks.
 */
export type TrustLevel = 'chain' | 'certificate' | 'proof' | 'leadership';

export const TRUST_LEVELS: readonly TrustLevel[] = ['chain', 'certificate', 'proof', 'leadership'];

export const isBelow = (level: TrustLevel, wanted: TrustLevel): boolean =>
	TRUST_LEVELS.indexOf(level) < TRUST_LEVELS.indexOf(wanted);

/**
 * The most that can be asked for in each era. From Shelley to Alonzo nobody but the ledger knows
 * which slots belonged to genesis delegates, so that leadership cannot be asked for there.
 */
export const HIGHEST_LEVELS: Readonly<Record<CardanoEra, TrustLevel>> = {
	byron: 'leadership',
	shelley: 'proof',
	allegra: 'proof',
	mary: 'proof',
	alonzo: 'proof',
	babbage: 'leadership',
	conway: 'leadership',
};

/**
 * The level that is demanded of a header of that era: what the operator wants, as far as the era allows. Byron has no VRF proofs: whoever
 * wants them later wants the signatures there.
 */
export const demandedLevel = (era: CardanoEra, wanted: TrustLevel): TrustLevel => {
	if (era === 'byron' && wanted === 'proof') return 'certificate';
	return isBelow(HIGHEST_LEVELS[era], wanted) ? HIGHEST_LEVELS[era] : wanted;
};
