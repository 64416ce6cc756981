/** A provider of ten terabytes on disk without the terabytes: an index of 4.3 million pieces, and real bytes of a few. */
import {randomBytes} from 'node:crypto';
import {identifyPiece, pieceLeafCount} from '#crypto/piece-id';
import {assert, defined} from '#kernel/assert';
import {compareBytes, toHex} from '#kernel/bytes';
import {encode} from '#kernel/cbor/codec';
import {Hash32} from '#kernel/hash';
import {SIGNED_REVISION_BYTES_MAX} from '#ledger/agreements/revision';
import {createCryptoBackends} from '#node/adapters/crypto-backends';
import {openFilePieceStore} from '#node/adapters/file-piece-store';
import {type IndexChange, type IndexDatabase, openLevelIndex} from '#node/adapters/piece-log/index-database';
import {
	agreementEntry,
	agreementKey,
	fileEntry,
	fileKey,
	pageKey,
	pieceEntry,
	pieceKey,
	readEntry,
	revisionEntry,
	revisionKey,
	stagedKey,
} from '#node/adapters/piece-log/piece-index';
import {recordBytes} from '#node/adapters/piece-log/piece-record';
import {SEGMENT_BYTES_PUBLIC, WIDE_CODE} from '#pieces/erasure/code-profile';
import {pieceLengthOf} from '#pieces/segment/segment-layout';
import {agreementCommitment, agreementTrieOf} from '#storage-proofs/agreement-trie';
import {CHALLENGES} from '#storage-proofs/challenge';
import {packTrie} from '#storage-proofs/trie/trie-page';

const PIECE_BYTES = pieceLengthOf(WIDE_CODE.k, SEGMENT_BYTES_PUBLIC);
const FILE_BYTES = 256 * 1024 * 1024;
/** Files of the log that are there by name only stand above those with real bytes. */
const FIRST_FILE = 1000;

/** What the measuring process has to know; all bytes in hexadecimal. */
export type ForestWorld = {
	readonly folder: string;
	readonly pieces: number;
	readonly agreements: readonly {readonly id: string; readonly root: string; readonly leaves: number}[];
	/** Global numbers of leaves in pieces whose bytes are there, as decimals. */
	readonly indexes: readonly string[];
};

type Backends = Awaited<ReturnType<typeof createCryptoBackends>>;

/** Pieces with bytes, one for each challenge, each in an agreement of its own. */
const putRealPieces = async (
	{crypto, pieceTree}: Backends,
	folder: string,
	agreementIds: readonly Hash32[],
): Promise<ReadonlyMap<string, Hash32>> => {
	const store = await openFilePieceStore(folder);
	const real = new Map<string, Hash32>();
	for (let at = 0; at < CHALLENGES; at++) {
		const bytes = new Uint8Array(PIECE_BYTES).fill(at);
		const pieceId = identifyPiece(crypto, pieceTree, bytes);
		const agreementId = defined(
			agreementIds[Math.floor(((at + 0.5) * agreementIds.length) / CHALLENGES)],
			'there are enough agreements',
		);
		await store.put(agreementId, pieceId, bytes);
		await store.change(agreementId, {hold: [pieceId]});
		real.set(toHex(agreementId), pieceId);
	}
	await store.close();
	return real;
};

const idsOf = (count: number): Hash32[] => {
	const bytes = new Uint8Array(randomBytes(32 * count));
	return Array.from({length: count}, (_, at) => Hash32(bytes.slice(32 * at, 32 * at + 32)));
};

class Writer {
	readonly #index: IndexDatabase;
	#changes: IndexChange[] = [];

	constructor(index: IndexDatabase) {
		this.#index = index;
	}

	async put(key: Uint8Array, value: Uint8Array): Promise<void> {
		this.#changes.push({type: 'put', key, value});
		if (this.#changes.length >= 20_000) await this.flush();
	}

	async flush(): Promise<void> {
		await this.#index.batch(this.#changes);
		this.#changes = [];
	}
}

/** Makes the index of `agreements` agreements with `piecesEach` pieces each. */
export const makeForestWorld = async (
	folder: string,
	{agreements, piecesEach}: {readonly agreements: number; readonly piecesEach: number},
): Promise<ForestWorld> => {
	const backends = await createCryptoBackends();
	const {crypto} = backends;
	const agreementIds = idsOf(agreements).sort(compareBytes);
	const real = await putRealPieces(backends, folder, agreementIds);
	const index = await openLevelIndex(`${folder}/index`);
	const writer = new Writer(index);
	const leavesEach = pieceLeafCount(PIECE_BYTES);
	const known: {id: string; root: string; leaves: number}[] = [];
	const indexes: string[] = [];
	const perFile = Math.floor(FILE_BYTES / recordBytes(PIECE_BYTES));
	let total = 0n;
	let number = 0;
	for (const agreementId of agreementIds) {
		const realId = real.get(toHex(agreementId));
		const ids = [...idsOf(piecesEach - (realId === undefined ? 0 : 1)), ...(realId ? [realId] : [])];
		ids.sort(compareBytes);
		for (const [at, pieceId] of ids.entries()) {
			const key = pieceKey(agreementId, pieceId);
			if (pieceId === realId) {
				indexes.push(String(total + BigInt(at * leavesEach) + BigInt(leavesEach) / 3n));
				const entry = readEntry(pieceEntry, defined(await index.get(key), 'the piece was put'));
				await writer.put(key, encode(pieceEntry, {...entry, held: true}));
				await index.batch([{type: 'del', key: stagedKey(agreementId, pieceId)}]);
				continue;
			}
			const file = FIRST_FILE + Math.floor(number / perFile);
			const offset = (number % perFile) * recordBytes(PIECE_BYTES);
			await writer.put(key, encode(pieceEntry, {file, offset, length: PIECE_BYTES, held: true}));
			number++;
		}
		const trie = agreementTrieOf(ids.map(pieceId => ({pieceId, leaves: leavesEach})));
		assert(trie.ok, 'the sums fit');
		const {root, leaves} = agreementCommitment(crypto, trie.value);
		let nextPage = 0;
		const packed = packTrie(crypto, trie.value, () => nextPage++);
		for (const {page, bytes} of packed.pages) await writer.put(pageKey(agreementId, page), bytes);
		const settled = {root, leaves: Number(leaves), page: packed.root?.page ?? null, nextPage};
		const usage = {pieces: ids.length, bytes: ids.length * PIECE_BYTES, leaves: Number(leaves)};
		await writer.put(agreementKey(agreementId), encode(agreementEntry, {...usage, settled}));
		const revision = {revisionNo: 1, base: null, root, leaves: Number(leaves), added: [], removed: []};
		const signed = new Uint8Array(SIGNED_REVISION_BYTES_MAX);
		await writer.put(revisionKey(agreementId, 1), encode(revisionEntry, {...revision, signed}));
		known.push({id: toHex(agreementId), root: toHex(root), leaves: Number(leaves)});
		total += leaves;
	}
	for (let file = 0; file * perFile < number; file++) {
		const live = Math.min(perFile, number - file * perFile) * recordBytes(PIECE_BYTES);
		const entry = {end: live, live, synced: live, sealed: true};
		await writer.put(fileKey(FIRST_FILE + file), encode(fileEntry, entry));
	}
	await writer.flush();
	await index.close();
	return {folder, pieces: agreements * piecesEach, agreements: known, indexes};
};
