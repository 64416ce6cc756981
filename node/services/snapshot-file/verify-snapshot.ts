/** Whether the states of a snapshot file are those that a checkpoint names. */
import type {Block} from '#consensus/block/block';
import type {PraosState} from '#consensus/praos-state';
import {praosRoot, praosStateCodec} from '#consensus/praos-state-codec';
import {committeeHash} from '#crypto/checkpoint-message';
import {AssertionError} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import {decode} from '#kernel/cbor/codec';
import type {Hash32, HeaderHash} from '#kernel/hash';
import {err, type Failure, ok, type Result} from '#kernel/result';
import {BlockNo, Slot} from '#kernel/slot';
import {tickLedger} from '#ledger/epoch/tick';
import type {StateRootParts} from '#ledger/main-chain/state-root';
import {openDraft} from '#ledger/state/draft';
import {numberKey} from '#ledger/state/keys';
import type {LedgerReader} from '#ledger/state/reader';
import {type MutableLedgerState, stateCodec} from '#ledger/state/state';
import type {ChainNetwork} from '../chain/chain-network.ts';
import {judgeBlockBytes} from '../chain/judge-body.ts';
import type {SnapshotFront} from './read-snapshot-file.ts';
import type {SnapshotManifest} from './snapshot-file.ts';

/** What a checkpoint says of the end of a period. */
export type PeriodEnd = {
	readonly period: number;
	readonly blockHash: HeaderHash;
	readonly stateRoot: Hash32;
	readonly payoutRoot: Hash32;
	/** Of the committee that signs after it. */
	readonly committeeHash: Hash32;
};

export type SnapshotFailure =
	| {readonly code: 'SNAPSHOT_BLOCK_WRONG'; readonly problem: string; readonly failure?: Failure}
	| {readonly code: 'SNAPSHOT_STATE_BROKEN'; readonly problem: string; readonly failure?: Failure}
	| {
			readonly code: 'SNAPSHOT_STATE_OTHER';
			readonly period: number;
			readonly field: Exclude<keyof PeriodEnd, 'period'>;
			readonly expected: Hash32;
			readonly found: Hash32;
	  };

/** The states of a file, decoded; nothing says yet that they are true. */
export type SnapshotState = {
	readonly block: Block;
	readonly ledger: MutableLedgerState;
	readonly praosState: PraosState;
};

/** The block of the state: it is the one that the manifest names, and its body is its own. */
export const snapshotBlock = (
	network: ChainNetwork,
	{
		manifest,
		block: bytes,
	}: Pick<SnapshotFront, 'block'> & {
		readonly manifest: Pick<SnapshotManifest, 'hash' | 'blockNo' | 'slot'>;
	},
): Result<Block, SnapshotFailure> => {
	const judged = judgeBlockBytes(network, bytes);
	if (!judged.ok)
		return err({code: 'SNAPSHOT_BLOCK_WRONG', problem: 'it is no block', failure: judged.error});
	const {hash, blockNo, slot} = judged.value.header;
	const isNamed = equalBytes(hash, manifest.hash) && blockNo === manifest.blockNo && slot === manifest.slot;
	return isNamed ? judged : err({code: 'SNAPSHOT_BLOCK_WRONG', problem: 'the manifest names another block'});
};

export const decodeSnapshotState = (
	front: Pick<SnapshotFront, 'state' | 'praosState'>,
	block: Block,
): Result<SnapshotState, SnapshotFailure> => {
	const praosState = decode(praosStateCodec, front.praosState);
	if (!praosState.ok)
		return err({
			code: 'SNAPSHOT_STATE_BROKEN',
			problem: 'the Praos state does not decode',
			failure: praosState.error,
		});
	const ledger = decode(stateCodec, front.state);
	if (!ledger.ok)
		return err({
			code: 'SNAPSHOT_STATE_BROKEN',
			problem: 'the ledger state does not decode',
			failure: ledger.error,
		});
	const [chain] = ledger.value.chain.values();
	if (chain?.slot !== block.header.slot || praosState.value.lastSlot !== block.header.slot)
		return err({code: 'SNAPSHOT_STATE_BROKEN', problem: 'the states are of another slot than the block'});
	return ok({block, ledger: ledger.value, praosState: praosState.value});
};

/** The first slot after a period. */
export const periodEndSlot = ({env: {genesis}}: ChainNetwork, period: number): number =>
	period * genesis.checkpointEvery * genesis.epochLength;

/** Sees the very state that a checkpoint names the root of; it must not keep the reader. */
export type LookAtEnd = (reader: LedgerReader, parts: StateRootParts) => void;

const tickToEnd = (
	network: ChainNetwork,
	{block: {header}, ledger, praosState}: SnapshotState,
	period: number,
	look: LookAtEnd | undefined,
): PeriodEnd | undefined => {
	const {env} = network;
	const {crypto} = env;
	const draft = openDraft(ledger);
	tickLedger(env, draft, {
		slot: Slot(periodEndSlot(network, period)),
		blockNo: BlockNo(header.blockNo + 1),
		prevHash: header.hash,
		praosRoot: () => praosRoot(crypto, praosState),
		onStateRoot: (closing, parts) => {
			if (closing === period) look?.(draft, parts);
		},
	});
	const closed = draft.get('pendingCheckpoints', numberKey(period));
	if (closed === undefined) return undefined;
	const {blockHash, stateRoot, payoutRoot, nextCommittee} = closed;
	return {period, blockHash, stateRoot, payoutRoot, committeeHash: committeeHash(crypto, nextCommittee)};
};

/**
 * How a period ends after that block, as every node computed it: the state goes over the period's boundary and its
 * root is taken. The period must be over by the clock: time is spent for each epoch up to it. O(state).
 */
export const periodEndAfter = (
	network: ChainNetwork,
	state: SnapshotState,
	period: number,
	look?: LookAtEnd,
): Result<PeriodEnd, SnapshotFailure> => {
	if (state.block.header.slot >= periodEndSlot(network, period))
		return err({code: 'SNAPSHOT_STATE_BROKEN', problem: 'the state is of a later period'});
	try {
		const end = tickToEnd(network, state, period, look);
		return end === undefined
			? err({code: 'SNAPSHOT_STATE_BROKEN', problem: 'the period does not close after it'})
			: ok(end);
	} catch (error) {
		// Rules may rely on invariants that a state from elsewhere need not keep; for a true state none is broken.
		if (!(error instanceof AssertionError || error instanceof RangeError)) throw error;
		return err({code: 'SNAPSHOT_STATE_BROKEN', problem: `it breaks an invariant: ${error.message}`});
	}
};

const FIELDS = ['blockHash', 'stateRoot', 'payoutRoot', 'committeeHash'] as const;

/** Compares what was computed with what is on Cardano, field by field. */
export const checkPeriodEnd = (found: PeriodEnd, expected: PeriodEnd): SnapshotFailure | undefined => {
	const field = FIELDS.find(name => !equalBytes(found[name], expected[name]));
	return (
		field && {
			code: 'SNAPSHOT_STATE_OTHER',
			period: found.period,
			field,
			expected: expected[field],
			found: found[field],
		}
	);
};
