/** Blocks of Byron made with genesis keys of our own. */
import {byronMerkleRoot} from '#consensus/cardano/byron-block';
import {type ByronGenesis, parseByronGenesis} from '#consensus/cardano/byron-genesis';
import {byronHeaderHash, encodeByronHeader} from '#consensus/cardano/byron-header';
import {
	type ByronCertificate,
	byronBlockMessage,
	byronCertificateMessage,
} from '#consensus/cardano/byron-signature';
import {concat, fromHex, toHex} from '#kernel/bytes';
import {CborWriter} from '#kernel/cbor/writer';
import {Hash32, type HeaderHash} from '#kernel/hash';
import type {Tip} from '#kernel/point';
import {BlockNo, Slot} from '#kernel/slot';
import {crypto} from './crypto.ts';
import {testSeed} from './praos.ts';
import type {ServedBlock} from './relay/chain.ts';

export const MAGIC = 7_077;
export const K = 10;
export const EPOCH_SLOTS: number = 10 * K;
export const START_SECONDS = 1_640_995_200;

/** A key with its chain code, as Byron has keys. */
export type ByronKey = {readonly seed: Uint8Array; readonly vk: Uint8Array};

export const byronKey = (use: string, number: number): ByronKey => {
	const seed = testSeed(`byron ${use}`, number);
	return {seed, vk: concat(crypto.ed25519VerificationKey(seed), testSeed('chain code', number))};
};

const COUNT = 7;
const numbers = Array.from({length: COUNT}, (_, number) => number);
export const issuers: readonly ByronKey[] = numbers.map(number => byronKey('issuer', number));
export const delegates: readonly ByronKey[] = numbers.map(number => byronKey('delegate', number));

export const certify = (
	issuer: ByronKey,
	delegate: ByronKey,
	epoch: number,
	magic: number = MAGIC,
): ByronCertificate => {
	const signature = crypto.signEd25519(
		issuer.seed,
		byronCertificateMessage(magic, {epoch, delegateVk: delegate.vk}),
	);
	return {epoch, issuerVk: issuer.vk, delegateVk: delegate.vk, signature};
};

export const byronGenesisJson = (): Record<string, unknown> => ({
	startTime: START_SECONDS,
	protocolConsts: {k: K, protocolMagic: MAGIC},
	blockVersionData: {slotDuration: '20000', maxBlockSize: '2000000'},
	avvmDistr: {},
	heavyDelegation: Object.fromEntries(
		issuers.map((issuer, number) => {
			const {delegateVk, signature} = certify(issuer, delegates[number] as ByronKey, 0);
			const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
			const entry = {
				omega: 0,
				issuerPk: base64(issuer.vk),
				delegatePk: base64(delegateVk),
				cert: toHex(signature),
			};
			return [toHex(crypto.blake2b224(issuer.vk)), entry];
		}),
	),
});

export const byronGenesis = (): ByronGenesis => {
	const parsed = parseByronGenesis(crypto, JSON.stringify(byronGenesisJson(), null, 2));
	if (!parsed.ok) throw new TypeError(parsed.error.code);
	return parsed.value;
};

/** The parent of a block to be made. */
export type Before = {
	readonly hash: Uint8Array;
	/** Main blocks so far. */
	readonly difficulty: number;
};

const served = (
	kind: 0 | 1,
	header: Uint8Array,
	body: Uint8Array,
	{slot, difficulty}: {readonly slot: number; readonly difficulty: number},
): ServedBlock => {
	const bytes = new CborWriter().array(2).uint(kind).array(3).raw(header).raw(body).array(1).map(0).finish();
	const point = {slot: Slot(slot), hash: byronHeaderHash(crypto, kind, header)};
	const tip = {...point, blockNo: BlockNo(difficulty)};
	return {bytes, header: {era: 0, bytes: encodeByronHeader(kind, header, bytes.length)}, point, tip};
};

export const before = ({tip: {hash, blockNo}}: ServedBlock): Before => ({hash, difficulty: blockNo});

export type BoundaryChanges = {
	readonly magic?: number;
	readonly body?: Uint8Array;
	readonly sentBody?: Uint8Array;
};

/** A boundary block: nobody signs it. */
export const boundary = (parent: Before, epoch: number, changes: BoundaryChanges = {}): ServedBlock => {
	const {magic = MAGIC, body = fromHex('9fff'), sentBody = body} = changes;
	const {difficulty} = parent;
	const header = new CborWriter().array(5).uint(magic).bytes(parent.hash).bytes(crypto.blake2b256(body));
	header.array(2).uint(epoch).array(1).uint(difficulty).array(1).map(0);
	return served(0, header.finish(), sentBody, {slot: epoch * EPOCH_SLOTS, difficulty});
};

export type Transaction = {readonly transaction: Uint8Array; readonly witnesses: Uint8Array};

const listOf = (items: readonly Uint8Array[]): Uint8Array =>
	concat(Uint8Array.of(0x9f), ...items, Uint8Array.of(0xff));

const certificateItem = ({epoch, issuerVk, delegateVk, signature}: ByronCertificate): Uint8Array =>
	new CborWriter().array(4).uint(epoch).bytes(issuerVk).bytes(delegateVk).bytes(signature).finish();

export type Body = {
	readonly transactions?: readonly Transaction[];
	readonly certificates?: readonly ByronCertificate[];
	/** Items of proposals. */
	readonly updates?: readonly Uint8Array[];
};

const bodyItem = ({transactions = [], certificates = [], updates = []}: Body): Uint8Array => {
	const items = transactions.map(({transaction, witnesses}) =>
		new CborWriter().array(2).raw(transaction).raw(witnesses).finish(),
	);
	const writer = new CborWriter().array(4).raw(listOf(items)).array(2).uint(3).raw(fromHex('d9010280'));
	return writer
		.raw(listOf(certificates.map(certificateItem)))
		.raw(updateItem(updates))
		.finish();
};

const updateItem = (updates: readonly Uint8Array[]): Uint8Array =>
	new CborWriter()
		.array(2)
		.array(updates.length)
		.raw(concat(...updates))
		.raw(fromHex('9fff'))
		.finish();

const proofItem = ({transactions = [], certificates = [], updates = []}: Body): Uint8Array => {
	const hash = (bytes: Uint8Array): Uint8Array => crypto.blake2b256(bytes);
	const root = byronMerkleRoot(
		crypto,
		transactions.map(({transaction}) => transaction),
	);
	const writer = new CborWriter().array(4).array(3).uint(transactions.length).bytes(root);
	writer.bytes(hash(listOf(transactions.map(({witnesses}) => witnesses))));
	writer
		.array(2)
		.uint(3)
		.bytes(hash(Uint8Array.of(0xa0)));
	return writer
		.bytes(hash(listOf(certificates.map(certificateItem))))
		.bytes(hash(updateItem(updates)))
		.finish();
};

export type MainChanges = {
	/** Index of the genesis key that it is signed for. */
	readonly key?: number;
	readonly delegate?: ByronKey;
	readonly certificate?: ByronCertificate;
	readonly leaderVk?: Uint8Array;
	readonly magic?: number;
	readonly difficulty?: number;
	readonly signatureOf?: (signature: Uint8Array) => Uint8Array;
	/** What is sent in place of a signed field: parent, proof, slot, difficulty, extra. */
	readonly sentFields?: Readonly<Record<number, Uint8Array>>;
	readonly body?: Body;
	/** What is sent in place of the body that was signed for. */
	readonly sentBody?: Body;
};

const EXTRA = fromHex('8483000000826a63617264616e6f2d736c01a0').slice();

/** A main block in a slot since the start. */
export const main = (parent: Before, slot: number, changes: MainChanges = {}): ServedBlock => {
	const {key = slot % COUNT, magic = MAGIC, body = {}, sentBody = body, sentFields = {}} = changes;
	const issuer = issuers[key] as ByronKey;
	const delegate = changes.delegate ?? (delegates[key] as ByronKey);
	const certificate = changes.certificate ?? certify(issuer, delegate, 0, magic);
	const difficulty = changes.difficulty ?? parent.difficulty + 1;
	const [epoch, slotInEpoch] = [Math.floor(slot / EPOCH_SLOTS), slot % EPOCH_SLOTS];
	const item = (write: (writer: CborWriter) => void): Uint8Array => {
		const writer = new CborWriter();
		write(writer);
		return writer.finish();
	};
	const fields = [
		item(writer => writer.bytes(parent.hash)),
		proofItem(body),
		item(writer => writer.array(2).uint(epoch).uint(slotInEpoch)),
		item(writer => writer.array(1).uint(difficulty)),
		concat(
			EXTRA,
			item(writer => writer.bytes(crypto.blake2b256(fromHex('81a0')))),
		),
	];
	const message = byronBlockMessage(magic, certificate.issuerVk, fields);
	const signature = (changes.signatureOf ?? (bytes => bytes))(crypto.signEd25519(delegate.seed, message));
	const sent = fields.map((field, index) => sentFields[index] ?? field);
	const [prev, proof, place, count, extra] = sent as [
		Uint8Array,
		Uint8Array,
		Uint8Array,
		Uint8Array,
		Uint8Array,
	];
	const header = new CborWriter().array(5).uint(magic).raw(prev).raw(proof).array(4).raw(place);
	header
		.bytes(changes.leaderVk ?? issuer.vk)
		.raw(count)
		.array(2)
		.uint(2)
		.array(2);
	header.raw(certificateItem(certificate)).bytes(signature).raw(extra);
	return served(1, header.finish(), bodyItem(sentBody), {slot, difficulty});
};

/** A chain of main blocks in those slots, each after the one before. */
export const mains = (
	parent: Before,
	slots: readonly number[],
	changes: MainChanges = {},
): readonly ServedBlock[] => {
	const made: ServedBlock[] = [];
	for (const slot of slots)
		made.push(main(made.length === 0 ? parent : before(made.at(-1) as ServedBlock), slot, changes));
	return made;
};

export const lastOf = (blocks: readonly ServedBlock[]): ServedBlock => {
	const last = blocks.at(-1);
	if (last === undefined) throw new TypeError('no blocks');
	return last;
};

export const tipOf = ({tip}: ServedBlock): Exclude<Tip, 'origin'> => tip;

export const byronOrigin = (): Before => ({
	hash: Hash32(fromHex(byronGenesis().hash)) as HeaderHash,
	difficulty: 0,
});

export const every = (step: number, from: number, until: number): readonly number[] => {
	const slots: number[] = [];
	for (let slot = from; slot < until; slot += step) slots.push(slot);
	return slots;
};

/** 0 to 99: a transaction of no meaning. */
export const transaction = (number: number): Transaction => ({
	transaction: new CborWriter()
		.array(3)
		.raw(fromHex('9fff'))
		.raw(fromHex('9fff'))
		.map(1)
		.uint(number)
		.uint(1)
		.finish(),
	witnesses: new CborWriter().array(1).uint(number).finish(),
});
