/** What is stored and looked for again: bytes that follow from a seed, known by their digest. */
import {createCipheriv, createHash} from 'node:crypto';
import type {ByteSink, ByteSource} from '#node/ports/byte-file';

export const seededBytes = (seed: string, length: number): Uint8Array => {
	const key = createHash('sha256').update(`dcloud/soak/${seed}`).digest().subarray(0, 16);
	const cipher = createCipheriv('aes-128-ctr', key, new Uint8Array(16));
	return new Uint8Array(cipher.update(new Uint8Array(length)));
};

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const sourceOf = (bytes: Uint8Array): ByteSource => ({
	length: bytes.length,
	read: async (offset, into) => {
		into.set(bytes.subarray(offset, offset + into.length));
	},
});

/** Keeps nothing but the digest of what it gets. */
export const digestSink = (): ByteSink & {
	/** After `finish`. */ readonly digest: () => string | undefined;
} => {
	const hash = createHash('sha256');
	let digest: string | undefined;
	return {
		write: async bytes => {
			hash.update(bytes);
		},
		finish: async () => {
			digest = hash.digest('hex');
		},
		discard: async () => undefined,
		digest: () => digest,
	};
};
