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
