/** What a wallet can do with money and tokens of the contracts, and what it must not: in a fixed order first, then by luck. */
import fc from 'fast-check';

/** Even numbers of ADA: no change is so small that somebody must top it up. */
export type Command =
	| {readonly kind: 'bridge-deposit' | 'treasury-deposit'; readonly pairs: number}
	| {readonly kind: 'open-claim'; readonly of: 'account' | 'provider' | 'subsidy'}
	| {readonly kind: 'owe'; readonly claim: number; readonly pairs: number}
	| {readonly kind: 'advance' | 'advance-again' | 'advance-by-few'}
	| {readonly kind: 'claim' | 'claim-too-much'; readonly claim: number}
	/** Proposed, voted for by most, and executed; `parts` of a hundred of the tokens in the pot. */
	| {readonly kind: 'grant'; readonly pairs: number; readonly parts: number}
	/** By the second or third holder. */
	| {readonly kind: 'claim-tokens'; readonly holder: number}
	| {readonly kind: 'sweep' | 'two-years'};

/** Any of them but the passing of years, which comes once. */
export const command: fc.Arbitrary<Command> = fc.oneof(
	{
		weight: 2,
		arbitrary: fc.record({
			kind: fc.constant('bridge-deposit' as const),
			pairs: fc.integer({min: 1, max: 20}),
		}),
	},
	{
		weight: 2,
		arbitrary: fc.record({
			kind: fc.constant('treasury-deposit' as const),
			pairs: fc.integer({min: 1, max: 20}),
		}),
	},
	{
		weight: 2,
		arbitrary: fc.record({
			kind: fc.constant('open-claim' as const),
			of: fc.constantFrom('account' as const, 'provider' as const, 'subsidy' as const),
		}),
	},
	{
		weight: 4,
		arbitrary: fc.record({
			kind: fc.constant('owe' as const),
			claim: fc.nat(9),
			pairs: fc.integer({min: 1, max: 30}),
		}),
	},
	{weight: 3, arbitrary: fc.record({kind: fc.constant('advance' as const)})},
	{
		weight: 1,
		arbitrary: fc.record({kind: fc.constantFrom('advance-again' as const, 'advance-by-few' as const)}),
	},
	{
		weight: 1,
		arbitrary: fc.record({
			kind: fc.constant('grant' as const),
			pairs: fc.integer({min: 1, max: 20}),
			parts: fc.constantFrom(0, 1, 60, 100),
		}),
	},
	{
		weight: 2,
		arbitrary: fc.record({
			kind: fc.constant('claim-tokens' as const),
			holder: fc.integer({min: 1, max: 2}),
		}),
	},
	{weight: 1, arbitrary: fc.record({kind: fc.constant('sweep' as const)})},
	{weight: 5, arbitrary: fc.record({kind: fc.constant('claim' as const), claim: fc.nat(9)})},
	{weight: 2, arbitrary: fc.record({kind: fc.constant('claim-too-much' as const), claim: fc.nat(9)})},
);

/** What leads to each kind of payment at least once; the rest is left to chance. */
export const OPENING: readonly Command[] = [
	{kind: 'open-claim', of: 'account'},
	{kind: 'open-claim', of: 'subsidy'},
	{kind: 'owe', claim: 0, pairs: 5},
	{kind: 'owe', claim: 1, pairs: 30},
	{kind: 'owe', claim: 2, pairs: 4},
	{kind: 'advance'},
	{kind: 'claim', claim: 2},
	{kind: 'claim', claim: 0},
	{kind: 'claim', claim: 2},
	{kind: 'treasury-deposit', pairs: 300},
	{kind: 'grant', pairs: 20, parts: 1},
	{kind: 'grant', pairs: 40, parts: 0},
	{kind: 'claim-tokens', holder: 1},
	{kind: 'sweep'},
	{kind: 'two-years'},
];

/** Claims have ended then, whatever luck has brought before. */
export const ENDING: readonly Command[] = [
	{kind: 'sweep'},
	{kind: 'sweep'},
	{kind: 'claim-tokens', holder: 2},
	{kind: 'treasury-deposit', pairs: 300},
	{kind: 'grant', pairs: 1, parts: 100},
];
