/** Step 2: relay, producers, providers, each a process of its own; providers register on Cardano, then here. */
import {fromHex, toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {relayNames} from '../../devnet/layout.ts';
import type {ProviderPerson} from '../../devnet/people.ts';
import {isCrowded, relayCount} from '../../devnet/shape.ts';
import {createStarter, type Member, type Starter} from '../../devnet/start-nodes.ts';
import {ada, short} from '../../format.ts';
import {submitAction} from '../../wallet.ts';
import {followEvents} from '../event-log.ts';
import {inTurns} from '../in-turns.ts';
import {type CardanoStage, check, type NetworkStage} from '../stage.ts';
import {until} from '../until.ts';

const BOND = Lovelace(500_000_000n);
const PRICE_PER_GIB = Lovelace(100_000_000n);
const CAPACITY_LEAVES = 1 << 20;
const SEEN_MS_MAX = 200_000;
/** Transactions that are built and processes that start at a time. */
const CLAIMS_AT_ONCE = 8;
const STARTS_AT_ONCE = 7;

const tellMember = (stage: CardanoStage, {name, started, control}: Member): void =>
	stage.account.tell(
		'process',
		`${name.padEnd(11)} process ${started.pid}, node-to-node port ${control.p2pPort}`,
		{
			name,
			pid: started.pid,
			port: control.p2pPort,
		},
	);

const submitRegistration = (
	stage: CardanoStage,
	relay: Member,
	{owner, operatorSeed, operatorVk}: ProviderPerson,
	claim: string,
): Promise<string> =>
	submitAction(relay.client, stage.network, {
		sender: owner.seed,
		cosigners: [operatorSeed],
		action: {
			kind: 'provider-register',
			provider: fromHex(claim) as Hash32,
			operatorVk,
			payoutAccount: owner.account,
			bond: BOND,
			storePrice: PRICE_PER_GIB,
			minTermEpochs: 1,
			capacityLeaves: CAPACITY_LEAVES,
		},
	});

/** The block that reported the claim may have lost to another one meanwhile: then the next one reports it again. */
const register = (
	stage: CardanoStage,
	relay: Member,
	provider: ProviderPerson,
	claim: string,
): Promise<void> =>
	until('the claim is in the ledger', SEEN_MS_MAX, stage.signal, async () => {
		try {
			await submitRegistration(stage, relay, provider, claim);
			return true;
		} catch (error) {
			if (error instanceof NodeError && error.code === 'CLAIM_UNKNOWN') return false;
			throw error;
		}
	});

const startRelays = async (stage: CardanoStage, starter: Starter): Promise<readonly Member[]> => {
	const relays: Member[] = [];
	for (const name of relayNames(relayCount(stage.shape))) {
		const [first] = relays;
		relays.push(await (first === undefined ? starter.relay(name) : starter.follower(name, first)));
	}
	for (const member of relays) tellMember(stage, member);
	return relays;
};

/**
 * Starts every process; the claims are opened on Cardano while the nodes come up. With `handsIn` the producers hand
 * certified checkpoints in.
 */
export const startNetwork = async (
	stage: CardanoStage,
	{handsIn = false}: {readonly handsIn?: boolean} = {},
): Promise<NetworkStage> => {
	const {account, people, group, layout, kupoUrl, shape} = stage;
	const submitWallet = handsIn ? people.operator.keyFile : undefined;
	const starter = createStarter(group, layout, {kupoUrl, crowded: isCrowded(shape), submitWallet});
	const relays = await startRelays(stage, starter);
	const [relay] = relays;
	check(relay !== undefined, 'there is a relay');
	const producers = await Promise.all(people.producers.map(producer => starter.producer(producer, relay)));
	for (const member of producers) tellMember(stage, member);
	const progress = account.progress('claims on Cardano', people.providers.length, 'providers');
	let opened = 0;
	const claims = await inTurns(people.providers, CLAIMS_AT_ONCE, async provider => {
		const claim = await stage.cardano.openClaim(provider);
		progress.advance(++opened);
		return claim;
	});
	progress.finish();
	const providers = await inTurns(people.providers, STARTS_AT_ONCE, (provider, index) =>
		starter.provider(provider, relays[index % relays.length] ?? relay, claims[index] ?? ''),
	);
	for (const member of providers) tellMember(stage, member);
	const events = followEvents(relay.client, {from: 0, signal: stage.signal});
	return {...stage, starter, relay, relays, producers, providers, claims, events, figures: []};
};

/** Every claim must be deep enough on Cardano to be reported in a block before its provider can register. */
export const registerProviders = async (stage: NetworkStage): Promise<void> => {
	const {account, people, events, relay, claims, signal, shape} = stage;
	const seenMsMax = SEEN_MS_MAX * (isCrowded(shape) ? 3 : 1);
	const count = claims.length;
	const seen = account.progress('claims reported by blocks', count, 'providers');
	await events.waitForAll(
		'all claims reported by blocks',
		({event}) => (event.kind === 'claim-opened' ? String(event['claimId']) : undefined),
		count,
		seenMsMax,
		seen.advance,
	);
	seen.finish();
	await inTurns(people.providers, CLAIMS_AT_ONCE, (provider, index) =>
		register(stage, relay, provider, claims[index] ?? ''),
	);
	const registered = await events.waitForAll(
		'all providers registered',
		({event}) => (event.kind === 'provider-registered' ? String(event['provider']) : undefined),
		count,
		seenMsMax,
	);
	for (const [id, line] of registered)
		account.tell(
			'provider-registered',
			`provider ${short(id)} registered in block ${line.blockNo}, bond ${ada(BOND)}`,
			{
				provider: id,
				blockNo: line.blockNo,
			},
		);
	const everybody = [...stage.producers, ...stage.providers];
	await until('every process has found others through a relay', seenMsMax, signal, async () => {
		const statuses = await Promise.all(everybody.map(({client}) => client.status()));
		// A relay, and every other producer directly.
		const lonely = statuses.filter(
			({peers}, index) => peers.length < (index < stage.producers.length ? stage.producers.length : 1),
		);
		return lonely.length === 0;
	});
	const statuses = await Promise.all(everybody.map(({client}) => client.status()));
	account.tell(
		'peers',
		`peers found through the relay: ${statuses.map(({name, peers}) => `${name} ${peers.length}`).join(', ')}`,
		{peers: Object.fromEntries(statuses.map(({name, peers}) => [name, peers.map(({address}) => address)]))},
	);
	check(registered.size === count, 'all providers are registered');
	account.tell(
		'keys',
		`operator keys: ${people.providers.map(({operatorVk}) => short(toHex(operatorVk))).join(' ')}`,
	);
};
