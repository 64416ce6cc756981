/** A million damaged inputs for each decoder of the relay: a code or a value each, no exception, no growth. */
import process from 'node:process';
import {setImmediate} from 'node:timers/promises';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {Random} from '../simulation/random.ts';
import {damaged} from './damage.ts';
import {type Decoder, relayDecoders} from './decoders.ts';
import {inputDecoders} from './input-decoders.ts';
import {mustHold, type Part} from './part.ts';

/** Of each decoder. */
const INPUTS = 1_000_000;
const INPUTS_SHORT = 6_000;
/** Inputs between two looks at the clock and at signals. */
const BATCH = 2_000;
const LOOKS = 5;
const MIB = 2 ** 20;
/** What caches and compiled code may still take after the first quarter. */
const GROWTH_BYTES_MAX = 8 * MIB;

// What is held shows only when what is not held has gone.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
/** Freed buffers are swept in the background, so that single figures are too high now and then. */
const heldBytes = async (): Promise<number> => {
	let least = Number.POSITIVE_INFINITY;
	for (let look = 0; look < LOOKS; look++) {
		collectGarbage();
		await setImmediate();
		const {heapUsed, external} = process.memoryUsage();
		least = Math.min(least, heapUsed + external);
	}
	return least;
};

/** Reads the inputs from one number to another; codes are counted in `codes`, `read` for what was valid. */
const readSome = (
	decoders: readonly Decoder[],
	random: Random,
	{from, to}: {readonly from: number; readonly to: number},
	codes: Map<string, number>,
): void => {
	for (let number = from; number < to; number++) {
		const {read, corpus} = decoders[number % decoders.length] as Decoder;
		const code = read(damaged(corpus, random), random) ?? 'read';
		codes.set(code, (codes.get(code) ?? 0) + 1);
	}
};

export const fuzz: Part = {
	name: 'fuzz',
	run: async ({options: {seed, short}, tell, signal}) => {
		const decoders = [...relayDecoders(seed), ...inputDecoders()];
		const inputs = (short ? INPUTS_SHORT : INPUTS) * decoders.length;
		const random = new Random(seed).fork('fuzz');
		const codes = new Map<string, number>();
		let warm: number | undefined;
		for (let from = 0; from < inputs; from += BATCH) {
			signal.throwIfAborted();
			if (warm === undefined && from >= inputs / 4) warm = await heldBytes();
			readSome(decoders, random, {from, to: Math.min(from + BATCH, inputs)}, codes);
			await setImmediate();
		}
		const grown = (await heldBytes()) - (warm ?? 0);
		tell(
			`${inputs} inputs for ${decoders.length} decoders; held memory grew by ${Math.round(grown / 1024)} KiB`,
		);
		mustHold(grown < GROWTH_BYTES_MAX, 'memory does not grow with the number of inputs', {grown});
		mustHold(
			[...codes.keys()].every(code => code === 'read' || /^[A-Z]+_/.test(code)),
			'what is wrong with bytes has a code',
			{codes: [...codes.keys()]},
		);
		mustHold((codes.get('read') ?? 0) > 0 && codes.size > 5, 'inputs are of all kinds', {codes: [...codes]});
		return {
			inputs,
			decoders: decoders.map(({name}) => name),
			codes: Object.fromEntries([...codes].sort()),
			grownBytes: grown,
		};
	},
};
