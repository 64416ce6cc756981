/** Small objects that are written at once are stored together, so that one costs no file of its own. */
import {toHex} from '#kernel/bytes';
import type {ByteSource} from '#node/ports/byte-file';
import {SMALL_PACK_BYTES_MAX} from '#pieces/metadata/limits';

/** An object of a pack that is to be stored. */
export type Packable = {readonly source: ByteSource; readonly sha256: Uint8Array};

/** One after the other, as few packs as may be. */
export const groupForPacks = <P extends Packable>(objects: readonly P[]): readonly (readonly P[])[] => {
	const groups: P[][] = [];
	let bytes = SMALL_PACK_BYTES_MAX;
	for (const object of objects) {
		bytes += object.source.length;
		if (bytes > SMALL_PACK_BYTES_MAX) {
			groups.push([]);
			bytes = object.source.length;
		}
		groups.at(-1)?.push(object);
	}
	return groups;
};

/** All of them as one, read only when it is read. */
export const joinedSource = (sources: readonly ByteSource[]): ByteSource => ({
	length: sources.reduce((sum, {length}) => sum + length, 0),
	read: async (offset, into) => {
		let start = 0;
		for (const source of sources) {
			const from = Math.max(offset, start);
			const until = Math.min(offset + into.length, start + source.length);
			if (from < until) await source.read(from - start, into.subarray(from - offset, until - offset));
			start += source.length;
		}
	},
});

/** Where each of them begins. */
export const offsetsIn = (objects: readonly Packable[]): readonly number[] => {
	let next = 0;
	return objects.map(({source}) => {
		const offset = next;
		next += source.length;
		return offset;
	});
};

/** Under which an upload of these very objects goes on. */
export const packName = (
	hash: (...parts: readonly Uint8Array[]) => Uint8Array,
	objects: readonly Packable[],
): string => `small-${toHex(hash(...objects.map(({sha256}) => sha256)))}`;
