import type {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {Epoch} from '#kernel/slot';
import type {Agreement} from '../../agreements/agreement.ts';
import type {PaidFor} from '../../agreements/allowance.ts';
import {beginAgreement} from '../../agreements/change-agreement.ts';
import {
	checkLeave,
	checkPayer,
	checkProvider,
	checkSuccession,
	checkTerms,
	firstOpenEpoch,
	newAgreement,
} from '../../agreements/check-opening.ts';
import {agreementIdOf, findAgreement} from '../../agreements/find-agreement.ts';
import {judgedUntil} from '../../agreements/settle-agreement.ts';
import {findProvider, operatorOf} from '../../providers/find-provider.ts';
import {keyOf} from '../../state/keys.ts';
import type {ActionOf} from '../action.ts';
import {type Rule, type RuleContext, senderOf} from '../rule.ts';
import type {TxError} from '../tx-error.ts';

type Opening = ActionOf<'agreement-open'>;

/** Whose pieces they are and who pays: the sender and whom it names, or both as they were of what it repairs. */
const partiesOf = (context: RuleContext, opening: Opening): Result<PaidFor, TxError> => {
	const {repairOf, payer} = opening;
	if (repairOf === null) {
		const client = senderOf(context);
		return ok({client, payer: payer ?? client});
	}
	if (payer !== null) return err({code: 'REPAIR_PAYER_SURPLUS', payer});
	const vacated = findAgreement(context.draft, repairOf);
	if (!vacated.ok) return vacated;
	const fits = checkSuccession(repairOf, vacated.value, opening);
	return fits.ok ? ok({client: vacated.value.client, payer: vacated.value.payer}) : fits;
};

const agreementOf = (context: RuleContext, opening: Opening): Result<Agreement, TxError> => {
	const {draft, env, slot} = context;
	const {parameters} = env;
	const provider = findProvider(draft, opening.provider);
	if (!provider.ok) return provider;
	const parties = partiesOf(context, opening);
	if (!parties.ok) return parties;
	const startEpoch = Epoch(Math.max(opening.startEpoch, firstOpenEpoch(env.genesis, slot)));
	const terms = checkTerms(parameters, provider.value, opening, startEpoch);
	if (!terms.ok) return terms;
	const collateral = checkProvider(draft, parameters, provider.value, opening);
	if (!collateral.ok) return collateral;
	const allowed = checkLeave(draft, parties.value, opening);
	if (!allowed.ok) return allowed;
	const payer = checkPayer(draft, parameters, parties.value.payer, opening);
	if (!payer.ok) return payer;
	const vacated = opening.repairOf && draft.get('agreements', keyOf(opening.repairOf));
	// What the client has ordered holds for whoever takes over.
	const standing = vacated?.standing ?? null;
	const settledAt = judgedUntil(draft);
	const rest = {...parties.value, startEpoch, settledAt, collateral: collateral.value, standing};
	return ok(newAgreement(opening, rest));
};

/** What a successor takes over is not to be repaired again. */
const takeOver = ({draft}: RuleContext, vacatedId: Hash32, capacityLeaves: number): void => {
	const vacated = draft.get('agreements', keyOf(vacatedId));
	if (vacated?.vacancy == null) return;
	const unrepairedLeaves = vacated.vacancy.unrepairedLeaves - capacityLeaves;
	draft.set('agreements', keyOf(vacatedId), {...vacated, vacancy: {...vacated.vacancy, unrepairedLeaves}});
};

/** A provider takes pieces for a client from the first epoch whose commit window is still to open. */
export const agreementOpen: Rule<'agreement-open'> = {
	signers: ({draft}, {provider, repairOf, repairerVk}) => {
		const operator = operatorOf(draft, provider);
		if (!operator.ok || repairOf === null) return operator;
		return ok([...operator.value, repairerVk]);
	},
	apply: (context, opening) => {
		const {draft, env} = context;
		const agreement = agreementOf(context, opening);
		if (!agreement.ok) return agreement;
		const {client, payer, startEpoch} = agreement.value;
		const {provider, nonce, capacityLeaves, endEpoch, repairOf} = opening;
		const agreementId = agreementIdOf(env, {client, provider, nonce});
		if (draft.get('agreements', keyOf(agreementId)) !== undefined)
			return err({code: 'AGREEMENT_EXISTS', agreementId});
		if (repairOf !== null) takeOver(context, repairOf, capacityLeaves);
		beginAgreement(draft, agreementId, agreement.value);
		return ok([
			{
				kind: 'agreement-opened',
				agreementId,
				client,
				payer,
				provider,
				capacityLeaves,
				startEpoch,
				endEpoch,
				repairOf,
			},
		]);
	},
};
