/** Put and get without pause. A get that fails is tried again; one that goes on failing has lost something. */
import {setTimeout as delay} from 'node:timers/promises';
import type {NetworkStage} from '#cli/demo/stage';
import type {Random} from '../simulation/random.ts';
import {type Customer, codeOf, type Kept} from './customers.ts';

const TRIES = 10;
const PAUSE_MS = 1000;
/** No single get takes longer, whoever is away. */
const GET_MS_MAX = 60_000;

export type Tally = {
	puts: number;
	putBytes: number;
	gets: number;
	getBytes: number;
	/** Puts that were not taken, and gets that had to be tried again, by code. */
	readonly refused: Map<string, number>;
	readonly retried: Map<string, number>;
	/** Objects that came back as something else, or not at all. */
	readonly lost: {readonly name: string; readonly why: string}[];
};

export const newTally = (): Tally => ({
	puts: 0,
	putBytes: 0,
	gets: 0,
	getBytes: 0,
	refused: new Map(),
	retried: new Map(),
	lost: [],
});

const count = (map: Map<string, number>, key: string): void => {
	map.set(key, (map.get(key) ?? 0) + 1);
};

/** Fetches one object as often as it takes. */
export const getSurely = async (
	{account, signal}: NetworkStage,
	customer: Customer,
	kept: Kept,
	tally: Tally,
): Promise<void> => {
	let why = '';
	for (let left = TRIES; left > 0; left--) {
		try {
			const digest = await customer.get(kept, AbortSignal.any([signal, AbortSignal.timeout(GET_MS_MAX)]));
			tally.gets++;
			tally.getBytes += kept.size;
			if (digest === kept.digest) return;
			why = `other bytes: ${digest}`;
			break;
		} catch (error) {
			signal.throwIfAborted();
			why = error instanceof DOMException ? 'SOAK_GET_TOO_SLOW' : codeOf(error);
			count(tally.retried, why);
			await delay(PAUSE_MS, undefined, {signal});
		}
	}
	tally.lost.push({name: kept.name, why});
	account.tell('lost', `${kept.name} is lost: ${why}`, {name: kept.name, why});
};

/** Puts one object as often as it takes: under names of its own, because the first may have been taken half way. */
export const putSurely = async (
	{account, signal}: NetworkStage,
	customer: Customer,
	order: Parameters<Customer['put']>[0],
): Promise<Kept> => {
	for (let left = TRIES; ; left--)
		try {
			return await customer.put({...order, name: `${order.name}-${left}`});
		} catch (error) {
			signal.throwIfAborted();
			const why = codeOf(error);
			if (left === 1) throw error;
			account.tell('put-again', `${order.name} is put once more: ${why}`, {name: order.name, why});
			await delay(PAUSE_MS, undefined, {signal});
		}
};

/** Between `low` and `high` bytes, small ones as often as large ones. */
const sizeBetween = (random: Random, low: number, high: number): number =>
	Math.round(2 ** random.between(Math.log2(low), Math.log2(high)));

export const keepPutting = async (
	{signal, account}: NetworkStage,
	customer: Customer,
	tally: Tally,
	{random, bytesMax, untilMs}: {readonly random: Random; readonly bytesMax: number; readonly untilMs: number},
): Promise<void> => {
	for (let number = 0; account.elapsedMs() < untilMs; number++) {
		const size = sizeBetween(random, 16, bytesMax);
		try {
			await customer.put({name: `object-${number}`, size});
			tally.puts++;
			tally.putBytes += size;
		} catch (error) {
			signal.throwIfAborted();
			count(tally.refused, codeOf(error));
			await delay(PAUSE_MS, undefined, {signal});
		}
	}
};

export const keepGetting = async (
	stage: NetworkStage,
	customers: readonly Customer[],
	tally: Tally,
	{random, untilMs}: {readonly random: Random; readonly untilMs: number},
): Promise<void> => {
	while (stage.account.elapsedMs() < untilMs) {
		const all = customers.flatMap(customer => customer.kept.map(kept => ({customer, kept})));
		const drawn = all[random.below(Math.max(1, all.length))];
		if (drawn === undefined) await delay(PAUSE_MS, undefined, {signal: stage.signal});
		else await getSurely(stage, drawn.customer, drawn.kept, tally);
	}
};
