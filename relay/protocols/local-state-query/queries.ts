/**
 * Queries as cardano-node reads them: `[0, block query]`, `[1]` to `[3]` (ouroboros-consensus, `Ledger.Query`); a block query is
 * `[0, [era, query of that era]]`, `[1, [0], era]` or `[2, query of the hard forks]` (`HardFork.Combinator.Serialisation.SerialiseNodeToClient`).
 */
import {decodeWith} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {CborReader} from '#kernel/cbor/reader';
import type {Result} from '#kernel/result';

/** `era` counts as queries do: 0 is Byron, 6 Conway. */
export type AnsweredQuery =
	| {readonly kind: 'systemStart'}
	| {readonly kind: 'chainBlockNo'}
	| {readonly kind: 'chainPoint'}
	| {readonly kind: 'eraHistory'}
	| {readonly kind: 'currentEra'}
	| {readonly kind: 'eraStart'; readonly era: number}
	| {readonly kind: 'ledgerTip'; readonly era: number}
	| {readonly kind: 'epochNo'; readonly era: number};

export type LocalQuery =
	| AnsweredQuery
	/** Something that wants a ledger, or that came after this program; `name` is made of its numbers alone. */
	| {readonly kind: 'unsupported'; readonly name: string};

const ERA_MAX = 255;
const TAG_MAX = 255;

const BYRON = 0;

const unsupported = (name: string): LocalQuery => ({kind: 'unsupported', name});

/** Everything from here on is looked at no further. */
const leave = (reader: CborReader): void => {
	reader.position = reader.end;
};

/** `[tag, …]`: a query of one era. Byron's is another type, of which we answer nothing. */
const readEraQuery = (reader: CborReader): LocalQuery => {
	reader.arrayOf(2);
	const era = reader.uint(ERA_MAX);
	if (reader.peekMajor() !== 4) {
		leave(reader);
		return unsupported(`era ${era}`);
	}
	const length = reader.array();
	if (length === 0) return unsupported(`era ${era}`);
	const tag = reader.uint(TAG_MAX);
	if (length === 1 && era !== BYRON) {
		if (tag === 0) return {kind: 'ledgerTip', era};
		if (tag === 1) return {kind: 'epochNo', era};
	}
	leave(reader);
	return unsupported(`era ${era}, query ${tag}`);
};

const readBlockQuery = (reader: CborReader): LocalQuery => {
	const at = reader.position;
	const length = reader.array();
	const tag = reader.uint(TAG_MAX);
	if (length === 2 && tag === 0) return readEraQuery(reader);
	if (length === 3 && tag === 1) {
		reader.arrayOf(1);
		const anytime = reader.uint(TAG_MAX);
		const era = reader.uint(ERA_MAX);
		return anytime === 0 ? {kind: 'eraStart', era} : unsupported(`anytime ${anytime}`);
	}
	if (length === 2 && tag === 2) {
		reader.arrayOf(1);
		const hardFork = reader.uint(TAG_MAX);
		if (hardFork === 0) return {kind: 'eraHistory'};
		return hardFork === 1 ? {kind: 'currentEra'} : unsupported(`hard fork ${hardFork}`);
	}
	return reader.stop('CBOR_UNKNOWN_VARIANT', at);
};

export const decodeLocalQuery = (bytes: Uint8Array): Result<LocalQuery, CborFailure> =>
	decodeWith(
		bytes,
		reader => {
			const at = reader.position;
			const length = reader.array();
			const tag = reader.uint(TAG_MAX);
			if (length === 2 && tag === 0) return readBlockQuery(reader);
			if (length !== 1) return reader.stop('CBOR_UNKNOWN_VARIANT', at);
			if (tag === 1) return {kind: 'systemStart'};
			if (tag === 2) return {kind: 'chainBlockNo'};
			if (tag === 3) return {kind: 'chainPoint'};
			return unsupported(`top ${tag}`);
		},
		{canonical: false},
	);
