/** The headers of test/vectors/consensus that were made elsewhere, in contexts in which their signatures are looked at. */
import {readFileSync} from 'node:fs';
import {decodeHeader, decodeWireHeader} from '#consensus/header/header';
import type {HeaderWork} from '#consensus/header/header-work';
import type {PlanContext} from '#consensus/header/plan-header';
import {checkKesPeriod, kesEvolution} from '#consensus/header/rules/check-kes-period';
import {vrfInput} from '#consensus/leader/vrf-values';
import {publicParams} from '#consensus/profiles';
import {assert} from '#kernel/assert';
import {fromHex, toHex} from '#kernel/bytes';
import {decodeWith} from '#kernel/cbor/codec';
import {Hash32} from '#kernel/hash';
import {Ratio} from '#kernel/ratio';
import {BlockNo, Epoch, Slot} from '#kernel/slot';
import {crypto} from './crypto.ts';
import type {HeaderCase} from './header-mutations.ts';

const ANY_NONCE = '00'.repeat(32);
const file = (name: string): Buffer => readFileSync(`test/vectors/consensus/${name}`);

/** One epoch for all, whose one leader is whoever made the header; its last certificate was the one it shows. */
const caseOf = (bytes: Uint8Array, nonce: string): HeaderCase => {
	const header = decodeHeader(crypto, bytes, {canonical: false});
	assert(header.ok && header.value.prevHash !== null, 'a header of a real chain');
	const {prevHash, blockNo, slot, issuerVk, operationalCertificate, vrfVk} = header.value;
	const epochNonce = Hash32(fromHex(nonce));
	const pool = {stake: Ratio(1n, 1n), vrfKeyHash: crypto.blake2b256(vrfVk)};
	const context: PlanContext = {
		crypto,
		params: {
			...publicParams,
			epochLength: 2 ** 52,
			protocolVersionMax: Number.MAX_SAFE_INTEGER,
			headerBytesMax: 65_536,
			bodyBytesMax: 0xff_ff_ff_ff,
		},
		ledgerView: {pool: () => pool},
		state: {
			epochNonce,
			evolvingNonce: epochNonce,
			candidateNonce: epochNonce,
			labNonce: 'neutral',
			lastEpochBlockNonce: 'neutral',
			counters: new Map([[toHex(crypto.blake2b224(issuerVk)), operationalCertificate.counter]]),
			lastSlot: undefined,
			epoch: Epoch(0),
		},
		parent: {blockNo: BlockNo(blockNo - 1), slot: Slot(slot - 1), hash: prevHash},
	};
	return {header: header.value, context};
};

type Generated = {
	readonly header: string;
	readonly context: {
		readonly activeSlotCoeff: number;
		readonly nonce: string;
		readonly praosSlotsPerKESPeriod: number;
		readonly praosMaxKESEvo: number;
	};
};

/** What there is to verify of a header that Haskell's generator made; the share of stake is 1. */
export type GeneratedHeader = {
	readonly work: HeaderWork;
	readonly vrfOutput: Uint8Array;
	readonly f: Ratio;
};

const generated = ({header, context}: Generated): GeneratedHeader | undefined => {
	const wire = decodeWireHeader(crypto, fromHex(header), {canonical: false});
	if (!wire.ok) return undefined;
	const {slot, issuerVk, operationalCertificate, bodyBytes, kesSignature, vrfVk, vrfProof, vrfOutput} =
		wire.value;
	const params = {
		slotsPerKesPeriod: context.praosSlotsPerKESPeriod,
		maxKesEvolutions: context.praosMaxKESEvo,
	};
	if (!checkKesPeriod(params, wire.value).ok) return undefined;
	const alpha = vrfInput(crypto, slot, Hash32(fromHex(context.nonce)));
	return {
		work: {
			issuerVk,
			operationalCertificate,
			bodyBytes,
			kesSignature,
			kesEvolution: Number(kesEvolution(params, wire.value)),
			vrf: {vrfVk, vrfProof, vrfOutput, alpha},
		},
		vrfOutput,
		f: Ratio(BigInt(Math.round(context.activeSlotCoeff * 1e9)), 1_000_000_000n),
	};
};

/** Their slots are any u64, so that no node's chain can hold them; their signatures, proofs and leaders can be judged. */
export const generatedHeaders = (): readonly GeneratedHeader[] =>
	(JSON.parse(file('header-test-cases.json').toString()) as readonly Generated[])
		.map(generated)
		.filter(made => made !== undefined);

/** The headers of `[era, [header, ...]]` one after the other. Their nonce is not known here: no proof holds. */
const chunkHeaders = (bytes: Uint8Array): readonly Uint8Array[] => {
	const headers: Uint8Array[] = [];
	decodeWith(
		bytes,
		reader => {
			while (reader.position < reader.end) {
				reader.arrayOf(2);
				reader.uint();
				reader.array();
				const start = reader.position;
				reader.skip();
				headers.push(bytes.subarray(start, reader.position));
				for (let segment = 0; segment < 4; segment++) reader.skip();
			}
		},
		{canonical: false},
	);
	return headers;
};

export const realHeaders = (): readonly HeaderCase[] => {
	const mainnet = JSON.parse(file('mainnet-blocks.json').toString()) as readonly {
		readonly HeaderCbor: string;
		readonly Eta0: string;
	}[];
	const nonces = JSON.parse(file('preprod-nonces.json').toString()) as Readonly<
		Record<string, {readonly active?: string}>
	>;
	return [
		...mainnet.map(({HeaderCbor, Eta0}) => caseOf(fromHex(HeaderCbor), Eta0)),
		...['69638382', '70070331', '70070379'].map(slot =>
			caseOf(new Uint8Array(file(`preprod_${slot}.cbor`)), nonces[slot]?.active ?? ANY_NONCE),
		),
		...chunkHeaders(new Uint8Array(file('preprod-01285-first-48.chunk'))).map(bytes =>
			caseOf(bytes, ANY_NONCE),
		),
	];
};
