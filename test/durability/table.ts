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
