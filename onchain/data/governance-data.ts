import {concat, u64be} from '#kernel/bytes';
import type {Hash28, Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import {encodeUtf8} from '#kernel/utf8';
import type {PlutusData} from '../cardano/plutus-data.ts';
import {
	bytesField,
	bytesListField,
	countField,
	type DatumRecord,
	dataField,
	datumRecord,
	integersField,
	u64Field,
} from './record.ts';
import {ENACTED_TAG} from './recovery-data.ts';
import {TOKEN_SUPPLY} from './token-data.ts';

/** The asset name of the one governor NFT, under the governance script as its policy. */
export const GOVERNOR_NFT_NAME: Uint8Array = encodeUtf8('GOVERNOR');
const PROPOSAL_PREFIX = encodeUtf8('PROPOSAL');
/** The asset name of a proposal's NFT: PROPOSAL | id u64be. */
export const proposalName = (id: number): Uint8Array => concat(PROPOSAL_PREFIX, u64be(BigInt(id)));

/** Positions in the governor's list of settings. */
export const SETTING = {
	/** Millionths of a token that must be cast, abstentions among them. */
	quorum: 0,
	/** How long is voted, in ms. */
	voteMs: 1,
	/** From the vote's end until it may be executed, in ms. */
	timelockMs: 2,
	/** From then until it is too late, in ms. */
	expiryMs: 3,
	/** Lovelace that a proposer leaves, and loses when the quorum is missed. */
	deposit: 4,
	/** Thousandths of the treasury that may be paid in a cap's period. */
	capPerMille: 5,
	capPeriodMs: 6,
	/** How long is voted on the recovery of a dead committee, in ms. */
	recoveryVoteMs: 7,
} as const;
export type SettingName = keyof typeof SETTING;
export const SETTING_COUNT = 8;

export type GovernanceSettings = {readonly [Name in SettingName]: bigint};

/** In the order of `SETTING`. */
export const SETTING_NAMES: readonly SettingName[] = Object.keys(SETTING) as SettingName[];

/** In the order of `SETTING`. */
export const settingsList = (settings: GovernanceSettings): readonly bigint[] =>
	SETTING_NAMES.map(name => settings[name]);
/** The inverse of `settingsList`. */
export const settingsOf = (list: readonly bigint[]): GovernanceSettings =>
	Object.fromEntries(SETTING_NAMES.map(name => [name, list[SETTING[name]] ?? 0n])) as GovernanceSettings;

/** The first setting under which governance would stop working, as the governance script has it. */
export const unworkableSetting = (settings: GovernanceSettings): SettingName | undefined => {
	const {quorum, voteMs, expiryMs, capPerMille, recoveryVoteMs} = settings;
	if (quorum < 1n || quorum > TOKEN_SUPPLY) return 'quorum';
	if (voteMs < 1n) return 'voteMs';
	if (recoveryVoteMs < 1n) return 'recoveryVoteMs';
	if (expiryMs < 1n) return 'expiryMs';
	if (capPerMille > 1_000n) return 'capPerMille';
	return SETTING_NAMES.find(name => settings[name] < 0n);
};

const DAY_MS = 86_400_000n;

/** What a deployment begins with; each is changed by a proposal. */
export const DEFAULT_SETTINGS: GovernanceSettings = {
	quorum: 5_000_000_000_000n,
	voteMs: 7n * DAY_MS,
	timelockMs: 3n * DAY_MS,
	expiryMs: 14n * DAY_MS,
	deposit: 100_000_000n,
	capPerMille: 100n,
	capPeriodMs: 30n * DAY_MS,
	recoveryVoteMs: 14n * DAY_MS,
};

/** What governs: one output with the governor NFT. */
export type GovernorDatum = {
	/** Of the proposal that is made next. */
	readonly nextProposal: number;
	/** As `settingsList` orders them. */
	readonly settings: readonly bigint[];
	/** Script hash of the treasury that grants are paid from. */
	readonly treasury: Hash28;
	/** When the cap's period began, POSIX milliseconds; 0 before the first grant. */
	readonly periodStartMs: number;
	/** Lovelace granted in it. */
	readonly periodPaid: Lovelace;
	/** The most lovelace that the treasury was shown to hold in it, grants of the period included. */
	readonly periodBase: Lovelace;
};

export const governorDatum: DatumRecord<GovernorDatum> = datumRecord('Governor', 0, {
	nextProposal: countField(),
	settings: integersField(SETTING_COUNT),
	treasury: bytesField<Hash28>(28),
	periodStartMs: countField(),
	periodPaid: u64Field<Lovelace>(),
	periodBase: u64Field<Lovelace>(),
});

/** One proposal under vote or after it, held with its NFT. What decides was copied from the settings when it was made. */
export type ProposalDatum = {
	readonly id: number;
	/** See governance-effect.ts. */
	readonly effect: PlutusData;
	/** Of the CIP-108 document, blake2b-256. */
	readonly anchorHash: Hash32;
	/** Where that document is, UTF-8. */
	readonly anchorUrl: Uint8Array;
	/** Payment key hash that gets the deposit back. */
	readonly proposer: Hash28;
	readonly deposit: Lovelace;
	readonly quorum: bigint;
	/** POSIX milliseconds, as the next two. */
	readonly closesAtMs: number;
	readonly executableAtMs: number;
	readonly expiresAtMs: number;
	/** Millionths of a token, as the next two. */
	readonly yes: bigint;
	readonly no: bigint;
	readonly abstain: bigint;
};

export const ANCHOR_URL_LENGTH_MAX = 128;

export const proposalDatum: DatumRecord<ProposalDatum> = datumRecord('Proposal', 1, {
	id: countField(),
	effect: dataField(),
	anchorHash: bytesField<Hash32>(32),
	anchorUrl: bytesField(0, ANCHOR_URL_LENGTH_MAX),
	proposer: bytesField<Hash28>(28),
	deposit: u64Field<Lovelace>(),
	quorum: u64Field(),
	closesAtMs: countField(),
	executableAtMs: countField(),
	expiresAtMs: countField(),
	yes: u64Field(),
	no: u64Field(),
	abstain: u64Field(),
});

/** What a passed proposal leaves behind for ever, with its NFT: what the side-chain and other scripts read. */
export type EnactedDatum = {
	readonly id: number;
	readonly effect: PlutusData;
	readonly anchorHash: Hash32;
	/** POSIX milliseconds; it was executed within the hour before. */
	readonly enactedByMs: number;
};

export const enactedDatum: DatumRecord<EnactedDatum> = datumRecord('Enacted', ENACTED_TAG, {
	id: countField(),
	effect: dataField(),
	anchorHash: bytesField<Hash32>(32),
	enactedByMs: countField(),
});

/** Tokens that vote. Anybody makes such an output; it needs no NFT, because the tokens in it are what counts. */
export type StakeDatum = {
	/** Payment key hash: votes, withdraws, names the delegate. */
	readonly owner: Hash28;
	/** Payment key hash that may vote too; the owner's own when there is none. */
	readonly delegate: Hash28;
	/** (proposal id u64be | its end in POSIX milliseconds u64be) for each vote, the latest first. */
	readonly votes: readonly Uint8Array[];
};

/** A stake votes on so many proposals at a time. */
export const STAKE_VOTES_MAX = 8;

export const stakeDatum: DatumRecord<StakeDatum> = datumRecord('Stake', 3, {
	owner: bytesField<Hash28>(28),
	delegate: bytesField<Hash28>(28),
	votes: bytesListField(STAKE_VOTES_MAX),
});

export const VOTE = {yes: 0, no: 1, abstain: 2} as const;
export type Vote = keyof typeof VOTE;

/** Constructors of the redeemer that the governance script's withdrawal runs with: one action for each transaction. */
export const GOVERNANCE_ACTION = {
	propose: 0,
	vote: 1,
	withdrawStake: 2,
	delegate: 3,
	execute: 4,
	close: 5,
} as const;

type Nothing = Record<string, never>;

export const proposeAction: DatumRecord<Nothing> = datumRecord('Propose', GOVERNANCE_ACTION.propose, {});
export const voteAction: DatumRecord<{readonly proposal: number; readonly vote: number}> = datumRecord(
	'Vote',
	GOVERNANCE_ACTION.vote,
	{proposal: countField(), vote: countField(2)},
);
export const withdrawStakeAction: DatumRecord<Nothing> = datumRecord(
	'WithdrawStake',
	GOVERNANCE_ACTION.withdrawStake,
	{},
);
export const delegateAction: DatumRecord<Nothing> = datumRecord('Delegate', GOVERNANCE_ACTION.delegate, {});

/** What execution pays: the treasury and the pot read it here, and the governance script sees that it is right. */
export type ExecuteAction = {
	readonly proposal: number;
	readonly lovelace: Lovelace;
	/** Millionths of a token. */
	readonly tokens: bigint;
	/** The treasury that pays, so that no other one does too. */
	readonly treasury: Hash28;
};

export const executeAction: DatumRecord<ExecuteAction> = datumRecord('Execute', GOVERNANCE_ACTION.execute, {
	proposal: countField(),
	lovelace: u64Field<Lovelace>(),
	tokens: u64Field(),
	treasury: bytesField<Hash28>(28),
});
export const closeAction: DatumRecord<{readonly proposal: number}> = datumRecord(
	'Close',
	GOVERNANCE_ACTION.close,
	{proposal: countField()},
);
