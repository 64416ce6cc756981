/**
 * `npm run attacks`: a devnet of real processes in which providers and a customer cheat: nodes over TCP, pieces over TLS.
 * Every node must refuse what is forged, whoever cheats must lose by it, and whoever does not must be paid. Exits 1 otherwise.
 */
import process from 'node:process';
import {parseArgs} from 'node:util';
import {setUpCardano} from '#cli/demo/steps/cardano';
import {watchConsensus} from '#cli/demo/steps/consensus';
import {registerProviders, startNetwork} from '#cli/demo/steps/network';
import {withDevnet} from '#cli/demo/with-devnet';
import {explainFailure} from '#cli/failure';
import {playAttacks} from './play-attacks.ts';

const USAGE = 'npm run attacks [-- --data FOLDER] [-- --json]';

const readOptions = (): {readonly data: string | undefined; readonly json: boolean} => {
	try {
		const {values} = parseArgs({
			options: {data: {type: 'string'}, json: {type: 'boolean'}, help: {type: 'boolean'}},
		});
		if (values.help === true) {
			process.stdout.write(`${USAGE}\n`);
			process.exit(0);
		}
		return {data: values.data, json: values.json === true};
	} catch (error) {
		process.stderr.write(`ATTACKS_OPTION_UNKNOWN: ${String(error)}\nUse ${USAGE}\n`);
		process.exit(2);
	}
};

const options = readOptions();
try {
	await withDevnet(options, async ground => {
		const {account} = ground;
		account.step(1, 'Cardano devnet, contracts, backing');
		const cardano = await setUpCardano({...ground, options: {file: undefined, seed: 7, size: 0}});
		account.step(2, 'three producers, a relay, seven providers');
		const stage = await startNetwork(cardano);
		await registerProviders(stage);
		await watchConsensus(stage);
		await playAttacks(stage);
	});
	process.stdout.write('attacks passed: each was found out and cost more than it saved\n');
} catch (error) {
	process.stderr.write(`${explainFailure(error, options.json)}\n`);
	process.exitCode = 1;
}
