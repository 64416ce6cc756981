/** Pools with real keys made from small numbers, and valid headers and blocks forged by them. */
import type {Block} from '#consensus/block/block';
import {encodeBlock} from '#consensus/block/block';
import type {BodySegments} from '#consensus/block/body-hash';
import {forgeHeader} from '#consensus/forge/forge-header';
import {leaderProof} from '#consensus/forge/leader-proof';
import type {Header} from '#consensus/header/header';
import {ThresholdCache} from '#consensus/leader/threshold-cache';
import type {LedgerView} from '#consensus/ledger-view';
import {certificateSignable, type OperationalCertificate} from '#consensus/opcert/operational-certificate';
import type {ConsensusParams} from '#consensus/params';
import {type PraosState, tickPraos, updatePraos} from '#consensus/praos-state';
import {evolveKesKey, generateKesKey, type KesKey, kesVerificationKey, signKes} from '#crypto/kes/kes-key';
import {assert, defined} from '#kernel/assert';
import {concat, toHex, u32be} from '#kernel/bytes';
import type {Hash32, PoolId} from '#kernel/hash';
import type {Tip} from '#kernel/point';
import {Ratio} from '#kernel/ratio';
import {Slot} from '#kernel/slot';
import {encodeUtf8} from '#kernel/utf8';
import {crypto} from './crypto.ts';

export type TestPool = {
	readonly coldSeed: Uint8Array;
	/** The cold verification key. */
	readonly issuerVk: Uint8Array;
	readonly poolId: PoolId;
	readonly vrfSeed: Uint8Array;
	readonly vrfVk: Uint8Array;
	readonly vrfKeyHash: Hash32;
	readonly kesSeed: Uint8Array;
	readonly operationalCertificate: OperationalCertificate;
};

/** 32 bytes that differ for each use and number. */
export const testSeed = (use: string, number: number): Uint8Array =>
	crypto.blake2b256(encodeUtf8(`test seed ${use}`), u32be(number));

/** An operational certificate of any content, rightly signed by the cold key. */
export const testCertificate = (
	coldSeed: Uint8Array,
	kesSeed: Uint8Array,
	counter: bigint,
	startPeriod: bigint,
): OperationalCertificate => {
	const unsigned = {hotVk: kesVerificationKey(crypto, kesKeyAt(kesSeed, 0)), counter, startPeriod};
	return {...unsigned, signature: crypto.signEd25519(coldSeed, certificateSignable(unsigned))};
};

/** The pool number `number`: the same keys each time. */
export const testPool = (
	number: number,
	{counter = 0n, startPeriod = 0n}: {readonly counter?: bigint; readonly startPeriod?: bigint} = {},
): TestPool => {
	const [coldSeed, vrfSeed, kesSeed] = ['cold', 'vrf', 'kes'].map(use => testSeed(use, number)) as [
		Uint8Array,
		Uint8Array,
		Uint8Array,
	];
	const issuerVk = crypto.ed25519VerificationKey(coldSeed);
	const vrfVk = crypto.ed25519VerificationKey(vrfSeed);
	return {
		coldSeed,
		issuerVk,
		poolId: crypto.blake2b224(issuerVk),
		vrfSeed,
		vrfVk,
		vrfKeyHash: crypto.blake2b256(vrfVk),
		kesSeed,
		operationalCertificate: testCertificate(coldSeed, kesSeed, counter, startPeriod),
	};
};

/** A stake snapshot: each pool with its share of the stake; equal shares unless given. */
export const testLedgerView = (
	pools: readonly TestPool[],
	shareOf: (pool: TestPool) => Ratio = () => Ratio(1n, BigInt(pools.length)),
): LedgerView => {
	const byId = new Map(
		pools.map(pool => [toHex(pool.poolId), {stake: shareOf(pool), vrfKeyHash: pool.vrfKeyHash}]),
	);
	return {pool: poolId => byId.get(toHex(poolId))};
};

const kesKeys = new Map<string, KesKey>();

/** The KES key of `seed` in its period `evolution`. Keys only go forward, so an earlier one is made anew. */
export const kesKeyAt = (seed: Uint8Array, evolution: number): KesKey => {
	const name = toHex(seed);
	const known = kesKeys.get(name);
	let key = known !== undefined && known.period <= evolution ? known : generateKesKey(crypto, seed);
	while (key.period < evolution) {
		const evolved = evolveKesKey(crypto, key);
		assert(evolved.ok, 'the KES key has no evolution left');
		key = evolved.value;
	}
	kesKeys.set(name, key);
	return key;
};

const thresholds = new ThresholdCache();

/** The empty body: four empty CBOR arrays. */
export const emptySegments: BodySegments = [
	Uint8Array.of(0x80),
	Uint8Array.of(0x80),
	Uint8Array.of(0x80),
	Uint8Array.of(0x80),
];

export type TestForging = {
	readonly params: ConsensusParams;
	/** After `parent`. */
	readonly state: PraosState;
	readonly parent: Tip;
	readonly slot: number;
	readonly pool: TestPool;
	readonly segments?: BodySegments;
	/** Default: the one of `pool`. */
	readonly operationalCertificate?: OperationalCertificate;
	readonly protocolVersion?: {readonly major: number; readonly minor: number};
	/** What the header is to claim instead of the true output: for headers that must be refused. */
	readonly claimedVrfOutput?: Uint8Array;
};

/** A header with right signatures and proof by `pool`, whether the slot is its own or not. */
export const forgeTestHeader = ({
	params,
	state,
	parent,
	pool,
	segments = emptySegments,
	operationalCertificate = pool.operationalCertificate,
	protocolVersion = {major: 10, minor: 0},
	...at
}: TestForging): Header => {
	const slot = Slot(at.slot);
	const {epochNonce} = tickPraos(crypto, params, state, slot);
	const proof = leaderProof(crypto, {vrfSeed: pool.vrfSeed, slot, epochNonce, threshold: 'always'});
	const {vrfOutput, vrfProof} = defined(proof, 'everybody leads');
	const period = Math.floor(slot / params.slotsPerKesPeriod);
	const evolution = Math.max(0, Math.min(63, period - Number(operationalCertificate.startPeriod)));
	return forgeHeader(
		crypto,
		{
			parent,
			slot,
			issuerVk: pool.issuerVk,
			vrfVk: pool.vrfVk,
			proof: {vrfOutput: at.claimedVrfOutput ?? vrfOutput, vrfProof},
			operationalCertificate,
			protocolVersion,
			segments,
		},
		bodyBytes => signKes(crypto, kesKeyAt(pool.kesSeed, evolution), bodyBytes),
	);
};

/** The first slot from `from` on that `pool` leads with the stake that the view gives it. */
export const nextSlotOf = ({
	params,
	state,
	pool,
	ledgerView,
	from,
}: Pick<TestForging, 'params' | 'state' | 'pool'> & {
	readonly ledgerView: LedgerView;
	readonly from: number;
}): Slot => {
	const {stake} = defined(ledgerView.pool(pool.poolId), 'the pool is in the view');
	assert(stake.numerator > 0n, 'a pool without stake leads no slot');
	const threshold = thresholds.threshold(stake, params.f);
	for (let slot = Slot(from); ; slot = Slot(slot + 1)) {
		const {epochNonce} = tickPraos(crypto, params, state, slot);
		if (leaderProof(crypto, {vrfSeed: pool.vrfSeed, slot, epochNonce, threshold})) return slot;
	}
};

/** `forgeTestHeader` with its body around it. */
export const forgeTestBlock = (forging: TestForging): Block => {
	const header = forgeTestHeader(forging);
	const segments = forging.segments ?? emptySegments;
	return {header, headerBytes: header.bytes, segments, bytes: encodeBlock(header.bytes, segments)};
};

export type TestChain = {
	/** From old to new. */
	readonly blocks: readonly Block[];
	/** After the last block. */
	readonly state: PraosState;
	readonly tip: Tip;
};

/** `count` valid blocks on top of `state` and `parent`: in each slot the first pool of the list that leads it forges. */
export const forgeTestChain = ({
	params,
	state,
	parent = 'origin',
	pools,
	ledgerView = testLedgerView(pools),
	count,
}: {
	readonly params: ConsensusParams;
	readonly state: PraosState;
	readonly parent?: Tip;
	readonly pools: readonly TestPool[];
	readonly ledgerView?: LedgerView;
	readonly count: number;
}): TestChain => {
	const blocks: Block[] = [];
	let chain: Omit<TestChain, 'blocks'> = {state, tip: parent};
	while (blocks.length < count) {
		const {tip} = chain;
		const from = tip === 'origin' ? 0 : tip.slot + 1;
		const leaders = pools.map(pool => ({
			pool,
			slot: nextSlotOf({params, state: chain.state, pool, ledgerView, from}),
		}));
		const leader = leaders.reduce((first, other) => (other.slot < first.slot ? other : first));
		const block = forgeTestBlock({params, state: chain.state, parent: tip, ...leader});
		blocks.push(block);
		const ticked = tickPraos(crypto, params, chain.state, block.header.slot);
		chain = {state: updatePraos(crypto, params, ticked, block.header), tip: block.header};
	}
	return {blocks, ...chain};
};

/** `bytes` with the bit `bit` of byte `at` turned. */
export const flipped = (bytes: Uint8Array, at = 0, bit = 0): Uint8Array =>
	concat(bytes.subarray(0, at), Uint8Array.of((bytes[at] ?? 0) ^ (1 << bit)), bytes.subarray(at + 1));
