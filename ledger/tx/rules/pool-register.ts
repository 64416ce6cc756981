import {compareRatios, Ratio} from '#kernel/ratio';
import {err, ok} from '#kernel/result';
import {keyOf} from '../../state/keys.ts';
import type {Rule} from '../rule.ts';

/** Registers a pool or changes it; the next stake snapshot takes it up. Takes back a retirement, as on Cardano. */
export const poolRegister: Rule<'pool-register'> = {
	signers: (_, {pool}) => ok([pool.coldVk]),
	apply: ({env, draft}, {pool}) => {
		if (compareRatios(pool.margin, Ratio(1n, 1n)) > 0)
			return err({code: 'POOL_MARGIN_TOO_LARGE', margin: pool.margin});
		const poolId = env.crypto.blake2b224(pool.coldVk);
		draft.set('pools', keyOf(poolId), {...pool, retiresAt: null});
		return ok([{kind: 'pool-registered', pool: poolId}]);
	},
};
