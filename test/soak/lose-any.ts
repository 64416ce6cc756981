/** An object loses as many of its providers as its code allows, whichever they are, and gives every byte back. */
import {check, type NetworkStage} from '#cli/demo/stage';
import {until} from '#cli/demo/until';
import type {Random} from '../simulation/random.ts';
import type {Crowd} from './crowd.ts';
import {type Customer, holdersOf} from './customers.ts';
import {getSurely, newTally, putSurely} from './traffic.ts';

const MIB = 2 ** 20;
const SIZE = 12 * MIB;
const SEGMENT_BYTES = 4 * MIB;
const CALM_MS_MAX = 900_000;

export type LossRound = {readonly lost: readonly string[]; readonly seconds: number};
export type LossReport = {
	readonly bytes: number;
	readonly k: number;
	/** Pieces of the segment that has fewest. */
	readonly n: number;
	readonly rounds: readonly LossRound[];
};

/**
 * Waits for a part of the epoch in which those that are killed miss nothing if they are back soon. In hundredths of an
 * epoch: commitments are due in [-10, 10), proofs in [40, 90); who comes back before 90 still proves.
 */
const untilCalm = async ({relay, network, signal}: NetworkStage): Promise<void> => {
	const {epochLength} = network.genesis;
	await until('a calm part of the epoch', CALM_MS_MAX, signal, async () => {
		const {slotInEpoch} = await relay.client.status();
		const part = slotInEpoch / epochLength;
		return part > 0.11 && part < 0.65;
	});
};

/** The providers of the data themselves, those of the other pieces, and others at random. */
const victims = (
	segments: readonly (readonly string[])[],
	{count, rounds, random}: {readonly count: number; readonly rounds: number; readonly random: Random},
): readonly (readonly string[])[] => {
	const [first = []] = segments;
	const all = [...new Set(segments.flat())];
	return Array.from({length: rounds}, (_, round) => {
		if (round === 0) return first.slice(0, count);
		if (round === 1) return first.slice(-count);
		const left = [...all];
		return Array.from({length: count}, () => left.splice(random.below(left.length), 1)[0] as string);
	});
};

export const loseAny = async (
	stage: NetworkStage,
	crowd: Crowd,
	customer: Customer,
	{rounds, random}: {readonly rounds: number; readonly random: Random},
): Promise<LossReport> => {
	const {account} = stage;
	const kept = await putSurely(stage, customer, {name: 'lose-any', size: SIZE, segmentBytes: SEGMENT_BYTES});
	const tally = newTally();
	const {k, segments} = await holdersOf(customer, kept.name);
	const n = Math.min(...segments.map(({length}) => length));
	account.tell(
		'lose-any',
		`an object of ${SIZE / MIB} MiB in ${segments.length} segments on ${new Set(segments.flat()).size} providers: any ${k} of at least ${n} pieces give it back`,
		{k, n, segments: segments.length},
	);
	const done: LossRound[] = [];
	for (const lost of victims(segments, {count: n - k, rounds, random})) {
		await untilCalm(stage);
		const numbers = lost.map(crowd.numberOf);
		await Promise.all(numbers.map(crowd.kill));
		const startMs = account.elapsedMs();
		await getSurely(stage, customer, kept, tally);
		const seconds = (account.elapsedMs() - startMs) / 1000;
		const names = numbers.map(crowd.nameOf);
		check(tally.lost.length === 0, 'every byte came back', {lost: names, why: tally.lost});
		account.tell(
			'survived',
			`${names.length} providers killed (${names.join(', ')}): every byte back in ${seconds.toFixed(1)} s`,
			{
				lost: names,
				seconds,
			},
		);
		done.push({lost: names, seconds});
		await Promise.all(numbers.map(index => crowd.start(index)));
	}
	return {bytes: SIZE, k, n, rounds: done};
};
