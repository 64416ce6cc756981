import {lossProbability, ninesOf} from './loss-probability.ts';
import {type DurabilityModel, MODELS, YEAR_DAYS} from './model.ts';

const cells = (model: DurabilityModel): readonly string[] => {
	const {code, nodeLifeDays, repairDays, groups, groupLossesPerYear} = model;
	const loss = lossProbability(model, YEAR_DAYS);
	return [
		model.name,
		`${(code.optimal / code.k).toFixed(2)}×`,
		`${Math.round(nodeLifeDays)} days`,
		`${repairDays} days`,
		groupLossesPerYear === 0 ? 'none' : `each of ${groups} groups once in ${1 / groupLossesPerYear} years`,
		loss.toExponential(1),
		ninesOf(loss).toFixed(1),
	];
};

const HEAD = [
	'code and case',
	'stored',
	'life of a provider',
	'repair',
	'whole groups lost',
	'loss a year',
	'nines',
];

/** Computed, not played: the same on every machine. */
export const durabilityTable = (): string => {
	const lines = [HEAD, HEAD.map(() => '---'), ...MODELS.map(cells)];
	return lines.map(line => `| ${line.join(' | ')} |`).join('\n');
};

/** A row of docs/measurements/durability.json. */
export type PlayedRow = {
	readonly name: string;
	readonly computed: number;
	readonly played: {readonly chance: number; readonly deviation: number};
};

/** What `npm run durability` found when it was recorded. */
export const playedTable = (rows: readonly PlayedRow[]): string => {
	const head = ['case', 'computed', 'by dice', 'deviation'];
	const cellsOf = ({name, computed, played: {chance, deviation}}: PlayedRow): readonly string[] => [
		name,
		computed.toExponential(1),
		chance.toExponential(1),
		`${((100 * deviation) / chance).toFixed(1)} %`,
	];
	return [head, head.map(() => '---'), ...rows.map(cellsOf)]
		.map(line => `| ${line.join(' | ')} |`)
		.join('\n');
};
