/** One network of `simulator.ts` that has a core to itself. */
import process from 'node:process';
import {type SimulatedNetworkOptions, simulatedSlotsPerSecond} from './simulated-network.ts';

process.once('message', (options: SimulatedNetworkOptions) => {
	void simulatedSlotsPerSecond(options).then(rate => process.send?.(rate, () => process.disconnect()));
});
