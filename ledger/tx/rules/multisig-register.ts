import {accountOfPolicy, policyProblem} from '#crypto/account-policy';
import {err, ok} from '#kernel/result';
import {keyOf} from '../../state/keys.ts';
import {nobodyElse, type Rule} from '../rule.ts';

/**
 * Makes known which keys own an account, and how many of them sign. Anyone may: the account's id is the hash of just
 * that, so nobody can say something else of it. Before, it can receive; from now on it can send.
 */
export const multisigRegister: Rule<'multisig-register'> = {
	signers: nobodyElse,
	apply: ({draft, env}, {policy}) => {
		const problem = policyProblem(policy);
		if (problem !== undefined) return err({code: 'MULTISIG_POLICY_BAD', problem});
		const account = accountOfPolicy(env.crypto, policy);
		if (draft.get('multisigs', keyOf(account)) !== undefined) return err({code: 'MULTISIG_EXISTS', account});
		draft.set('multisigs', keyOf(account), policy);
		return ok([
			{kind: 'multisig-registered', account, threshold: policy.threshold, keys: policy.keys.length},
		]);
	},
};
