import type {SettingName} from '#onchain/data/governance-data';
import {TOKEN_SUPPLY} from '#onchain/data/token-data';

export type SettingEntry = {readonly unit: string; readonly bounds: string; readonly meaning: string};

/** What the settings of governance itself are, in words; `unworkableSetting` holds their bounds. */
export const settingRegistry: {readonly [Name in SettingName]: SettingEntry} = {
	quorum: {
		unit: 'millionths of a DCG',
		bounds: `1 to ${TOKEN_SUPPLY}`,
		meaning: 'What must be cast, abstentions among it.',
	},
	voteMs: {unit: 'ms', bounds: 'at least 1', meaning: 'How long is voted.'},
	timelockMs: {
		unit: 'ms',
		bounds: 'whole number',
		meaning: 'From the end of a vote until it can be executed.',
	},
	expiryMs: {unit: 'ms', bounds: 'at least 1', meaning: 'From then until it is too late.'},
	deposit: {
		unit: 'lovelace',
		bounds: 'whole number',
		meaning: 'What a proposer leaves, and loses when the quorum is missed.',
	},
	capPerMille: {
		unit: 'thousandths',
		bounds: '0 to 1000',
		meaning: 'What of the treasury may be granted in a cap’s period.',
	},
	capPeriodMs: {unit: 'ms', bounds: 'whole number', meaning: 'How long that period is.'},
	recoveryVoteMs: {
		unit: 'ms',
		bounds: 'at least 1',
		meaning: 'How long is voted on the recovery of a dead committee.',
	},
};
