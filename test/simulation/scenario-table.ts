/** The scenarios as docs/TESTING.md lists them. */
import type {Bounds} from './bounds.ts';
import {sharesOf} from './odds/slot-odds.ts';
import type {Scenario, Size} from './scenario.ts';

const HEAD = [
	'| scenario | what happens | honest nodes, slots (short) | k, f | adversary | promised besides | chance of bad luck |',
	'|---|---|---|---|---|---|---|',
];

const percent = (numerator: bigint, denominator: bigint): string =>
	`${Number((numerator * 1000n) / denominator) / 10} %`;

const adversaryText = ({stakes, foePools}: Scenario, size: Size): string => {
	const pools = foePools?.(size) ?? [];
	if (pools.length === 0) return '–';
	const shares = sharesOf(stakes?.(size) ?? []);
	const [numerator, denominator] = pools.reduce(
		([over, under], pool) => {
			const share = shares[pool];
			if (share === undefined) return [over, under];
			return [over * share.denominator + share.numerator * under, under * share.denominator];
		},
		[0n, 1n],
	);
	return percent(numerator, denominator);
};

const boundsText = ({growth, quality, agreeWithinSlots}: Bounds): string =>
	[
		...(growth === undefined ? [] : [`≥ ${growth.blocksMin} blocks in ${growth.windowSlots} slots`]),
		...(quality === undefined ? [] : [`≥ ${quality.honestMin} honest of ${quality.windowBlocks} blocks`]),
		...(agreeWithinSlots === undefined ? [] : [`one tip within ${agreeWithinSlots} slots`]),
	].join('; ') || '–';

const rowOf = (scenario: Scenario): string => {
	const {name, about, nodes, slots, shortSlots, genesis} = scenario;
	const size = {nodes, slots};
	const {k, f} = genesis;
	const cells = [
		`\`${name}\``,
		about,
		`${nodes}, ${slots} (${shortSlots})`,
		`${k}, ${f.numerator}/${f.denominator}`,
		adversaryText(scenario, size),
		boundsText(scenario.bounds(size)),
		scenario.odds(size).violation.toExponential(1),
	];
	return `| ${cells.join(' | ')} |`;
};

/** A Markdown table; the last column is of a run of full length. */
export const scenarioTable = (scenarios: readonly Scenario[]): string =>
	[...HEAD, ...scenarios.map(rowOf)].join('\n');
