/** Where a new network stands on Cardano: the contracts that its genesis names, before and after they are deployed. */
import {readFile} from 'node:fs/promises';
import type {CommitteeMember} from '#crypto/checkpoint-message';
import type {Crypto} from '#crypto/crypto';
import {Hash28, Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {ledgerEnv} from '#ledger/environment';
import type {CardanoGenesis, Genesis} from '#ledger/genesis/genesis';
import {genesisState} from '#ledger/genesis/genesis-state';
import {single} from '#ledger/state/reader';
import {readerOf} from '#ledger/state/state';
import {decodeTerms, type GovernanceTerms} from '#onchain/governance-terms';
import type {CardanoReady} from './commands/cardano-devnet.ts';

/** A place that is none yet: what is asked of a genesis before its contracts exist does not depend on it. */
export const NOWHERE: Omit<CardanoGenesis, 'stableDepth'> = {
	networkMagic: 0,
	checkpointScriptHash: Hash28(new Uint8Array(28)),
	bridgeScriptHash: Hash28(new Uint8Array(28)),
	treasuryScriptHash: Hash28(new Uint8Array(28)),
	registryPolicy: Hash28(new Uint8Array(28)),
	treasuryClaimId: Hash32(new Uint8Array(32)),
	governanceScriptHash: null,
	start: {slot: 0, hash: Hash32(new Uint8Array(32))},
};

/** The committee that signs the first checkpoint: it follows from the pools and their stake alone. */
export const genesisCommittee = (crypto: Crypto, genesis: Genesis): readonly CommitteeMember[] =>
	single(readerOf(genesisState(ledgerEnv(crypto, genesis))), 'confirmedCheckpoint').committee;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** What governance of a side-chain is to begin with, from the file of --governance; undefined without one. */
export const readTerms = async (
	file: string | undefined,
	chain: Pick<Genesis, 'systemStartMs'>,
): Promise<GovernanceTerms | undefined> => {
	if (file === undefined) return undefined;
	const text = await readFile(file, 'utf8').catch(cause => {
		throw new NodeError({code: 'FILE_UNREADABLE', message: `${file} cannot be read.`, file}, {cause});
	});
	const terms = decodeTerms(text, chain);
	if (terms.ok) return terms.value;
	const field = 'field' in terms.error ? ` at ${terms.error.field}` : '';
	throw new NodeError({
		...terms.error,
		message: `${file} does not say what governance begins with${field}.`,
		file,
	});
};

/** How a Cardano network is reached and counts time: the form of the devnet's cardano.json. */
export const readCardanoNetwork = async (file: string): Promise<CardanoReady> => {
	const text = await readFile(file, 'utf8').catch(cause => {
		throw new NodeError({code: 'FILE_UNREADABLE', message: `${file} cannot be read.`, file}, {cause});
	});
	try {
		const json = JSON.parse(text) as Partial<CardanoReady>;
		const {url, ogmiosUrl = url, networkMagic, zeroTimeMs, slotLengthMs} = json;
		if (typeof url !== 'string' || typeof ogmiosUrl !== 'string') throw new TypeError('no text');
		if (isCount(networkMagic) && isCount(zeroTimeMs) && isCount(slotLengthMs)) {
			const urls = {url: url.replace(/\/$/, ''), ogmiosUrl: ogmiosUrl.replace(/\/$/, '')};
			return {pid: 0, ...urls, networkMagic, zeroTimeMs, slotLengthMs};
		}
	} catch {
		// The same as JSON of another shape.
	}
	throw new NodeError({
		code: 'CARDANO_NETWORK_BAD',
		message: `${file} does not say url, networkMagic, zeroTimeMs and slotLengthMs of a Cardano network.`,
		file,
	});
};
