import {encodeBlock} from '#consensus/block/block';
import {forgeHeader} from '#consensus/forge/forge-header';
import type {LeaderProof} from '#consensus/forge/leader-proof';
import type {Header} from '#consensus/header/header';
import {praosRoot} from '#consensus/praos-state-codec';
import {defined} from '#kernel/assert';
import {err, ok, type Result} from '#kernel/result';
import {BlockNo, type Slot} from '#kernel/slot';
import type {MainChainSegment} from '#ledger/block/block-body';
import type {MainChainError, VersionError} from '#ledger/block/block-error';
import {type BuiltBody, buildBody} from '#ledger/block/build-body';
import {epochOf} from '#ledger/environment';
import {versionAt} from '#ledger/governance/rules-at';
import {type LedgerState, readerOf} from '#ledger/state/state';
import type {Transaction} from '#ledger/tx/transaction';
import type {ForgingKeys} from '#node/ports/forging-keys';
import type {ChainNetwork} from '../chain/chain-network.ts';
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
	readonly body: BuiltBody;
	/** Why what Cardano says is not in the block: the ledger refuses it. */
	readonly withheld: MainChainError | undefined;
};

type FilledBody = Pick<ForgedBlock, 'body' | 'withheld'>;

/**
 * The ledger refuses what Cardano says only where the two chains disagree. A chain that Cardano has decided against is
 * not to be continued; else it goes on without that news.
 */
const fillBody = (
	{env}: ChainNetwork,
	ledger: LedgerState,
	{tip, praosState, mcRef}: Parent,
	{slot, transactions, mainChain}: BlockPlan,
): Result<FilledBody, MainChainError | VersionError> => {
	const context = {
		slot,
		blockNo: BlockNo(tip === 'origin' ? 0 : tip.blockNo + 1),
		prevHash: tip === 'origin' ? null : tip.hash,
		praosRoot: () => praosRoot(env.crypto, praosState),
	};
	const built = buildBody(env, ledger, context, {transactions, mainChain});
	if (built.ok) return ok({body: built.value, withheld: undefined});
	const {error} = built;
	if (error.code === 'MC_CHECKPOINT_CONFLICT' || error.code === 'PROTOCOL_VERSION_UNKNOWN') return err(error);
	const repeated = {mcRef: defined(mcRef, 'the body of a parent is there'), events: []};
	const withoutNews = buildBody(env, ledger, context, {transactions, mainChain: repeated});
	return withoutNews.ok ? ok({body: withoutNews.value, withheld: error}) : withoutNews;
};

/** A whole signed block on `parent`, whose ledger is given. Synchronous: what it stands on cannot move meanwhile. */
export const forgeBlock = (
	network: ChainNetwork,
	ledger: LedgerState,
	parent: Parent,
	plan: BlockPlan,
): Result<ForgedBlock, MainChainError | VersionError> => {
	const filled = fillBody(network, ledger, parent, plan);
	if (!filled.ok) return filled;
	const {slot, proof, keys} = plan;
	const {env} = network;
	const {segments} = filled.value.body;
	const {issuerVk, vrfVk, operationalCertificate, kes} = keys;
	const header = forgeHeader(
		env.crypto,
		{
			parent: parent.tip,
			slot,
			issuerVk,
			vrfVk,
			proof,
			operationalCertificate,
			// Of the rules that it is made by: older software understands it until the rules change.
			protocolVersion: {major: versionAt(readerOf(ledger), epochOf(env.genesis, slot)), minor: 0},
			segments,
		},
		bytes => kes.sign(bytes),
	);
	return ok({...filled.value, header, bytes: encodeBlock(header.bytes, segments)});
};
