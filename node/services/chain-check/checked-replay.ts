/** A chain judged again from a state on: every header with its proofs, every body by the ledger. */
import type {Block} from '#consensus/block/block';
import {validateHeader} from '#consensus/header/validate-header';
import {genesisPraosState, type PraosState} from '#consensus/praos-state';
import {praosStateCodec} from '#consensus/praos-state-codec';
import {equalBytes} from '#kernel/bytes';
import {decodeOwn, encode} from '#kernel/cbor/codec';
import type {Tip} from '#kernel/point';
import {err, type Failure, ok, type Result} from '#kernel/result';
import {type AppliedBlock, applyBlock} from '#ledger/block/apply-block';
import {genesisState} from '#ledger/genesis/genesis-state';
import {ledgerViewAt} from '#ledger/ledger-view';
import {applyDiff} from '#ledger/state/diff';
import {type MutableLedgerState, stateCodec} from '#ledger/state/state';
import type {LedgerSnapshot} from '#node/ports/ledger-store';
import type {ChainNetwork} from '../chain/chain-network.ts';
import {blockContext} from '../chain/switch-chain.ts';

export class CheckedReplay {
	readonly #network: ChainNetwork;
	readonly #ledger: MutableLedgerState;
	#praosState: PraosState;
	#tip: Tip;

	private constructor(
		network: ChainNetwork,
		{ledger, praosState, tip}: {ledger: MutableLedgerState; praosState: PraosState; tip: Tip},
	) {
		this.#network = network;
		this.#ledger = ledger;
		this.#praosState = praosState;
		this.#tip = tip;
	}

	static fromGenesis(network: ChainNetwork): CheckedReplay {
		const {env, params} = network;
		const praosState = genesisPraosState(env.genesisHash, params);
		return new CheckedReplay(network, {ledger: genesisState(env), praosState, tip: 'origin'});
	}

	/** From a snapshot that decodes. */
	static fromSnapshot(network: ChainNetwork, snapshot: LedgerSnapshot): CheckedReplay {
		const {hash, blockNo, slot} = snapshot;
		return new CheckedReplay(network, {
			ledger: decodeOwn(stateCodec, snapshot.state),
			praosState: decodeOwn(praosStateCodec, snapshot.praosState),
			tip: {hash, blockNo, slot},
		});
	}

	/** The block's own header and body belong together. After a failure the state is that of its parent. */
	apply({header, segments}: Block): Result<AppliedBlock, Failure> {
		const {env, params, thresholds, certificates} = this.#network;
		const judged = validateHeader(
			{
				crypto: env.crypto,
				params,
				ledgerView: ledgerViewAt(env, this.#ledger, header.slot),
				state: this.#praosState,
				parent: this.#tip,
				thresholds,
				certificates,
			},
			header,
		);
		if (!judged.ok) return judged;
		const context = blockContext(this.#network, {praosState: this.#praosState}, header);
		const applied = applyBlock(env, this.#ledger, context, segments);
		if (!applied.ok) return err(applied.error);
		applyDiff(this.#ledger, applied.value.diff);
		this.#praosState = judged.value;
		this.#tip = {slot: header.slot, hash: header.hash, blockNo: header.blockNo};
		return ok(applied.value);
	}

	/** Whether the state is the one of the snapshot, to the byte. */
	isAt({state, praosState}: LedgerSnapshot): boolean {
		return (
			equalBytes(encode(praosStateCodec, this.#praosState), praosState) &&
			equalBytes(encode(stateCodec, this.#ledger), state)
		);
	}
}
