import {equalBytes} from '#kernel/bytes';
import {err, ok} from '#kernel/result';
import {operatorOf} from '../../providers/find-provider.ts';
import {keyOf} from '../../state/keys.ts';
import {rowsOf} from '../../state/reader.ts';
import {NO_SUBSIDY} from '../../subsidies/subsidy.ts';
import type {Rule} from '../rule.ts';

/** Once and for all: what was paid to a claim stands on Cardano only, so another one would be paid it again. */
export const providerSubsidy: Rule<'provider-subsidy'> = {
	signers: ({draft}, {provider}) => operatorOf(draft, provider),
	apply: ({draft, env}, {provider, claimId}) => {
		const key = keyOf(provider);
		const subsidy = draft.get('subsidies', key) ?? NO_SUBSIDY;
		if (subsidy.claimId !== null) return err({code: 'SUBSIDY_CLAIM_NAMED', claimId: subsidy.claimId});
		const isTreasury = equalBytes(claimId, env.genesis.cardano.treasuryClaimId);
		if (isTreasury || draft.get('claims', keyOf(claimId)) !== undefined)
			return err({code: 'SUBSIDY_CLAIM_KIND_WRONG', claimId});
		for (const [, other] of rowsOf(draft, 'subsidies'))
			if (other.claimId !== null && equalBytes(other.claimId, claimId))
				return err({code: 'SUBSIDY_CLAIM_TAKEN', claimId});
		draft.set('subsidies', key, {...subsidy, claimId});
		return ok([{kind: 'subsidy-claim-named', provider, claimId}]);
	},
};
