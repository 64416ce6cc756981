import test from 'ava';
import fc from 'fast-check';
import {
	openPayeeBook,
	type PayeeBook,
	payeeAllowance,
	payeeChannel,
	payeeOwed,
	payeePrice,
	payeeServed,
	payeeVouchers,
} from '#crypto/vouchers/payee-book';
import {
	openPayerBook,
	type PayerBook,
	payerCredit,
	payerDue,
	payerReceived,
	payerSigned,
} from '#crypto/vouchers/payer-book';
import {signVoucher, type Voucher} from '#crypto/vouchers/voucher';
import {
	bytesFor,
	costOf,
	creditBytes,
	STEP_BYTES_MAX,
	STEP_BYTES_MIN,
	stepAfter,
} from '#crypto/vouchers/voucher-step';
import {defined} from '#kernel/assert';
import {crypto} from '../../support/crypto.ts';
import {hashOf, party} from '../../support/ledger-chain.ts';

const payer = party('payer');
const channelId = hashOf('channel');
const MIB = 2 ** 20;
/** A lovelace for 1 KiB. */
const price = 2n ** 20n;
const channel = {
	channelId,
	payerVk: payer.verificationKey,
	deposit: 100_000n,
	closing: false,
	expiry: 1000,
};
const now = {now: 10, settleTime: 100};

const voucherOf = (cumulative: bigint, seed = payer.seed, id = channelId): Voucher =>
	signVoucher(crypto, seed, {channelId: id, cumulative});

const payeeOf = (change: Partial<typeof channel> = {}): PayeeBook =>
	openPayeeBook({...channel, ...change}, {price, settled: 0n, newest: null});

test('steps begin at 256 KiB, grow by half, and stop at 4 MiB', t => {
	const steps: number[] = [];
	for (let paid = 0; steps.at(-1) !== STEP_BYTES_MAX; paid += defined(steps.at(-1), 'a step'))
		steps.push(stepAfter(paid));
	t.deepEqual(steps, [262_144, 393_216, 589_824, 884_736, 1_327_104, 1_990_656, 2_985_984, 4_194_304]);
	t.is(stepAfter(0), STEP_BYTES_MIN);
	t.is(stepAfter(STEP_BYTES_MIN - 1), STEP_BYTES_MIN);
	t.is(stepAfter(2 ** 50), STEP_BYTES_MAX);
});

test('credit never shrinks when more is paid, and is never more than a step ahead', t => {
	fc.assert(
		fc.property(fc.nat(40 * MIB), fc.nat(MIB), (paid, more) => {
			const ahead = creditBytes(paid) - paid;
			return (
				creditBytes(paid + more) >= creditBytes(paid) && ahead >= STEP_BYTES_MIN && ahead <= STEP_BYTES_MAX
			);
		}),
	);
	t.pass();
});

test('what an amount buys costs no more than the amount, and one byte more does', t => {
	fc.assert(
		fc.property(fc.bigInt(0n, 10n ** 12n), fc.bigInt(1n, 10n ** 10n), (amount, perGiB) => {
			const bytes = bytesFor(amount, perGiB);
			if (bytes === Number.MAX_SAFE_INTEGER) return true;
			return costOf(bytes, perGiB) <= amount && costOf(bytes + 1, perGiB) > amount;
		}),
	);
	t.is(bytesFor(-1n, price), 0);
	t.is(costOf(1, 1n), 1n);
	t.is(costOf(1, 0n), 0n);
});

test('a payee sends one step to a stranger, and the next when the first is paid', t => {
	let book = payeeOf();
	t.is(payeeAllowance(book, now), STEP_BYTES_MIN);
	book = payeeServed(book, STEP_BYTES_MIN);
	t.is(payeeAllowance(book, now), 0);
	t.is(payeeOwed(book), 256n);
	const paid = payeeVouchers(crypto, book, [voucherOf(256n)], 10);
	t.is(paid.ok && payeeAllowance(paid.value, now), 393_216);
});

test('a payee sends nothing that the deposit does not cover, nothing on a closing channel, nothing too late to settle', t => {
	t.is(payeeAllowance(payeeOf({deposit: 5n}), now), 5 * 1024);
	t.is(payeeAllowance(payeeOf({closing: true}), now), 0);
	t.is(payeeAllowance(payeeOf(), {now: 899, settleTime: 100}), STEP_BYTES_MIN);
	t.is(payeeAllowance(payeeOf(), {now: 900, settleTime: 100}), 0);
	const toppedUp = payeeChannel(payeeOf({deposit: 5n}), channel);
	t.is(payeeAllowance(toppedUp, now), STEP_BYTES_MIN);
	const free = openPayeeBook(channel, {price: 0n, settled: 0n, newest: null});
	t.is(payeeAllowance(free, now), Number.MAX_SAFE_INTEGER);
});

test('of a burst only the newest voucher is verified', t => {
	let verified = 0;
	const counting = {
		verifyEd25519: (...args: Parameters<typeof crypto.verifyEd25519>) => {
			verified++;
			return crypto.verifyEd25519(...args);
		},
	};
	const burst = [voucherOf(3n), voucherOf(9n), {...voucherOf(6n), signature: new Uint8Array(64)}];
	const taken = payeeVouchers(counting, payeeOf(), burst, 10);
	t.is(taken.ok && taken.value.paid, 9n);
	t.deepEqual(taken.ok && taken.value.newest, burst[1]);
	t.is(verified, 1);
	const again = payeeVouchers(counting, taken.ok ? taken.value : payeeOf(), [voucherOf(9n)], 10);
	t.deepEqual(again, taken, 'the same voucher again changes nothing');
	t.deepEqual(payeeVouchers(counting, payeeOf(), [], 10), {ok: true, value: payeeOf()});
	t.is(verified, 1);
});

test('refuses vouchers of another channel, lower ones, those above the deposit, forged ones, and all after expiry', t => {
	const book = {...payeeOf(), paid: 10n};
	const refusal = (burst: readonly Voucher[], at = 10): unknown => {
		const taken = payeeVouchers(crypto, book, burst, at);
		return taken.ok ? undefined : taken.error;
	};
	const other = hashOf('other');
	t.deepEqual(refusal([voucherOf(11n), voucherOf(5n, payer.seed, other)]), {
		code: 'VOUCHER_CHANNEL_WRONG',
		channelId: other,
	});
	t.deepEqual(refusal([voucherOf(9n)]), {code: 'VOUCHER_STALE', cumulative: 9n, paid: 10n});
	t.deepEqual(refusal([voucherOf(100_001n)]), {
		code: 'VOUCHER_OVER_DEPOSIT',
		cumulative: 100_001n,
		deposit: 100_000n,
	});
	t.is(refusal([voucherOf(100_000n)]), undefined);
	t.deepEqual(refusal([voucherOf(11n, party('thief').seed)]), {
		code: 'VOUCHER_SIGNATURE_INVALID',
		channelId,
		cumulative: 11n,
	});
	t.is(refusal([voucherOf(11n)], 999), undefined);
	t.deepEqual(refusal([voucherOf(11n)], 1000), {code: 'CHANNEL_EXPIRED', channelId, expiry: 1000});
});

test('a new price holds from when everything at the old one is paid', t => {
	const owing = payeeServed(payeeOf(), 1024);
	t.is(payeePrice(owing, 7n), owing);
	const paid = payeeVouchers(crypto, owing, [voucherOf(1n)], 10);
	t.like(paid.ok && payeePrice(paid.value, 7n), {price: 7n, base: 1n, servedBytes: 0});
});

const payerOf = (signed: bigint, shown: Voucher | null): PayerBook =>
	openPayerBook(crypto, channel, {price, signed, shown});

test('a payer that forgot goes on from its own newest voucher, and believes nobody else', t => {
	t.is(payerOf(0n, voucherOf(77n)).base, 77n);
	t.is(payerOf(80n, voucherOf(77n)).base, 80n);
	t.is(payerOf(1n, voucherOf(77n, party('thief').seed)).base, 1n);
	t.is(payerOf(1n, voucherOf(77n, payer.seed, hashOf('other'))).base, 1n);
	t.is(payerOf(1n, voucherOf(100_001n)).base, 1n);
	t.is(payerOf(1n, null).base, 1n);
});

test('a payer signs for what came: at half a step, or at the end', t => {
	const none = payerOf(0n, null);
	t.is(payerDue(none, {final: true}), undefined);
	t.is(payerDue(payerReceived(none, 131_071), {final: false}), undefined);
	t.is(payerDue(payerReceived(none, 131_071), {final: true}), 128n);
	t.is(payerDue(payerReceived(none, 131_072), {final: false}), 128n);
	t.is(payerDue(payerReceived(none, 2 ** 40), {final: true}), 100_000n, 'never more than the deposit');
	t.is(payerCredit(payerOf(99_999n, null)), 1024);
	t.is(
		payerCredit(openPayerBook(crypto, channel, {price: 0n, signed: 0n, shown: null})),
		Number.MAX_SAFE_INTEGER,
	);
});

/** Both sides of a channel that carries one stream. */
type Stream = {readonly payee: PayeeBook; readonly payer: PayerBook};

const plenty = {...channel, deposit: 10n ** 9n};

const newStream = (): Stream => ({
	payee: openPayeeBook(plenty, {price, settled: 0n, newest: null}),
	payer: openPayerBook(crypto, plenty, {price, signed: 0n, shown: null}),
});

const carry = ({payee, payer: mine}: Stream, bytes: number): Stream => ({
	payee: payeeServed(payee, bytes),
	payer: payerReceived(mine, bytes),
});

const settleUp = ({payee, payer: mine}: Stream): Stream => {
	const due = payerDue(mine, {final: false});
	if (due === undefined) return {payee, payer: mine};
	return {payee: {...payee, paid: due}, payer: payerSigned(mine, due)};
};

/** What the payee would lose if the payer left now; negative: what the payer would. */
const atRisk = ({payee}: Stream): bigint => payeeOwed(payee) - payee.paid;

test('whatever sizes come and whoever stops when, neither side loses more than one step, and all gets through', t => {
	const sizes = fc.array(fc.integer({min: 1, max: 128 * 1024}), {minLength: 1, maxLength: 60});
	fc.assert(
		fc.property(sizes, fc.nat(60), (chunks, stopsPayingAt) => {
			let stream = newStream();
			for (const [index, bytes] of chunks.entries()) {
				const isSent = payeeAllowance(stream.payee, now) >= bytes;
				// Whoever pays is always served: what would have been held back for is paid by now.
				if (!isSent) return index > stopsPayingAt;
				stream = carry(stream, bytes);
				const stepCost = costOf(stepAfter(bytesFor(stream.payee.paid, price)), price);
				if (atRisk(stream) < 0n || atRisk(stream) > stepCost) return false;
				if (index < stopsPayingAt) stream = settleUp(stream);
			}
			return true;
		}),
	);
	t.pass();
});
