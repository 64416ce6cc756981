/** Relays of ours on preprod, which the others are tried against. */
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {type RunningCardanoRelay, startCardanoRelay} from '#node/cardano-relay';
import {startText} from '../support/cardano-relay.ts';

export const MAGIC = 1;

export type TriedRelay = {readonly relay: RunningCardanoRelay; readonly socketPath: string};

/** Blocks come from cardano-node's own folder, or from a peer on this machine. */
export type Source = {readonly immutableDb: string} | {readonly peerPort: number};

const {signal} = new AbortController();

/** In an own folder within `folder`. */
export const startRelay = async (folder: string, name: string, source: Source): Promise<TriedRelay> => {
	const topology = path.join(folder, `${name}.json`);
	// Peers are told of a local root only if its owner allows it.
	const localRoots =
		'peerPort' in source
			? [{accessPoints: [{address: '127.0.0.1', port: source.peerPort}], advertise: true, valency: 1}]
			: [];
	await writeFile(topology, JSON.stringify({localRoots}));
	const socketPath = path.join(folder, `${name}.socket`);
	const relay = await startCardanoRelay(
		{
			network: 'preprod',
			shelleyGenesis: undefined,
			databasePath: path.join(folder, name),
			topology,
			hostAddr: '127.0.0.1',
			port: 0,
			socketPath,
			startPoint: startText,
			protocolState: undefined,
			stakeDistributions: [],
			immutableDb: 'immutableDb' in source ? source.immutableDb : undefined,
			trustLevel: undefined,
			metricsPort: 'none',
		},
		{version: 'interop', signal},
	);
	return {relay, socketPath};
};

/** Resolves when the relay has that block; false when it has not after `msMax`. */
export const untilBlock = async ({relay}: TriedRelay, blockNo: number, msMax: number): Promise<boolean> => {
	const late = AbortSignal.timeout(msMax);
	while ((relay.status().tip?.blockNo ?? 0) < blockNo) {
		if (late.aborted) return false;
		await relay.nextChange({signal: late}).catch(() => undefined);
	}
	return true;
};
