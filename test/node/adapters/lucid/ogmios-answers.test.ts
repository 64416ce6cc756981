/**
 * What an Ogmios (version 6 and 7) answers to a transaction, with the numbers and the fields of its own interface
 * description, and what Blockfrost answers: which of it is the ledger's verdict, and which tells nothing.
 */
import test, {type ExecutionContext} from 'ava';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {createBlockfrostHttp} from '#node/adapters/blockfrost-http';
import {submitTransaction} from '#node/adapters/lucid/ogmios-client';
import {saysInputSpent} from '#node/adapters/lucid/submit-surely';
import {type Answer, json, serve, text} from '../../../support/scripted-kupo.ts';

const submitTo = async (t: ExecutionContext, answer: Answer): Promise<NodeError | string> => {
	try {
		return toHex(await submitTransaction((await serve(t, answer)).slice(0, -1), '84a0'));
	} catch (error) {
		if (error instanceof NodeError) return error;
		throw error;
	}
};

const failure = (code: number, message: string, data?: unknown): Answer =>
	json({jsonrpc: '2.0', method: 'submitTransaction', error: {code, message, data}, id: 1}, 400);

test('a transaction that is taken', async t => {
	const id = 'ab'.repeat(32);
	const taken = json({
		jsonrpc: '2.0',
		method: 'submitTransaction',
		result: {transaction: {id}},
		id: 1,
	});
	t.is(await submitTo(t, taken), id);
});

test('unknown inputs, and a mempool that has it already, are told from other refusals', async t => {
	const unknown = failure(
		3117,
		'The transaction contains unknown UTxO references as inputs. This can happen if the inputs have already been spent.',
		{unknownOutputReferences: [{transaction: {id: 'cd'.repeat(32)}, index: 0}]},
	);
	const twice = failure(
		3997,
		"The transaction couldn't be added to the mempool. A justification is given as 'data.error'.",
		{error: 'All inputs are spent. Transaction has probably already been included'},
	);
	for (const answer of [unknown, twice]) {
		const refused = await submitTo(t, answer);
		t.like(refused, {code: 'CARDANO_TRANSACTION_REFUSED'});
		t.true(saysInputSpent(refused));
	}
	const late = failure(3118, 'The transaction is outside of its validity interval.', {
		validityInterval: {invalidAfter: 100},
		currentSlot: 101,
	});
	const refused = await submitTo(t, late);
	t.like(refused, {code: 'CARDANO_TRANSACTION_REFUSED'});
	t.false(saysInputSpent(refused));
});

test('an error that is none of the ledger says nothing of what became of the transaction', async t => {
	const unclear = [
		failure(-32_603, 'the connection to the node was lost'),
		failure(-32_600, 'Invalid request'),
		json({jsonrpc: '2.0', error: 'no object', id: 1}, 400),
		json({jsonrpc: '2.0', method: 'submitTransaction', result: {}, id: 1}),
		text('Something went wrong', 500),
	];
	for (const answer of unclear) t.like(await submitTo(t, answer), {code: 'CARDANO_ANSWER_INVALID'});
	t.like(await submitTo(t, failure(-32_602, 'Invalid transaction: no CBOR')), {
		code: 'CARDANO_TRANSACTION_REFUSED',
	});
});

test('Blockfrost is handed a transaction once: a second try would be refused because of the first', async t => {
	let asked = 0;
	const answers: readonly Answer[] = [
		(request, _response) => void request.socket.destroy(),
		json({status_code: 400, error: 'Bad Request', message: 'All inputs are spent.'}, 400),
	];
	const url = `${await serve(t, (request, response) => {
		request.resume();
		answers[Math.min(asked++, 1)]?.(request, response);
	})}api/v0`;
	const http = createBlockfrostHttp({url, projectId: 'preprodTest'});
	await t.throwsAsync(http.submit(Uint8Array.of(0x84), undefined), {code: 'CARDANO_UNREACHABLE'});
	t.is(asked, 1);
	await t.throwsAsync(http.submit(Uint8Array.of(0x84), undefined), {code: 'CARDANO_TRANSACTION_REFUSED'});
});

test('Blockfrost full, broken or behind a broken proxy says nothing of what became of the transaction', async t => {
	for (const [status, code] of [
		[425, 'CARDANO_UNREACHABLE'],
		[522, 'CARDANO_UNREACHABLE'],
		[500, 'CARDANO_ANSWER_INVALID'],
		[418, 'CARDANO_ANSWER_INVALID'],
	] as const) {
		const answer: Answer = (request, response) => {
			request.resume();
			json({status_code: status, error: 'no', message: 'no'}, status)(request, response);
		};
		const http = createBlockfrostHttp({url: `${await serve(t, answer)}api/v0`, projectId: 'preprodTest'});
		await t.throwsAsync(http.submit(Uint8Array.of(0x84), undefined), {code}, String(status));
	}
});
