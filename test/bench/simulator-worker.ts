/** One network of `simulator.ts` that has a core to itself. */
import {parentPort, workerData} from 'node:worker_threads';
import {defined} from '#kernel/assert';
import {type SimulatedNetworkOptions, simulatedSlotsPerSecond} from './simulated-network.ts';

const port = defined(parentPort, 'it is started as a worker');
port.postMessage(await simulatedSlotsPerSecond(workerData as SimulatedNetworkOptions));
