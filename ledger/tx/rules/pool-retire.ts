import {err, ok} from '#kernel/result';
import {Epoch} from '#kernel/slot';
import {keyOf} from '../../state/keys.ts';
import type {Rule} from '../rule.ts';

/** Announces the boundary at which a pool goes; the newest announcement counts. */
export const poolRetire: Rule<'pool-retire'> = {
	signers: ({draft}, {pool}) => {
		const found = draft.get('pools', keyOf(pool));
		return found === undefined ? err({code: 'POOL_UNKNOWN', pool}) : ok([found.coldVk]);
	},
	apply: ({draft, epoch: current}, {pool, epoch}) => {
		const found = draft.get('pools', keyOf(pool));
		if (found === undefined) return err({code: 'POOL_UNKNOWN', pool});
		if (epoch <= current) return err({code: 'POOL_RETIRES_TOO_EARLY', epoch, epochMin: Epoch(current + 1)});
		draft.set('pools', keyOf(pool), {...found, retiresAt: epoch});
		return ok([{kind: 'pool-retiring', pool, epoch}]);
	},
};
