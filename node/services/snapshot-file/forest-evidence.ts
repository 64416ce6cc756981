/** What a dispute on Cardano shows of a provider, from the state of a closed period that this node keeps. */
import type {Hash32} from '#kernel/hash';
import {Epoch} from '#kernel/slot';
import {forestEvidenceOf} from '#ledger/main-chain/state-root';
import {epochOfForestRoot, forestRootKey} from '#ledger/proofs/forest-root';
import {keyOf} from '#ledger/state/keys';
import {type LedgerReader, rowsOf} from '#ledger/state/reader';
import type {ProvenForest} from '#onchain/state-row';
import {blockAt, choosePinned, type PinnedChain, pinnedEnd} from './pinned-period.ts';
import type {LookAtEnd} from './verify-snapshot.ts';

export type ForestQuestion = {
	/** Claim id. */
	readonly provider: Hash32;
	/** Default: the newest one in which it proved a forest that is not empty. */
	readonly epoch?: number | undefined;
	/** Whose end the checkpoint is of; default: the one that the chain knows to be confirmed. */
	readonly period?: number | undefined;
};

export type ForestShown = {
	readonly period: number;
	/** As the checkpoint of that period has it. */
	readonly stateRoot: Hash32;
	readonly forest: ProvenForest;
};

/** The newest epoch in which the provider has proven leaves. */
const newestEpoch = (reader: LedgerReader, provider: Hash32): Epoch | undefined => {
	const key = [...rowsOf(reader, 'forestRoots')].findLast(
		([each, {seed}]) => each.endsWith(keyOf(provider)) && seed !== null,
	)?.[0];
	return key === undefined ? undefined : epochOfForestRoot(key);
};

/**
 * Undefined when that state does not say that the provider has proven leaves in that epoch. Throws EXPORT_NO_CHECKPOINT,
 * EXPORT_STATE_NOT_KEPT, STORE_CORRUPT and SNAPSHOT_…. O(state).
 */
export const showForest = async (
	chain: PinnedChain,
	{provider, epoch: wanted, period: wantedPeriod}: ForestQuestion,
): Promise<ForestShown | undefined> => {
	const {network} = chain;
	const pinned = await choosePinned(chain, wantedPeriod);
	const {bytes: block} = await blockAt(chain, pinned.snapshot.blockNo);
	let forest: ProvenForest | undefined;
	const look: LookAtEnd = (reader, parts) => {
		const epoch = wanted === undefined ? newestEpoch(reader, provider) : Epoch(wanted);
		const row = epoch === undefined ? undefined : reader.get('forestRoots', forestRootKey(epoch, provider));
		if (epoch === undefined || row === undefined || row.seed === null) return;
		const evidence = forestEvidenceOf(network.env.crypto, reader, parts, {provider, epoch});
		const {root, totalLeaves, seed} = row;
		forest = evidence && {provider, epoch, root, totalLeaves: BigInt(totalLeaves), seed, ...evidence};
	};
	const {stateRoot} = pinnedEnd(network, {...pinned, block}, look);
	return forest && {period: pinned.period, stateRoot, forest};
};
