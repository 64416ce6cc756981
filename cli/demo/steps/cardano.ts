/** Step 1: a Cardano network in a process of its own, our contracts on it, the genesis credits backed in the bridge. */
import path from 'node:path';
import {toHex} from '#kernel/bytes';
import {genesisHashOf} from '#ledger/genesis/genesis';
import {genesisProfiles} from '#ledger/genesis/profiles';
import {cardanoKey} from '#onchain/cardano/key-address';
import type {CardanoReady} from '../../commands/cardano-devnet.ts';
import {deployOnCardano, prepareContracts} from '../../devnet/cardano-side.ts';
import {devnetCommittee, devnetCredits, devnetGenesis, writeGenesis} from '../../devnet/genesis.ts';
import {devnetTerms} from '../../devnet/governance.ts';
import {makePeople, type People, type Person} from '../../devnet/people.ts';
import {ada, byteSize, short} from '../../format.ts';
import {type CardanoStage, check, type Ground} from '../stage.ts';

const OPERATOR_ADA = 3_000_000n;
const PROVIDER_ADA = 500n;
const NEWCOMER_ADA = 5_000n;
const FOUNDING_ADA = 1_000n;
const HOLDER_ADA = 100n;
/** From the genesis file to slot 0: deployment, claims and the start of twelve processes fit in. */
const LEAD_MS = 20_000;

const addressOf = ({crypto}: Ground, {seed}: Person): string => cardanoKey(crypto, 'testnet', seed).address;

const startCardano = async (ground: Ground, people: People): Promise<CardanoReady> => {
	const {group, layout} = ground;
	const funds = [
		`${addressOf(ground, people.operator)}=${OPERATOR_ADA}ADA`,
		// Governance and contracts are compiled for an output each.
		`${addressOf(ground, people.operator)}=${FOUNDING_ADA}ADA`,
		...people.producers.map(({owner}) => `${addressOf(ground, owner)}=${HOLDER_ADA}ADA`),
		`${addressOf(ground, people.newcomer)}=${NEWCOMER_ADA}ADA`,
		...people.providers.map(({owner}) => `${addressOf(ground, owner)}=${PROVIDER_ADA}ADA`),
	];
	const started = await group.start('cardano', [
		...['cardano', 'devnet', '--data', layout.cardano],
		...funds.flatMap(fund => ['--fund', fund]),
	]);
	return group.ready<CardanoReady>(started, path.join(layout.cardano, 'cardano.json'));
};

export const setUpCardano = async (ground: Ground): Promise<CardanoStage> => {
	const {account, crypto, layout} = ground;
	const people = await makePeople(crypto, layout, ground.shape);
	account.tell(
		'keys',
		`keys of 3 pools, ${people.providers.length} providers and 4 people in ${layout.keys} (cardano-cli files, mode 0600)`,
	);
	const ready = await startCardano(ground, people);
	account.tell(
		'cardano',
		`Cardano devnet at ${ready.url} (Scalus ledger behind Kupo and Ogmios), a block a second`,
		{
			...ready,
		},
	);
	const {epochLength, checkpointEvery} = genesisProfiles.devnet;
	const {slotMs} = ground.shape;
	const systemStartMs = Math.ceil((Date.now() + LEAD_MS) / 1000) * 1000;
	const access = {crypto, ready, operator: people.operator};
	const prepared = await prepareContracts(access, devnetCommittee(crypto, people), {
		systemStartMs,
		periodMs: epochLength * checkpointEvery * slotMs,
		governance: devnetTerms(crypto, people, systemStartMs),
	});
	const genesis = devnetGenesis(crypto, people, {systemStartMs, slotMs, cardano: prepared.section});
	const genesisHash = await writeGenesis(crypto, layout, genesis);
	check(toHex(genesisHash) === toHex(genesisHashOf(crypto, genesis)), 'the genesis file is what was meant');
	account.tell(
		'genesis',
		`genesis ${toHex(genesisHash)}: slot 0 at ${new Date(systemStartMs).toISOString()}`,
		{
			genesisHash,
			systemStartMs,
		},
	);
	const backing = devnetCredits(people);
	const {side, receipt} = await deployOnCardano(access, layout, prepared, {genesisHash, backing});
	account.tell(
		'deployed',
		`governance founded with 100 million DCG; contracts deployed as reference scripts, checkpoint NFT minted, in transaction ${short(receipt.txId)} (${byteSize(receipt.bytes)}, fee ${ada(receipt.fee)})`,
		{...receipt},
	);
	const bridge = await side.bridgeBalance();
	check(bridge === backing, 'the bridge holds as much ADA as there are genesis credits', {bridge, backing});
	account.tell('backed', `the bridge holds ${ada(bridge)}: exactly the genesis credits`, {
		bridge,
		credits: backing,
	});
	return {
		...ground,
		people,
		cardano: side,
		kupoUrl: ready.url,
		network: {crypto, genesis, genesisHash},
	};
};
