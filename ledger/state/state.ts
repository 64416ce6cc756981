import {fromHex, toHex} from '#kernel/bytes';
import {bytesBetween, type Codec} from '#kernel/cbor/codec';
import type {CborReader} from '#kernel/cbor/reader';
import type {CborWriter} from '#kernel/cbor/writer';
import type {LedgerReader} from './reader.ts';
import {type TableName, type Tables, tableCodecs, tableNames} from './tables.ts';

/** Everything that the rules know. The order in which rows stand in a map means nothing. */
export type LedgerState = {readonly [T in TableName]: ReadonlyMap<string, Tables[T]>};

/** A state that diffs may be applied to. */
export type MutableLedgerState = {readonly [T in TableName]: Map<string, Tables[T]>};

export const emptyState = (): MutableLedgerState =>
	Object.fromEntries(tableNames.map(table => [table, new Map()])) as unknown as MutableLedgerState;

/** The keys of a map in their order: rules never see the order of insertion. */
export const sortedKeys = (rows: ReadonlyMap<string, unknown>): readonly string[] => [...rows.keys()].sort();

function* fittingKeys<Row>(
	rows: ReadonlyMap<string, Row>,
	fits: (row: Row, key: string) => boolean,
): Generator<string, void, undefined> {
	for (const [key, row] of rows) if (fits(row, key)) yield key;
}

export const readerOf = (state: LedgerState): LedgerReader => ({
	get: (table, key) => state[table].get(key),
	keys: table => sortedKeys(state[table]),
	select: (table, fits) => [...fittingKeys(state[table], fits)].sort(),
});

export const KEY_BYTES_MAX = 64;

export const keyCodec: Codec<string> = {
	write: (writer, key) => writer.bytes(fromHex(key)),
	read: reader => toHex(bytesBetween(0, KEY_BYTES_MAX).read(reader)),
};

const writeTable = <T extends TableName>(writer: CborWriter, state: LedgerState, table: T): void => {
	const rows = state[table] as ReadonlyMap<string, Tables[T]>;
	writer.map(rows.size);
	for (const key of sortedKeys(rows)) {
		keyCodec.write(writer, key);
		tableCodecs[table].write(writer, rows.get(key) as Tables[T]);
	}
};

const readTable = <T extends TableName>(reader: CborReader, state: MutableLedgerState, table: T): void => {
	const rows = state[table] as Map<string, Tables[T]>;
	const count = reader.map();
	let last: string | undefined;
	for (let index = 0; index < count; index++) {
		const at = reader.position;
		const key = keyCodec.read(reader);
		if (last === key) reader.stop('CBOR_DUPLICATE_KEY', at);
		if (last !== undefined && key < last) reader.stop('CBOR_NOT_CANONICAL', at);
		last = key;
		rows.set(key, tableCodecs[table].read(reader));
	}
};

/** A whole state, for snapshots on disk: canonical, keys in their order. */
export const stateCodec: Codec<MutableLedgerState> = {
	write: (writer, state) => {
		writer.array(tableNames.length);
		for (const table of tableNames) writeTable(writer, state, table);
	},
	read: reader => {
		reader.arrayOf(tableNames.length);
		const state = emptyState();
		for (const table of tableNames) readTable(reader, state, table);
		return state;
	},
};
