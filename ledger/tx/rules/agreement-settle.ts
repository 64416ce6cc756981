import {err, ok} from '#kernel/result';
import {findAgreement} from '../../agreements/find-agreement.ts';
import {isUnsettled, judgedUntil, settleAgreement} from '../../agreements/settle-agreement.ts';
import type {LedgerEvent} from '../../events.ts';
import {nobodyElse, type Rule} from '../rule.ts';

/** What providers have earned is paid; what a payer had set aside for epochs that were not proven is free again. */
export const agreementSettle: Rule<'agreement-settle'> = {
	signers: nobodyElse,
	apply: ({draft, env}, {agreements}) => {
		const events: LedgerEvent[] = [];
		let settled = 0;
		for (const agreementId of agreements) {
			const found = findAgreement(draft, agreementId);
			if (!found.ok) return found;
			if (isUnsettled(draft, found.value)) settled++;
			events.push(...settleAgreement(env.parameters, draft, agreementId));
		}
		return settled === 0
			? err({
					code: 'SETTLEMENT_NOTHING_DUE',
					agreements: agreements.length,
					judgedUntil: judgedUntil(draft),
				})
			: ok(events);
	},
};
