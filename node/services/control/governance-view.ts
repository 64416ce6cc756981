import type {LedgerEnv} from '#ledger/environment';
import type {Enactment} from '#ledger/governance/governance';
import {entersAtEarliest, governanceAt, parametersAt} from '#ledger/governance/rules-at';
import {epochOfState} from '#ledger/queries';
import {single} from '#ledger/state/reader';
import {type LedgerState, readerOf} from '#ledger/state/state';
import type {Json} from '#node/ports/control-api';
import type {GovernanceView, WaitingEnactmentView} from '#node/ports/governance-api';
import {jsonView} from '../json-view.ts';

const values = (parameters: object): {readonly [name: string]: Json} =>
	jsonView(parameters) as {readonly [name: string]: Json};

const waitingView = (
	{genesis}: LedgerEnv,
	enactment: Enactment,
	now: {readonly confirmed: number; readonly epoch: number},
): WaitingEnactmentView => {
	const {proposal, period, effect} = enactment;
	const common = {
		proposal,
		period,
		isConfirmed: now.confirmed >= period,
		entersAtEpoch: entersAtEarliest(genesis, enactment, now),
	};
	if (effect.kind === 'upgrade') {
		const {version, activationEpoch: notBeforeEpoch} = effect;
		return {...common, kind: 'upgrade', values: {}, version, notBeforeEpoch};
	}
	const {fromEpoch: notBeforeEpoch, values: changed} = effect.change;
	return {...common, kind: 'parameters', values: values(changed), version: null, notBeforeEpoch};
};

/** The rules in force, and those that were voted and wait for their time. */
export const governanceView = (env: LedgerEnv, state: LedgerState): GovernanceView => {
	const reader = readerOf(state);
	const {protocolVersion, waiting} = governanceAt(reader);
	const now = {confirmed: single(reader, 'confirmedCheckpoint').period, epoch: epochOfState(env, state)};
	return {
		epoch: now.epoch,
		confirmedPeriod: now.confirmed,
		protocolVersion,
		protocolVersionMax: env.protocolVersionMax,
		parameters: values(parametersAt(env, reader)),
		genesisParameters: values(env.genesis.parameters),
		waiting: waiting.map(each => waitingView(env, each, now)),
	};
};
