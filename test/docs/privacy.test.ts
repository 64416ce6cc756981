/** Nothing personal fits onto the chain: no field holds words, and docs/PRIVACY.md names every table. */
import {readFileSync} from 'node:fs';
import test from 'ava';
import {actionShapes} from '#cli/action-json';
import type {Codec} from '#kernel/cbor/codec';
import {bytesBetween, list, record, text, variant} from '#kernel/cbor/codec';
import {PARAMETER_CHANGE_BYTES_MAX} from '#kernel/main-chain-event';
import {mainChainCodec} from '#ledger/block/block-body';
import {genesisForm} from '#ledger/genesis/genesis';
import {type TableName, tableCodecs, tableNames} from '#ledger/state/tables';
import {type ActionKind, actionCodec} from '#ledger/tx/action';
import {transactionBodyCodec, witnessesCodec} from '#ledger/tx/transaction';
import {type Variable, walkCodec} from '../support/codec-walk.ts';

/** Proofs of hashes that the rule decodes and verifies: whatever else stands there is refused. */
const PROOFS: {readonly [K in ActionKind]?: readonly Variable[]} = {
	'repair-claim': [
		{kind: 'bytes', max: 16_384},
		{kind: 'bytes', max: 16_384},
	],
	'omission-answer': [{kind: 'bytes', max: 16_384}],
	'retrieval-demand': [{kind: 'bytes', max: 16_384}],
	'retrieval-answer': [{kind: 'bytes', max: 16_384}],
};

/** The longest string of one length: a signature. */
const FIXED_BYTES_MAX = 64;

const kindOf = (value: unknown): ActionKind => (value as {readonly kind: ActionKind}).kind;

test('no action holds words, and strings of any length only where a proof is verified', t => {
	const walks = walkCodec(actionCodec as Codec<unknown>);
	const found = new Set<string>(walks.map(({value}) => kindOf(value)));
	t.is(found.size, walks.length);
	t.deepEqual(
		Object.keys(actionShapes).filter(kind => !found.has(kind)),
		[],
	);
	t.is(found.size, Object.keys(actionShapes).length);
	for (const {value, variable, fixed} of walks) {
		t.deepEqual(variable, PROOFS[kindOf(value)] ?? [], kindOf(value));
		t.true(Math.max(0, ...fixed) <= FIXED_BYTES_MAX, kindOf(value));
	}
});

test('a transaction adds nothing to its action but numbers, keys and signatures', t => {
	const bodies = walkCodec(transactionBodyCodec as Codec<unknown>);
	for (const {value, variable} of bodies)
		t.deepEqual(variable, PROOFS[kindOf((value as {readonly action: unknown}).action)] ?? []);
	t.deepEqual(
		walkCodec(witnessesCodec as Codec<unknown>).flatMap(({variable}) => variable),
		[],
	);
});

test('no row of the state, and nothing that is said of Cardano, holds words or strings of any length', t => {
	const found = tableNames.flatMap((table: TableName) =>
		walkCodec(tableCodecs[table] as Codec<unknown>).flatMap(({variable}) =>
			variable.map(each => ({table, ...each})),
		),
	);
	t.deepEqual(found, []);
	// The parameters that token holders voted on, as they stand on Cardano: a vote of millions of tokens let them in.
	t.deepEqual(
		walkCodec(mainChainCodec as Codec<unknown>).flatMap(({variable}) => variable),
		[{kind: 'bytes', max: PARAMETER_CHANGE_BYTES_MAX}],
	);
});

test('the one text of a genesis is its profile, of which there are three', t => {
	const [walk, ...others] = walkCodec(genesisForm.cbor as Codec<unknown>);
	t.deepEqual(others, []);
	t.deepEqual(walk?.variable, [{kind: 'text', max: 32}]);
	t.deepEqual(walkCodec(genesisForm.cbor as Codec<unknown>, 'Jane Doe, 1 Main Street'), []);
});

test('the walk finds what it looks for', t => {
	const codec = variant({
		plain: [3, {names: list(text(20), 5)}],
		blob: [7, {inner: record({bytes: bytesBetween(0, 99)}), of: variant({one: [0, {}], two: [1, {}]})}],
	});
	t.deepEqual(
		walkCodec(codec as Codec<unknown>).map(({variable}) => variable),
		[[{kind: 'text', max: 20}], [{kind: 'bytes', max: 99}], [{kind: 'bytes', max: 99}]],
	);
});

test('docs/PRIVACY.md says of every table who can see it', t => {
	const document = readFileSync('docs/PRIVACY.md', 'utf8');
	t.deepEqual(
		tableNames.filter(table => !document.includes(`\`${table}\``)),
		[],
	);
});
