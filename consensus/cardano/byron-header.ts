/**
 * Headers of Byron: boundary blocks (EBB), which nobody signed, and main blocks, signed by a delegate of a genesis key (cardano-ledger, `byron.cddl`,
 * `Cardano.Chain.Block.Header` and `Cardano.Chain.Delegation.Certificate`). What is checked is level `chain`, and the signatures of delegate and issuer;
 * not that the issuer is one of the seven genesis keys, which only byron-genesis.json says.
 */
import type {Crypto, Hasher} from '#crypto/crypto';
import {concat, equalBytes} from '#kernel/bytes';
import {decodeWith} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {CborReader} from '#kernel/cbor/reader';
import {CborWriter} from '#kernel/cbor/writer';
import type {HeaderHash} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {readArray} from '../read-array.ts';
import {cardanoCbor} from './cardano-block.ts';

/** Of whom a header says that it was signed. Keys are 64 bytes: an Ed25519 key and a chain code, which signatures do not need. */
type Signed = {
	readonly epoch: number;
	readonly issuerVk: Uint8Array;
	readonly delegateVk: Uint8Array;
	readonly certificate: Uint8Array;
	readonly signature: Uint8Array;
	/** The fields that are signed, as they came. */
	readonly fields: readonly Uint8Array[];
};

export type ByronHeader = {
	readonly kind: 'boundary' | 'main';
	readonly hash: HeaderHash;
	readonly networkMagic: number;
	readonly prevHash: HeaderHash;
	readonly epoch: number;
	/** Within the epoch; a boundary block stands before its first slot and has none. */
	readonly slotInEpoch: number | undefined;
	/** Main blocks up to here, this one included: Byron's word for a block number. */
	readonly difficulty: number;
	readonly signed: Signed | undefined;
};

export type ByronHeaderFailure =
	| {readonly code: 'BYRON_MAGIC_OTHER'; readonly found: number; readonly expected: number}
	| {readonly code: 'BYRON_PARENT_OTHER'}
	| {readonly code: 'BYRON_DIFFICULTY_WRONG'; readonly found: number; readonly expected: number}
	| {readonly code: 'BYRON_SLOT_NOT_AFTER_PARENT'; readonly slot: number; readonly parentSlot: number}
	| {readonly code: 'BYRON_CERTIFICATE_INVALID'}
	| {readonly code: 'BYRON_SIGNATURE_INVALID'};

const BOUNDARY = 0;
const KEY_BYTES = 64;
const SIGNATURE_BYTES = 64;
const HASH_BYTES = 32;
const U32_MAX = 0xff_ff_ff_ff;
/** Signatures by way of a heavyweight delegation: the only ones that mainnet has. */
const HEAVY = 2;
/** What is signed begins with what it is: a delegation certificate, a block by a heavyweight delegate. */
const SIGNS_CERTIFICATE = 0x0a;
const SIGNS_BLOCK = 0x09;
/** ASCII "00" and "01" before what is signed. */
const CERTIFICATE_PREFIX = Uint8Array.of(0x30, 0x30);
const BLOCK_PREFIX = Uint8Array.of(0x30, 0x31);

const uintItem = (value: number): Uint8Array => new CborWriter().uint(value).finish();

type Read = Omit<ByronHeader, 'hash' | 'kind'>;

const readBoundary = (reader: CborReader): Read =>
	readArray(reader, 5, () => {
		const networkMagic = reader.uint(U32_MAX);
		const prevHash = reader.bytesOf(HASH_BYTES).slice() as HeaderHash;
		reader.skip();
		const [epoch, difficulty] = readArray(reader, 2, () => [
			reader.uint(),
			readArray(reader, 1, () => reader.uint()),
		]) as [number, number];
		reader.skip();
		return {networkMagic, prevHash, epoch, slotInEpoch: undefined, difficulty, signed: undefined};
	});

const readSignature = (reader: CborReader): Omit<Signed, 'fields'> =>
	readArray(reader, 2, () => {
		const at = reader.position;
		if (reader.uint() !== HEAVY) reader.stop('CBOR_UNKNOWN_VARIANT', at);
		return readArray(reader, 2, () => {
			const certificate = readArray(reader, 4, () => ({
				epoch: reader.uint(),
				issuerVk: reader.bytesOf(KEY_BYTES).slice(),
				delegateVk: reader.bytesOf(KEY_BYTES).slice(),
				certificate: reader.bytesOf(SIGNATURE_BYTES).slice(),
			}));
			return {...certificate, signature: reader.bytesOf(SIGNATURE_BYTES).slice()};
		});
	});

/** Reads, and gives the bytes that were read as well. */
const withBytes = <T>(reader: CborReader, read: () => T): readonly [T, Uint8Array] => {
	const start = reader.position;
	const value = read();
	return [value, reader.bytes.slice(start, reader.position)];
};

const readMain = (reader: CborReader): Read =>
	readArray(reader, 5, () => {
		const networkMagic = reader.uint(U32_MAX);
		const [prevHash, prevBytes] = withBytes(reader, () => reader.bytesOf(HASH_BYTES).slice() as HeaderHash);
		const proof = reader.skip().slice();
		const consensus = readArray(reader, 4, () => {
			const slot = withBytes(reader, () =>
				readArray(reader, 2, () => [reader.uint(), reader.uint()] as const),
			);
			reader.bytesOf(KEY_BYTES);
			const difficulty = withBytes(reader, () => readArray(reader, 1, () => reader.uint()));
			return {slot, difficulty, signature: readSignature(reader)};
		});
		const extra = reader.skip().slice();
		const {
			slot: [[epoch, slotInEpoch], slotBytes],
			difficulty: [difficulty, difficultyBytes],
			signature,
		} = consensus;
		const fields = [prevBytes, proof, slotBytes, difficultyBytes, extra];
		return {networkMagic, prevHash, epoch, slotInEpoch, difficulty, signed: {...signature, fields}};
	});

/** What chain-sync has of Byron: `[[kind, size of the block], 24(header)]`. A header's hash covers its kind. */
export const decodeByronHeader = (hasher: Hasher, sent: Uint8Array): Result<ByronHeader, CborFailure> => {
	const outer = decodeWith(
		sent,
		reader =>
			readArray(reader, 2, () => {
				const kind = readArray(reader, 2, () => {
					const tag = reader.uint(1);
					reader.uint(U32_MAX);
					return tag;
				});
				reader.tag(24);
				return {kind, bytes: reader.bytesOf(0, sent.length)};
			}),
		cardanoCbor,
	);
	if (!outer.ok) return outer;
	const {kind, bytes} = outer.value;
	const read = decodeWith(bytes, kind === BOUNDARY ? readBoundary : readMain, cardanoCbor);
	if (!read.ok) return read;
	const hash = hasher.blake2b256(concat(Uint8Array.of(0x82, kind), bytes)) as HeaderHash;
	return ok({...read.value, kind: kind === BOUNDARY ? 'boundary' : 'main', hash});
};

/** Slots since the start, of epochs of 10k slots; a boundary block shares that of the block after it. */
export const byronSlotOf = ({epoch, slotInEpoch = 0}: ByronHeader, k: number): number =>
	epoch * 10 * k + slotInEpoch;

const verifySigned = (
	crypto: Crypto,
	networkMagic: number,
	{epoch, issuerVk, delegateVk, certificate, signature, fields}: Signed,
): Result<undefined, ByronHeaderFailure> => {
	const magic = uintItem(networkMagic);
	const delegated = concat(CERTIFICATE_PREFIX, delegateVk, uintItem(epoch));
	const certified = concat(
		Uint8Array.of(SIGNS_CERTIFICATE),
		magic,
		new CborWriter().bytes(delegated).finish(),
	);
	if (!crypto.verifyEd25519(certificate, certified, issuerVk.subarray(0, 32)))
		return err({code: 'BYRON_CERTIFICATE_INVALID'});
	const block = concat(
		BLOCK_PREFIX,
		issuerVk,
		Uint8Array.of(SIGNS_BLOCK),
		magic,
		Uint8Array.of(0x85),
		...fields,
	);
	return crypto.verifyEd25519(signature, block, delegateVk.subarray(0, 32))
		? ok(undefined)
		: err({code: 'BYRON_SIGNATURE_INVALID'});
};

/** Judges a header as the next one after `parent`; undefined: the first one of the chain. */
export const judgeByronHeader = (
	crypto: Crypto,
	{networkMagic, k}: {readonly networkMagic: number; readonly k: number},
	parent: ByronHeader | undefined,
	header: ByronHeader,
): Result<undefined, ByronHeaderFailure> => {
	if (header.networkMagic !== networkMagic)
		return err({code: 'BYRON_MAGIC_OTHER', found: header.networkMagic, expected: networkMagic});
	if (parent !== undefined) {
		if (!equalBytes(header.prevHash, parent.hash)) return err({code: 'BYRON_PARENT_OTHER'});
		const expected = parent.difficulty + (header.kind === 'main' ? 1 : 0);
		if (header.difficulty !== expected)
			return err({code: 'BYRON_DIFFICULTY_WRONG', found: header.difficulty, expected});
		const [slot, parentSlot] = [byronSlotOf(header, k), byronSlotOf(parent, k)];
		if (slot < parentSlot || (slot === parentSlot && parent.kind === 'main'))
			return err({code: 'BYRON_SLOT_NOT_AFTER_PARENT', slot, parentSlot});
	}
	return header.signed === undefined ? ok(undefined) : verifySigned(crypto, networkMagic, header.signed);
};
