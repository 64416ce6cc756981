import {SEALED_CHUNK_BYTES, TAG_BYTES} from '#pieces/segment/segment-layout';

/**
 * What a segment under a code with k = 1 has in bytes when its pieces have `length`, whole KiB. Manifests of copies and of
 * garbage say so, which are never decoded.
 */
export const copyTextLength = (length: number): number =>
	length - TAG_BYTES * Math.ceil(length / SEALED_CHUNK_BYTES);
