import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {decodeUtf8} from '#kernel/utf8';
import {parseBucketName} from '#pieces/metadata/bucket-name';
import {bucketIdOf} from '#pieces/metadata/metadata-keys';
import type {ObjectEntry} from '#pieces/metadata/object-entry';
import {parseObjectName} from '#pieces/metadata/object-name';
import type {ObjectVersion} from '#pieces/metadata/objects';
import {type Bucket, type BucketContext, openBucket} from './bucket-state.ts';

type Call = {readonly signal?: AbortSignal};

export type ListedObject = {
	readonly name: string;
	readonly version: Uint8Array;
	readonly entry: ObjectEntry;
};

export type ObjectName = {readonly bucket: string; readonly name: string; readonly version?: Uint8Array};

export const refuse = (code: string, message: string, detail: Readonly<Record<string, unknown>>): NodeError =>
	new NodeError({code, message, ...detail});

export const listed = ({path, version, entry}: ObjectVersion): ListedObject => ({
	name: decodeUtf8(path) ?? toHex(path),
	version,
	entry,
});

export const pathOf = (name: string): Uint8Array => {
	const path = parseObjectName(name);
	if (path.ok) return path.value;
	const {code, ...detail} = path.error;
	throw refuse(code, 'An object is called 1 to 1,024 bytes of UTF-8.', detail);
};

const unknownBucket = (bucket: string): NodeError =>
	refuse('BUCKET_UNKNOWN', `There is no bucket called ${bucket}: list the buckets to see their names.`, {
		bucket,
	});

export const idOf = ({ports, metadataKey}: BucketContext, bucket: string): Hash32 => {
	const name = parseBucketName(bucket);
	if (!name.ok)
		throw refuse(
			name.error.code,
			`"${bucket}" is no name of a bucket: 3 to 63 of a-z, 0-9, "-" and ".", a letter or digit at both ends.`,
			{bucket},
		);
	return bucketIdOf(ports.crypto, metadataKey, name.value);
};

export const opened = async (context: BucketContext, name: string, call: Call): Promise<Bucket> => {
	const {chain} = context;
	const head = await chain.control.head(toHex(chain.account), toHex(idOf(context, name)), call);
	if (head === undefined) throw unknownBucket(name);
	return openBucket(context, head, call);
};
