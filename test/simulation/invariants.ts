/** Watches every honest node's chain, change by change, and says what is wrong first. The cost of a look does not grow with the chain. */
import {chainTipOf, isPreferred} from '#consensus/chain/chain-selection';
import type {PraosState} from '#consensus/praos-state';
import {equalBytes, toHex} from '#kernel/bytes';
import {encode} from '#kernel/cbor/codec';
import type {HeaderHash} from '#kernel/hash';
import {diffCodec} from '#ledger/state/diff';
import {type MutableLedgerState, stateCodec} from '#ledger/state/state';
import type {ChainService} from '#node/services/chain/chain-service';
import type {ChainSwitch} from '#node/services/chain/switch-chain';
import type {Bounds, Violation} from './bounds.ts';
import {blockNoOf, chainOf, type Judged, type Oracle} from './oracle.ts';

type View = {
	readonly name: string;
	readonly group: Judged[] | undefined;
	/** Its selected chain, by block number. */
	readonly chain: Judged[];
	/** Number of the last block that was once k deep. */
	settledNo: number;
	epoch: number;
};

type Problem = readonly [code: Violation['code'], what: string];

export type InvariantPorts = {
	readonly oracle: Oracle;
	readonly k: number;
	readonly epochLength: number;
	readonly bounds: Bounds;
	readonly report: (violation: Omit<Violation, 'slot'>) => void;
};

const isSameNonce = (a: PraosState['epochNonce'], b: PraosState['epochNonce']): boolean =>
	a === 'neutral' || b === 'neutral' ? a === b : equalBytes(a, b);

const NONCES = ['epochNonce', 'evolvingNonce', 'candidateNonce', 'labNonce', 'lastEpochBlockNonce'] as const;

/** The first field in which two states differ. */
export const praosDifference = (a: PraosState, b: PraosState): string | undefined => {
	for (const name of NONCES) if (!isSameNonce(a[name], b[name])) return name;
	if (a.epoch !== b.epoch) return 'epoch';
	if (a.lastSlot !== b.lastSlot) return 'lastSlot';
	if (a.counters === b.counters) return undefined;
	if (a.counters.size !== b.counters.size) return 'counters';
	for (const [pool, counter] of a.counters) if (b.counters.get(pool) !== counter) return 'counters';
	return undefined;
};

const shortHash = (hash: HeaderHash): string => toHex(hash).slice(0, 8);
const nameOf = ({header}: Judged): string => `${header.blockNo}/${header.slot} ${shortHash(header.hash)}`;

export class Invariants {
	readonly #ports: InvariantPorts;
	readonly #views = new Map<string, View>();
	readonly #groups: readonly {readonly names: ReadonlySet<string> | undefined; readonly settled: Judged[]}[];
	/** Looks taken. */
	looks = 0;

	constructor(ports: InvariantPorts) {
		this.#ports = ports;
		const {groups} = ports.bounds;
		this.#groups = groups?.map(names => ({names: new Set(names), settled: []})) ?? [
			{names: undefined, settled: []},
		];
	}

	/** The chain of a node, as it was seen last. */
	tipOf(name: string): Judged | undefined {
		return this.#views.get(name)?.chain.at(-1);
	}

	chainOf(name: string): readonly Judged[] {
		return this.#views.get(name)?.chain ?? [];
	}

	/** A node has started: its chain comes from its disk. */
	opened(name: string, chain: ChainService): void {
		const view = this.#viewOf(name);
		this.#report(view, this.#opened(view, chain));
	}

	/** A node's disk has lost what it promised to keep: what was k deep there is not asked for again. */
	forget(name: string): void {
		this.#viewOf(name).settledNo = -1;
	}

	/** A node's chain has changed. */
	switched(name: string, chain: ChainService, change: ChainSwitch): void {
		this.looks++;
		const view = this.#viewOf(name);
		this.#report(view, this.#switched(view, chain, change));
	}

	/** Everything that is compared now and then, once more. */
	closing(name: string, chain: ChainService): void {
		const view = this.#viewOf(name);
		this.#report(view, this.#compareLedger(view, chain));
	}

	#opened(view: View, chain: ChainService): Problem | undefined {
		const {immutableTip} = chain;
		const anchor = immutableTip === 'origin' ? undefined : this.#ports.oracle.find(immutableTip.hash);
		if (immutableTip !== 'origin' && anchor === undefined)
			return ['SIMULATION_BLOCK_NOT_VALID', 'it starts from a block that nobody made'];
		const before = view.chain[view.settledNo];
		view.chain.length = 0;
		view.chain.push(...chainOf(anchor));
		for (const {hash} of chain.volatile) {
			const bytes = chain.find(hash)?.body?.block.bytes;
			if (bytes === undefined) return ['SIMULATION_BLOCK_NOT_VALID', 'a block without a body is adopted'];
			const problem = this.#adopt(view, hash, bytes);
			if (problem !== undefined) return problem;
		}
		if (before !== undefined && view.chain[view.settledNo] !== before)
			return ['SIMULATION_CHAIN_LOST', `${nameOf(before)} was k deep before it ended`];
		this.#settle(view);
		return this.#compareLedger(view, chain);
	}

	#switched(view: View, chain: ChainService, {rolledBack, adopted}: ChainSwitch): Problem | undefined {
		const before = view.chain.at(-1);
		const problem = this.#rollBack(view, rolledBack.length) ?? this.#adoptAll(view, adopted);
		if (problem !== undefined) return problem;
		const after = view.chain.at(-1);
		if (rolledBack.length > 0 && before !== undefined && after !== undefined) {
			// What is adopted may be the valid prefix of a better chain, but it is better itself.
			if (!isPreferred(chainTipOf(before.header), chainTipOf(after.header)))
				return ['SIMULATION_NOT_PREFERRED', `${nameOf(after)} after ${nameOf(before)}`];
		}
		this.#settle(view);
		const epoch = Math.floor((after?.header.slot ?? 0) / this.#ports.epochLength);
		const isRare = rolledBack.length > 0 || epoch !== view.epoch;
		view.epoch = epoch;
		return isRare ? this.#compareLedger(view, chain) : undefined;
	}

	#adoptAll(view: View, adopted: ChainSwitch['adopted']): Problem | undefined {
		for (const {header, body, effect, praosState} of adopted) {
			if (body === undefined || effect === undefined)
				return ['SIMULATION_BLOCK_NOT_VALID', 'a block without a body is adopted'];
			const problem = this.#adopt(view, header.hash, body.block.bytes);
			if (problem !== undefined) return problem;
			const judged = view.chain.at(-1) as Judged;
			const difference = praosDifference(praosState, judged.praosState);
			if (difference !== undefined)
				return ['SIMULATION_STATE_DIFFERS', `${difference} after ${nameOf(judged)}`];
			if (!equalBytes(encode(diffCodec, effect.diff), judged.diffBytes))
				return ['SIMULATION_LEDGER_DIFFERS', `what ${nameOf(judged)} does differs`];
		}
		return undefined;
	}

	#viewOf(name: string): View {
		const known = this.#views.get(name);
		if (known !== undefined) return known;
		const group = this.#groups.find(({names}) => names === undefined || names.has(name));
		const view: View = {name, group: group?.settled, chain: [], settledNo: -1, epoch: 0};
		this.#views.set(name, view);
		return view;
	}

	#rollBack(view: View, count: number): Problem | undefined {
		const {k} = this.#ports;
		if (count > k) return ['SIMULATION_ROLLED_BACK_TOO_FAR', `${count} blocks, k is ${k}`];
		const left = view.chain.length - count;
		const final = view.chain.at(-1)?.finalNo ?? -1;
		if (final >= left) return ['SIMULATION_CHECKPOINT_CROSSED', `block ${final} is final on Cardano`];
		view.chain.length = left;
		return undefined;
	}

	#adopt(view: View, hash: HeaderHash, bytes: Uint8Array): Problem | undefined {
		const judged = this.#ports.oracle.judge(hash, bytes);
		if (!judged.ok) return ['SIMULATION_BLOCK_NOT_VALID', `${shortHash(hash)}: ${judged.error.code}`];
		const {value} = judged;
		if (value.parent !== view.chain.at(-1))
			return ['SIMULATION_BLOCK_NOT_VALID', `${nameOf(value)} does not stand on the tip`];
		const settled = view.group?.[value.header.blockNo];
		if (settled !== undefined && settled !== value)
			return ['SIMULATION_COMMON_PREFIX_BROKEN', `${nameOf(value)} where ${nameOf(settled)} is k deep`];
		view.chain.push(value);
		return this.#checkQuality(view, value);
	}

	#checkQuality(view: View, {foeBlocks, header}: Judged): Problem | undefined {
		const {quality} = this.#ports.bounds;
		if (quality === undefined || header.blockNo + 1 < quality.windowBlocks) return undefined;
		const before = view.chain[header.blockNo - quality.windowBlocks]?.foeBlocks ?? 0;
		const honest = quality.windowBlocks - (foeBlocks - before);
		if (honest >= quality.honestMin) return undefined;
		const what = `${honest} honest of ${quality.windowBlocks} blocks, ${quality.honestMin} promised`;
		return ['SIMULATION_QUALITY_TOO_LOW', what];
	}

	/** Notes what is k deep now: whoever ever has another block there breaks the common prefix. */
	#settle(view: View): void {
		const deepNo = blockNoOf(view.chain.at(-1)) - this.#ports.k;
		view.settledNo = Math.max(view.settledNo, deepNo);
		const {group} = view;
		if (group === undefined) return;
		for (let number = group.length; number <= deepNo; number++) group.push(view.chain[number] as Judged);
	}

	/** The node's whole ledger against the oracle's: after what is rare, and at the end. */
	#compareLedger(view: View, chain: ChainService): Problem | undefined {
		const own = encode(stateCodec, chain.ledger as MutableLedgerState);
		return equalBytes(own, this.#ports.oracle.ledgerBytes(view.chain.at(-1)))
			? undefined
			: ['SIMULATION_LEDGER_DIFFERS', 'the ledger as a whole'];
	}

	#report({name}: View, problem: Problem | undefined): void {
		if (problem === undefined) return;
		const [code, what] = problem;
		this.#ports.report({code, node: name, what});
	}
}
