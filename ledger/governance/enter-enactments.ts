import type {Epoch} from '#kernel/slot';
import type {LedgerEnv} from '../environment.ts';
import type {LedgerEvent} from '../events.ts';
import type {Draft} from '../state/draft.ts';
import {single} from '../state/reader.ts';
import type {Enactment, Governance} from './governance.ts';
import {governanceAt, isDue} from './rules-at.ts';

type Entered = {readonly governance: Governance; readonly event: LedgerEvent};

const enter = (
	{genesis}: LedgerEnv,
	governance: Governance,
	{proposal, effect}: Enactment,
	epoch: Epoch,
): Entered => {
	if (effect.kind === 'parameters') {
		const {values} = effect.change;
		const parameters = {...(governance.parameters ?? genesis.parameters), ...values};
		return {
			governance: {...governance, parameters},
			event: {kind: 'parameters-changed', proposal, epoch, values},
		};
	}
	const {version} = effect;
	const {protocolVersion: current} = governance;
	// A later version may have come in before it.
	if (version <= current)
		return {
			governance,
			event: {
				kind: 'enactment-refused',
				proposal,
				problem: {code: 'UPGRADE_NOT_NEWER', version, current},
			},
		};
	return {
		governance: {...governance, protocolVersion: version},
		event: {kind: 'protocol-upgraded', proposal, epoch, version},
	};
};

/**
 * The last thing at the boundary to an epoch: what ended was judged by the rules that it began with. An enactment enters once the
 * checkpoint of the period in which it was reported stands on Cardano: from then on every chain has it, and who starts from that
 * checkpoint's state does too.
 */
export const enterEnactments = (env: LedgerEnv, draft: Draft, epoch: Epoch): readonly LedgerEvent[] => {
	const {period: confirmed} = single(draft, 'confirmedCheckpoint');
	const before = governanceAt(draft);
	const isReady = (enactment: Enactment): boolean => isDue(enactment, {confirmed, epoch});
	const ready = before.waiting.filter(isReady);
	if (ready.length === 0) return [];
	const events: LedgerEvent[] = [];
	let after: Governance = {...before, waiting: before.waiting.filter(each => !isReady(each))};
	for (const enactment of ready) {
		const {governance, event} = enter(env, after, enactment, epoch);
		after = governance;
		events.push(event);
	}
	draft.setSingle('governance', after);
	return events;
};
