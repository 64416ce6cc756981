import {defined} from '#kernel/assert';
import {SINGLE} from './singles.ts';
import type {TableName, Tables} from './tables.ts';

/** What rules and queries see of a state, or of a state with changes on top. */
export type LedgerReader = {
	get<T extends TableName>(table: T, key: string): Tables[T] | undefined;
	/** In their order. O(n log n). */
	keys(table: TableName): readonly string[];
};

type SingleTable = 'chain' | 'pots' | 'challenge' | 'confirmedCheckpoint';

/** The one row of a table of one row. */
export const single = <T extends SingleTable>(reader: LedgerReader, table: T): Tables[T] =>
	defined(reader.get(table, SINGLE), `the state has no ${table}`);

/** All rows of a table in the order of their keys. */
export function* rowsOf<T extends TableName>(
	reader: LedgerReader,
	table: T,
): Generator<readonly [string, Tables[T]], void, undefined> {
	for (const key of reader.keys(table)) {
		const row = reader.get(table, key);
		if (row !== undefined) yield [key, row];
	}
}
