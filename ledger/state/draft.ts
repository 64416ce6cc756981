import {assert} from '#kernel/assert';
import type {LedgerDiff, RowChange} from './diff.ts';
import type {Fits, LedgerReader} from './reader.ts';
import {SINGLE} from './singles.ts';
import {type LedgerState, readerOf} from './state.ts';
import {type TableName, type Tables, tableNames} from './tables.ts';

type Writes = Map<string, unknown>;

/**
 * A state with changes on top: reads go through to the base, writes stay here. The base must not change meanwhile.
 * A fork tries something that may fail; `absorb` keeps it.
 */
export class Draft implements LedgerReader {
	readonly #base: LedgerReader;
	/** undefined in a map: the row is deleted. */
	readonly #writes = new Map<TableName, Writes>();

	constructor(base: LedgerReader) {
		this.#base = base;
	}

	get<T extends TableName>(table: T, key: string): Tables[T] | undefined {
		const writes = this.#writes.get(table);
		if (writes?.has(key) === true) return writes.get(key) as Tables[T] | undefined;
		return this.#base.get(table, key);
	}

	keys(table: TableName): readonly string[] {
		const writes = this.#writes.get(table);
		const below = this.#base.keys(table);
		if (writes === undefined || writes.size === 0) return below;
		const keys = below.filter(key => !writes.has(key));
		for (const [key, value] of writes) if (value !== undefined) keys.push(key);
		return keys.sort();
	}

	select<T extends TableName>(table: T, fits: Fits<T>): readonly string[] {
		const writes = this.#writes.get(table);
		if (writes === undefined || writes.size === 0) return this.#base.select(table, fits);
		const keys = [...this.#base.select(table, (row, key) => !writes.has(key) && fits(row, key))];
		for (const [key, row] of writes) if (row !== undefined && fits(row as Tables[T], key)) keys.push(key);
		return keys.sort();
	}

	set<T extends TableName>(table: T, key: string, value: Tables[T]): void {
		this.#writesTo(table).set(key, value);
	}

	/** Changes the one row of a table of one row. */
	setSingle<T extends 'chain' | 'pots' | 'challenge' | 'confirmedCheckpoint' | 'governance'>(
		table: T,
		value: Tables[T],
	): void {
		this.set(table, SINGLE, value);
	}

	delete(table: TableName, key: string): void {
		this.#writesTo(table).set(key, undefined);
	}

	/** A draft on top of this one. This one must not change until the fork is absorbed or dropped. */
	fork(): Draft {
		return new Draft(this);
	}

	/** Takes over the changes of a fork of this draft. */
	absorb(fork: Draft): void {
		assert(fork.#base === this, 'not a fork of this draft');
		for (const [table, writes] of fork.#writes) {
			const into = this.#writesTo(table);
			for (const [key, value] of writes) into.set(key, value);
		}
	}

	diff(): LedgerDiff {
		return Object.fromEntries(
			tableNames.map(table => [table, this.#changesOf(table)]),
		) as unknown as LedgerDiff;
	}

	#changesOf(table: TableName): readonly RowChange<unknown>[] {
		const writes = this.#writes.get(table);
		if (writes === undefined) return [];
		const changes: RowChange<unknown>[] = [];
		for (const key of [...writes.keys()].sort()) {
			const before = this.#base.get(table, key);
			const after = writes.get(key);
			if (before !== after) changes.push({key, before, after});
		}
		return changes;
	}

	#writesTo(table: TableName): Writes {
		let writes = this.#writes.get(table);
		if (writes === undefined) {
			writes = new Map();
			this.#writes.set(table, writes);
		}
		return writes;
	}
}

export const openDraft = (state: LedgerState): Draft => new Draft(readerOf(state));
