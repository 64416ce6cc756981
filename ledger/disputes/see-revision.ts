import {defined} from '#kernel/assert';
import type {Agreement} from '../agreements/agreement.ts';
import {withRevision} from '../agreements/check-revision.ts';
import {type Revision, revisionHash} from '../agreements/revision.ts';
import type {LedgerEvent} from '../events.ts';
import {keyOf} from '../state/keys.ts';
import type {RuleContext} from '../tx/rule.ts';
import {punishClient, punishProvider} from './fraud.ts';

/** Whoever closed the agreement has said that there is none newer. It pays for that once. */
const punishClosing = (
	{draft, env, epoch, slot, blockNo}: RuleContext,
	agreement: Agreement,
	{agreementId}: Revision,
): readonly LedgerEvent[] => {
	const {closing, vacancy} = agreement;
	if (closing === null || closing.isCaught || vacancy !== null) return [];
	const caught: Agreement = {...agreement, closing: {...closing, isCaught: true}};
	draft.set('agreements', keyOf(agreementId), caught);
	const charge = {agreementId, agreement: caught, fraud: 'stale-close'} as const;
	const place = {epoch, slot, blockNo};
	const {parameters} = env;
	return closing.by === 'client'
		? punishClient(parameters, draft, charge, place)
		: punishProvider(parameters, draft, charge, {...place, vacates: false});
};

/** The chain remembers a revision that is newer than what it has seen; both have signed it, and the highest number wins. */
export const seeRevision = (context: RuleContext, revision: Revision): readonly LedgerEvent[] => {
	const {draft, env} = context;
	const {agreementId, revisionNo, root, leaves} = revision;
	const key = keyOf(agreementId);
	const before = defined(draft.get('agreements', key), 'it was found a moment ago');
	const agreement = withRevision(before, revisionHash(env, revision), revision);
	draft.set('agreements', key, agreement);
	return [
		{kind: 'revision-seen', agreementId, revisionNo, root, leaves},
		...punishClosing(context, agreement, revision),
	];
};
