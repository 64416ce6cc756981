/**
 * Random sequences of what a wallet can do with payment channels, bonds and stakes of governance, and of what it must not, on a
 * devnet's ledger, beside a model that knows nothing but sums. The transactions of bridge, treasury, checkpoint and grants are
 * played in `value-conserved.test.ts`; disputes about bonds, which end in one way or the other, in `bond-dispute.test.ts`.
 */
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {signVoucher} from '#crypto/vouchers/voucher';
import {assert, defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import type {Result} from '#kernel/result';
import {walletOutput} from '#node/adapters/lucid/deploy-contracts';
import type {ExecutedTransaction} from '#node/adapters/lucid/execute-plan';
import {bondDatum} from '#onchain/data/bond-data';
import {
	announceExitPlan,
	type Bond,
	keepBondPlan,
	leaveBondPlan,
	registerBondPlan,
} from '#onchain/plans/bond-plans';
import {
	type CardanoChannel,
	cardanoChannelId,
	channelEndMs,
	closeChannelPlan,
	endChannelPlan,
	openChannelPlan,
	refundChannelPlan,
	settleChannelPlan,
	topUpChannelPlan,
} from '#onchain/plans/channel-plans';
import {claimIdOf} from '#onchain/plans/claim-plans';
import type {TimeRange} from '#onchain/plans/governance-plans';
import {slotStart} from '#onchain/plans/time-range';
import {tokenUnit} from '#onchain/plans/token-plans';
import type {TransactionPlan} from '#onchain/plans/transaction-plan';
import {type DevnetWallet, slotNow} from '../../../support/contract-devnet.ts';
import {crypto} from '../../../support/crypto.ts';
import {ADA, ALLOCATIONS, governanceDevnet, TOKENS} from '../../../support/governance-devnet.ts';
import {must} from '../../../support/must.ts';
import {channelAfter, sumOf, type ValueSetting, valueSetting} from '../../../support/value-setting.ts';

const DAY_MS = 86_400_000;
const PAYER_SEED = new Uint8Array(32).fill(0x71);

const KINDS = [
	'open',
	'top-up',
	'settle',
	'overdraw',
	'settle-again',
	'close',
	'end',
	'refund',
	'lock',
	'withdraw',
	'register',
	'keep',
	'exit',
	'leave',
	'pass',
] as const;
type Command = {readonly kind: (typeof KINDS)[number]; readonly which: number; readonly pairs: number};

const command: fc.Arbitrary<Command> = fc.record({
	kind: fc.constantFrom(...KINDS),
	which: fc.nat(3),
	pairs: fc.integer({min: 1, max: 10}),
});

/** In all outputs of the network, in those of bonds besides bonds, and of tokens wherever they are and where they are locked. */
type Start = {total: bigint; readonly bonds: bigint; readonly tokens: bigint; readonly locked: bigint};

class Model {
	readonly #t: ExecutionContext;
	readonly #setting: ValueSetting;
	readonly #start: Start;
	readonly #channels: CardanoChannel[] = [];
	readonly #bonds: Bond[] = [];
	readonly #stakes: bigint[] = [];
	#lane = 0;

	constructor(t: ExecutionContext, setting: ValueSetting, start: Start) {
		this.#t = t;
		this.#setting = setting;
		this.#start = start;
	}

	async play(command: Command): Promise<void> {
		const executed = await this.#carryOut(command);
		this.#start.total -= executed?.fee ?? 0n;
		await this.#compare(JSON.stringify(command));
	}

	async #carryOut({kind, which, pairs}: Command): Promise<ExecutedTransaction | undefined> {
		const amount = Lovelace(2n * ADA * BigInt(pairs));
		const channel = this.#channels[which % Math.max(1, this.#channels.length)];
		const bond = this.#bonds[which % Math.max(1, this.#bonds.length)];
		switch (kind) {
			case 'open':
				return this.#open(amount);
			case 'lock':
			case 'withdraw':
				return this.#stake(kind, BigInt(pairs) * 100_000n * TOKENS);
			case 'register':
				return this.#register();
			case 'keep':
			case 'exit':
			case 'leave':
				return bond && this.#ofBond(kind, bond, amount);
			case 'pass':
				await this.#setting.world.pass(30 * DAY_MS);
				return undefined;
			default:
				return channel && this.#ofChannel(kind, channel, amount);
		}
	}

	async #open(deposit: Lovelace): Promise<ExecutedTransaction> {
		const {world, channels} = this.#setting;
		const {url, contracts} = world.devnet;
		const seed = await walletOutput({kupoUrl: url}, contracts.wallet.address);
		const request = {
			seed,
			funder: contracts.wallet.keyHash,
			payerVk: crypto.ed25519VerificationKey(PAYER_SEED),
			payee: this.#payee.contracts.wallet.keyHash,
			lane: this.#lane++ % 8,
			expiryMs: (await this.#range()).fromMs + 45 * DAY_MS,
			deposit: Lovelace(deposit + 10n * ADA),
		};
		const plan = openChannelPlan(crypto, channels, request);
		const executed = await world.devnet.execute(plan);
		this.#channels.push(channelAfter(cardanoChannelId(crypto, channels, request), plan, executed));
		return executed;
	}

	get #payee(): DevnetWallet {
		return this.#setting.world.holders[1];
	}

	async #range(): Promise<TimeRange> {
		const {url, deployment} = this.#setting.world.devnet;
		const slot = await slotNow(url);
		// What is handed in now comes into the next slot's block.
		return {fromMs: slotStart(deployment.network, slot), toMs: slotStart(deployment.network, slot + 2)};
	}

	async #ofChannel(
		kind: 'top-up' | 'settle' | 'overdraw' | 'settle-again' | 'close' | 'end' | 'refund',
		channel: CardanoChannel,
		amount: Lovelace,
	): Promise<ExecutedTransaction | undefined> {
		const {world, channels} = this.#setting;
		const {execute} = world.devnet;
		const range = await this.#range();
		switch (kind) {
			case 'top-up':
				return this.#goesOn(channel, topUpChannelPlan(channels, channel, {amount}), execute);
			case 'close': {
				const plan = closeChannelPlan(channels, channel, range);
				return plan.ok ? this.#goesOn(channel, plan.value, execute) : this.#refused(plan, 'CHANNEL_CLOSING');
			}
			case 'refund': {
				const plan = refundChannelPlan(channels, channel);
				if (range.fromMs >= channelEndMs(channel.datum)) return this.#ends(channel, execute(plan));
				return this.#fails(execute(plan, {unchecked: true}), 'CARDANO_TRANSACTION_REFUSED');
			}
			default:
				return this.#withVoucher(kind, channel, range);
		}
	}

	async #withVoucher(
		kind: 'settle' | 'overdraw' | 'settle-again' | 'end',
		channel: CardanoChannel,
		{toMs}: TimeRange,
	): Promise<ExecutedTransaction | undefined> {
		const {channels} = this.#setting;
		const {paid} = channel.datum;
		const isOver = toMs > channelEndMs(channel.datum);
		// What is left must keep the channel's output alive.
		const isLow = channel.lovelace < 6n * ADA;
		const voucher = (more: bigint) =>
			signVoucher(crypto, PAYER_SEED, {channelId: channel.id, cumulative: paid + more});
		if (kind === 'end') {
			const last = isOver || isLow ? null : voucher(2n * ADA);
			const plan = must(endChannelPlan(crypto, channels, channel, {voucher: last, toMs}));
			return this.#ends(channel, this.#payee.execute(plan));
		}
		const more = {settle: 2n * ADA, overdraw: channel.lovelace + 1n, 'settle-again': 0n}[kind];
		const plan = settleChannelPlan(crypto, channels, channel, {voucher: voucher(more), toMs});
		if (isOver) return this.#refused(plan, 'CHANNEL_EXPIRED');
		if (kind !== 'settle')
			return this.#refused(plan, kind === 'overdraw' ? 'VOUCHER_OVER_DEPOSIT' : 'VOUCHER_STALE');
		return isLow ? undefined : this.#goesOn(channel, must(plan), this.#payee.execute);
	}

	async #goesOn(
		channel: CardanoChannel,
		plan: TransactionPlan,
		execute: DevnetWallet['execute'],
	): Promise<ExecutedTransaction> {
		const executed = await execute(plan);
		this.#channels[this.#channels.indexOf(channel)] = channelAfter(channel.id, plan, executed);
		return executed;
	}

	async #ends(channel: CardanoChannel, running: Promise<ExecutedTransaction>): Promise<ExecutedTransaction> {
		const executed = await running;
		this.#channels.splice(this.#channels.indexOf(channel), 1);
		return executed;
	}

	async #stake(kind: 'lock' | 'withdraw', tokens: bigint): Promise<ExecutedTransaction | undefined> {
		const {governance} = this.#setting.world.holders[0];
		if (kind === 'lock') {
			if (this.#locked() + tokens > 4_000_000n * TOKENS) return undefined;
			this.#stakes.push(tokens);
			return governance.lockStake({tokens});
		}
		if (this.#stakes.length === 0) return this.#fails(governance.withdrawStake(), 'STAKE_MISSING');
		const {stake, transaction} = await governance.withdrawStake();
		const place = this.#stakes.indexOf(stake.tokens);
		assert(place >= 0, 'a stake of the model was withdrawn');
		this.#stakes.splice(place, 1);
		return transaction;
	}

	#locked(): bigint {
		return this.#stakes.reduce((sum, each) => sum + each, 0n);
	}

	async #register(): Promise<ExecutedTransaction> {
		const {world, bonds, provider} = this.#setting;
		const {url, contracts, execute, reader} = world.devnet;
		const seed = await walletOutput({kupoUrl: url}, contracts.wallet.address);
		const claim = (await reader.claim(provider)).ref;
		const owner = contracts.wallet.keyHash;
		const executed = await execute(registerBondPlan(crypto, bonds, {seed, owner, provider, claim}));
		this.#bonds.push({
			ref: {txId: executed.txId, index: 0},
			lovelace: bonds.params.bond,
			name: claimIdOf(crypto, seed),
			datum: {owner, provider, exitAfterMs: 0},
		});
		return executed;
	}

	async #ofBond(
		kind: 'keep' | 'exit' | 'leave',
		bond: Bond,
		more: bigint,
	): Promise<ExecutedTransaction | undefined> {
		const {world, bonds} = this.#setting;
		const {execute} = world.devnet;
		if (kind === 'leave') {
			const plan = leaveBondPlan(bonds, bond);
			const {exitAfterMs} = bond.datum;
			if (exitAfterMs === 0) return this.#refused(plan, 'BOND_EXIT_NOT_ANNOUNCED');
			const isOver = (await this.#range()).fromMs >= exitAfterMs;
			if (!isOver) return this.#fails(execute(must(plan), {unchecked: true}), 'CARDANO_TRANSACTION_REFUSED');
			const executed = await execute(must(plan));
			this.#bonds.splice(this.#bonds.indexOf(bond), 1);
			return executed;
		}
		if (kind === 'exit' && bond.datum.exitAfterMs !== 0) return undefined;
		const plan =
			kind === 'keep'
				? keepBondPlan(bonds, bond, {more})
				: announceExitPlan(bonds, bond, await this.#range());
		const executed = await execute(plan);
		const {lovelace, datum} = defined(plan.outputs[0], 'the bond goes on');
		this.#bonds[this.#bonds.indexOf(bond)] = {
			...bond,
			ref: {txId: executed.txId, index: 0},
			lovelace,
			datum: must(bondDatum.fromData(defined(datum, 'a bond has a datum'))),
		};
		return executed;
	}

	/** A plan says before anything is signed what the script would say. */
	#refused<T>(plan: Result<T, {readonly code: string}>, code: string): undefined {
		this.#t.is(plan.ok ? 'planned' : plan.error.code, code);
	}

	async #fails(running: Promise<unknown>, code: string): Promise<undefined> {
		const outcome = await running.then(
			() => 'done',
			(error: unknown) => (error instanceof NodeError ? error.code : String(error)),
		);
		this.#t.is(outcome, code);
	}

	async #compare(step: string): Promise<void> {
		const t = this.#t;
		const {world, channels, bonds} = this.#setting;
		const {url, deployment} = world.devnet;
		const governance = defined(deployment.governance, 'somebody governs');
		const unit = tokenUnit(governance);
		const inChannels = this.#channels.reduce((sum, {lovelace}) => sum + lovelace, 0n);
		const inBonds = this.#bonds.reduce((sum, {lovelace}) => sum + lovelace, this.#start.bonds);
		t.is(await sumOf(url, `${toHex(channels.channel.hash)}/*`), inChannels, step);
		t.is(await sumOf(url, `${toHex(bonds.bond.hash)}/*`), inBonds, step);
		const atGovernance = await sumOf(url, `${toHex(governance.governance.hash)}/*`, unit);
		t.is(atGovernance, this.#start.locked + this.#locked(), step);
		t.is(await sumOf(url, '*', unit), this.#start.tokens, step);
		t.is(await sumOf(url, '*'), this.#start.total, step);
	}
}

/** Every kind once, where it is done and where it is refused; the rest is left to chance. */
const OPENING: readonly Command[] = (
	[
		'withdraw',
		'open',
		'lock',
		'register',
		'leave',
		'settle',
		'overdraw',
		'settle-again',
		'top-up',
		'refund',
		'close',
		'close',
		'end',
		'exit',
		'leave',
		'keep',
		'open',
		'pass',
		'withdraw',
		'pass',
		'settle',
		'refund',
		'pass',
		'leave',
	] as const
).map(kind => ({kind, which: 0, pairs: 3}));

test('channels, bonds and stakes in whatever order: what goes in comes out again, once, less the fees', async t => {
	t.timeout(10 * 60_000);
	const world = await governanceDevnet(t, {traced: false});
	const {url, deployment} = world.devnet;
	await world.holders[0].governance.claimTokens(ALLOCATIONS);
	const setting = await valueSetting(world);
	const governance = defined(deployment.governance, 'somebody governs');
	const unit = tokenUnit(governance);
	const model = new Model(t, setting, {
		total: await sumOf(url, '*'),
		bonds: await sumOf(url, `${toHex(setting.bonds.bond.hash)}/*`),
		tokens: await sumOf(url, '*', unit),
		locked: await sumOf(url, `${toHex(governance.governance.hash)}/*`, unit),
	});
	for (const each of OPENING) await model.play(each);
	await fc.assert(
		fc.asyncProperty(fc.array(command, {minLength: 10, maxLength: 10, size: 'max'}), async commands => {
			for (const each of commands) await model.play(each);
		}),
		// One ledger goes on from run to run, so a shorter sequence is not the same one: the seed repeats it.
		{numRuns: 3, endOnFailure: true},
	);
});
