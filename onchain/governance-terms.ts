/** What governance is to begin with, as a file: who holds the token, and the first settings. */
import {toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {type GovernanceSettings, SETTING_NAMES, unworkableSetting} from './data/governance-data.ts';
import {TOKEN_SUPPLY} from './data/token-data.ts';
import {Fields, parseJson, WrongShape} from './json-fields.ts';
import {CLAIM_TIME_MS, type TokenParams} from './token-params.ts';

/** What is chosen before governance is compiled. */
export type GovernanceTerms = Omit<TokenParams, 'seed'> & {readonly settings: GovernanceSettings};

export type TermsFailure =
	| {readonly code: 'GOVERNANCE_TERMS_NOT_JSON'}
	| {readonly code: 'GOVERNANCE_TERMS_WRONG'; readonly field: string};

const TEXT_LENGTH_MAX = 10_000;

export const termsJson = ({allocationRoot, allocated, claimUntilMs, settings}: GovernanceTerms): object => ({
	allocationRoot: toHex(allocationRoot),
	allocated: allocated.toString(),
	claimUntilMs,
	settings: Object.fromEntries(SETTING_NAMES.map(name => [name, settings[name].toString()])),
});

/** The inverse of `termsJson`. Throws `WrongShape`. */
export const termsFrom = (
	fields: Fields,
	claimUntilMs: number = fields.count('claimUntilMs'),
): GovernanceTerms => {
	const given = fields.object('settings');
	const settings = Object.fromEntries(
		SETTING_NAMES.map(name => [name, given.amount(name)]),
	) as GovernanceSettings;
	const unworkable = unworkableSetting(settings);
	if (unworkable !== undefined) throw new WrongShape(`settings.${unworkable}`);
	const allocated = fields.amount('allocated');
	if (allocated > TOKEN_SUPPLY) throw new WrongShape('allocated');
	return {
		allocationRoot: Hash32(fields.bytes('allocationRoot', 32)),
		allocated,
		claimUntilMs,
		settings,
	};
};

/** The end of claims that a file names, or the usual one. Throws `WrongShape`. */
const claimEndFrom = (fields: Fields, systemStartMs: number): number => {
	if (!fields.has('claimUntilMs')) return systemStartMs + CLAIM_TIME_MS.usual;
	const claimUntilMs = fields.count('claimUntilMs');
	const lasts = claimUntilMs - systemStartMs;
	if (lasts < CLAIM_TIME_MS.least || lasts > CLAIM_TIME_MS.most) throw new WrongShape('claimUntilMs');
	return claimUntilMs;
};

/** For a file. Tokens are in millionths, money in lovelace, both as text; times in milliseconds. */
export const encodeTerms = (terms: GovernanceTerms): string =>
	`${JSON.stringify(termsJson(terms), null, '\t')}\n`;

/**
 * Of a file that people write: `claimUntilMs` may be left out, and is refused when holders would have too little time from the
 * start of the side-chain on, or the treasury would wait for ever.
 */
export const decodeTerms = (
	text: string,
	{systemStartMs}: {readonly systemStartMs: number},
): Result<GovernanceTerms, TermsFailure> => {
	const json = text.length > TEXT_LENGTH_MAX ? undefined : parseJson(text);
	if (json === undefined) return err({code: 'GOVERNANCE_TERMS_NOT_JSON'});
	try {
		const fields = new Fields(json, '');
		return ok(termsFrom(fields, claimEndFrom(fields, systemStartMs)));
	} catch (error) {
		if (error instanceof WrongShape) return err({code: 'GOVERNANCE_TERMS_WRONG', field: error.field});
		throw error;
	}
};
