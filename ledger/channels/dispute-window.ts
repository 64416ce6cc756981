import {Slot} from '#kernel/slot';
import type {RulesEnv} from '../environment.ts';

/** What dispute windows follow from. */
export type DisputeRules = {
	readonly genesis: Pick<RulesEnv['genesis'], 'epochLength'>;
	readonly parameters: Pick<RulesEnv['parameters'], 'disputeWindowEpochs'>;
};

/** The first slot after the dispute window of what happens in `slot`. */
export const disputeEnd = ({genesis: {epochLength}, parameters}: DisputeRules, slot: Slot): Slot =>
	Slot(slot + parameters.disputeWindowEpochs * epochLength);
