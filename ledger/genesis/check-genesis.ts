import {compareRatios, divideCeiling, Ratio} from '#kernel/ratio';
import {outOfBounds} from '../governance/parameter-registry.ts';
import {CREDITS_MAX} from '../limits.ts';
import {keyOf} from '../state/keys.ts';
import type {Genesis} from './genesis.ts';

export type GenesisOutOfBounds = {
	readonly code: 'GENESIS_OUT_OF_BOUNDS';
	readonly field: string;
	/** In plain words. */
	readonly problem: string;
};

type Check = readonly [field: string, holds: (genesis: Genesis) => boolean, problem: string];

const ONE = Ratio(1n, 1n);
const isPart = (ratio: Ratio): boolean => compareRatios(ratio, ONE) <= 0;
const unique = (keys: readonly string[]): boolean => new Set(keys).size === keys.length;
const K_MAX = 1_000_000;

const checks: readonly Check[] = [
	['slotMs', ({slotMs}) => slotMs >= 1, 'is not at least 1'],
	['k', ({k}) => k >= 1 && k <= K_MAX, `is not from 1 to ${K_MAX}`],
	['f', ({f}) => f.numerator > 0n && isPart(f), 'is not above 0 and at most 1'],
	[
		'epochLength',
		({k, f, epochLength}) => f.numerator > 0n && epochLength === 10 * divideCeiling(k, f),
		'is not 10 k/f',
	],
	['slotsPerKesPeriod', ({slotsPerKesPeriod}) => slotsPerKesPeriod >= 1, 'is not at least 1'],
	[
		'maxKesEvolutions',
		({maxKesEvolutions}) => maxKesEvolutions >= 1 && maxKesEvolutions <= 64,
		'is not from 1 to 64',
	],
	['checkpointEvery', ({checkpointEvery}) => checkpointEvery >= 1, 'is not at least 1'],
	['accounts', ({accounts}) => unique(accounts.map(({account}) => keyOf(account))), 'name an account twice'],
	[
		'accounts',
		({accounts}) => accounts.reduce((sum, {balance}) => sum + balance, 0n) <= CREDITS_MAX,
		'hold more than all ADA',
	],
	['pools', ({pools}) => pools.length >= 1, 'are none: nobody could make a block'],
	['pools', ({pools}) => unique(pools.map(({coldVk}) => keyOf(coldVk))), 'name a pool twice'],
	['pools', ({pools}) => pools.every(({margin}) => isPart(margin)), 'take a margin above 1'],
];

/** The first bound that a genesis does not keep. Delegations to unknown pools are looked at when its state is made. */
export const genesisProblem = (genesis: Genesis): GenesisOutOfBounds | undefined => {
	const broken = checks.find(([, holds]) => !holds(genesis));
	if (broken !== undefined) return {code: 'GENESIS_OUT_OF_BOUNDS', field: broken[0], problem: broken[2]};
	const outside = outOfBounds(genesis.parameters);
	return (
		outside && {
			code: 'GENESIS_OUT_OF_BOUNDS',
			field: `parameters.${outside.parameter}`,
			problem: outside.problem,
		}
	);
};
