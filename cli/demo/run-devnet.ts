/** A whole network on this machine, left up for whoever wants to talk to it: what `dcloud devnet` does. */
import type {DevnetShape} from '../devnet/shape.ts';
import {stay} from './stay.ts';
import {setUpCardano} from './steps/cardano.ts';
import {watchConsensus} from './steps/consensus.ts';
import {tellMemory} from './steps/memory.ts';
import {registerProviders, startNetwork} from './steps/network.ts';
import {withDevnet} from './with-devnet.ts';

export const runDevnet = (options: {
	readonly data: string | undefined;
	readonly json: boolean;
	readonly shape: DevnetShape;
}): Promise<void> =>
	withDevnet(options, async ground => {
		const {account} = ground;
		account.step(1, 'Cardano devnet, contracts, backing');
		const cardano = await setUpCardano({...ground, options: {file: undefined, seed: 0, size: 0}});
		account.step(2, `three producers, relays, ${options.shape.providers} providers`);
		const stage = await startNetwork(cardano, {handsIn: true});
		await registerProviders(stage);
		account.step(3, 'blocks by private leaders');
		await watchConsensus(stage);
		await tellMemory(stage);
		await stay(stage, ground.signal);
	});
