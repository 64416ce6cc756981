/** Bytes of ouroboros-consensus's golden files (`golden/cardano/QueryVersion3`) and of cardano-cli's `query tip`. */
import test from 'ava';
import fc from 'fast-check';
import {fromHex, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {BlockNo, Slot} from '#kernel/slot';
import {handshakeCodec} from '#relay/protocols/handshake/codec';
import {answerLocalProposal} from '#relay/protocols/handshake/node-to-client';
import {localStateQueryCodec} from '#relay/protocols/local-state-query/codec';
import {decodeLocalQuery, type LocalQuery} from '#relay/protocols/local-state-query/queries';
import {answerLocalQuery, type LocalState} from '#relay/protocols/local-state-query/results';
import {refusalOf} from '#relay/protocols/local-tx-submission/refusal';
import {proposalHex} from '../../support/local-client.ts';

const HASH = '460d2f36a1a2a88dbf6ff090c86d1e1213c6cded7c1c05b97a6a33644a17a84d';

/** Eras of the golden `Result_HardFork`, in milliseconds; its first one there is [0, 0, 0] long. */
const state: LocalState = {
	tip: {slot: Slot(9), hash: Hash32(fromHex(HASH)), blockNo: BlockNo(24)},
	era: 6,
	epoch: 10,
	systemStartMs: Date.UTC(2017, 8, 23, 21, 44, 51),
	eras: [
		{
			start: {timeMs: 0, slot: 0, epoch: 0},
			end: {timeMs: 7_000_000, slot: 1_000, epoch: 10},
			epochLength: 100,
			slotLengthMs: 7_000,
			safeZone: 20,
		},
		{
			start: {timeMs: 89_856_000_000, slot: 4_492_800, epoch: 208},
			end: {timeMs: 101_952_000_000, slot: 16_588_800, epoch: 236},
			epochLength: 432_000,
			slotLengthMs: 1_000,
			safeZone: 129_600,
		},
	],
};

const queryOf = (hex: string): LocalQuery | string => {
	const query = decodeLocalQuery(fromHex(hex));
	return query.ok ? query.value : query.error.code;
};

const answerTo = (hex: string): string => {
	const query = queryOf(hex);
	if (typeof query === 'string' || query.kind === 'unsupported') return JSON.stringify(query);
	return toHex(answerLocalQuery(state, query));
};

test('the queries of cardano-cli query tip are read as cardano-node reads them', t => {
	t.deepEqual(queryOf('820082028101'), {kind: 'currentEra'});
	t.deepEqual(queryOf('820082028100'), {kind: 'eraHistory'});
	t.deepEqual(queryOf('8101'), {kind: 'systemStart'});
	t.deepEqual(queryOf('8102'), {kind: 'chainBlockNo'});
	t.deepEqual(queryOf('8103'), {kind: 'chainPoint'});
	t.deepEqual(queryOf('8200820082068100'), {kind: 'ledgerTip', era: 6});
	t.deepEqual(queryOf('8200820082068101'), {kind: 'epochNo', era: 6});
	t.deepEqual(queryOf('82008301810001'), {kind: 'eraStart', era: 1});
});

test('queries that want a ledger, or that came later, are named by their numbers', t => {
	// GetCurrentPParams, GetUTxOByAddress of no address, GetRatifyState, Byron's only one, DebugLedgerConfig, and a later one.
	for (const [hex, name] of [
		['8200820082068103', 'era 6, query 3'],
		['820082008206820680', 'era 6, query 6'],
		['820082008206811820', 'era 6, query 32'],
		['82008200820000', 'era 0'],
		['8104', 'top 4'],
		['820082028102', 'hard fork 2'],
		['82008301810101', 'anytime 1'],
	] as const)
		t.deepEqual(queryOf(hex), {kind: 'unsupported', name}, hex);
});

test('bytes that are no query are coded failures, never exceptions', t => {
	for (const hex of ['80', '8200', '830000', '01', '8201', '82008305'])
		t.regex(String(queryOf(hex)), /^CBOR_/, hex);
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 40}), bytes => {
			const query = decodeLocalQuery(bytes);
			t.true(query.ok || query.error.code.startsWith('CBOR_'));
		}),
		{numRuns: 2_000},
	);
});

test('answers have the bytes that cardano-cli reads', t => {
	t.is(answerTo('8101'), '831907e119010a1b0116253fec1c3000');
	t.is(answerTo('8102'), '82011818');
	t.is(answerTo('8103'), `82095820${HASH}`);
	t.is(answerTo('820082028101'), '06');
	// Golden Result_Conway_EpochNo and Result_Conway_LedgerTip.
	t.is(answerTo('8200820082068101'), '810a');
	t.is(answerTo('8200820082068100'), `8182095820${HASH}`);
	// The form of the golden Result_EraMismatchShelley.
	t.is(answerTo('8200820082018101'), '828201675368656c6c6579820666436f6e776179');
});

test('the system start is year, day of the year and picoseconds', t => {
	const at = (timeMs: number): string =>
		toHex(answerLocalQuery({...state, systemStartMs: timeMs}, {kind: 'systemStart'}));
	// 23 September 2017 is day 266, 21:44:51 are 78,291 s.
	t.is(at(Date.UTC(2017, 8, 23, 21, 44, 51)), '831907e119010a1b0116253fec1c3000');
	t.is(at(Date.UTC(2022, 9, 25)), '831907e619012a00');
	t.is(at(Date.UTC(2024, 11, 31, 0, 0, 1)), '831907e819016e1b000000e8d4a51000');
	t.is(at(Date.UTC(2023, 0, 1)), '831907e70100');
});

test('the era history has the bounds of three that every client reads, and picoseconds beyond 64 bits', t => {
	t.is(
		answerTo('820082028100'),
		[
			'9f',
			// The golden file's first era but one; where that has a fourth field for Peras, bounds have three.
			'83 83000000 831b0018de76816d80001903e80a 841864191b58830014810014',
			// Mainnet's Shelley.
			'83 83c24904df00a3ec298000001a00448e0018d0 83c2490586de43d5cca000001a00fd200018ec',
			'841a000697801903e883001a0001fa4081001a0001fa40',
			'ff',
		]
			.join('')
			.replaceAll(' ', ''),
	);
	t.is(answerTo('82008301810000'), '8183000000');
	t.is(answerTo('82008301810001'), '8183c24904df00a3ec298000001a00448e0018d0');
	// An era that has not begun.
	t.is(answerTo('82008301810005'), '80');
});

test('messages have the bytes of the specification', t => {
	const hash = Hash32(fromHex(HASH));
	for (const [message, hex] of [
		[{kind: 'acquirePoint', point: 'origin'}, '820080'],
		[{kind: 'acquirePoint', point: {slot: Slot(9), hash}}, `820082095820${HASH}`],
		[{kind: 'acquired'}, '8101'],
		[{kind: 'failure', reason: 1}, '820201'],
		[{kind: 'query', query: fromHex('820082028101')}, '8203820082028101'],
		[{kind: 'result', result: fromHex('05')}, '820405'],
		[{kind: 'release'}, '8105'],
		[{kind: 'reAcquirePoint', point: 'origin'}, '820680'],
		[{kind: 'done'}, '8107'],
		[{kind: 'acquireVolatileTip'}, '8108'],
		[{kind: 'reAcquireVolatileTip'}, '8109'],
		[{kind: 'acquireImmutableTip'}, '810a'],
		[{kind: 'reAcquireImmutableTip'}, '810b'],
	] as const) {
		t.is(toHex(localStateQueryCodec.encode(message)), hex);
		t.deepEqual(localStateQueryCodec.decode(fromHex(hex)), {ok: true, value: message});
	}
});

test('a transaction is refused with a text where cardano-cli looks for one', t => {
	// [[6, [[7, "no"]]]]; of the golden ApplyTxErr_Conway only the failure differs.
	t.is(toHex(refusalOf('no')), '818206818207626e6f');
});

test('the handshake of a socket takes versions from 16 on, with bit 15 set, and nothing of node-to-node', t => {
	const answer = (hex: string): readonly [string, unknown] => {
		const message = handshakeCodec.decode(fromHex(hex));
		if (!message.ok || message.value.kind !== 'proposeVersions') return ['', ''];
		const {reply, outcome} = answerLocalProposal(1, message.value.versions);
		return [toHex(handshakeCodec.encode(reply)), outcome.ok ? outcome.value : outcome.error.code];
	};
	t.deepEqual(answer(proposalHex(1)), ['8301198014' + '8201f4', 20]);
	t.deepEqual(answer(proposalHex(1, {versions: [22, 23, 24]})), ['83011980178201f4', 23]);
	t.deepEqual(answer(proposalHex(2)).at(-1), 'HANDSHAKE_MAGIC_MISMATCH');
	t.is(answer(proposalHex(2))[0].slice(0, 12), '820283021980');
	t.deepEqual(answer(proposalHex(1, {versions: [9, 15]})).at(-1), 'HANDSHAKE_VERSION_MISMATCH');
	// Node-to-node's 14 and 15.
	t.deepEqual(answer('8200a20e8401f401f40f8401f401f4').at(-1), 'HANDSHAKE_VERSION_MISMATCH');
	t.deepEqual(answer('8200a11980148201f6').at(-1), 'HANDSHAKE_DATA_MALFORMED');
	const [versions, outcome] = answer(proposalHex(1, {query: true}));
	t.is(outcome, 'HANDSHAKE_QUERIED');
	t.true(versions.startsWith('8203a81980108201f5'));
});
