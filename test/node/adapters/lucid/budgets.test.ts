import {readFile} from 'node:fs/promises';
import test from 'ava';
import {
	type Budget,
	governanceBudgets,
	largestCheckpointBudget,
	monthBudgets,
} from '../../../support/contract-budgets.ts';

/** What a transaction may cost more than the table says before somebody has to look. */
const TOLERANCE = 0.01;

test('no transaction costs more than the table says, and all but the deployment stay within 70 % of the limits of mainnet', async t => {
	const path = new URL('../../../../../test/vectors/onchain/budgets.json', import.meta.url);
	const table = JSON.parse(await readFile(path, 'utf8')) as readonly Budget[];
	const measured = [
		...(await monthBudgets(t)),
		await largestCheckpointBudget(t),
		...(await governanceBudgets(t)),
	];
	t.log(JSON.stringify(measured));
	t.deepEqual(
		measured.map(({transaction}) => transaction),
		table.map(({transaction}) => transaction),
	);
	for (const [index, {transaction, ...budget}] of measured.entries())
		for (const [name, value] of Object.entries(budget)) {
			const expected = Number(table[index]?.[name as keyof Budget]);
			const ratio = expected === 0 ? 1 + value : value / expected;
			t.true(
				Math.abs(ratio - 1) <= TOLERANCE,
				`${transaction}: ${name} is ${value}, the table says ${expected}; if that is meant, change the table`,
			);
		}
	for (const {transaction, cpu, memory, bytes} of measured) {
		// A deployment is made once and holds all contracts.
		const part = transaction.startsWith('deploy') ? 1 : 0.7;
		t.true(cpu <= 10_000_000_000 * part, transaction);
		t.true(memory <= 14_000_000 * part, transaction);
		t.true(bytes <= 16_384 * part, transaction);
	}
});
