import {toHex} from '#kernel/bytes';
import type {Failure} from '#kernel/result';
import {encodeUtf8} from '#kernel/utf8';
import {DETAIL_BYTES_MAX} from '#transport/protocols/messages';

/** The data of a failure as one line for people: bytes as hex, amounts in decimal; cut to what a reply may carry. */
export const describeFailure = ({
	code: _,
	...data
}: Failure & {readonly [field: string]: unknown}): string => {
	const text = JSON.stringify(data, (_name, value: unknown) => {
		if (value instanceof Uint8Array) return toHex(value);
		return typeof value === 'bigint' ? value.toString() : value;
	});
	// Characters outside ASCII take more bytes than they count.
	return encodeUtf8(text).length <= DETAIL_BYTES_MAX ? text : `${text.slice(0, DETAIL_BYTES_MAX / 4)}…`;
};
