/** Whole files in memory, stored and brought back as files are, and known by their manifests alone. */
import {concat} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {ByteSink, ByteSource, FileRange} from '#node/ports/byte-file';
import {decodeManifest, encodeManifest, type Manifest} from '#pieces/manifest/manifest';
import {getFile} from './get-file.ts';
import {type FileContext, putFile} from './put-file.ts';

type Call = {readonly signal?: AbortSignal};

export const sourceOfBytes = (bytes: Uint8Array): ByteSource => ({
	length: bytes.length,
	read: async (offset, into) => into.set(bytes.subarray(offset, offset + into.length)),
});

const memorySink = (): ByteSink & {readonly bytes: () => Uint8Array} => {
	const parts: Uint8Array[] = [];
	return {
		write: async bytes => {
			parts.push(bytes.slice());
		},
		finish: async () => undefined,
		discard: async () => undefined,
		bytes: () => concat(...parts),
	};
};

/** The manifest of a stored file of that name, as bytes. */
export const storedManifest = async ({manifests}: FileContext, name: string): Promise<Uint8Array> =>
	encodeManifest(await manifests.load(name));

export const putBytes = async (
	context: FileContext,
	{name, bytes, epochs}: {readonly name: string; readonly bytes: Uint8Array; readonly epochs: number},
	call: Call,
): Promise<Uint8Array> => {
	await putFile(context, {name, source: sourceOfBytes(bytes), epochs, ...call});
	return storedManifest(context, name);
};

/** Makes a file that only its manifest tells of one that `getFile` knows. Throws codes of a spoilt manifest. */
export const adoptManifest = async ({manifests}: FileContext, reference: Uint8Array): Promise<Manifest> => {
	const manifest = decodeManifest(reference);
	if (!manifest.ok)
		throw new NodeError({...manifest.error, message: 'What a bucket says of an object is no manifest.'});
	const {name} = manifest.value;
	if (!(await manifests.has(name))) await manifests.save(manifest.value);
	return manifest.value;
};

/** The bytes of a file, or of a part of it. Throws FILE_TOO_LONG. */
export const getBytes = async (
	context: FileContext,
	{
		reference,
		bytesMax,
		part,
	}: {readonly reference: Uint8Array; readonly bytesMax: number; readonly part?: FileRange},
	call: Call,
): Promise<Uint8Array> => {
	const {name, size} = await adoptManifest(context, reference);
	if ((part === undefined ? size : part.until - part.from) > bytesMax)
		throw new NodeError({
			code: 'FILE_TOO_LONG',
			message: `${name} is longer than it may be.`,
			bytes: size,
			bytesMax,
		});
	const sink = memorySink();
	await getFile(context, {name, sink, ...(part && {range: part}), ...call});
	return sink.bytes();
};
