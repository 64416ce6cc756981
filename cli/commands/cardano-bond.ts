import type {Command} from 'commander';
import {fromHex, toHex} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {EPOCH_MAX} from '#ledger/limits';
import type {BondContracts} from '#node/adapters/lucid/bond-contracts';
import {createBondReader} from '#node/adapters/lucid/bond-reader';
import type {ExecutedTransaction} from '#node/adapters/lucid/execute-plan';
import type {CardanoContracts} from '#node/adapters/lucid/lucid-contracts';
import type {ForestEvidenceView} from '#node/ports/bond-api';
import {bondsOf} from '#onchain/bond-deployment';
import type {Bond, DisputedBond} from '#onchain/plans/bond-plans';
import type {ProvenForest} from '#onchain/state-row';
import {CHALLENGES} from '#storage-proofs/challenge';
import {decodeForestProof, type LeafOpening} from '#storage-proofs/forest-proof';
import {accountOf} from '../account-id.ts';
import {type Answer, answers, type Options, optionalText, type Verb} from '../answer.ts';
import {openContracts, openKupo, orResumed, withCardano, withKupo} from '../cardano-access.ts';
import {draftAnswer, withDraft} from '../cardano-file.ts';
import {countOption} from '../count-option.ts';
import {ada} from '../format.ts';
import {openNode, withNode} from '../node-client.ts';
import {textOption} from '../sending.ts';
import {table} from '../table.ts';
import {parseAmount, parseId} from '../wallet.ts';
import {deployCardanoBonds} from './cardano-bond-deploy.ts';

const idOf = (text: string | undefined, what: string): Hash32 => Hash32(parseId(text ?? '', 32, what));
const bondIdFrom = (text: string | undefined): Hash32 => idOf(text, 'A bond id');
const at = (timeMs: number): string => new Date(timeMs).toISOString();

const missing = (): NodeError =>
	new NodeError({
		code: 'CARDANO_BONDS_MISSING',
		message:
			'These contracts were deployed without bonds of providers: see "dcloud cardano bond-deploy", or use a newer deployment record.',
	});

type Opened = {readonly contracts: CardanoContracts; readonly bonds: BondContracts};

const open = async (options: Options): Promise<Opened> => {
	const contracts = await openContracts(options);
	const {bonds} = contracts;
	if (bonds === undefined) throw missing();
	return {contracts, bonds};
};

const done = (
	options: Options,
	transaction: ExecutedTransaction,
	what: string,
	more: Readonly<Record<string, unknown>>,
): Answer => {
	const {txId, fee} = transaction;
	return (
		draftAnswer(options, transaction, what, more) ??
		orResumed(transaction, {
			data: {...more, txId, fee},
			text: `${what}: transaction ${toHex(txId)}, fee ${ada(fee)}`,
		})
	);
};

const stateOf = (bond: Bond | DisputedBond): string => {
	if ('answerByMs' in bond.datum)
		return `disputed: leaf ${bond.datum.leaf} until ${at(bond.datum.answerByMs)}`;
	const {exitAfterMs} = bond.datum;
	return exitAfterMs === 0 ? 'stands' : `leaves from ${at(exitAfterMs)} on`;
};

export const listCardanoBonds: Verb = async ([provider], options, signal) => {
	const {kupoUrl, deployment} = await openKupo(options);
	const bonds = bondsOf(deployment);
	if (bonds === undefined) throw missing();
	const {idle, disputed} = await createBondReader(kupoUrl, bonds).all(signal);
	const wanted = provider === undefined ? undefined : toHex(idOf(provider, 'A provider id'));
	const found = [...idle, ...disputed].filter(
		({datum}) => wanted === undefined || toHex(datum.provider) === wanted,
	);
	return {
		data: found.map(({name, lovelace, datum}) => ({bond: name, lovelace, ...datum})),
		text: table(
			['bond', 'provider', 'holds', 'state'],
			found.map(bond => [toHex(bond.name), toHex(bond.datum.provider), ada(bond.lovelace), stateOf(bond)]),
		),
	};
};

export const registerCardanoBond: Verb = async (_words, options, signal) => {
	const provider = idOf(textOption(options, 'claim'), 'A claim id');
	const {bonds} = await open(options);
	const {bond, transaction} = await bonds.register({provider}, {signal});
	return done(options, transaction, `bond ${toHex(bond)} stands behind provider ${toHex(provider)}`, {bond});
};

export const keepCardanoBond: Verb = async ([id], options, signal) => {
	const bond = bondIdFrom(id);
	const [amount, owner] = [optionalText(options, 'amount'), optionalText(options, 'owner')];
	if (amount === undefined && owner === undefined)
		throw new NodeError({code: 'OPTION_MISSING', message: 'Say what changes: --amount, --owner, or both.'});
	const {bonds} = await open(options);
	const change = {
		bond,
		...(amount !== undefined && {more: parseAmount(amount)}),
		...(owner !== undefined && {owner: Hash28(fromHex(await accountOf(owner)))}),
	};
	return done(options, await bonds.keep(change, {signal}), 'the bond is kept', {bond});
};

const forestFrom = (view: ForestEvidenceView): ProvenForest => ({
	provider: Hash32(fromHex(view.provider)),
	epoch: view.epoch,
	root: Hash32(fromHex(view.root)),
	totalLeaves: BigInt(view.totalLeaves),
	seed: Hash32(fromHex(view.seed)),
	index: view.index,
	path: view.path.map(each => Hash32(fromHex(each))),
	sections: view.sections.map(each => Hash32(fromHex(each))),
});

/** Under the checkpoint that stands on Cardano now. */
export const disputeCardanoBond: Verb = async ([id], options, signal) => {
	const bond = bondIdFrom(id);
	const challenge = countOption(options, 'challenge', CHALLENGES - 1) ?? 0;
	const epoch = countOption(options, 'epoch', EPOCH_MAX);
	const {bonds, contracts} = await open(options);
	const node = await openNode(options);
	const [{datum}, {period}] = await Promise.all([
		bonds.reader.idle(bond, signal),
		contracts.readCheckpoint({signal}),
	]);
	const provider = toHex(datum.provider);
	const evidence = await node.forestEvidence({provider, epoch, period}, {signal});
	if (evidence === undefined)
		throw new NodeError({
			code: 'FOREST_UNKNOWN',
			message: `The checkpoint of period ${period}, which stands on Cardano, does not say that this provider has proven leaves${epoch === undefined ? '' : ` in epoch ${epoch}`}: there is nothing to dispute.`,
			provider,
			period,
		});
	const {datum: asked, transaction} = await bonds.dispute(
		{bond, forest: forestFrom(evidence), challenge},
		{signal},
	);
	const {leaf, answerByMs} = asked;
	const what = `leaf ${leaf} of what was proven in epoch ${evidence.epoch} is to be shown until ${at(answerByMs)}`;
	return done(options, transaction, what, {bond, epoch: evidence.epoch, leaf, answerByMs});
};

/** Of an answer of the control API: a proof with one leaf. */
const openingFrom = (proof: string): LeafOpening | undefined => {
	const decoded = decodeForestProof(fromHex(proof));
	return decoded.ok ? decoded.value.openings[0] : undefined;
};

export const answerCardanoBond: Verb = async ([id], options, signal) => {
	const bond = bondIdFrom(id);
	const {bonds} = await open(options);
	const node = await openNode(options);
	const {datum} = await bonds.reader.disputed(bond, signal);
	const {provider, root, totalLeaves, leaf} = datum;
	const query = {
		provider: toHex(provider),
		root: toHex(root),
		totalLeaves: String(totalLeaves),
		leaf: String(leaf),
	};
	const view = await node.leafOpening(query, {signal});
	const opening = view && openingFrom(view.proof);
	if (opening === undefined)
		throw new NodeError({
			code: 'LEAF_OPENING_UNKNOWN',
			message:
				'No block that this node keeps shows the leaf that is asked for: ask a node that has kept all proofs.',
			bond: toHex(bond),
		});
	const transaction = await bonds.answer({bond, opening}, {signal});
	return done(options, transaction, `leaf ${leaf} is shown, and the bond stands`, {bond});
};

export const slashCardanoBond: Verb = async ([id], options, signal) => {
	const bond = bondIdFrom(id);
	const {bonds} = await open(options);
	const transaction = await bonds.slash({bond}, {signal});
	return done(options, transaction, 'the bond goes to the treasury, and what is due to whoever disputed', {
		bond,
	});
};

export const exitCardanoBond: Verb = async ([id], options, signal) => {
	const bond = bondIdFrom(id);
	const {bonds} = await open(options);
	const {exitAfterMs, transaction} = await bonds.announceExit({bond}, {signal});
	const what = `the bond can be taken back from ${at(exitAfterMs)} on`;
	return done(options, transaction, what, {bond, exitAfterMs});
};

export const leaveCardanoBond: Verb = async ([id], options, signal) => {
	const bond = bondIdFrom(id);
	const {bonds} = await open(options);
	return done(options, await bonds.leave({bond}, {signal}), 'the bond is back in the wallet', {bond});
};

const withBond = (command: Command): Command =>
	withDraft(withCardano(command)).argument('<bond>', 'id of the bond');

/** What anybody may do about the bond of another. */
const registerDisputes = (noun: Command): void => {
	answers(
		withNode(
			withBond(
				noun
					.command('bond-dispute')
					.description('ask for one leaf that a provider has proven, as the checkpoint on Cardano says'),
			),
		)
			.option('--epoch <number>', 'in which it was proven (default: the newest)')
			.option('--challenge <n>', 'which of its eight challenges, 0 to 7', '0'),
		disputeCardanoBond,
	);
	answers(
		withNode(
			withBond(
				noun
					.command('bond-answer')
					.description('show the leaf, out of the blocks in which the provider proved it'),
			),
		),
		answerCardanoBond,
	);
	answers(
		withBond(
			noun.command('bond-slash').description('when nobody has answered in time: the treasury gets the bond'),
		),
		slashCardanoBond,
	);
};

/** Identity bonds of providers: ADA that only a dispute takes. */
export const registerBonds = (noun: Command): void => {
	answers(
		withDraft(
			withCardano(
				noun.command('bond-deploy').description('for contracts that have none: the script of bonds'),
			),
		)
			.option('--answer-minutes <n>', 'time to answer a dispute (default: 5 days)')
			.option('--exit-minutes <n>', 'from the announcement of an exit to the exit (default: 60 days)'),
		deployCardanoBonds,
	);
	answers(
		withKupo(
			noun.command('bond-list').description('the bonds behind providers, and their disputes'),
		).argument('[provider]', 'claim id of one of them'),
		listCardanoBonds,
	);
	answers(
		withDraft(
			withCardano(noun.command('bond-register').description('put up a bond behind a provider')),
		).requiredOption('--claim <id>', 'claim of the provider, which the wallet owns'),
		registerCardanoBond,
	);
	answers(
		withBond(noun.command('bond-keep').description('owner: add ADA, or give the bond to another owner'))
			.option('--amount <amount>', 'lovelace or ADA to add')
			.option('--owner <account>', 'key hash or key file of the next owner'),
		keepCardanoBond,
	);
	registerDisputes(noun);
	answers(
		withBond(noun.command('bond-exit').description('owner: announce that the bond is to be taken back')),
		exitCardanoBond,
	);
	answers(
		withBond(noun.command('bond-leave').description('owner: take the bond back, after the wait')),
		leaveCardanoBond,
	);
};
