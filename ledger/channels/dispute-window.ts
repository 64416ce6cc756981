import {Slot} from '#kernel/slot';
import type {Genesis} from '../genesis/genesis.ts';

/** The first slot after the dispute window of what happens in `slot`. */
export const disputeEnd = (
	{epochLength, parameters}: Pick<Genesis, 'epochLength' | 'parameters'>,
	slot: Slot,
): Slot => Slot(slot + parameters.disputeWindowEpochs * epochLength);
