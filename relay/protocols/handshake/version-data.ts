import {decodeWith} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import {CborWriter} from '#kernel/cbor/writer';
import type {Result} from '#kernel/result';

/** What versions 14 and 15 say of an end: `[magic, initiatorOnly, peerSharing 0..1, query]`. */
export type VersionData = {
	readonly networkMagic: number;
	/** True: this end opens mini-protocols, but serves none on this connection. */
	readonly initiatorOnly: boolean;
	readonly peerSharing: boolean;
	/** True: this end only asks which versions there are. */
	readonly query: boolean;
};

export const encodeVersionData = (data: VersionData): Uint8Array =>
	new CborWriter()
		.array(4)
		.uint(data.networkMagic)
		.bool(data.initiatorOnly)
		.uint(data.peerSharing ? 1 : 0)
		.bool(data.query)
		.finish();

export const decodeVersionData = (bytes: Uint8Array): Result<VersionData, CborFailure> =>
	decodeWith(
		bytes,
		reader => {
			reader.arrayOf(4);
			return {
				networkMagic: reader.uint(0xff_ff_ff_ff),
				initiatorOnly: reader.bool(),
				peerSharing: reader.uint(1) === 1,
				query: reader.bool(),
			};
		},
		{canonical: false},
	);
