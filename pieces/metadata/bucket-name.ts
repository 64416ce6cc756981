import {err, ok, type Result} from '#kernel/result';

export type BucketNameError = {readonly code: 'BUCKET_NAME_BAD'; readonly name: string};

const NAME = /^[a-z0-9](?:[a-z0-9-]|\.(?=[a-z0-9])){1,61}[a-z0-9]$/;

/** S3's general rule: 3 to 63 of a-z, 0-9, "-" and ".", a letter or digit at both ends, no two dots in a row. */
export const parseBucketName = (name: string): Result<string, BucketNameError> =>
	name.length <= 63 && NAME.test(name) ? ok(name) : err({code: 'BUCKET_NAME_BAD', name: name.slice(0, 100)});
