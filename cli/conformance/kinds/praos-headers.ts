/**
 * Cardano headers since Shelley, one a file as bare CBOR, and the nonces after some of them: JSON with `params` and, by slot,
 * `{epoch, active, candidate, evolving, tail}`, where tail is the hash of the last block of the epoch before.
 */
import {type CardanoHeader, decodeCardanoHeader} from '#consensus/header/cardano-header';
import type {Header} from '#consensus/header/header';
import {checkVrfProof} from '#consensus/header/rules/check-vrf-proof';
import {validateCertificate} from '#consensus/header/validate-certificate';
import type {Nonce} from '#consensus/nonce/nonce';
import type {ConsensusParams} from '#consensus/params';
import {type PraosState, tickPraos, updatePraos} from '#consensus/praos-state';
import {epochOf} from '#consensus/time';
import type {Crypto} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import {decodeWith} from '#kernel/cbor/codec';
import {Hash32} from '#kernel/hash';
import {Epoch} from '#kernel/slot';
import {cardanoParams, networkParams} from '../cardano-params.ts';
import {difference, hexField, judged, parsedField, verdictOf} from '../fields.ts';
import {parseCount, parseExactJson, parsePositive, parseProbability} from '../json-exact.ts';
import {isJsonObject, type JsonObject} from '../json-file.ts';
import {
	type ConformanceCase,
	type ConformanceFile,
	type ConformanceKind,
	fails,
	type Verdict,
} from '../kind.ts';

type NonceFile = {
	readonly file: ConformanceFile;
	readonly params: JsonObject;
	readonly bySlot: ReadonlyMap<string, JsonObject>;
};
type HeaderFile = {
	readonly file: ConformanceFile;
	readonly header: CardanoHeader | undefined;
	readonly why: string;
};
type Given = {readonly headers: ReadonlyMap<string, Header>; readonly nonces: readonly NonceFile[]};

/** Whether the bytes begin as a header does: [[blockNo, slot, .. of 10 or 15 fields. */
const looksLikeHeader = (bytes: Uint8Array): boolean => {
	if (bytes.length < 200 || bytes.length > 65_536) return false;
	const begins = decodeWith(
		bytes,
		reader => {
			reader.arrayOf(2);
			const fields = reader.array();
			reader.uintBig();
			reader.uintBig();
			reader.position = reader.end;
			return fields === 10 || fields === 15;
		},
		{canonical: false},
	);
	return begins.ok && begins.value;
};

const isNonces = (value: unknown): value is JsonObject =>
	isJsonObject(value) && ['active', 'candidate', 'evolving', 'tail'].every(name => name in value);

const nonceFileOf = (file: ConformanceFile): NonceFile | undefined => {
	const json = parseExactJson(file);
	if (!isJsonObject(json)) return undefined;
	const entries = Object.entries(json).filter(([key]) => /^\d{1,16}$/.test(key));
	if (!entries.some(([, value]) => isNonces(value))) return undefined;
	const bySlot = new Map(entries.map(([slot, value]) => [slot, isJsonObject(value) ? value : {}]));
	return {file, params: isJsonObject(json['params']) ? json['params'] : {}, bySlot};
};

/** The default, or the number that `params` gives. */
const countOr = (params: JsonObject, name: string, otherwise: number): number =>
	name in params ? parsedField(params, name, 'a positive count', parsePositive) : otherwise;

const paramsOf = (given: JsonObject, entry: JsonObject): ConsensusParams => {
	const network = typeof given['network'] === 'string' ? given['network'] : undefined;
	return {
		...cardanoParams,
		...networkParams(
			network,
			Epoch(entry['epoch'] === '0' ? 0 : countOr(entry, 'epoch', Number.MAX_SAFE_INTEGER)),
		),
		k: countOr(given, 'k', cardanoParams.k),
		f: 'f' in given ? parsedField(given, 'f', 'in (0, 1]', parseProbability) : cardanoParams.f,
		epochLength: countOr(given, 'epochLength', cardanoParams.epochLength),
		slotsPerKesPeriod: countOr(given, 'slotsPerKESPeriod', cardanoParams.slotsPerKesPeriod),
		maxKesEvolutions: countOr(given, 'maxKESEvolutions', cardanoParams.maxKesEvolutions),
	};
};

const bytesOf = (nonce: Nonce): Uint8Array | undefined => (nonce === 'neutral' ? undefined : nonce);

/** The state after `header` as far as vectors give it: all but the counters. */
const stateOf = (
	params: ConsensusParams,
	header: Header,
	entry: JsonObject,
	tail: Header | undefined,
): PraosState => ({
	epochNonce: Hash32(hexField(entry, 'active', 32)),
	candidateNonce: Hash32(hexField(entry, 'candidate', 32)),
	evolvingNonce: Hash32(hexField(entry, 'evolving', 32)),
	labNonce: header.prevHash ?? 'neutral',
	lastEpochBlockNonce: tail?.prevHash ?? 'neutral',
	counters: new Map(),
	lastSlot: header.slot,
	epoch: epochOf(params, header.slot),
});

/** Evolves the parent's nonces by the header and compares each with what is given. */
const evolutionComplaints = (
	crypto: Crypto,
	given: Given,
	{params, bySlot}: NonceFile,
	header: Header,
	entry: JsonObject,
): readonly (string | undefined)[] => {
	const rules = paramsOf(params, entry);
	const parent = header.prevHash === null ? undefined : given.headers.get(toHex(header.prevHash));
	const before = parent === undefined ? undefined : bySlot.get(String(parent.slot));
	const tailHash = hexField(entry, 'tail', 32);
	const tail = given.headers.get(toHex(tailHash));
	const tailIsEarlier = tail === undefined || epochOf(rules, tail.slot) < epochOf(rules, header.slot);
	const complaints = [tailIsEarlier ? undefined : 'the tail is not of an earlier epoch'];
	if (parent === undefined || before === undefined) return complaints;
	const tailBefore = given.headers.get(toHex(hexField(before, 'tail', 32)));
	const state = stateOf(rules, parent, before, tailBefore);
	const ticked = tickPraos(crypto, rules, state, header.slot);
	const after = updatePraos(crypto, rules, ticked, header);
	const isNewEpoch = ticked.epoch !== state.epoch;
	return [
		...complaints,
		// Across a boundary the active nonce needs the block before the epoch before; the VRF proof covers it anyway.
		isNewEpoch && tailBefore === undefined
			? undefined
			: difference('active', bytesOf(after.epochNonce), hexField(entry, 'active', 32)),
		difference('candidate', bytesOf(after.candidateNonce), hexField(entry, 'candidate', 32)),
		difference('evolving', bytesOf(after.evolvingNonce), hexField(entry, 'evolving', 32)),
		difference('tail', isNewEpoch ? (header.prevHash ?? undefined) : hexField(before, 'tail', 32), tailHash),
	];
};

const checkNonces = (crypto: Crypto, given: Given, nonces: NonceFile, slot: string): Verdict => {
	const entry = nonces.bySlot.get(slot) ?? {};
	const header = [...given.headers.values()].find(candidate => String(candidate.slot) === slot);
	if (header === undefined) return fails(`no header of slot ${slot} is among the files`);
	const params = paramsOf(nonces.params, entry);
	const epoch = epochOf(params, header.slot);
	const proof = checkVrfProof(crypto, Hash32(hexField(entry, 'active', 32)), header);
	return verdictOf([
		'epoch' in entry && parseCount(entry['epoch']) !== BigInt(epoch) ? `the epoch is ${epoch}` : undefined,
		proof.ok ? undefined : proof.error.code,
		...evolutionComplaints(crypto, given, nonces, header, entry),
	]);
};

const checkHeader = (crypto: Crypto, {header, why}: HeaderFile, given: Given): Verdict => {
	if (header === undefined) return fails(why);
	const slot = String(header.header.slot);
	const nonces = given.nonces.find(({bySlot}) => bySlot.has(slot)) ?? given.nonces[0];
	const params = paramsOf(nonces?.params ?? {}, {});
	const outcome = validateCertificate({crypto, params}, header.header);
	return verdictOf([outcome.ok ? undefined : outcome.error.code]);
};

const decodeFile = (crypto: Crypto, file: ConformanceFile): HeaderFile => {
	const header = decodeCardanoHeader(crypto, file.bytes);
	return header.ok
		? {file, header: header.value, why: ''}
		: {file, header: undefined, why: header.error.code};
};

export const praosHeaders: ConformanceKind = {
	name: 'Praos headers and nonces',
	recognise: (crypto, files) => {
		const nonces = files.flatMap(file => nonceFileOf(file) ?? []);
		const headerFiles = files
			.filter(file => looksLikeHeader(file.bytes))
			.map(file => decodeFile(crypto, file));
		const headers = new Map(
			headerFiles.flatMap(({header}) =>
				header?.kind === 'praos' ? [[toHex(header.header.hash), header.header] as const] : [],
			),
		);
		const given = {headers, nonces};
		const cases: readonly ConformanceCase[] = [
			...headerFiles.map(headerFile => ({
				name: `${headerFile.file.name}: KES and operational certificate`,
				check: () => judged(() => checkHeader(crypto, headerFile, given)),
			})),
			...nonces.flatMap(nonceFile =>
				[...nonceFile.bySlot.keys()].map(slot => ({
					name: `${nonceFile.file.name}: ${slot}`,
					check: () => judged(() => checkNonces(crypto, given, nonceFile, slot)),
				})),
			),
		];
		return {used: [...nonces, ...headerFiles].map(({file}) => file), cases};
	},
};
