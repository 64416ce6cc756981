import type {Hasher} from '#crypto/crypto';
import {decodeWith} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import {ok, type Result} from '#kernel/result';
import {type CardanoHeader, decodeCardanoHeader} from '../header/cardano-header.ts';
import type {HeaderDecodeFailure} from '../header/header.ts';
import {readArray} from '../read-array.ts';
import {cardanoCbor} from './cardano-cbor.ts';

/** A block of any era since Shelley, taken apart. */
export type CardanoBlock = {
	/** As block-fetch counts eras: 2 is Shelley. */
	readonly era: number;
	readonly header: CardanoHeader;
	/** Three before Alonzo, four from then on. */
	readonly segments: readonly Uint8Array[];
};

/** Eras as block-fetch counts them: 0 and 1 are Byron's. */
const ERA_MAX = 23;
const ERA_ALONZO = 5;

/** Whether the bytes begin as [era, [[[.. do. */
export const looksLikeCardanoBlock = (bytes: Uint8Array): boolean => {
	if (bytes.length < 200) return false;
	const begins = decodeWith(
		bytes,
		reader => {
			reader.arrayOf(2);
			reader.uint(ERA_MAX);
			for (let depth = 0; depth < 3; depth++) reader.array();
			reader.position = reader.end;
		},
		cardanoCbor,
	);
	return begins.ok;
};

/** One item of CBOR items that stand one after the other, as a view; undefined when none that is whole begins there. */
export const itemAt = (bytes: Uint8Array, start: number): Uint8Array | undefined => {
	const item = decodeWith(
		bytes,
		reader => {
			const skipped = reader.skip();
			reader.position = reader.end;
			return skipped;
		},
		{...cardanoCbor, start},
	);
	return item.ok ? item.value : undefined;
};

/** Decodes [era, [header, segments ..]]. */
export const decodeCardanoBlock = (
	hasher: Hasher,
	bytes: Uint8Array,
): Result<CardanoBlock, CborFailure | HeaderDecodeFailure> => {
	const parts = decodeWith(
		bytes,
		reader =>
			readArray(reader, 2, () => {
				const era = reader.uint(ERA_MAX);
				const count = era < ERA_ALONZO ? 3 : 4;
				return readArray(reader, 1 + count, () => ({
					era,
					header: reader.skip(),
					segments: Array.from({length: count}, () => reader.skip()),
				}));
			}),
		cardanoCbor,
	);
	if (!parts.ok) return parts;
	const header = decodeCardanoHeader(hasher, parts.value.header);
	if (!header.ok) return header;
	const {era, segments} = parts.value;
	return ok({era, header: header.value, segments});
};
