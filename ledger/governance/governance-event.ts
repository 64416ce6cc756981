import type {Epoch} from '#kernel/slot';
import type {LedgerParameters} from '../genesis/parameters.ts';
import type {Enactment} from './governance.ts';
import type {EnactmentProblem} from './schedule-enactment.ts';

export type GovernanceEvent =
	/** Cardano reported a passed proposal; it enters once the checkpoint of `period` stands there. */
	| ({readonly kind: 'enactment-scheduled'} & Enactment)
	/** A passed proposal means nothing here, or nothing any more: it has no effect. */
	| {
			readonly kind: 'enactment-refused';
			readonly proposal: number;
			readonly problem: EnactmentProblem;
	  }
	| {
			readonly kind: 'parameters-changed';
			readonly proposal: number;
			/** The first with the new values. */
			readonly epoch: Epoch;
			readonly values: Partial<LedgerParameters>;
	  }
	| {
			readonly kind: 'protocol-upgraded';
			readonly proposal: number;
			readonly epoch: Epoch;
			readonly version: number;
	  };
