import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {toHex} from '#kernel/bytes';
import {provenanceDatum, reserveDatum, TREASURY_SOURCE} from '#onchain/data/money-data';
import {encodeDeployment} from '#onchain/deployment';
import {production} from '../support/contract-world.ts';
import {runCli} from '../support/run-cli.ts';
import {json, matchOf, type Output, place, serve, text} from '../support/scripted-kupo.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const {deployment} = production;
const treasury = toHex(deployment.scripts.treasury.hash);

const given = (at: number, lovelace: number, source: keyof typeof TREASURY_SOURCE): Output => ({
	...place(at),
	lovelace,
	datum: provenanceDatum.encode({
		source: TREASURY_SOURCE[source],
		amount: 123_456n,
		rate: 7_000_000n,
		reference: new Uint8Array(32).fill(at),
	}),
});

const change: Output = {...place(3), lovelace: 9_000_000, datum: reserveDatum.encode({})};

const show = async (
	t: Parameters<typeof serve>[0],
	answer: Parameters<typeof serve>[1],
	...words: string[]
) => {
	const folder = await temporaryFolder(t);
	const file = path.join(folder, 'deployment.json');
	await writeFile(file, encodeDeployment(deployment));
	const url = await serve(t, answer);
	return runCli(folder, 'treasury', 'show', '--deployment', file, '--kupo-url', url, ...words);
};

test('shows what the treasury holds and what depositors say of it', async t => {
	const all = [given(0, 5_000_000, 'xmr'), given(4, 2_000_000, 'gift'), given(5, 1_000_000, 'xmr'), change];
	const unspent = [given(5, 1_000_000, 'xmr'), change];
	const answer: Parameters<typeof serve>[1] = (request, response) => {
		const url = decodeURIComponent(request.url ?? '');
		t.true(url.startsWith(`/matches/${treasury}/*?`), url);
		json((url.includes('unspent') ? unspent : all).map(matchOf))(request, response);
	};
	const {code, stdout, stderr} = await show(t, answer, '--json', '--limit', '2');
	t.is(code, 0, stderr);
	const shown = JSON.parse(stdout);
	t.like(shown, {
		balance: '10000000',
		outputs: 2,
		income: {
			xmr: {deposits: 2, lovelace: '6000000'},
			storj: {deposits: 0, lovelace: '0'},
			gift: {deposits: 1, lovelace: '2000000'},
		},
	});
	t.deepEqual(
		shown.deposits.map(({source, slot, lovelace}: Record<string, unknown>) => [source, slot, lovelace]),
		[
			['xmr', 20, '1000000'],
			['gift', 12, '2000000'],
		],
	);
	const people = await show(t, answer);
	for (const part of ['10.000000 ADA in 2 outputs', '6.000000 ADA in 2 deposits', 'what depositors claim'])
		t.true(people.stdout.includes(part), people.stdout);
});

test('says clearly that Cardano is not reachable, and what waits', async t => {
	const {code, stdout, stderr} = await show(t, text('busy', 503), '--json');
	t.is(code, 1);
	t.is(stdout, '');
	const {error} = JSON.parse(stderr);
	t.is(error.code, 'MAIN_CHAIN_UNREACHABLE');
	t.regex(error.message, /^Cardano is not reachable: .*nodes go on, deposits and checkpoints wait/);
});
