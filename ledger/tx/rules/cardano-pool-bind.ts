import {err, ok} from '#kernel/result';
import {cardanoPoolMessage} from '../../pools/cardano-stake-message.ts';
import {keyOf} from '../../state/keys.ts';
import type {Rule} from '../rule.ts';

/**
 * A Cardano pool's cold key says which pool of ours its stake counts for. That signature is in the action, not a witness: it is
 * made once, where the key is kept, before anybody knows the transaction. The pool of ours agrees with its own cold key.
 */
export const cardanoPoolBind: Rule<'cardano-pool-bind'> = {
	signers: ({draft}, {pool}) => {
		if (pool === null) return ok([]);
		const row = draft.get('pools', keyOf(pool));
		return row === undefined ? err({code: 'POOL_UNKNOWN', pool}) : ok([row.coldVk]);
	},
	apply: ({env, draft}, {cardanoVk, pool, counter, signature}) => {
		const cardanoPool = env.crypto.blake2b224(cardanoVk);
		const last = draft.get('cardanoPools', keyOf(cardanoPool))?.counter ?? 0;
		if (counter <= last) return err({code: 'CARDANO_POOL_COUNTER_OLD', cardanoPool, counter, last});
		const {genesisHash} = env;
		const message = cardanoPoolMessage(env.crypto, {genesisHash, cardanoVk, pool, counter});
		if (!env.crypto.verifyEd25519(signature, message, cardanoVk))
			return err({code: 'CARDANO_POOL_SIGNATURE_INVALID', cardanoPool});
		draft.set('cardanoPools', keyOf(cardanoPool), {pool, counter});
		return ok([{kind: 'cardano-pool-bound', cardanoPool, pool}]);
	},
};
