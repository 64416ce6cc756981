/** Bonds of providers from their deployment to their end, by the commands of their owner and of whoever disputes. */
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import type {Options, Verb} from '#cli/answer';
import {
	answerCardanoBond,
	disputeCardanoBond,
	exitCardanoBond,
	keepCardanoBond,
	leaveCardanoBond,
	listCardanoBonds,
	registerCardanoBond,
	slashCardanoBond,
} from '#cli/commands/cardano-bond';
import {deployCardanoBonds} from '#cli/commands/cardano-bond-deploy';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {Lovelace} from '#kernel/lovelace';
import {startControlServer} from '#node/adapters/control-server';
import {writeKeyFile} from '#node/adapters/text-envelope';
import type {ControlBackend} from '#node/ports/control-backend';
import {BOND_TERMS} from '#onchain/bond-params';
import {encodeDeployment} from '#onchain/deployment';
import {encodeForestProof} from '#storage-proofs/forest-proof';
import {BOND_SLOTS, checkpointWith, provenAndShown} from '../support/bond-devnet.ts';
import {contractDevnet, passSlots, WALLET} from '../support/contract-devnet.ts';
import {forwardingServer} from '../support/forwarding-server.ts';
import {testCommittee} from '../support/side-chain.ts';
import {silentLog} from '../support/silent-log.ts';
import {type Teardown, temporaryFolder} from '../support/temporary-folder.ts';

const ADA = 1_000_000n;
const STRANGER = new Uint8Array(32).fill(0x74);

type Proven = ReturnType<typeof provenAndShown>;

/** A node that has what a provider has proven, and the blocks in which it did. */
const nodeThatKnows = async (t: Teardown, {opening, ...forest}: Proven): Promise<string> => {
	const folder = await temporaryFolder(t);
	const answers: Partial<ControlBackend> = {
		forestEvidence: async ({epoch = forest.epoch, period = 0}) =>
			epoch === forest.epoch
				? {
						provider: toHex(forest.provider),
						period,
						stateRoot: '00'.repeat(32),
						epoch,
						root: toHex(forest.root),
						totalLeaves: String(forest.totalLeaves),
						seed: toHex(forest.seed),
						index: forest.index,
						path: forest.path.map(toHex),
						sections: forest.sections.map(toHex),
					}
				: undefined,
		leafOpening: async () => ({proof: toHex(encodeForestProof({openings: [opening]}))}),
	};
	const describe = {
		pid: 1,
		p2pHost: '127.0.0.1',
		p2pPort: 2,
		metricsUrl: null,
		genesisHash: '',
		name: 'test',
	};
	const server = await startControlServer(
		answers as ControlBackend,
		{port: 0, file: path.join(folder, 'control.json'), describe},
		{log: silentLog},
	);
	t.teardown(() => server.stop());
	return folder;
};

test('bonds are deployed, put up, disputed, answered for, slashed and taken back by commands', async t => {
	const committee = testCommittee([1n]);
	const devnet = await contractDevnet(t, {committee, traced: false, slots: BOND_SLOTS, wallets: [STRANGER]});
	const {url, deployment, contracts} = devnet;
	const {claimId: provider} = await contracts.openClaim({
		kind: 'provider',
		operatorVk: new Uint8Array(32),
		collateral: Lovelace(0n),
	});
	const proven = provenAndShown(deployment.genesisHash, provider);
	await checkpointWith(devnet, committee, proven);
	const node = await nodeThatKnows(t, proven);
	const folder = await temporaryFolder(t);
	const file = (name: string): string => path.join(folder, name);
	await writeFile(file('deployment'), encodeDeployment(deployment));
	await writeKeyFile(file('owner.skey'), 'PaymentSigningKeyShelley_ed25519', WALLET);
	await writeKeyFile(file('stranger.skey'), 'PaymentSigningKeyShelley_ed25519', STRANGER);
	const place = {deployment: file('deployment'), kupoUrl: url, wallet: file('owner.skey'), node};
	const run = async (
		verb: Verb,
		words: readonly string[] = [],
		options: Options = {},
		{signal} = new AbortController(),
	) => (await verb(words, {...place, ...options}, signal)).data;
	/** A run that ends when it would hand its transaction in. */
	const cutShort = async (verb: Verb, words: readonly string[] = [], options: Options = {}) => {
		const end = new AbortController();
		const ogmiosUrl = await forwardingServer(t, url, async (body, forward) => {
			if (!body.includes('"submitTransaction"')) return forward();
			end.abort();
			return undefined;
		});
		await t.throwsAsync(run(verb, words, {...options, ogmiosUrl}, end), {any: true, name: 'AbortError'});
	};
	const fails = (code: string, verb: Verb, words: readonly string[] = [], options: Options = {}) =>
		t.throwsAsync(run(verb, words, options), {code});
	const list = async () => (await run(listCardanoBonds, [toHex(provider)])) as readonly object[];
	const putUp = async (): Promise<string> => {
		const {bond} = (await run(registerCardanoBond, [], {claim: toHex(provider)})) as {bond: Uint8Array};
		return toHex(bond);
	};
	const stranger = {wallet: file('stranger.skey')};

	await fails('CARDANO_BONDS_MISSING', listCardanoBonds);
	await cutShort(deployCardanoBonds);
	t.deepEqual(await list(), [], 'the record names them already');
	t.like(await run(deployCardanoBonds), {isResumed: true});
	await fails('CARDANO_BONDS_THERE', deployCardanoBonds);
	t.like(await run(registerCardanoBond, [], {claim: toHex(provider), out: file('tx.json')}), {
		submitted: false,
	});
	t.deepEqual(await list(), []);

	await fails('BOND_OTHER_OWNER', registerCardanoBond, [], {claim: toHex(provider), ...stranger});
	const bond = await putUp();
	await cutShort(keepCardanoBond, [bond], {amount: '2ADA'});
	t.like((await list())[0], {lovelace: 50n * ADA});
	t.like(await run(keepCardanoBond, [bond], {amount: '2ADA'}), {isResumed: true});
	await fails('OPTION_MISSING', keepCardanoBond, [bond]);
	await fails('BOND_OTHER_OWNER', keepCardanoBond, [bond], {amount: '2ADA', ...stranger});
	t.like((await list())[0], {lovelace: 52n * ADA, exitAfterMs: 0});
	await fails('BOND_NOT_DISPUTED', answerCardanoBond, [bond]);
	await fails('FOREST_UNKNOWN', disputeCardanoBond, [bond], {epoch: '8'});
	t.like(await run(disputeCardanoBond, [bond], stranger), {epoch: proven.epoch});
	await fails('BOND_DISPUTED', exitCardanoBond, [bond]);
	await fails('BOND_STILL_ANSWERABLE', slashCardanoBond, [bond]);
	await run(answerCardanoBond, [bond]);
	t.like((await list())[0], {lovelace: 72n * ADA, exitAfterMs: 0}, 'the deposit stays for the trouble');

	await run(disputeCardanoBond, [bond], stranger);
	await passSlots(url, BOND_TERMS.answerMs / BOND_SLOTS.lengthMs + 7);
	await run(slashCardanoBond, [bond]);
	await fails('BOND_UNKNOWN', leaveCardanoBond, [bond]);

	await cutShort(registerCardanoBond, [], {claim: toHex(provider)});
	await fails('CARDANO_PAYMENT_RESUMED', registerCardanoBond, [], {claim: toHex(provider)});
	const [listed] = (await list()) as readonly {bond: Uint8Array}[];
	const another = toHex(defined(listed, 'the bond that was put up').bond);
	await fails('BOND_EXIT_NOT_ANNOUNCED', leaveCardanoBond, [another]);
	await run(exitCardanoBond, [another]);
	await fails('BOND_EXIT_TOO_EARLY', leaveCardanoBond, [another]);
	await passSlots(url, BOND_TERMS.exitMs / BOND_SLOTS.lengthMs + 7);
	await run(leaveCardanoBond, [another]);
	t.deepEqual(await list(), []);
});
