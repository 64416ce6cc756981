/** From a chain to the bytes of a snapshot file: the state of a closed period and the blocks since that are final. */
import {equalBytes} from '#kernel/bytes';
import {Slot} from '#kernel/slot';
import type {ChainService} from '../chain/chain-service.ts';
import {
	blockAt,
	choosePinned,
	corrupt,
	type PinnedChain,
	pinnedEnd,
	type StoredBlock,
} from './pinned-period.ts';
import type {SnapshotManifest} from './snapshot-file.ts';
import {writeSnapshotFile} from './write-snapshot-file.ts';

type Exporting = PinnedChain & Pick<ChainService, 'immutableTip'>;

export type ExportOptions = {
	/** Default: the one that the chain knows to be confirmed on Cardano. */
	readonly period?: number | undefined;
	/** Names the program in the file. */
	readonly software: string;
};

export type SnapshotExport = {
	readonly manifest: Omit<SnapshotManifest, 'ledgerBytes' | 'praosBytes'>;
	/** Of the states alone. */
	readonly stateBytes: number;
	readonly bytes: AsyncGenerator<Uint8Array, void, undefined>;
};

async function* blocksBetween(
	chain: Exporting,
	from: number,
	to: number,
): AsyncGenerator<StoredBlock, void, undefined> {
	for (let blockNo = from; blockNo <= to; blockNo++) yield await blockAt(chain, blockNo);
}

/**
 * What there is to export of an open chain. The blocks are those that no rollback reaches, so the chain may grow
 * meanwhile. Throws EXPORT_NO_CHECKPOINT, EXPORT_STATE_NOT_KEPT, STORE_CORRUPT and SNAPSHOT_….
 */
export const exportSnapshot = async (
	chain: Exporting,
	{period: wanted, software}: ExportOptions,
): Promise<SnapshotExport> => {
	const {network, immutableTip} = chain;
	const {crypto, genesisHash} = network.env;
	const {period, snapshot} = await choosePinned(chain, wanted);
	const {hash, blockNo, slot, state, praosState} = snapshot;
	const block = await blockAt(chain, blockNo);
	if (!equalBytes(block.hash, hash)) throw corrupt(blockNo);
	const last = immutableTip === 'origin' ? blockNo : Math.max(blockNo, immutableTip.blockNo);
	const {stateRoot} = pinnedEnd(network, {period, snapshot, block: block.bytes});
	const manifest = {
		genesisHash,
		period,
		hash,
		blockNo,
		slot: Slot(slot),
		stateRoot,
		blocks: last - blockNo,
		software,
	};
	const blocks = blocksBetween(chain, blockNo + 1, last);
	return {
		manifest,
		stateBytes: state.length + praosState.length,
		bytes: writeSnapshotFile(crypto, {manifest, state, praosState, block: block.bytes, blocks}),
	};
};
