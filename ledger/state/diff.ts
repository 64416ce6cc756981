import {type Codec, list, nullable} from '#kernel/cbor/codec';
import {keyCodec, type MutableLedgerState} from './state.ts';
import {type TableName, type Tables, tableCodecs, tableNames} from './tables.ts';

/** One row before and after; undefined where there is none. */
export type RowChange<V> = {
	readonly key: string;
	readonly before: V | undefined;
	readonly after: V | undefined;
};

/** What a block did, undoable. In the order of the keys. */
export type LedgerDiff = {readonly [T in TableName]: readonly RowChange<Tables[T]>[]};

const put = <V>(rows: Map<string, V>, key: string, value: V | undefined): void => {
	if (value === undefined) rows.delete(key);
	else rows.set(key, value);
};

const move = (state: MutableLedgerState, diff: LedgerDiff, to: 'before' | 'after'): void => {
	for (const table of tableNames) {
		const rows = state[table] as Map<string, unknown>;
		for (const change of diff[table]) put(rows, change.key, change[to]);
	}
};

/** Makes the state of a block from that of its parent, in place. */
export const applyDiff = (state: MutableLedgerState, diff: LedgerDiff): void => move(state, diff, 'after');

/** Makes the state of a block's parent from that of the block, in place. */
export const undoDiff = (state: MutableLedgerState, diff: LedgerDiff): void => move(state, diff, 'before');

const changeCodec = <V>(codec: Codec<V>): Codec<RowChange<V>> => {
	const value = nullable(codec);
	return {
		write: (writer, {key, before, after}) => {
			writer.array(3);
			keyCodec.write(writer, key);
			value.write(writer, before ?? null);
			value.write(writer, after ?? null);
		},
		read: reader => {
			reader.arrayOf(3);
			const key = keyCodec.read(reader);
			return {key, before: value.read(reader) ?? undefined, after: value.read(reader) ?? undefined};
		},
	};
};

const CHANGES_MAX = 2 ** 32;

const changesCodecs = new Map<TableName, Codec<readonly RowChange<unknown>[]>>(
	tableNames.map(table => [table, list(changeCodec(tableCodecs[table] as Codec<unknown>), CHANGES_MAX)]),
);

/** Diffs are stored beside their blocks. */
export const diffCodec: Codec<LedgerDiff> = {
	write: (writer, diff) => {
		writer.array(tableNames.length);
		for (const [table, codec] of changesCodecs) codec.write(writer, diff[table]);
	},
	read: reader => {
		reader.arrayOf(tableNames.length);
		return Object.fromEntries(
			[...changesCodecs].map(([table, codec]) => [table, codec.read(reader)]),
		) as unknown as LedgerDiff;
	},
};
