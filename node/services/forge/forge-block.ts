import {encodeBlock} from '#consensus/block/block';
import {forgeHeader} from '#consensus/forge/forge-header';
import type {LeaderProof} from '#consensus/forge/leader-proof';
import type {Header} from '#consensus/header/header';
import {praosRoot} from '#consensus/praos-state-codec';
import {defined} from '#kernel/assert';
import {BlockNo, type Slot} from '#kernel/slot';
import type {MainChainSegment} from '#ledger/block/block-body';
import type {MainChainError} from '#ledger/block/block-error';
import {type BuiltBody, buildBody} from '#ledger/block/build-body';
import type {LedgerState} from '#ledger/state/state';
import type {Transaction} from '#ledger/tx/transaction';
import type {ForgingKeys} from '#node/ports/forging-keys';
import {type ChainNetwork, PROTOCOL_VERSION} from '../chain/chain-network.ts';
import type {Parent} from '../chain/chain-state.ts';

export type BlockPlan = {
	readonly keys: ForgingKeys;
	readonly slot: Slot;
	readonly proof: LeaderProof;
	readonly transactions: readonly Transaction[];
	readonly mainChain: MainChainSegment;
};

export type ForgedBlock = {
	readonly header: Header;
	readonly bytes: Uint8Array;
	readonly transactions: number;
	/** Why what Cardano says is not in the block. */
	readonly mainChainError: MainChainError | undefined;
};

/** The ledger refuses what Cardano says only when chain and Cardano disagree; repeating the reference is always right. */
const bodyOf = (
	{env}: ChainNetwork,
	ledger: LedgerState,
	parent: Parent,
	{slot, transactions, mainChain}: BlockPlan,
): {readonly body: BuiltBody; readonly mainChainError: MainChainError | undefined} => {
	const {tip} = parent;
	const context = {
		slot,
		blockNo: BlockNo(tip === 'origin' ? 0 : tip.blockNo + 1),
		prevHash: tip === 'origin' ? null : tip.hash,
		praosRoot: () => praosRoot(env.crypto, parent.praosState),
	};
	const built = buildBody(env, ledger, context, {transactions, mainChain});
	if (built.ok) return {body: built.value, mainChainError: undefined};
	const mcRef = defined(parent.mcRef, 'a parent has a body');
	const repeated = buildBody(env, ledger, context, {transactions, mainChain: {mcRef, events: []}});
	return {
		body: defined(repeated.ok ? repeated.value : undefined, 'the same reference again is valid'),
		mainChainError: built.error,
	};
};

/** A whole block on `parent`, whose ledger is given. The slot is recorded as signed before. Synchronous. */
export const forgeBlock = (
	network: ChainNetwork,
	ledger: LedgerState,
	parent: Parent,
	plan: BlockPlan,
): ForgedBlock => {
	const {keys, slot, proof} = plan;
	const {body, mainChainError} = bodyOf(network, ledger, parent, plan);
	const header = forgeHeader(
		network.env.crypto,
		{
			parent: parent.tip,
			slot,
			issuerVk: keys.issuerVk,
			vrfVk: keys.vrfVk,
			proof,
			operationalCertificate: keys.operationalCertificate,
			protocolVersion: PROTOCOL_VERSION,
			segments: body.segments,
		},
		bytes => keys.kes.sign(bytes),
	);
	return {
		header,
		bytes: encodeBlock(header.bytes, body.segments),
		transactions: body.included.length,
		mainChainError,
	};
};
