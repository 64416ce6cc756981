/** Kills providers at random, in several ways, and never more at a time than the code has to bear. */
import {setTimeout as delay} from 'node:timers/promises';
import type {NetworkStage} from '#cli/demo/stage';
import type {Random} from '../simulation/random.ts';
import type {Crowd} from './crowd.ts';

/**
 * crash: killed, back at once. stall: stands still with its connections open. absence: killed, away for about an epoch,
 * so that it misses. loss: killed, its disk is gone for good; it comes back with nothing.
 */
export type Blow = 'crash' | 'stall' | 'absence' | 'loss';
const ODDS: readonly (readonly [Blow, number])[] = [
	['crash', 0.5],
	['stall', 0.2],
	['absence', 0.15],
	['loss', 0.15],
];

type Struck = {readonly index: number; readonly blow: Blow; readonly awayMs: number};

/** Away at a time, whose pieces nobody has rebuilt, and both together: objects have six pieces more than they need. */
const AWAY_MAX = 3;
const LOST_MAX = 3;
const HARMED_MAX = 6;

export type Storm = {
	readonly blows: Readonly<Record<Blow, number>>;
	/** What this provider had lost was rebuilt. */
	repaired(index: number): void;
	/** Those whose pieces are gone and not rebuilt. */
	lost(): readonly number[];
	/** Until then it rages; resolves when everybody is back. */
	rage(untilMs: number): Promise<void>;
};

export const createStorm = (
	{account, network, signal}: NetworkStage,
	crowd: Crowd,
	random: Random,
): Storm => {
	const blows: Record<Blow, number> = {crash: 0, stall: 0, absence: 0, loss: 0};
	const lost = new Set<number>();
	const away = new Set<number>();
	const epochMs = network.genesis.epochLength * network.genesis.slotMs;
	const wait = (ms: number): Promise<void> => delay(ms, undefined, {signal});
	const draw = (): Blow => {
		let rest = random.next();
		for (const [blow, odds] of ODDS) {
			rest -= odds;
			if (rest < 0) return blow;
		}
		return 'crash';
	};
	const strike = async ({index, blow, awayMs}: Struck): Promise<void> => {
		if (blow === 'stall') return crowd.stall(index, () => wait(awayMs));
		await crowd.kill(index);
		await wait(awayMs);
		await crowd.start(index, {empty: blow === 'loss'});
	};
	const awayFor: Readonly<Record<Blow, () => number>> = {
		crash: () => random.between(200, 3000),
		stall: () => random.between(2000, 8000),
		absence: () => random.between(0.5, 1.2) * epochMs,
		loss: () => 0,
	};
	/** Who is back only after the storm would hold up its end: it is a crash then. */
	const next = (leftMs: number): Struck | undefined => {
		const running = crowd.running().filter(index => !lost.has(index));
		const index = running[random.below(Math.max(1, running.length))];
		const drawn = draw();
		const awayMs = awayFor[drawn]();
		const isBarred = drawn === 'loss' ? lost.size >= LOST_MAX : drawn === 'absence' && awayMs > leftMs;
		const isTooMuch = away.size >= AWAY_MAX || away.size + lost.size >= HARMED_MAX;
		if (index === undefined || isTooMuch) return undefined;
		return isBarred ? {index, blow: 'crash', awayMs: awayFor.crash()} : {index, blow: drawn, awayMs};
	};
	return {
		blows,
		repaired: index => {
			lost.delete(index);
		},
		lost: () => [...lost],
		rage: async untilMs => {
			const failed = new AbortController();
			const under: Promise<void>[] = [];
			while (account.elapsedMs() < untilMs) {
				failed.signal.throwIfAborted();
				await wait(random.between(1500, 6000));
				const struck = next(untilMs - account.elapsedMs());
				if (struck === undefined) continue;
				const {index, blow} = struck;
				blows[blow]++;
				away.add(index);
				if (blow === 'loss') lost.add(index);
				account.tell('blow', `${crowd.nameOf(index)}: ${blow}`, {name: crowd.nameOf(index), blow});
				const over = strike(struck).finally(() => away.delete(index));
				over.catch(error => failed.abort(error));
				under.push(over);
			}
			await Promise.all(under);
		},
	};
};
