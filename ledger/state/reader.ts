import {defined} from '#kernel/assert';
import {SINGLE} from './singles.ts';
import type {TableName, Tables} from './tables.ts';

/** Whether a row is looked for. It says the same whichever rows it saw before: they come in no order. */
export type Fits<T extends TableName> = (row: Tables[T], key: string) => boolean;

/** What rules and queries see of a state, or of a state with changes on top. */
export type LedgerReader = {
	get<T extends TableName>(table: T, key: string): Tables[T] | undefined;
	/** In their order. O(n log n). */
	keys(table: TableName): readonly string[];
	/** The keys of the rows that fit, in their order. O(n), and O(m log m) for the m that fit. */
	select<T extends TableName>(table: T, fits: Fits<T>): readonly string[];
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
