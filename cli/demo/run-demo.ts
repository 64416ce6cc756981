/** The whole job, step by step, with real processes: what `npm start` does. */
import {facts} from '../table.ts';
import type {DemoOptions} from './options.ts';
import {type Claimed, type Ground, type NetworkStage, tellMoney} from './stage.ts';
import {stay} from './stay.ts';
import {restoreFromPhrase} from './steps/buckets.ts';
import {setUpCardano} from './steps/cardano.ts';
import {finishPeriod} from './steps/checkpoint.ts';
import {forgedTable, watchBoundary, watchConsensus} from './steps/consensus.ts';
import {payGrant, voteOnGrant} from './steps/governance.ts';
import {registerProviders, startNetwork} from './steps/network.ts';
import {joinFromSnapshot} from './steps/newcomer.ts';
import {cutPower} from './steps/power-cut.ts';
import {proveAgain, proveEpoch, withdrawEarnings} from './steps/proofs.ts';
import {collectBounty, killProvider, rebuildPieces} from './steps/repair.ts';
import {fetchFile} from './steps/retrieval.ts';
import {putFile} from './steps/storage.ts';
import {withDevnet} from './with-devnet.ts';

const BOUNDARY_MS_MAX = 450_000;

const runSteps = async (ground: Ground, options: DemoOptions): Promise<NetworkStage> => {
	const {account} = ground;
	const claimed: Claimed = {lovelace: 0n};
	account.step(1, 'Cardano devnet, contracts, backing');
	const cardano = await setUpCardano(ground);
	account.step(2, 'three producers, one relay, seven providers');
	const stage = await startNetwork(cardano);
	await registerProviders(stage);
	await tellMoney(stage, claimed);
	account.step(3, 'blocks by private leaders');
	await watchConsensus(stage);
	await tellMoney(stage, claimed);
	account.step(4, 'a file goes in');
	const stored = await putFile(stage);
	await tellMoney(stage, claimed);
	account.step(11, 'meanwhile: holders of the governance token vote on a grant');
	const [passed] = await Promise.all([voteOnGrant(stage), watchBoundary(stage, 1, BOUNDARY_MS_MAX)]);
	account.step(5, 'an epoch of proofs, and pay');
	await proveEpoch(stage, stored.watched, stored.firstEpoch, stored.holders);
	const withdrawn = await withdrawEarnings(stage);
	await tellMoney(stage, claimed);
	account.step(6, 'a provider is lost');
	const lost = await killProvider(stage);
	account.step(7, 'meanwhile: files by name, and all of them again from twenty-four words');
	await restoreFromPhrase(stage);
	await tellMoney(stage, claimed);
	account.step(6, 'the pieces of the lost provider are rebuilt');
	const repair = await rebuildPieces(stage, stored, lost);
	await tellMoney(stage, claimed);
	account.step(8, 'the file comes back, and who charges is paid by voucher');
	await fetchFile(stage, stored);
	await tellMoney(stage, claimed);
	account.step(9, 'a producer loses power');
	await cutPower(stage);
	await tellMoney(stage, claimed);
	account.step(10, 'the month ends: checkpoint on Cardano');
	await finishPeriod(stage, claimed, withdrawn);
	account.step(11, 'and what they passed leaves the treasury');
	await payGrant(stage, passed);
	await tellMoney(stage, claimed);
	account.step(6, 'and the repairer is paid');
	await collectBounty(stage, stored, repair);
	await tellMoney(stage, claimed);
	if (options.full) {
		await proveAgain(stage);
		await joinFromSnapshot(stage);
	}
	return stage;
};

const tellEnd = async (stage: NetworkStage): Promise<void> => {
	const {account, figures} = stage;
	const status = await stage.relay.client.status();
	account.print(`\n${await forgedTable(stage)}\n`);
	account.print(
		facts([
			...figures,
			[
				'chain',
				`${(status.tip?.blockNo ?? 0) + 1} blocks in ${status.epoch + 1} epochs, ${stage.group.count} processes`,
			],
			['memory of the relay', `${Math.round(status.memory.residentBytes / 2 ** 20)} MiB`],
			['time', `${(account.elapsedMs() / 1000).toFixed(1)} s`],
		]),
	);
	account.tell('done', 'every step was done and checked', {
		seconds: account.elapsedMs() / 1000,
		figures: Object.fromEntries(figures),
	});
};

/** Runs all of it; throws what failed, after every process is stopped. */
export const runDemo = (options: DemoOptions): Promise<void> =>
	withDevnet(options, async ground => {
		const stage = await runSteps({...ground, options}, options);
		await tellEnd(stage);
		if (options.stay) await stay(stage, ground.signal);
	});
