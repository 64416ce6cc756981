import {slotAt} from '#consensus/time';
import {NodeError} from '#kernel/node-error';
import {epochOf} from '#ledger/environment';
import {versionAt} from '#ledger/governance/rules-at';
import {readerOf} from '#ledger/state/state';
import type {Log} from '#node/ports/log';
import type {ChainNetwork} from './chain-network.ts';
import type {ChainState} from './chain-state.ts';
import type {ChainSwitch} from './switch-chain.ts';

/**
 * By the clock an epoch has begun whose rules this software does not have: what it took from peers, or made, would be judged by the
 * wrong ones. The blocks of the others do not tell, for it does not understand their headers. Throws PROTOCOL_UPGRADE_REQUIRED.
 */
export const stopWhenOutdated = (
	{env, slots}: ChainNetwork,
	{ledger}: Pick<ChainState, 'ledger'>,
	nowMs: number,
): void => {
	const slot = slotAt(slots, nowMs);
	if (slot === undefined) return;
	const epoch = epochOf(env.genesis, slot);
	const version = versionAt(readerOf(ledger), epoch);
	const versionMax = env.protocolVersionMax;
	if (version <= versionMax) return;
	throw new NodeError({
		code: 'PROTOCOL_UPGRADE_REQUIRED',
		version,
		versionMax,
		epoch,
		message: `Governance moved the network to protocol version ${version}; this software knows versions up to ${versionMax}. Install a newer release and start the node again: it goes on where it stopped.`,
	});
};

/** Weeks before it happens, so that somebody can update in time. */
export const warnOfUpgrade = ({env}: ChainNetwork, {adopted}: ChainSwitch, log: Log): void => {
	for (const {effect} of adopted)
		for (const event of effect?.events ?? []) {
			if (event.kind !== 'enactment-scheduled' || event.effect.kind !== 'upgrade') continue;
			const {version, activationEpoch} = event.effect;
			if (version <= env.protocolVersionMax) continue;
			const about = {proposal: event.proposal, version, versionMax: env.protocolVersionMax, activationEpoch};
			log.warn('governance decided an upgrade: install a newer release before it begins', about);
		}
};
