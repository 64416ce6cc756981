/** A block as block-fetch carries it: `[era, block]`, where the era of Conway and of our own chain is 7. */
import {decodeWith} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import {CborWriter} from '#kernel/cbor/writer';
import type {Result} from '#kernel/result';
import type {OfEra} from './wire.ts';

/** Our chain's headers go as Conway's: 6 on chain-sync. */
export const DCLOUD_HEADER_ERA = 6;
/** Our chain's blocks go as Conway's: 7 on block-fetch. */
export const DCLOUD_BLOCK_ERA = 7;
/** Our chain's transactions go as Conway's: 6 on tx-submission. */
export const DCLOUD_TX_ERA = 6;

/** `bytes` is the block's own CBOR. */
export const wrapBlock = ({era, bytes}: OfEra): Uint8Array =>
	new CborWriter().array(2).uint(era).raw(bytes).finish();

/** The block's era and its own CBOR as it came, as a view. */
export const unwrapBlock = (wrapped: Uint8Array): Result<OfEra, CborFailure> =>
	decodeWith(
		wrapped,
		reader => {
			reader.arrayOf(2);
			return {era: reader.uint(255), bytes: reader.skip()};
		},
		{canonical: false},
	);
