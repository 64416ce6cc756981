/** What we need of a Cardano transaction (Conway CDDL): its id, what it spends and what it creates. */
import type {Hasher} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import {decodeWith} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import {ARRAY, type CborReader, INDEFINITE, MAP} from '#kernel/cbor/reader';
import {CborWriter} from '#kernel/cbor/writer';
import {Hash32} from '#kernel/hash';
import type {McOutRef} from '#kernel/main-chain-event';
import type {Result} from '#kernel/result';

/** Lovelace, and every other asset by policy id and name together in hexadecimal. */
export type CardanoValue = {readonly lovelace: bigint; readonly assets: ReadonlyMap<string, bigint>};

export type CardanoDatum =
	| {readonly kind: 'none'}
	| {readonly kind: 'hash'; readonly hash: Hash32}
	| {readonly kind: 'inline'; readonly bytes: Uint8Array};

export type ReferenceScript = {
	readonly language: 'native' | 'plutus:v1' | 'plutus:v2' | 'plutus:v3';
	/** A native script's CBOR, or a Plutus script as a byte string holds it (CBOR around flat). */
	readonly bytes: Uint8Array;
};

export type CardanoOutput = {
	readonly address: Uint8Array;
	readonly value: CardanoValue;
	readonly datum: CardanoDatum;
	readonly script?: ReferenceScript;
};

export type CardanoTransaction = {
	readonly id: Hash32;
	readonly inputs: readonly McOutRef[];
	readonly outputs: readonly CardanoOutput[];
	/** False when the sender says that a script of it fails: then only the collateral moves. */
	readonly isValid: boolean;
	readonly bytes: Uint8Array;
};

export const TRANSACTION_BYTES_MAX = 16_384;
const LIST_MAX = 1_000;
const SET_TAG = 258;
const LANGUAGES = ['native', 'plutus:v1', 'plutus:v2', 'plutus:v3'] as const;

/** Runs `item` for each item of an array of either form. */
const eachItem = (reader: CborReader, item: (index: number) => void): void => {
	const length = reader.array(LIST_MAX);
	for (let index = 0; length === INDEFINITE ? !reader.break() : index < length; index++) {
		if (index >= LIST_MAX) reader.stop('CBOR_TOO_LONG');
		item(index);
	}
};

const eachPair = (reader: CborReader, pair: () => void): void => {
	const length = reader.map(LIST_MAX);
	for (let index = 0; length === INDEFINITE ? !reader.break() : index < length; index++) {
		if (index >= LIST_MAX) reader.stop('CBOR_TOO_LONG');
		pair();
	}
};

const readInput = (reader: CborReader): McOutRef => {
	reader.arrayOf(2);
	return {txId: Hash32(reader.bytesOf(32).slice()), index: reader.uint(0xff_ff)};
};

/** A set is an array that tag 258 may announce. */
const readInputs = (reader: CborReader): McOutRef[] => {
	if (reader.peekMajor() !== ARRAY) reader.tag(SET_TAG);
	const inputs: McOutRef[] = [];
	eachItem(reader, () => inputs.push(readInput(reader)));
	return inputs;
};

const readValue = (reader: CborReader): CardanoValue => {
	const assets = new Map<string, bigint>();
	if (reader.peekMajor() !== ARRAY) return {lovelace: reader.uintBig(), assets};
	reader.arrayOf(2);
	const lovelace = reader.uintBig();
	eachPair(reader, () => {
		const policy = toHex(reader.bytesOf(28));
		eachPair(reader, () => {
			const unit = policy + toHex(reader.bytesOf(0, 32));
			assets.set(unit, reader.uintBig());
		});
	});
	return {lovelace, assets};
};

const readDatum = (reader: CborReader): CardanoDatum => {
	reader.arrayOf(2);
	if (reader.uint(1) === 0) return {kind: 'hash', hash: Hash32(reader.bytesOf(32).slice())};
	reader.tag(24);
	return {kind: 'inline', bytes: reader.bytesOf(0, reader.end).slice()};
};

const readScript = (reader: CborReader): ReferenceScript => {
	reader.tag(24);
	const end = reader.bytesOf(0, reader.end);
	const decoded = decodeWith(
		end,
		inner => {
			inner.arrayOf(2);
			const language = LANGUAGES[inner.uint(LANGUAGES.length - 1)] ?? 'native';
			const bytes = language === 'native' ? inner.skip() : inner.bytesOf(0, inner.end);
			return {language, bytes: bytes.slice()};
		},
		{canonical: false},
	);
	return decoded.ok ? decoded.value : reader.stop(decoded.error.code);
};

const readLegacyOutput = (reader: CborReader): CardanoOutput => {
	const length = reader.array(3);
	const address = reader.bytesOf(1, 200).slice();
	const value = readValue(reader);
	const hasDatum = length === INDEFINITE ? !reader.break() : length === 3;
	if (!hasDatum) return {address, value, datum: {kind: 'none'}};
	const datum: CardanoDatum = {kind: 'hash', hash: Hash32(reader.bytesOf(32).slice())};
	if (length === INDEFINITE && !reader.break()) reader.stop('CBOR_WRONG_LENGTH');
	return {address, value, datum};
};

export const readOutput = (reader: CborReader): CardanoOutput => {
	if (reader.peekMajor() !== MAP) return readLegacyOutput(reader);
	const at = reader.position;
	let address: Uint8Array | undefined;
	let value: CardanoValue | undefined;
	let datum: CardanoDatum = {kind: 'none'};
	let script: ReferenceScript | undefined;
	eachPair(reader, () => {
		const key = reader.uint(3);
		if (key === 0) address = reader.bytesOf(1, 200).slice();
		else if (key === 1) value = readValue(reader);
		else if (key === 2) datum = readDatum(reader);
		else script = readScript(reader);
	});
	if (address === undefined || value === undefined) return reader.stop('CBOR_WRONG_LENGTH', at);
	return {address, value, datum, ...(script === undefined ? {} : {script})};
};

type Body = {inputs: McOutRef[]; outputs: CardanoOutput[]; bytes: Uint8Array};

const readBody = (reader: CborReader): Body => {
	const start = reader.position;
	const body: Body = {inputs: [], outputs: [], bytes: reader.bytes};
	eachPair(reader, () => {
		const key = reader.uint(255);
		if (key === 0) body.inputs = readInputs(reader);
		else if (key === 1) eachItem(reader, () => body.outputs.push(readOutput(reader)));
		else reader.skip();
	});
	return {...body, bytes: reader.bytes.slice(start, reader.position)};
};

/** Decodes the parts above; whether the transaction is acceptable is for the ledger to say. */
export const decodeTransaction = (
	hasher: Hasher,
	bytes: Uint8Array,
): Result<CardanoTransaction, CborFailure> =>
	decodeWith(
		bytes,
		reader => {
			if (bytes.length > TRANSACTION_BYTES_MAX) reader.stop('CBOR_TOO_LONG', 0);
			reader.arrayOf(4);
			const {inputs, outputs, bytes: body} = readBody(reader);
			reader.skip();
			const isValid = reader.bool();
			if (!reader.null()) reader.skip();
			return {id: hasher.blake2b256(body), inputs, outputs, isValid, bytes};
		},
		{canonical: false},
	);

/** Keys of a body under which outputs stand that must be there: spent, as collateral, only read. */
const NEEDED_KEYS: ReadonlySet<number> = new Set([0, 13, 18]);

/** All outputs without which the ledger refuses a transaction. */
export const neededOutputs = (bytes: Uint8Array): Result<readonly McOutRef[], CborFailure> =>
	decodeWith(
		bytes,
		reader => {
			if (bytes.length > TRANSACTION_BYTES_MAX) reader.stop('CBOR_TOO_LONG', 0);
			reader.arrayOf(4);
			const needed: McOutRef[] = [];
			eachPair(reader, () => {
				if (NEEDED_KEYS.has(reader.uint(255))) needed.push(...readInputs(reader));
				else reader.skip();
			});
			// The witnesses, whether it is valid, the auxiliary data.
			for (let rest = 0; rest < 3; rest++) reader.skip();
			return needed;
		},
		{canonical: false},
	);

/** A payment of lovelace alone, as an output in CBOR. */
export const encodePlainOutput = (address: Uint8Array, lovelace: bigint): Uint8Array =>
	new CborWriter().map(2).uint(0).bytes(address).uint(1).uint(lovelace).finish();

/** A set of unspent outputs as Scalus takes it: a map from inputs to outputs. */
export const encodeOutputMap = (outputs: readonly {ref: McOutRef; output: Uint8Array}[]): Uint8Array => {
	const writer = new CborWriter().map(outputs.length);
	for (const {ref, output} of outputs) writer.array(2).bytes(ref.txId).uint(ref.index).raw(output);
	return writer.finish();
};
