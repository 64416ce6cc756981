/** JSON of files of ours, read field by field. */
import {parseHex, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import type {McOutRef} from '#kernel/main-chain-event';

/** Leaves the decoder at the first field that is not what it should be. */
export class WrongShape extends Error {
	readonly field: string;

	constructor(field: string) {
		super(field);
		this.field = field;
	}
}

const LOVELACE_MAX = 45_000_000_000_000_000n;

/** A JSON object read field by field; `path` names it in failures. */
export class Fields {
	readonly #json: Readonly<Record<string, unknown>>;
	readonly #path: string;

	constructor(json: unknown, path: string) {
		if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new WrongShape(path);
		this.#json = json as Record<string, unknown>;
		this.#path = path;
	}

	object(name: string): Fields {
		return new Fields(this.#json[name], this.#at(name));
	}

	count(name: string): number {
		const value = this.#json[name];
		if (!Number.isSafeInteger(value) || (value as number) < 0) throw new WrongShape(this.#at(name));
		return value as number;
	}

	bytes(name: string, length?: number): Uint8Array {
		const value = this.#json[name];
		const bytes = typeof value === 'string' ? parseHex(value) : undefined;
		if (bytes === undefined || (length !== undefined && bytes.length !== length))
			throw new WrongShape(this.#at(name));
		return bytes;
	}

	reference(name: string): McOutRef {
		const fields = this.object(name);
		return {txId: Hash32(fields.bytes('txId', 32)), index: fields.count('index')};
	}

	/** A whole number, written as text since it may be larger than JSON's. */
	amount(name: string): bigint {
		const value = this.#json[name];
		if (typeof value !== 'string' || !/^\d{1,20}$/.test(value)) throw new WrongShape(this.#at(name));
		return BigInt(value);
	}

	/** An amount of no more than all ADA that will ever be. */
	lovelace(name: string): Lovelace {
		const amount = this.amount(name);
		if (amount > LOVELACE_MAX) throw new WrongShape(this.#at(name));
		return Lovelace(amount);
	}

	/** Whether it is there at all. */
	has(name: string): boolean {
		return this.#json[name] !== undefined;
	}

	#at(name: string): string {
		return this.#path === '' ? name : `${this.#path}.${name}`;
	}
}

export const referenceJson = ({txId, index}: McOutRef): {readonly txId: string; readonly index: number} => ({
	txId: toHex(txId),
	index,
});

/** undefined for what is no JSON. */
export const parseJson = (text: string): unknown => {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
};
