import test from 'ava';
import {showParameters} from '#cli/commands/gov-parameters';
import {enactmentOutlook} from '#cli/gov/enactment-outlook';

const CARDANO = {magic: 42, zeroTimeMs: 1_000_000, slotLengthMs: 1_000};
/** Begins with Cardano's slot 1,000; a period has 200 of its slots. */
const SIDE_CHAIN = {systemStartMs: 2_000_000, slotMs: 500, epochLength: 100, checkpointEvery: 2 * 2};
const SEEN = {slot: 1_150, tipSlot: 1_152, stableDepth: 60, currentSlot: 305, notBeforeEpoch: 0};

test('what was executed is in force after the period in which it becomes stable', t => {
	const outlook = enactmentOutlook(SIDE_CHAIN, CARDANO, SEEN);
	const expectedMs = CARDANO.zeroTimeMs + 1_210 * 1_000;
	// Slot 420 of the side-chain: in its second period, whose last epoch is 7.
	t.deepEqual(outlook, {depth: 2, slotsLeft: 58, expectedMs, period: 2, entersAtEpoch: 9});
	t.is(enactmentOutlook(SIDE_CHAIN, CARDANO, {...SEEN, notBeforeEpoch: 20}).entersAtEpoch, 20);
	const late = enactmentOutlook(SIDE_CHAIN, CARDANO, {...SEEN, tipSlot: 1_500, currentSlot: 801});
	t.like(late, {slotsLeft: 0, period: 3, entersAtEpoch: 13}, 'stable long ago, and no block since');
});

test('parameters are asked of a node, of Cardano, or of both: of nobody, the command says so', async t => {
	const {signal} = new AbortController();
	await t.throwsAsync(showParameters([], {}, signal), {
		code: 'NODE_NOT_NAMED',
		message: /--node.*--deployment and --kupo-url/,
	});
});
