/** What the entries of a bucket's tree are sorted by. */
import {compareBytes, u64be} from '#kernel/bytes';
import {bytes, bytesBetween, type Codec, record} from '#kernel/cbor/codec';
import {OBJECT_NAME_BYTES_MAX, VERSION_ID_BYTES} from './limits.ts';

/** objects: versions of named objects. packs: where the packs of small objects are, by their ids. */
export type Space = 'objects' | 'packs';

export type TreeKey = {
	readonly space: Space;
	/** An object's name in bytes, or a pack's id. */
	readonly path: Uint8Array;
	/** 16 bytes; a larger one is newer. Zero for packs. */
	readonly version: Uint8Array;
};

const SPACES: readonly Space[] = ['objects', 'packs'];

const NO_VERSION = new Uint8Array(VERSION_ID_BYTES);
const NEWEST = new Uint8Array(VERSION_ID_BYTES).fill(0xff);

/** Space, then name byte by byte, then the newest version first. */
export const compareKeys = (a: TreeKey, b: TreeKey): number => {
	const bySpace = SPACES.indexOf(a.space) - SPACES.indexOf(b.space);
	if (bySpace !== 0) return Math.sign(bySpace);
	const byPath = compareBytes(a.path, b.path);
	return byPath === 0 ? compareBytes(b.version, a.version) : byPath;
};

/** Before every version of that name, and after everything before it. */
export const firstOf = (path: Uint8Array): TreeKey => ({space: 'objects', path, version: NEWEST});

export const packKey = (packId: Uint8Array): TreeKey => ({
	space: 'packs',
	path: packId,
	version: NO_VERSION,
});

/**
 * `sequence`: the version of the head that the writer saw, plus one, so that who saw another's write is newer than it.
 * `random`: 8 bytes, which tell writers apart that saw the same.
 */
export const versionId = (sequence: number, random: Uint8Array): Uint8Array => {
	const id = new Uint8Array(VERSION_ID_BYTES);
	id.set(u64be(sequence));
	id.set(random.subarray(0, 8), 8);
	return id;
};

const space: Codec<Space> = {
	write: (writer, value) => writer.uint(SPACES.indexOf(value)),
	read: reader => SPACES[reader.uint(SPACES.length - 1)] as Space,
};

export const treeKeyFields: {
	readonly space: Codec<Space>;
	readonly path: Codec<Uint8Array>;
	readonly version: Codec<Uint8Array>;
} = {
	space,
	path: bytesBetween(1, OBJECT_NAME_BYTES_MAX),
	version: bytes(VERSION_ID_BYTES),
};

export const treeKeyCodec: Codec<TreeKey> = record(treeKeyFields);
