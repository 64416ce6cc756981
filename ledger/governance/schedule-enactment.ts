import type {EnactedEffect, MainChainEvent} from '#kernel/main-chain-event';
import {err, ok, type Result} from '#kernel/result';
import {epochOf, type LedgerEnv} from '../environment.ts';
import type {LedgerEvent} from '../events.ts';
import {EPOCH_MAX} from '../limits.ts';
import type {Draft} from '../state/draft.ts';
import {single} from '../state/reader.ts';
import {type EnactmentEffect, WAITING_MAX} from './governance.ts';
import {type ChangeFailure, decodeChange} from './parameter-change.ts';
import {governanceAt} from './rules-at.ts';

export type EnactmentProblem =
	| ChangeFailure
	| {readonly code: 'UPGRADE_NOT_NEWER'; readonly version: number; readonly current: number}
	| {readonly code: 'UPGRADE_NEVER'; readonly activationEpoch: number; readonly epochMax: number}
	| {readonly code: 'ENACTMENTS_TOO_MANY'; readonly waitingMax: number};

const effectOf = (effect: EnactedEffect, current: number): Result<EnactmentEffect, EnactmentProblem> => {
	if (effect.kind === 'side-chain-parameters') {
		const change = decodeChange(effect.change);
		return change.ok ? ok({kind: 'parameters', change: change.value}) : change;
	}
	const {version, activationEpoch} = effect;
	if (version <= current) return err({code: 'UPGRADE_NOT_NEWER', version, current});
	if (activationEpoch > EPOCH_MAX) return err({code: 'UPGRADE_NEVER', activationEpoch, epochMax: EPOCH_MAX});
	return ok({kind: 'upgrade', version, activationEpoch});
};

/**
 * A passed proposal waits for its time. Cardano only kept its bytes, and what it reports cannot be refused: a proposal that means
 * nothing here has no effect, and the event says why.
 */
export const scheduleEnactment = (
	{genesis}: Pick<LedgerEnv, 'genesis'>,
	draft: Draft,
	{proposal, effect: wanted}: Extract<MainChainEvent, {readonly kind: 'enacted'}>,
): LedgerEvent => {
	const governance = governanceAt(draft);
	const {protocolVersion, waiting} = governance;
	const refused = (problem: EnactmentProblem): LedgerEvent => ({
		kind: 'enactment-refused',
		proposal,
		problem,
	});
	if (waiting.length >= WAITING_MAX) return refused({code: 'ENACTMENTS_TOO_MANY', waitingMax: WAITING_MAX});
	const effect = effectOf(wanted, protocolVersion);
	if (!effect.ok) return refused(effect.error);
	const epoch = epochOf(genesis, single(draft, 'chain').slot);
	const enactment = {
		proposal,
		// The running one: it closes at its own boundary.
		period: Math.floor(epoch / genesis.checkpointEvery) + 1,
		effect: effect.value,
	};
	draft.setSingle('governance', {...governance, waiting: [...waiting, enactment]});
	return {kind: 'enactment-scheduled', ...enactment};
};
