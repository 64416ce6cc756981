/**
 * The whole truth: every block that some honest node adopts is judged here once, from genesis, by consensus and ledger
 * alone: no chain service, no stores, no network.
 */
import {type Block, decodeBlock} from '#consensus/block/block';
import {checkBody} from '#consensus/block/check-body';
import type {Header} from '#consensus/header/header';
import {validateHeader} from '#consensus/header/validate-header';
import type {LedgerView} from '#consensus/ledger-view';
import {genesisPraosState, type PraosState} from '#consensus/praos-state';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {decode, encode} from '#kernel/cbor/codec';
import type {HeaderHash} from '#kernel/hash';
import type {McRef} from '#kernel/main-chain-event';
import type {Tip} from '#kernel/point';
import {err, type Failure, ok, type Result} from '#kernel/result';
import type {BlockNo, Slot} from '#kernel/slot';
import {applyBlock} from '#ledger/block/apply-block';
import {mainChainCodec} from '#ledger/block/block-body';
import {genesisState} from '#ledger/genesis/genesis-state';
import {ledgerViewAt} from '#ledger/ledger-view';
import {creditsInCirculation, depositedTotal, withdrawnTotal} from '#ledger/money';
import {applyDiff, diffCodec, type LedgerDiff, undoDiff} from '#ledger/state/diff';
import {type LedgerState, type MutableLedgerState, stateCodec} from '#ledger/state/state';
import type {ChainNetwork} from '#node/services/chain/chain-network';
import {blockContext} from '#node/services/chain/switch-chain';

/** A block that is right, with what it makes of its parent's state. */
export type Judged = {
	readonly header: Header;
	readonly parent: Judged | undefined;
	readonly praosState: PraosState;
	readonly mcRef: McRef;
	readonly diff: LedgerDiff;
	readonly diffBytes: Uint8Array;
	/** Blocks of adversaries up to and including this one. */
	readonly foeBlocks: number;
	/** The number of the newest block that Cardano has made final, as this block's ledger sees it. */
	readonly finalNo: number;
};

/** What a block may be built upon. */
export type JudgedPlace = {
	readonly tip: Tip;
	readonly praosState: PraosState;
	readonly mcRef: McRef;
	/** A live view: use it before the oracle is asked anything else. */
	readonly ledger: LedgerState;
	readonly ledgerView: (slot: Slot) => LedgerView;
};

export class Oracle {
	readonly #network: ChainNetwork;
	readonly #isFoe: (issuerVk: Uint8Array) => boolean;
	readonly #judged = new Map<string, Result<Judged, Failure>>();
	readonly #ledger: MutableLedgerState;
	readonly #credits: bigint;
	/** The block after which `#ledger` is; undefined: genesis. */
	#at: Judged | undefined;

	constructor(network: ChainNetwork, isFoe: (issuerVk: Uint8Array) => boolean) {
		this.#network = network;
		this.#isFoe = isFoe;
		this.#ledger = genesisState(network.env);
		this.#credits = this.#creditsOf(this.#ledger);
	}

	/** Right blocks seen. */
	get count(): number {
		return this.#judged.size;
	}

	/** A block that was judged before and is right. */
	find(hash: HeaderHash): Judged | undefined {
		const judged = this.#judged.get(toHex(hash));
		return judged?.ok === true ? judged.value : undefined;
	}

	/** `bytes` are not trusted to be what a node took them for. */
	judge(hash: HeaderHash, bytes: Uint8Array): Result<Judged, Failure> {
		const key = toHex(hash);
		const known = this.#judged.get(key);
		if (known !== undefined) return known;
		const judged = this.#judge(key, bytes);
		this.#judged.set(key, judged);
		return judged;
	}

	/** The place after a block that was judged; null: before the first one. */
	at(hash: HeaderHash | null): JudgedPlace | undefined {
		const judged = hash === null ? undefined : this.find(hash);
		if (hash !== null && judged === undefined) return undefined;
		const {env, params} = this.#network;
		this.#moveTo(judged);
		return {
			tip: judged?.header ?? 'origin',
			praosState: judged?.praosState ?? genesisPraosState(env.genesisHash, params),
			mcRef: judged?.mcRef ?? env.genesis.cardano.start,
			ledger: this.#ledger,
			ledgerView: slot => ledgerViewAt(env, this.#ledger, slot),
		};
	}

	/** Everything that the ledger is after a block. */
	ledgerBytes(judged: Judged | undefined): Uint8Array {
		this.#moveTo(judged);
		return encode(stateCodec, this.#ledger);
	}

	#judge(key: string, bytes: Uint8Array): Result<Judged, Failure> {
		const {env, params} = this.#network;
		const block = decodeBlock(env.crypto, bytes, {bytesMax: bytes.length});
		if (!block.ok) return block;
		const {header} = block.value;
		if (toHex(header.hash) !== key) return err({code: 'ORACLE_OTHER_BLOCK'});
		const place = this.at(header.prevHash);
		if (place === undefined) return err({code: 'ORACLE_PARENT_NOT_RIGHT'});
		const parent = header.prevHash === null ? undefined : this.find(header.prevHash);
		const praosState = validateHeader(
			{
				crypto: env.crypto,
				params,
				ledgerView: place.ledgerView(header.slot),
				state: place.praosState,
				parent: place.tip,
				thresholds: this.#network.thresholds,
				certificates: this.#network.certificates,
			},
			header,
		);
		if (!praosState.ok) return praosState;
		return this.#judgeBody(block.value, parent, praosState.value, place.praosState);
	}

	#judgeBody(
		{header, segments}: Block,
		parent: Judged | undefined,
		praosState: PraosState,
		praosBefore: PraosState,
	): Result<Judged, Failure> {
		const {env} = this.#network;
		const body = checkBody(env.crypto, header, segments);
		if (!body.ok) return body;
		const context = blockContext(this.#network, {praosState: praosBefore}, header);
		const applied = applyBlock(env, this.#ledger, context, segments);
		if (!applied.ok) return applied;
		const mainChain = decode(mainChainCodec, segments[2]);
		if (!mainChain.ok) return mainChain;
		const {diff} = applied.value;
		applyDiff(this.#ledger, diff);
		const credits = this.#creditsOf(this.#ledger);
		const finalNo = this.#finalNo(parent);
		if (credits !== this.#credits) {
			undoDiff(this.#ledger, diff);
			return err({code: 'ORACLE_VALUE_NOT_CONSERVED', made: String(credits - this.#credits)} as Failure);
		}
		const judged: Judged = {
			header,
			parent,
			praosState,
			mcRef: mainChain.value.mcRef,
			diff,
			diffBytes: encode(diffCodec, diff),
			foeBlocks: (parent?.foeBlocks ?? 0) + (this.#isFoe(header.issuerVk) ? 1 : 0),
			finalNo,
		};
		this.#at = judged;
		return ok(judged);
	}

	/** The block that the ledger's newest confirmed checkpoint names. */
	#finalNo(parent: Judged | undefined): number {
		const before = parent?.finalNo ?? -1;
		const [confirmed] = this.#ledger.confirmedCheckpoint.values();
		return confirmed === undefined ? before : (this.find(confirmed.blockHash)?.header.blockNo ?? before);
	}

	#creditsOf(ledger: LedgerState): bigint {
		return creditsInCirculation(ledger) + withdrawnTotal(ledger) - depositedTotal(ledger);
	}

	/** Takes the ledger to another block by undoing and doing again what lies between. */
	#moveTo(target: Judged | undefined): void {
		const numberOf = (judged: Judged | undefined): number => judged?.header.blockNo ?? -1;
		const ahead: Judged[] = [];
		let to = target;
		while (to !== this.#at) {
			if (numberOf(to) > numberOf(this.#at)) {
				const step = defined(to, 'it has a number');
				ahead.push(step);
				to = step.parent;
			} else {
				const step = defined(this.#at, 'they meet at genesis at last');
				undoDiff(this.#ledger, step.diff);
				this.#at = step.parent;
			}
		}
		for (const step of ahead.toReversed()) applyDiff(this.#ledger, step.diff);
		this.#at = target;
	}
}

/** Block numbers of a chain up to `judged`, from genesis. */
export const chainOf = (judged: Judged | undefined): readonly Judged[] => {
	const chain: Judged[] = [];
	for (let at = judged; at !== undefined; at = at.parent) chain.push(at);
	return chain.reverse();
};

export const blockNoOf = (judged: Judged | undefined): BlockNo | -1 => judged?.header.blockNo ?? -1;
