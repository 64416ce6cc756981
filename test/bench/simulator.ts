import {simulatingProcess} from '../simulation/simulating-process.ts';
import {type Bench, moreIsBetter} from './bench.ts';
import {isShort} from './measure.ts';
import {type SimulatedNetworkOptions, simulatedSlotsPerSecond} from './simulated-network.ts';

const SLOT_MS = 200;
const CORES = 2;

const inProcess = (options: SimulatedNetworkOptions): Promise<number> =>
	new Promise((resolve, reject) => {
		const script = new URL('./simulator-worker.js', import.meta.url);
		const child = simulatingProcess(script, {argv: isShort ? ['--short'] : []});
		child.once('message', resolve as (rate: unknown) => void);
		child.once('error', reject);
		child.once('exit', code => reject(new Error(`it ended with ${code}`)));
		child.send(options);
	});

/** Networks of different seeds, one a core, as `npm run simulate:long` plays them: slots of all together. */
const onAllCores = async (): Promise<number> => {
	const seeds = Array.from({length: CORES}, (_, index) => index + 1);
	const rates = await Promise.all(seeds.map(seed => inProcess({seed, slotMs: SLOT_MS})));
	return rates.reduce((sum, rate) => sum + rate, 0);
};

/** Slots of a whole network of ten nodes that are simulated in a second. */
export const simulatorBench: Bench = {
	name: 'simulator',
	run: async () => {
		const realCrypto = await simulatedSlotsPerSecond({slotMs: SLOT_MS, realCrypto: true});
		const one = await simulatedSlotsPerSecond({slotMs: SLOT_MS});
		return [
			moreIsBetter('simulator 10 nodes', 'slots/s', one, {name: 'with real keys', value: realCrypto}),
			moreIsBetter('simulator 10 nodes, 2 cores', 'slots/s', await onAllCores(), {
				name: 'one core',
				value: one,
			}),
			moreIsBetter('simulator 10 nodes, 1 s slots', 'slots/s', await simulatedSlotsPerSecond({slotMs: 1000})),
		];
	},
};
