/** The attacks as docs/ATTACKS.md lists them, with what came out of playing them. */
import {lovelaceText, type Outcome, type StorageAttack} from './storage-attack.ts';

export const ATTACK_HEAD: readonly string[] = [
	'| attack | what is done | what makes it fail | found out | chance | expected at most, of an epoch’s pay | pay-off as played, lovelace | without that rule |',
	'|---|---|---|---|---|---|---|---|',
];

export const attackRow = (
	{name, about, rule, bite}: StorageAttack,
	{found, chance, expected = '–', payoff}: Outcome,
	bitten: string | undefined,
): string => {
	const without = bite === undefined ? '–' : `${bite.without}: ${bitten}`;
	return `| ${[`\`${name}\``, about, rule, found, chance, expected, lovelaceText(payoff), without].join(' | ')} |`;
};

const PAYOFF_CELL = 7;
const FOUND_CELL = 4;

/** Lovelace of a cell such as −264,613. */
const payoffOf = (row: string): number =>
	Number(row.split(' | ')[PAYOFF_CELL - 1]?.replaceAll(',', '').replace('−', '-'));

const worded = (row: string): string =>
	row
		.split(' | ')
		.map((cell, index) => {
			if (index === PAYOFF_CELL - 1) return '';
			return index === FOUND_CELL - 1 ? cell.replaceAll(/\d+/g, '#') : cell;
		})
		.join(' | ');

/**
 * Whether a row promises what was played: the same words and odds, and a pay-off of the same sign and order. Which seeds
 * are drawn, and what a byte of a transaction costs, change with every field that the ledger gets; the promise does not.
 */
export const promisesTheSame = (row: string, played: string): boolean => {
	const ratio = payoffOf(row) / payoffOf(played);
	return worded(row) === worded(played) && ratio > 0.1 && ratio < 10;
};
