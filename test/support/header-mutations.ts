/** Headers with something about them changed, and what they are judged against: valid ones, and every way to be wrong. */
import {encodeHeaderBody, type HeaderBody, sealHeader} from '#consensus/header/encode-header';
import {decodeHeader, type Header} from '#consensus/header/header';
import type {PlanContext} from '#consensus/header/plan-header';
import {genesisPraosState, tickPraos, updatePraos} from '#consensus/praos-state';
import {testParams} from '#consensus/profiles';
import {signKes} from '#crypto/kes/kes-key';
import {defined} from '#kernel/assert';
import {concat, fromHex, toHex} from '#kernel/bytes';
import {Hash32, type HeaderHash} from '#kernel/hash';
import {Ratio} from '#kernel/ratio';
import {BlockNo, Slot} from '#kernel/slot';
import {crypto} from './crypto.ts';
import {changedHeader} from './header-work.ts';
import {
	flipped,
	forgeTestChain,
	forgeTestHeader,
	kesKeyAt,
	type TestPool,
	testCertificate,
	testLedgerView,
	testPool,
} from './praos.ts';
import {bytesOf, Curve, integerOf, ORDER} from './vrf-reference.ts';

export type HeaderCase = {readonly header: Header; readonly context: PlanContext};

/** Short KES periods: the chain below goes through many of them, and over epochs. */
const params = {...testParams, slotsPerKesPeriod: 12};
const pools = [1, 2, 3, 4, 5].map(number => testPool(number));
const stranger = testPool(99);
const stake = (pool: TestPool): Ratio => Ratio(BigInt(pools.indexOf(pool) + 1), 15n);
const ledgerView = testLedgerView(pools, stake);
const genesis = genesisPraosState(Hash32(new Uint8Array(32).fill(8)));

type Base = HeaderCase & {readonly pool: TestPool};

const bases: readonly Base[] = (() => {
	const {blocks} = forgeTestChain({params, state: genesis, pools, ledgerView, count: 48});
	let at: Pick<PlanContext, 'state' | 'parent'> = {state: genesis, parent: 'origin'};
	return blocks.map(({header}) => {
		const context = {crypto, params, ledgerView, ...at};
		const ticked = tickPraos(crypto, params, at.state, header.slot);
		at = {state: updatePraos(crypto, params, ticked, header), parent: header};
		const id = toHex(crypto.blake2b224(header.issuerVk));
		const pool = pools.find(({poolId}) => toHex(poolId) === id);
		return {header, context, pool: defined(pool, 'one of the pools made it')};
	});
})();

const evolutionOf = (slot: number): number =>
	Math.max(0, Math.min(61, Math.floor(slot / params.slotsPerKesPeriod)));

/** With a KES signature that fits the change. */
const resigned = ({header, pool}: Base, change: Partial<HeaderBody>): Header => {
	const body = {...header, ...change};
	const key = kesKeyAt(pool.kesSeed, evolutionOf(body.slot));
	return sealHeader(crypto, body, signKes(crypto, key, encodeHeaderBody(body)));
};

/** A number of the case, spread over [0, bound). */
type Draw = (bound: number) => number;
type Mutation = (base: Base, draw: Draw) => Partial<HeaderCase> | undefined;

const flip = (bytes: Uint8Array, draw: Draw): Uint8Array => flipped(bytes, draw(bytes.length), draw(8));
/** The same scalar, not reduced: s + L. */
const plusOrder = (s: Uint8Array): Uint8Array => bytesOf(integerOf(s) + ORDER);

const fieldChanges: Readonly<Record<string, (header: Header, draw: Draw) => Partial<HeaderBody>>> = {
	blockNo: ({blockNo}, draw) => ({blockNo: BlockNo(Math.max(0, blockNo + draw(4) - 2))}),
	slot: ({slot}, draw) => ({slot: Slot(Math.max(0, slot + draw(41) - 20))}),
	'slot far ahead': ({slot}, draw) => ({slot: Slot(slot + draw(2000))}),
	prevHash: ({prevHash}, draw) => ({
		prevHash: prevHash === null || draw(9) === 0 ? null : (flip(prevHash, draw) as HeaderHash),
	}),
	issuerVk: ({issuerVk}, draw) => ({issuerVk: flip(issuerVk, draw)}),
	'issuer of another pool': (_, draw) => ({issuerVk: [...pools, stranger][draw(6)]?.issuerVk as Uint8Array}),
	vrfVk: ({vrfVk}, draw) => ({vrfVk: flip(vrfVk, draw)}),
	'VRF key of another pool': (_, draw) => ({vrfVk: pools[draw(5)]?.vrfVk as Uint8Array}),
	vrfOutput: ({vrfOutput}, draw) => ({vrfOutput: flip(vrfOutput, draw)}),
	vrfProof: ({vrfProof}, draw) => ({vrfProof: flip(vrfProof, draw)}),
	'vrfProof with s + L': ({vrfProof}) => ({
		vrfProof: concat(vrfProof.subarray(0, 48), plusOrder(vrfProof.subarray(48))),
	}),
	bodySize: ({bodySize}, draw) => ({
		bodySize: [bodySize + 1, 0, 90_112, 90_113, 0xff_ff_ff_ff][draw(5)] as number,
	}),
	bodyHash: ({bodyHash}, draw) => ({bodyHash: Hash32(flip(bodyHash, draw))}),
	hotVk: ({operationalCertificate: certificate}, draw) => ({
		operationalCertificate: {...certificate, hotVk: flip(certificate.hotVk, draw)},
	}),
	counter: ({operationalCertificate: certificate}, draw) => ({
		operationalCertificate: {...certificate, counter: [1n, 2n, 2n ** 64n - 1n][draw(3)] as bigint},
	}),
	startPeriod: ({operationalCertificate: certificate}, draw) => ({
		operationalCertificate: {...certificate, startPeriod: [1n, 7n, 2n ** 64n - 1n][draw(3)] as bigint},
	}),
	'certificate signature': ({operationalCertificate: certificate}, draw) => ({
		operationalCertificate: {...certificate, signature: flip(certificate.signature, draw)},
	}),
	'certificate signature with s + L': ({operationalCertificate: certificate}) => ({
		operationalCertificate: {
			...certificate,
			signature: concat(certificate.signature.subarray(0, 32), plusOrder(certificate.signature.subarray(32))),
		},
	}),
	protocolVersion: (_, draw) => ({protocolVersion: {major: 8 + draw(5), minor: draw(100)}}),
};

const fieldMutations = Object.entries(fieldChanges).flatMap(([name, change]): [string, Mutation][] => [
	[`${name}, unsigned`, (base, draw) => ({header: changedHeader(base.header, change(base.header, draw))})],
	[name, (base, draw) => ({header: resigned(base, change(base.header, draw))})],
]);

const signatureMutations: Readonly<Record<string, Mutation>> = {
	'KES signature': ({header}, draw) => ({
		header: sealHeader(crypto, header, flip(header.kesSignature, draw)),
	}),
	'KES signature with s + L': ({header}) => ({
		header: sealHeader(
			crypto,
			header,
			concat(
				header.kesSignature.subarray(0, 32),
				plusOrder(header.kesSignature.subarray(32, 64)),
				header.kesSignature.subarray(64),
			),
		),
	}),
	'KES signature of another period': ({header, pool}, draw) => {
		const key = kesKeyAt(pool.kesSeed, draw(16));
		return {header: sealHeader(crypto, header, signKes(crypto, key, header.bodyBytes))};
	},
	'KES signature of another pool': ({header}, draw) => {
		const key = kesKeyAt(pools[draw(5)]?.kesSeed as Uint8Array, evolutionOf(header.slot));
		return {header: sealHeader(crypto, header, signKes(crypto, key, header.bodyBytes))};
	},
	'new certificate': (base, draw) => {
		const {coldSeed, kesSeed} = base.pool;
		const start = BigInt(draw(3) * evolutionOf(base.header.slot));
		return {
			header: resigned(base, {
				operationalCertificate: testCertificate(coldSeed, kesSeed, BigInt(draw(4)), start),
			}),
		};
	},
	'certificate by another pool': (base, draw) => {
		const coldSeed = pools[draw(5)]?.coldSeed as Uint8Array;
		return {
			header: resigned(base, {operationalCertificate: testCertificate(coldSeed, base.pool.kesSeed, 0n, 0n)}),
		};
	},
	'all by a stranger': ({header, context}) => ({
		header: forgeTestHeader({...context, slot: header.slot, pool: stranger}),
	}),
	'another slot, rightly proven': ({header, context, pool}, draw) => ({
		header: forgeTestHeader({...context, slot: header.slot + draw(12), pool}),
	}),
	'proven for another nonce': ({header, context, pool}, draw) => {
		const epochNonce = Hash32(new Uint8Array(32).fill(draw(8)));
		const candidateNonce = epochNonce;
		return {
			header: forgeTestHeader({
				...context,
				state: {...context.state, epochNonce, candidateNonce},
				slot: header.slot,
				pool,
			}),
		};
	},
};

/** Encodings of points of small order, then some that stand for no point or are not canonical. */
const ODD_KEYS = [
	'0100000000000000000000000000000000000000000000000000000000000000',
	'0000000000000000000000000000000000000000000000000000000000000000',
	'0000000000000000000000000000000000000000000000000000000000000080',
	'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
	'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
	'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
	'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
	'0200000000000000000000000000000000000000000000000000000000000000',
].map(fromHex);

/** The pool registered `vrfVk`, whatever that is. */
const registered = ({context}: Base, vrfVk: Uint8Array): PlanContext => ({
	...context,
	ledgerView: {pool: () => ({stake: Ratio(1n, 1n), vrfKeyHash: crypto.blake2b256(vrfVk)})},
});

const withTorsion = (key: Uint8Array, multiple: number): Uint8Array => {
	let point = Curve.fromBytes(key, true);
	const torsion = Curve.fromBytes(ODD_KEYS[4] as Uint8Array, true);
	for (let times = 0; times < multiple; times++) point = point.add(torsion);
	return point.toBytes();
};

const keyMutations: Readonly<Record<string, Mutation>> = {
	'an odd VRF key, registered': (base, draw) => {
		const vrfVk = ODD_KEYS[draw(ODD_KEYS.length)] as Uint8Array;
		return {header: resigned(base, {vrfVk}), context: registered(base, vrfVk)};
	},
	'a VRF key of mixed order, registered': (base, draw) => {
		const vrfVk = withTorsion(base.header.vrfVk, 1 + draw(7));
		return {header: resigned(base, {vrfVk}), context: registered(base, vrfVk)};
	},
	'Gamma of mixed order': (base, draw) => {
		const {vrfProof} = base.header;
		const gamma = withTorsion(vrfProof.subarray(0, 32), 1 + draw(7));
		return {header: resigned(base, {vrfProof: concat(gamma, vrfProof.subarray(32))})};
	},
	'an odd Gamma': (base, draw) => {
		const gamma = ODD_KEYS[draw(ODD_KEYS.length)] as Uint8Array;
		return {header: resigned(base, {vrfProof: concat(gamma, base.header.vrfProof.subarray(32))})};
	},
};

const contextMutations: Readonly<Record<string, Mutation>> = {
	'nothing at all': () => ({}),
	'other stake': ({context}, draw) => {
		const share = Ratio(BigInt(draw(40)), 40n * BigInt(1 + 99 * draw(2)));
		return {context: {...context, ledgerView: testLedgerView(pools, () => share)}};
	},
	'no such pool': ({context}) => ({context: {...context, ledgerView: {pool: () => undefined}}}),
	'no snapshot': ({context}) => ({context: {...context, ledgerView: undefined}}),
	'other counters': ({context, pool}, draw) => ({
		context: {
			...context,
			state: {...context.state, counters: new Map([[toHex(pool.poolId), BigInt(draw(4))]])},
		},
	}),
	'no counters': ({context}) => ({context: {...context, state: {...context.state, counters: new Map()}}}),
	'another parent': (_, draw) => ({context: (bases[draw(bases.length)] as Base).context}),
	'a checkpoint': ({header, context}, draw) => {
		const hash = draw(2) === 0 ? header.hash : Hash32(new Uint8Array(32));
		return {context: {...context, checkpoints: new Map([[header.blockNo, hash]])}};
	},
	'tighter limits': ({header, context}, draw) => ({
		context: {...context, params: {...params, headerBytesMax: header.bytes.length - draw(2)}},
	}),
};

const wireMutation: Mutation = ({header}, draw) => {
	const decoded = decodeHeader(crypto, flip(header.bytes, draw));
	return decoded.ok ? {header: decoded.value} : undefined;
};

const mutations: readonly (readonly [string, Mutation])[] = [
	...fieldMutations,
	...Object.entries({...signatureMutations, ...keyMutations, ...contextMutations}),
	['a bit of the wire', wireMutation],
];

/** How many kinds of change there are. */
export const MUTATIONS: number = mutations.length;

/** Case `number`: the same each time. Every kind has its turn; undefined where the change leaves no header. */
export const headerCase = (number: number): (HeaderCase & {readonly name: string}) | undefined => {
	const [name, mutate] = defined(mutations[number % mutations.length], 'there are mutations');
	let seed = crypto.blake2b256(Uint8Array.of(number & 255, (number >> 8) & 255, number >> 16));
	const draw: Draw = bound => {
		seed = crypto.blake2b256(seed);
		return new DataView(seed.buffer, seed.byteOffset).getUint32(0) % bound;
	};
	const base = defined(bases[draw(bases.length)], 'there are headers');
	const changed = mutate(base, draw);
	return changed && {name, header: base.header, context: base.context, ...changed};
};
