/** What is assumed of providers when the life of one segment is worked out. Days; floats: nothing here is a rule. */
import {type CodeProfile, DEVNET_CODE, SMALL_CODE, WIDE_CODE} from '#pieces/erasure/code-profile';

export type DurabilityModel = {
	readonly name: string;
	readonly code: CodeProfile;
	/** Mean life of a provider; it dies without notice. */
	readonly nodeLifeDays: number;
	/** Mean time from too few pieces to all pieces: missed proofs, then repair. */
	readonly repairDays: number;
	/** Groups that pieces are spread over evenly (region, operator, ASN), and that fail as a whole. */
	readonly groups: number;
	/** How often all providers of one given group are lost together. */
	readonly groupLossesPerYear: number;
};

export const YEAR_DAYS = 365;

const MONTH_DAYS = YEAR_DAYS / 12;
const INDEPENDENT = {groups: 1, groupLossesPerYear: 0};
/** Each of ten groups vanishes once in twenty years: half a disaster a year somewhere. */
const DISASTERS = {groups: 10, groupLossesPerYear: 0.05};
/** A day to be sure of the miss, a day to rebuild; a week when repairers are busy. */
const QUICK = 2;
const BUSY = 7;

/** The rows of docs/DURABILITY.md. */
export const MODELS: readonly DurabilityModel[] = [
	{
		name: '20/34/48, as designed',
		code: WIDE_CODE,
		nodeLifeDays: YEAR_DAYS,
		repairDays: QUICK,
		...INDEPENDENT,
	},
	{name: '20/34/48, disasters', code: WIDE_CODE, nodeLifeDays: YEAR_DAYS, repairDays: QUICK, ...DISASTERS},
	{name: '20/34/48, slow repair', code: WIDE_CODE, nodeLifeDays: YEAR_DAYS, repairDays: BUSY, ...INDEPENDENT},
	{
		name: '20/34/48, short lives',
		code: WIDE_CODE,
		nodeLifeDays: 4 * MONTH_DAYS,
		repairDays: QUICK,
		...INDEPENDENT,
	},
	{
		name: '20/34/48, all of it',
		code: WIDE_CODE,
		nodeLifeDays: 4 * MONTH_DAYS,
		repairDays: BUSY,
		...DISASTERS,
	},
	{
		name: '10/16/20, as designed',
		code: SMALL_CODE,
		nodeLifeDays: YEAR_DAYS,
		repairDays: QUICK,
		...INDEPENDENT,
	},
	{name: '10/16/20, disasters', code: SMALL_CODE, nodeLifeDays: YEAR_DAYS, repairDays: QUICK, ...DISASTERS},
	{
		name: '10/16/20, all of it',
		code: SMALL_CODE,
		nodeLifeDays: 4 * MONTH_DAYS,
		repairDays: BUSY,
		...DISASTERS,
	},
	{name: '4/5/6, devnet only', code: DEVNET_CODE, nodeLifeDays: YEAR_DAYS, repairDays: QUICK, ...INDEPENDENT},
];

/** Nodes that die soon and repairs that take long, so that losses are common enough to be counted. */
export const STRESSED: readonly DurabilityModel[] = [
	{name: 'weak', code: WIDE_CODE, nodeLifeDays: 25, repairDays: 5, groups: 1, groupLossesPerYear: 0},
	{
		name: 'weak and together',
		code: WIDE_CODE,
		nodeLifeDays: 60,
		repairDays: 7,
		groups: 8,
		groupLossesPerYear: 2,
	},
	{name: 'small', code: SMALL_CODE, nodeLifeDays: 60, repairDays: 5, groups: 5, groupLossesPerYear: 0.5},
];
