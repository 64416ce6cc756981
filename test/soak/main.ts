/**
 * `npm run soak`: a devnet of thirty providers, a process each. First an object loses as many providers as its code
 * allows, whichever they are; then providers are killed at random for some minutes under put and get. In the end every
 * object that was taken must come back byte by byte. Exits 1 when one does not.
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import {cpus} from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {inTurns} from '#cli/demo/in-turns';
import {check, type NetworkStage} from '#cli/demo/stage';
import {setUpCardano} from '#cli/demo/steps/cardano';
import {watchConsensus} from '#cli/demo/steps/consensus';
import {memoryOf, tellMemory} from '#cli/demo/steps/memory';
import {registerProviders, startNetwork} from '#cli/demo/steps/network';
import {until} from '#cli/demo/until';
import {withDevnet} from '#cli/demo/with-devnet';
import {devnetShape} from '#cli/devnet/shape';
import {explainFailure} from '#cli/failure';
import {Random} from '../simulation/random.ts';
import {commit} from '../support/commit.ts';
import {createCrowd} from './crowd.ts';
import {openSoakCustomer} from './customers.ts';
import {loseAny} from './lose-any.ts';
import {createOperators} from './operators.ts';
import {type SoakOptions, soakOptions} from './options.ts';
import {createRepairCrew, type RepairCrew} from './repair-crew.ts';
import {createStorm, type Storm} from './storm.ts';
import {getSurely, keepGetting, keepPutting, newTally} from './traffic.ts';

const MIB = 2 ** 20;
const BUCKET = 'soak';
const INLINE_BYTES_MAX = 4096;
const REPAIR_MS_MAX = 1_200_000;
/** Gets at a time when everything is asked back. */
const GETS_AT_ONCE = 4;

/** All that was seen to be lost is rebuilt; with `untilRebuilt` also what nobody has noticed yet. */
const awaitRepairs = async (
	{account, signal}: NetworkStage,
	{crew, storm}: {readonly crew: RepairCrew; readonly storm: Storm},
	untilRebuilt: boolean,
): Promise<void> => {
	await until(
		'all that was lost is rebuilt',
		REPAIR_MS_MAX,
		signal,
		async () => crew.idle && (!untilRebuilt || storm.lost().length === 0),
	);
	const unseen = storm.lost().length;
	if (unseen > 0)
		account.tell('unseen', `${unseen} empty disks will be found out when their epoch is judged`, {unseen});
};

const play = async (
	stage: NetworkStage,
	{minutes, seed, lossRounds, untilRebuilt}: SoakOptions,
): Promise<object> => {
	const {account, people} = stage;
	const random = new Random(seed);
	const crowd = createCrowd(stage);
	const files = await openSoakCustomer(stage, people.customer, {bucket: null, seed});
	const objects = await openSoakCustomer(stage, people.newcomer, {bucket: BUCKET, seed});
	const customers = [files, objects];
	const atRest = await memoryOf(stage);

	account.step(4, 'any n-k providers of an object are lost');
	const loss = await loseAny(stage, crowd, files, {rounds: lossRounds, random: random.fork('loss')});

	account.step(5, `${minutes} minutes of kills under put and get`);
	const startMs = account.elapsedMs();
	const untilMs = startMs + minutes * 60_000;
	const tally = newTally();
	const storm = createStorm(stage, crowd, random.fork('storm'));
	const crew = await createRepairCrew(stage, files, id => storm.repaired(crowd.numberOf(id)));
	const over = new AbortController();
	const operators = createOperators(stage, crowd);
	const repairing = Promise.all([crew.work(over.signal), operators.work(over.signal)]);
	// Awaited below; what fails before says why itself.
	repairing.catch(() => undefined);
	await Promise.all([
		storm.rage(untilMs),
		keepPutting(stage, files, tally, {random: random.fork('files'), bytesMax: 4 * MIB, untilMs}),
		keepPutting(stage, objects, tally, {random: random.fork('objects'), bytesMax: INLINE_BYTES_MAX, untilMs}),
		keepGetting(stage, customers, tally, {random: random.fork('gets'), untilMs}),
	]);
	const seconds = Math.round((account.elapsedMs() - startMs) / 1000);
	const inStorm = {puts: tally.puts, gets: tally.gets, getMiB: Math.round(tally.getBytes / MIB)};

	account.step(6, 'what was taken is asked back');
	const owed = customers.flatMap(customer => customer.kept.map(kept => ({customer, kept})));
	await inTurns(owed, GETS_AT_ONCE, ({customer, kept}) => getSurely(stage, customer, kept, tally));
	await awaitRepairs(stage, {crew, storm}, untilRebuilt);
	over.abort();
	await repairing;
	const bounties = await crew.claim();
	crew.close();
	for (const customer of customers) customer.close();
	account.tell('kept', `${owed.length} objects asked back, ${tally.lost.length} lost`, {
		kept: owed.length,
		lost: tally.lost,
	});
	return {
		seconds,
		anyLoss: loss,
		storm: {
			...inStorm,
			putMiB: Math.round(tally.putBytes / MIB),
			blows: storm.blows,
			misses: crew.misses,
			reopened: operators.reopened,
			piecesRebuilt: crew.rebuilt,
			bountiesLovelace: String(bounties),
			putsRefused: Object.fromEntries(tally.refused),
			getsRetried: Object.fromEntries(tally.retried),
		},
		objects: owed.length,
		lost: tally.lost,
		memory: {atRest, atEnd: await memoryOf(stage)},
	};
};

const soak = async (options: SoakOptions): Promise<void> => {
	const {providers, seed, data, json, out, minutes} = options;
	const shape = devnetShape(providers);
	let result: object | undefined;
	await withDevnet({data, json, shape}, async ground => {
		const {account} = ground;
		account.step(1, 'Cardano devnet, contracts, backing');
		const cardano = await setUpCardano({...ground, options: {file: undefined, seed, size: 0}});
		account.step(2, `three producers, relays, ${providers} providers`);
		const stage = await startNetwork(cardano);
		await registerProviders(stage);
		account.step(3, 'blocks by private leaders');
		await watchConsensus(stage);
		await tellMemory(stage);
		result = await play(stage, options);
	});
	const machine = {node: process.version, cores: cpus().length, processor: cpus()[0]?.model};
	const made = {
		commit: commit(),
		date: new Date().toISOString(),
		seed,
		minutes,
		providers,
		...machine,
		...result,
	};
	if (out !== undefined) {
		mkdirSync(path.dirname(out), {recursive: true});
		writeFileSync(out, `${JSON.stringify(made, null, '\t')}\n`);
	}
	const {lost, objects} = made as unknown as {lost: readonly unknown[]; objects: number};
	check(lost.length === 0 && objects > 0, 'nothing that was taken is lost', {lost});
	process.stdout.write(
		`soak passed: ${objects} objects, none lost${out === undefined ? '' : `; written to ${out}`}\n`,
	);
};

const options = soakOptions();
try {
	await soak(options);
} catch (error) {
	process.stderr.write(`${explainFailure(error, options.json)}\n`);
	process.exitCode = 1;
}
