import {readFile} from 'node:fs/promises';
import {committeeHash} from '#crypto/checkpoint-message';
import {defined} from '#kernel/assert';
import {equalBytes, fromHex, parseHex, toHex} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {ExecutedTransaction} from '#node/adapters/lucid/execute-plan';
import type {GovernanceContracts} from '#node/adapters/lucid/governance-contracts';
import {planWords} from '#node/adapters/lucid/plan-words';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import type {NetworkId} from '#onchain/cardano/address';
import type {CardanoKey} from '#onchain/cardano/key-address';
import {settingsOf, VOTE, type Vote} from '#onchain/data/governance-data';
import {governanceOf} from '#onchain/governance-deployment';
import {networkIdOf} from '#onchain/plans/deploy-plan';
import {hasQuorum, isPassed, type Proposal} from '#onchain/plans/governance-plans';
import {checkSweep, type SweepFailure} from '#onchain/plans/sweep-unclaimed-plan';
import {slotStart} from '#onchain/plans/time-range';
import {type Answer, type Options, optionalText, type Verb} from '../answer.ts';
import {openContracts, openKupo, openRehearsal} from '../cardano-access.ts';
import {draftAnswer} from '../cardano-file.ts';
import {ada, byteSize, duration, utc} from '../format.ts';
import {readClaimFile} from '../gov/allocation-list.ts';
import {anchorOf} from '../gov/anchor.ts';
import {type EffectView, effectView} from '../gov/effect-text.ts';
import {proposalOption} from '../gov/proposal-option.ts';
import {parseTokens, tokensText} from '../gov/tokens.ts';
import {type RecoveryTarget, wantedEffect} from '../gov/wanted-effect.ts';
import {openNode} from '../node-client.ts';
import {textOption} from '../sending.ts';
import {notGoverned} from './gov-views.ts';

type Done = {
	readonly transaction: ExecutedTransaction;
	/** What it does, in plain words. */
	readonly words: string;
	readonly data?: Readonly<Record<string, unknown>>;
};

type Act = (opened: {
	readonly governance: GovernanceContracts;
	readonly wallet: CardanoKey;
	readonly network: NetworkId;
}) => Promise<Done>;

/** Does it with --yes, or writes it down with --out; else builds the transaction only to say what would happen. */
const carryOut = async (options: Options, act: Act): Promise<Answer> => {
	const isSure = options['yes'] === true || optionalText(options, 'out') !== undefined;
	const {governance, wallet} = await (isSure ? openContracts(options) : openRehearsal(options));
	if (governance === undefined) throw notGoverned();
	const {magic} = (await openKupo(options)).deployment.network;
	const {transaction, words, data = {}} = await act({governance, wallet, network: networkIdOf(magic)});
	const {txId, size, fee} = transaction;
	if (!isSure)
		return {
			data: {...data, words, fee, done: false},
			text: `${words}\nThe fee is ${ada(fee)}. Nothing has happened yet: say it again with --yes, or with --out to sign elsewhere.`,
		};
	const draft = draftAnswer(options, transaction, words, data);
	if (draft !== undefined) return draft;
	return {
		data: {...data, words, done: true, txId, size, fee},
		text: `${words}\ndone: transaction ${toHex(txId)}, ${byteSize(size)}, fee ${ada(fee)}`,
	};
};

/** Throws PROPOSAL_UNKNOWN. */
const proposalIn = async (
	{reader}: GovernanceContracts,
	id: number,
	{network, signal}: {readonly network: NetworkId; readonly signal: AbortSignal},
): Promise<{readonly proposal: Proposal; readonly effect: EffectView}> => {
	const {proposals} = await reader.state(signal);
	const proposal = proposals.find(({datum}) => datum.id === id);
	if (proposal !== undefined) return {proposal, effect: effectView(proposal.datum.effect, network)};
	throw new NodeError({
		code: 'PROPOSAL_UNKNOWN',
		message: `There is no proposal ${id}, or it was executed or closed.`,
		proposal: id,
	});
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

export const propose: Verb = (_words, options, signal) =>
	carryOut(options, async ({governance, network}) => {
		const {governor} = await governance.reader.state(signal);
		const settings = settingsOf(governor.datum.settings);
		const recovery = recoveryTarget(options, signal);
		const effect = await wantedEffect(options, {settings, recovery, network});
		const anchor = await anchorOf(options, signal);
		const shown = effectView(effect, network);
		const {deposit, quorum, voteMs, recoveryVoteMs} = settings;
		const voted = shown.kind === 'committee-recovery' ? recoveryVoteMs : voteMs;
		const draft = {effect, anchorHash: anchor.hash, anchorUrl: anchor.url};
		const {id, transaction} = await governance.propose(draft, {signal});
		return {
			transaction,
			words: `Proposes “${anchor.rationale.title}”: when it passes and is executed, ${shown.words}. The vote lasts ${duration(Number(voted))}; ${ada(deposit)} are left as a deposit, which is lost if fewer than ${tokensText(quorum)} are cast.`,
			data: {effect: shown, anchorHash: anchor.hash, proposal: id},
		};
	});

export const vote: Verb = async (words, options, signal) => {
	const id = proposalOption(words);
	const choice = words[1] ?? '';
	if (!Object.hasOwn(VOTE, choice))
		throw new NodeError({code: 'VOTE_UNKNOWN', message: `A vote is yes, no or abstain, not "${choice}".`});
	return carryOut(options, async ({governance, network}) => {
		const {proposal, effect} = await proposalIn(governance, id, {network, signal});
		const {stake, transaction} = await governance.vote({proposal: id, vote: choice as Vote}, {signal});
		return {
			transaction,
			words: `Votes ${choice} on proposal ${id} with ${tokensText(stake.tokens)}. The proposal: ${effect.words}. A vote cannot be taken back; those tokens stay locked until ${utc(proposal.datum.closesAtMs)}.`,
			data: {proposal: id, vote: choice, tokens: stake.tokens},
		};
	});
};

export const execute: Verb = async (words, options, signal) => {
	const id = proposalOption(words);
	return carryOut(options, async ({governance, network}) => {
		const {effect} = await proposalIn(governance, id, {network, signal});
		return {
			transaction: await governance.execute({proposal: id}, {signal}),
			words: `Carries out proposal ${id}, which has passed: ${effect.words}. Its deposit goes back to who proposed it.`,
			data: {proposal: id, effect},
		};
	});
};

export const close: Verb = async (words, options, signal) => {
	const id = proposalOption(words);
	return carryOut(options, async ({governance, network}) => {
		const {proposal, effect} = await proposalIn(governance, id, {network, signal});
		const {deposit, proposer} = proposal.datum;
		const to = hasQuorum(proposal.datum)
			? `back to the key ${toHex(proposer)}`
			: 'to the treasury, because the quorum was missed';
		const why = isPassed(proposal.datum) ? 'was not carried out in time' : 'has failed';
		return {
			transaction: await governance.close({proposal: id}, {signal}),
			words: `Ends proposal ${id}, which ${why} (${effect.words}); its deposit of ${ada(deposit)} goes ${to}.`,
			data: {proposal: id},
		};
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
	const who = delegate === undefined ? '' : ` The key ${toHex(delegate)} may vote with them too.`;
	return carryOut(options, async ({governance}) => ({
		transaction: await governance.lockStake({tokens, ...(delegate && {delegate})}, {signal}),
		words: `Locks ${tokensText(tokens)} so that they can vote.${who} They can be withdrawn when no vote of theirs goes on.`,
		data: {tokens},
	}));
};

export const withdraw: Verb = (_words, options, signal) =>
	carryOut(options, async ({governance}) => {
		const {stake, transaction} = await governance.withdrawStake({}, {signal});
		const {tokens} = stake;
		return {
			transaction,
			words: `Withdraws ${tokensText(tokens)}, the largest stake of this key whose votes are over.`,
			data: {tokens},
		};
	});

export const delegate: Verb = async (_words, options, signal) => {
	const to = keyHashOption({to: textOption(options, 'to')}, 'to') as Hash28;
	return carryOut(options, async ({governance}) => {
		const {stake, transaction} = await governance.delegate({delegate: to}, {signal});
		const {tokens} = stake;
		return {
			transaction,
			words: `Lets the key ${toHex(to)} vote with ${tokensText(tokens)}, the largest stake of this key; it cannot withdraw them.`,
			data: {tokens},
		};
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
	const {allocations} = list.value;
	return carryOut(options, async ({governance, wallet}) => {
		const transaction = await governance.claimTokens(allocations, {signal});
		const own = allocations.find(({keyHash}) => equalBytes(keyHash, wallet.keyHash));
		const tokens = own?.amount ?? 0n;
		return {
			transaction,
			words: `Claims ${tokensText(tokens)}, which the list gives to the key of this wallet, once.`,
			data: {tokens},
		};
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
	const {deployment} = await openKupo(options);
	return carryOut(options, async ({governance}) => {
		const terms = defined(governanceOf(deployment), 'a wallet governs by the same record');
		const {reader} = governance;
		const [pot, slot] = await Promise.all([reader.pot(signal), reader.slot(signal)]);
		const checked = checkSweep(terms, pot, slotStart(terms.network, slot));
		if (!checked.ok) throw sweepRefusal(checked.error);
		const {unclaimed} = pot.datum;
		const {claimUntilMs} = terms;
		return {
			transaction: await governance.sweepUnclaimed({signal}),
			words: `Makes ${tokensText(unclaimed)}, which nobody has claimed until ${utc(claimUntilMs)}, the treasury's. Nobody can claim after that; the tokens stay in the token pot, vote for nothing, and are paid by passed proposals only.`,
			data: {unclaimed, claimUntilMs},
		};
	});
};
