import {readFile} from 'node:fs/promises';
import test from 'ava';
import {allBudgets, type Budget} from '../../../support/contract-budgets.ts';

/** What a transaction may cost more than the table says before somebody has to look. */
const TOLERANCE = 0.01;
/** Of what Cardano allows one transaction: so much is left for what may become dearer. */
const SHARE = 0.7;

test('no transaction costs more than the table says, and all but the deployment stay within 70 % of the limits of mainnet', async t => {
	const path = new URL('../../../../../test/vectors/onchain/budgets.json', import.meta.url);
	const table = JSON.parse(await readFile(path, 'utf8')) as readonly Budget[];
	const measured = await allBudgets(t);
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
		// A deployment without governance is made once and holds all contracts.
		const part = transaction === 'deploy' ? 1 : SHARE;
		t.true(cpu <= 10_000_000_000 * part, transaction);
		t.true(memory <= 14_000_000 * part, transaction);
		t.true(bytes <= 16_384 * part, transaction);
	}
	const feeOf = (name: string) => measured.find(({transaction}) => transaction === name)?.fee ?? Infinity;
	const largest = measured.find(({transaction}) => transaction === 'advance-checkpoint-100');
	t.true((largest?.bytes ?? Infinity) <= 9_500 && (largest?.fee ?? Infinity) <= 1_000_000);
	t.true(feeOf('claim-withdrawal-1024') <= 350_000);
});

const two = (value: number): string => value.toFixed(2);
const grouped = (value: number): string => value.toLocaleString('en-US');

test('docs/ONCHAIN.md shows what the table says', async t => {
	const docs = await readFile(new URL('../../../../../docs/ONCHAIN.md', import.meta.url), 'utf8');
	const table = JSON.parse(
		await readFile(new URL('../../../../../test/vectors/onchain/budgets.json', import.meta.url), 'utf8'),
	) as readonly Budget[];
	const rows = table.map(
		({transaction, cpu, memory, bytes, fee}) =>
			`| ${transaction} | ${two(cpu / 1e9)} | ${two(memory / 1e6)} | ${grouped(bytes)} | ${two(fee / 1e6)} |`,
	);
	const section = docs.slice(docs.indexOf('## What transactions cost')).split('\n## ')[0] ?? '';
	t.deepEqual(
		section.split('\n').filter(line => /^\| [a-z]/.test(line) && !line.startsWith('| transaction')),
		rows,
	);
});
