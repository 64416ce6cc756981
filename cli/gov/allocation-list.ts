/**
 * Who gets how many governance tokens: the list with handles, as it is kept, and the claim file that is published, without them.
 */
import type {Hasher} from '#crypto/crypto';
import {type CsvFailure, type CsvRow, parseCsv} from '#income/csv';
import {parseDecimal} from '#income/decimal';
import {compareBytes, equalBytes, parseHex, toHex} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {type Allocation, allocationRoot} from '#onchain/allocation';
import {type NetworkId, parseAddress, paymentCredential} from '#onchain/cardano/address';
import {TOKEN_SUPPLY} from '#onchain/data/token-data';

export type AllocationProblem = {
	readonly code:
		| 'ALLOCATION_HANDLE_BAD'
		| 'ALLOCATION_HANDLE_TWICE'
		| 'ALLOCATION_ADDRESS_BAD'
		| 'ALLOCATION_ADDRESS_OF_OTHER_NETWORK'
		| 'ALLOCATION_ADDRESS_NOT_OF_KEY'
		| 'ALLOCATION_ADDRESS_TWICE'
		| 'ALLOCATION_AMOUNT_BAD';
	/** From 1. */
	readonly line: number;
	/** What stands there; for a repetition the line that has it already. */
	readonly found: string | number;
};

export type AllocationListFailure =
	| CsvFailure
	| {readonly code: 'ALLOCATION_COLUMN_MISSING'; readonly column: string}
	/** Every bad line, at most 100. */
	| {readonly code: 'ALLOCATION_LINES_BAD'; readonly problems: readonly AllocationProblem[]}
	| {readonly code: 'ALLOCATION_SUM_WRONG'; readonly sum: bigint; readonly expected: bigint};

export type AllocationList = {
	/** Sorted by key hash, each key once. */
	readonly allocations: readonly Allocation[];
	/** In millionths of a token. */
	readonly sum: bigint;
};

const COLUMNS = ['handle', 'address', 'amount'] as const;
const PROBLEMS_MAX = 100;
const DECIMALS = 6;
/** GitHub's rule: letters, digits and single hyphens inside, at most 39. */
const HANDLE = /^[a-z\d](?:[a-z\d]|-(?=[a-z\d])){0,38}$/i;

class ListReader {
	readonly #network: NetworkId;
	readonly #handles = new Map<string, number>();
	readonly #keys = new Map<string, number>();
	readonly problems: AllocationProblem[] = [];
	readonly allocations: Allocation[] = [];

	constructor(network: NetworkId) {
		this.#network = network;
	}

	read({line, cells}: CsvRow): void {
		const [handle, address, amount] = COLUMNS.map(column => cells.get(column) ?? '') as [
			string,
			string,
			string,
		];
		const problem = this.#handleProblem(handle, line) ?? this.#amountProblem(amount, line);
		const key = this.#keyOf(address, line);
		if (problem !== undefined) this.problems.push(problem);
		if ('code' in key) this.problems.push(key);
		if (problem !== undefined || 'code' in key) return;
		this.allocations.push({keyHash: key.keyHash, amount: parseDecimal(amount, DECIMALS) ?? 0n});
	}

	#handleProblem(handle: string, line: number): AllocationProblem | undefined {
		if (!HANDLE.test(handle)) return {code: 'ALLOCATION_HANDLE_BAD', line, found: handle};
		const before = this.#handles.get(handle.toLowerCase());
		if (before !== undefined) return {code: 'ALLOCATION_HANDLE_TWICE', line, found: before};
		this.#handles.set(handle.toLowerCase(), line);
		return undefined;
	}

	#amountProblem(amount: string, line: number): AllocationProblem | undefined {
		const parsed = parseDecimal(amount, DECIMALS);
		const isGood = parsed !== undefined && parsed > 0n && parsed <= TOKEN_SUPPLY;
		return isGood ? undefined : {code: 'ALLOCATION_AMOUNT_BAD', line, found: amount};
	}

	#keyOf(address: string, line: number): {readonly keyHash: Hash28} | AllocationProblem {
		const parsed = parseAddress(address);
		if (!parsed.ok) return {code: 'ALLOCATION_ADDRESS_BAD', line, found: address};
		const isMainnet = ((parsed.value[0] ?? 0) & 15) === 1;
		if (isMainnet !== (this.#network === 'mainnet'))
			return {code: 'ALLOCATION_ADDRESS_OF_OTHER_NETWORK', line, found: address};
		const credential = paymentCredential(parsed.value);
		if (credential?.kind !== 'key') return {code: 'ALLOCATION_ADDRESS_NOT_OF_KEY', line, found: address};
		const key = toHex(credential.hash);
		const before = this.#keys.get(key);
		if (before !== undefined) return {code: 'ALLOCATION_ADDRESS_TWICE', line, found: before};
		this.#keys.set(key, line);
		return {keyHash: credential.hash};
	}
}

/** The list in CSV: handle, address, amount in whole tokens with at most six decimals. `expected` in millionths. */
export const readAllocationList = (
	text: string,
	{network, expected}: {readonly network: NetworkId; readonly expected: bigint},
): Result<AllocationList, AllocationListFailure> => {
	const csv = parseCsv(text);
	if (!csv.ok) return csv;
	const column = COLUMNS.find(each => !csv.value.headings.includes(each));
	if (column !== undefined) return err({code: 'ALLOCATION_COLUMN_MISSING', column});
	const reader = new ListReader(network);
	for (const row of csv.value.rows) reader.read(row);
	const {problems, allocations} = reader;
	if (problems.length > 0)
		return err({code: 'ALLOCATION_LINES_BAD', problems: problems.slice(0, PROBLEMS_MAX)});
	const sum = allocations.reduce((total, {amount}) => total + amount, 0n);
	if (sum !== expected) return err({code: 'ALLOCATION_SUM_WRONG', sum, expected});
	return ok({allocations: allocations.sort((a, b) => compareBytes(a.keyHash, b.keyHash)), sum});
};

export type ClaimFileFailure =
	| {readonly code: 'CLAIM_FILE_MALFORMED'}
	/** The list and the root in it do not belong together. */
	| {readonly code: 'CLAIM_FILE_ALTERED'};

/** Key hashes and amounts only: whoever reads it learns no handle. */
export const claimFileText = (hasher: Hasher, {allocations, sum}: AllocationList): string =>
	`${JSON.stringify(
		{
			allocationRoot: toHex(allocationRoot(hasher, allocations)),
			allocated: sum.toString(),
			allocations: allocations.map(({keyHash, amount}) => [toHex(keyHash), amount.toString()]),
		},
		null,
		'\t',
	)}\n`;

const entryOf = (entry: unknown): Allocation | undefined => {
	const [key, amount] = Array.isArray(entry) && entry.length === 2 ? (entry as readonly unknown[]) : [];
	const keyHash = typeof key === 'string' ? parseHex(key) : undefined;
	if (keyHash?.length !== 28 || typeof amount !== 'string' || !/^[1-9]\d{0,14}$/.test(amount))
		return undefined;
	return {keyHash: Hash28(keyHash), amount: BigInt(amount)};
};

const parse = (text: string): Readonly<Record<string, unknown>> => {
	try {
		const value = JSON.parse(text) as unknown;
		return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
	} catch {
		return {};
	}
};

/** What `claimFileText` wrote. */
export const readClaimFile = (hasher: Hasher, text: string): Result<AllocationList, ClaimFileFailure> => {
	const {allocationRoot: rootText, allocated, allocations: entries} = parse(text);
	const root = typeof rootText === 'string' ? parseHex(rootText) : undefined;
	const read = Array.isArray(entries) ? entries.map(entryOf) : [];
	const allocations = read.filter(entry => entry !== undefined);
	if (root === undefined || read.length === 0 || allocations.length < read.length)
		return err({code: 'CLAIM_FILE_MALFORMED'});
	const isSorted = allocations.every(
		({keyHash}, index) =>
			index === 0 || compareBytes((allocations[index - 1] as Allocation).keyHash, keyHash) < 0,
	);
	const sum = allocations.reduce((total, {amount}) => total + amount, 0n);
	const isWhole = isSorted && allocated === sum.toString();
	return isWhole && equalBytes(allocationRoot(hasher, allocations), root)
		? ok({allocations, sum})
		: err({code: 'CLAIM_FILE_ALTERED'});
};
