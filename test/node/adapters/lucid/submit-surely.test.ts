/** What is signed is paid once, whatever becomes of the answers. */
import test from 'ava';
import {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {saysInputSpent, submitSurely} from '#node/adapters/lucid/submit-surely';
import {createVirtualClock} from '../../../support/virtual-clock.ts';

const txId = Hash32(new Uint8Array(32).fill(4));
const SIGNED = {cbor: 'a0', txId};
const silence = (): NodeError => new NodeError({code: 'CARDANO_UNREACHABLE'});
const refusal = (reason: string): NodeError => new NodeError({code: 'CARDANO_TRANSACTION_REFUSED', reason});
const SPENT = refusal('BadInputsUTxO (Set.fromList [TxIn …])');

type Step = NodeError | 'taken';

/** A node that does `steps`, one at a time; the transaction is in a block after so many looks. */
const submit = async (steps: readonly Step[], looksUntilBlock: number, other?: Hash32) => {
	const clock = createVirtualClock(0);
	let submitted = 0;
	let looks = 0;
	const timed = {
		...clock,
		now: () => clock.now(),
		waitUntil: async (timeMs: number): Promise<void> => clock.advanceTo(timeMs),
	};
	const ports = {
		submit: async (): Promise<Hash32> => {
			const step = steps[submitted++];
			if (step === undefined || step === 'taken') return other ?? txId;
			throw step;
		},
		isInBlock: async (): Promise<boolean> => ++looks > looksUntilBlock,
		clock: timed,
	};
	const outcome = await submitSurely(ports, SIGNED).then(
		() => 'in a block',
		(error: NodeError) => error.code,
	);
	return {outcome, submitted, looks};
};

test('waits until the transaction is in a block', async t => {
	t.deepEqual(await submit(['taken'], 3), {outcome: 'in a block', submitted: 1, looks: 4});
});

test('hands the same bytes in again when nobody answered', async t => {
	t.deepEqual(await submit([silence(), silence(), 'taken'], 0), {
		outcome: 'in a block',
		submitted: 3,
		looks: 1,
	});
});

test('a refusal of the second try because inputs are spent may mean that the first has arrived', async t => {
	t.deepEqual(await submit([silence(), SPENT], 2), {outcome: 'in a block', submitted: 2, looks: 3});
});

test('knows the words for spent inputs of ledger, mempool and Ogmios', t => {
	const words = [
		'BadInputsUTxO (Set.fromList [TxIn …])',
		'All inputs are spent. Transaction has probably already been included',
		'The transaction contains unknown UTxO references as inputs.',
	];
	for (const reason of words) t.true(saysInputSpent(refusal(reason)), reason);
	t.false(saysInputSpent(refusal('FeeTooSmallUTxO')));
});

test('never says that it was refused when it may have arrived: then nobody signs another one', async t => {
	t.like(await submit([silence(), SPENT], Number.POSITIVE_INFINITY), {
		outcome: 'CARDANO_TRANSACTION_NOT_CONFIRMED',
	});
	t.like(await submit([silence(), silence(), silence(), silence()], 0), {
		outcome: 'CARDANO_SUBMISSION_UNCLEAR',
		submitted: 4,
	});
});

test('says so at once when the ledger refuses it', async t => {
	t.deepEqual(await submit([SPENT], 0), {outcome: 'CARDANO_TRANSACTION_REFUSED', submitted: 1, looks: 0});
});

test('a refusal of the second try for any other reason may mean that the first has arrived, too', async t => {
	const late = refusal('The transaction is outside of its validity interval.');
	t.deepEqual(await submit([silence(), late], 2), {outcome: 'in a block', submitted: 2, looks: 3});
	t.like(await submit([silence(), late], Number.POSITIVE_INFINITY), {
		outcome: 'CARDANO_TRANSACTION_NOT_CONFIRMED',
		submitted: 2,
	});
});

test('a node that claims to have taken another transaction is not believed', async t => {
	t.like(await submit([], 0, Hash32(new Uint8Array(32))), {outcome: 'CARDANO_SUBMISSION_UNCLEAR'});
});
