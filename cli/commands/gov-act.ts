import {readFile} from 'node:fs/promises';
import {committeeHash} from '#crypto/checkpoint-message';
import {defined} from '#kernel/assert';
import {fromHex, parseHex, toHex} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {ExecutedTransaction} from '#node/adapters/lucid/execute-plan';
import type {GovernanceContracts} from '#node/adapters/lucid/governance-contracts';
import {planWords} from '#node/adapters/lucid/plan-words';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {settingsOf, VOTE, type Vote} from '#onchain/data/governance-data';
import {governanceOf} from '#onchain/governance-deployment';
import {networkIdOf} from '#onchain/plans/deploy-plan';
import {checkSweep, type SweepFailure} from '#onchain/plans/sweep-unclaimed-plan';
import {slotStart} from '#onchain/plans/time-range';
import {type Answer, type Options, optionalText, type Verb} from '../answer.ts';
import {openContracts, openKupo} from '../cardano-access.ts';
import {draftAnswer} from '../cardano-file.ts';
import {ada, byteSize, utc} from '../format.ts';
import {readClaimFile} from '../gov/allocation-list.ts';
import {anchorOf} from '../gov/anchor.ts';
import {effectView} from '../gov/effect-text.ts';
import {proposalOption} from '../gov/proposal-option.ts';
import {parseTokens, tokensText} from '../gov/tokens.ts';
import {type RecoveryTarget, wantedEffect} from '../gov/wanted-effect.ts';
import {openNode} from '../node-client.ts';
import {textOption} from '../sending.ts';
import {notGoverned} from './gov-views.ts';

type Doing = {
	/** What will happen, in plain words. */
	readonly words: string;
	readonly data?: Readonly<Record<string, unknown>>;
	readonly run: () => Promise<ExecutedTransaction>;
};

const governanceIn = async (options: Options): Promise<GovernanceContracts> => {
	const {governance} = await openContracts(options);
	if (governance === undefined) throw notGoverned();
	return governance;
};

/** Says what will happen; does it with --yes, or writes it down with --out. */
const carryOut = async (options: Options, {words, data = {}, run}: Doing): Promise<Answer> => {
	const isSure = options['yes'] === true || optionalText(options, 'out') !== undefined;
	if (!isSure)
		return {
			data: {...data, words, done: false},
			text: `${words}\nNothing has happened yet: say it again with --yes, or with --out to sign elsewhere.`,
		};
	const transaction = await run();
	const draft = draftAnswer(options, transaction, words, data);
	if (draft !== undefined) return draft;
	const {txId, size, fee} = transaction;
	return {
		data: {...data, words, done: true, txId, size, fee},
		text: `${words}\ndone: transaction ${toHex(txId)}, ${byteSize(size)}, fee ${ada(fee)}`,
	};
};

/** Who signs after the period that closed last: those are alive, or were by then. */
const recoveryTarget = (options: Options, signal: AbortSignal) => async (): Promise<RecoveryTarget> => {
	const {pending, confirmed} = await (await openNode(options)).checkpoints({signal});
	const newest = pending.at(-1);
	if (newest === undefined)
		throw new NodeError({
			code: 'RECOVERY_NOT_NEEDED',
			message: 'No closed period waits for its checkpoint: the committee is alive.',
		});
	const members = newest.nextCommittee.map(({vk, weight}) => ({
		verificationKey: fromHex(vk),
		weight: BigInt(weight),
	}));
	return {period: confirmed.period, committeeHash: committeeHash(await createNativeCrypto(), members)};
};

export const propose: Verb = async (_words, options, signal) => {
	const [governance, {deployment}] = [await governanceIn(options), await openKupo(options)];
	const {governor} = await governance.reader.state(signal);
	const settings = settingsOf(governor.datum.settings);
	const effect = await wantedEffect(options, {settings, recovery: recoveryTarget(options, signal)});
	const anchor = await anchorOf(options, signal);
	const shown = effectView(effect, networkIdOf(deployment.network.magic));
	const {deposit, quorum, voteMs, recoveryVoteMs} = settings;
	const days = (ms: bigint): string => `${Number(ms) / 86_400_000} days`;
	const voted = shown.kind === 'committee-recovery' ? recoveryVoteMs : voteMs;
	return carryOut(options, {
		words: `Proposes “${anchor.rationale.title}”: when it passes and is executed, ${shown.words}. The vote lasts ${days(voted)}; ${ada(deposit)} are left as a deposit, which is lost if fewer than ${tokensText(quorum)} are cast.`,
		data: {effect: shown, anchorHash: anchor.hash, proposal: governor.datum.nextProposal},
		run: async () =>
			(await governance.propose({effect, anchorHash: anchor.hash, anchorUrl: anchor.url}, {signal}))
				.transaction,
	});
};

export const vote: Verb = async (words, options, signal) => {
	const id = proposalOption(words);
	const choice = words[1] ?? '';
	if (!Object.hasOwn(VOTE, choice))
		throw new NodeError({code: 'VOTE_UNKNOWN', message: `A vote is yes, no or abstain, not "${choice}".`});
	const [governance, {deployment}] = [await governanceIn(options), await openKupo(options)];
	const {proposals} = await governance.reader.state(signal);
	const proposal = proposals.find(({datum}) => datum.id === id);
	if (proposal === undefined)
		throw new NodeError({
			code: 'PROPOSAL_UNKNOWN',
			message: `There is no proposal ${id}, or it was executed or closed.`,
			proposal: id,
		});
	const {effect, closesAtMs} = proposal.datum;
	const shown = effectView(effect, networkIdOf(deployment.network.magic));
	return carryOut(options, {
		words: `Votes ${choice} on proposal ${id} with the largest stake of this key that has not voted on it. The proposal: ${shown.words}. A vote cannot be taken back; those tokens stay locked until ${utc(closesAtMs)}.`,
		data: {proposal: id, vote: choice},
		run: async () => (await governance.vote({proposal: id, vote: choice as Vote}, {signal})).transaction,
	});
};

export const execute: Verb = async (words, options, signal) => {
	const id = proposalOption(words);
	const governance = await governanceIn(options);
	return carryOut(options, {
		words: `Carries out proposal ${id}, if it passed and its time has come; "dcloud gov show ${id}" says what it does.`,
		data: {proposal: id},
		run: () => governance.execute({proposal: id}, {signal}),
	});
};

export const close: Verb = async (words, options, signal) => {
	const id = proposalOption(words);
	const governance = await governanceIn(options);
	return carryOut(options, {
		words: `Ends proposal ${id}, if it failed or expired; the deposit goes back, or to the treasury if the quorum was missed.`,
		data: {proposal: id},
		run: () => governance.close({proposal: id}, {signal}),
	});
};

const keyHashOption = (options: Options, name: string): Hash28 | undefined => {
	const text = optionalText(options, name);
	if (text === undefined) return undefined;
	const hash = parseHex(text);
	if (hash?.length === 28) return Hash28(hash);
	throw new NodeError({
		code: 'OPTION_MALFORMED',
		message: `--${name} wants a payment key hash: 56 hexadecimal digits.`,
	});
};

export const lock: Verb = async ([amount = ''], options, signal) => {
	const tokens = parseTokens(amount);
	const delegate = keyHashOption(options, 'delegate');
	const governance = await governanceIn(options);
	const who = delegate === undefined ? '' : ` The key ${toHex(delegate)} may vote with them too.`;
	return carryOut(options, {
		words: `Locks ${tokensText(tokens)} so that they can vote.${who} They can be withdrawn when no vote of theirs goes on.`,
		data: {tokens},
		run: () => governance.lockStake({tokens, ...(delegate && {delegate})}, {signal}),
	});
};

export const withdraw: Verb = async (_words, options, signal) => {
	const governance = await governanceIn(options);
	return carryOut(options, {
		words: 'Withdraws the largest stake of this key whose votes are over.',
		run: async () => (await governance.withdrawStake({}, {signal})).transaction,
	});
};

export const delegate: Verb = async (_words, options, signal) => {
	const to = keyHashOption({to: textOption(options, 'to')}, 'to') as Hash28;
	const governance = await governanceIn(options);
	return carryOut(options, {
		words: `Lets the key ${toHex(to)} vote with the largest stake of this key; it cannot withdraw it.`,
		run: async () => (await governance.delegate({delegate: to}, {signal})).transaction,
	});
};

export const claim: Verb = async (_words, options, signal) => {
	const file = textOption(options, 'claims');
	const text = await readFile(file, 'utf8').catch(error => {
		throw new NodeError({code: 'FILE_UNREADABLE', file, message: `${file} cannot be read.`}, {cause: error});
	});
	const list = readClaimFile(await createNativeCrypto(), text);
	if (!list.ok)
		throw new NodeError({...list.error, message: `${file} is no claim file, or not whole.`, file});
	const governance = await governanceIn(options);
	return carryOut(options, {
		words: 'Claims the tokens that the list gives to the key of this wallet, once.',
		run: () => governance.claimTokens(list.value.allocations, {signal}),
	});
};

/** Holders are told how long they have still; by the time of the Cardano network, not of this machine. */
const sweepRefusal = (failure: SweepFailure): NodeError =>
	new NodeError({
		...failure,
		message:
			failure.code === 'CLAIMS_OVER'
				? planWords(failure.code)
				: `Holders can claim until ${utc(failure.claimUntilMs)}: only what is unclaimed after that becomes the treasury's.`,
	});

export const sweepUnclaimed: Verb = async (_words, options, signal) => {
	const governance = await governanceIn(options);
	const {deployment} = await openKupo(options);
	const terms = defined(governanceOf(deployment), 'a wallet governs by the same record');
	const {reader} = governance;
	const [pot, slot] = await Promise.all([reader.pot(signal), reader.slot(signal)]);
	const checked = checkSweep(terms, pot, slotStart(terms.network, slot));
	if (!checked.ok) throw sweepRefusal(checked.error);
	const {unclaimed} = pot.datum;
	const {claimUntilMs} = terms;
	return carryOut(options, {
		words: `Makes ${tokensText(unclaimed)}, which nobody has claimed until ${utc(claimUntilMs)}, the treasury's. Nobody can claim after that; the tokens stay in the token pot, vote for nothing, and are paid by passed proposals only.`,
		data: {unclaimed, claimUntilMs},
		run: () => governance.sweepUnclaimed({signal}),
	});
};
