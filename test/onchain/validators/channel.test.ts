import test from 'ava';
import type {Voucher} from '#crypto/vouchers/voucher';
import {toHex} from '#kernel/bytes';
import type {Hash28, Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {dataConstructor} from '#onchain/cardano/plutus-data';
import {
	burnChannelRedeemer,
	channelDatum,
	endChannelRedeemer,
	settleChannelRedeemer,
} from '#onchain/data/channel-data';
import {
	cardanoChannelId,
	closeChannelPlan,
	endChannelPlan,
	openChannelPlan,
	refundChannelPlan,
	settleChannelPlan,
	topUpChannelPlan,
} from '#onchain/plans/channel-plans';
import {
	accepts,
	type Change,
	EXPIRY_MS,
	elsewhere,
	FUNDER,
	junk,
	known,
	longerDatum,
	NOBODY,
	NOW_MS,
	otherDatum,
	PAYEE,
	PLACES,
	production,
	published,
	RANGE,
	refuses,
	request,
	SEED,
	scripted,
	signedBy,
	staked,
	traced,
	type Using,
	voucherOf,
	WINDOW_MS,
	type World,
	withDatum,
	without,
	withRedeemer,
} from '../../support/channel-world.ts';
import {ADA, changeOutput, JUNK, refOf, walletUtxo} from '../../support/contract-world.ts';
import {crypto} from '../../support/crypto.ts';
import {must} from '../../support/must.ts';
import {runScript} from '../../support/plutus-machine.ts';
import type {JudgedTransaction, Utxo} from '../../support/script-context.ts';
import {adaLess, type Bad, output, same} from '../../support/script-verdict.ts';
import {hashOf} from '../../support/side-chain.ts';

// Opening

const opening = (world: World, {change = same}: {readonly change?: Change} = {}): JudgedTransaction => ({
	plan: change(openChannelPlan(crypto, world, request), world),
	utxos: [walletUtxo(SEED), walletUtxo(refOf(61)), ...published(world)],
});

const mintMore: Change = (plan, {channel}) => {
	const [first] = plan.mint;
	const unit = toHex(channel.hash) + toHex(hashOf(0xff));
	return first === undefined ? plan : {...plan, mint: [first, {...first, unit}]};
};

/** Under the id of a channel on the other kind of network. */
const ofMainnet: Change = (plan, world) => {
	const id = cardanoChannelId(crypto, {...world, params: {...world.params, networkId: 1}}, request);
	const unit = toHex(world.channel.hash) + toHex(id);
	const renamed = {...plan, mint: plan.mint.map(each => ({...each, unit}))};
	return changeOutput(renamed, 0, {assets: new Map([[unit, 1n]])});
};

test('a channel opens under the id that vouchers name', t => accepts(t, world => opening(world)));

const OPEN_BAD: Bad<{readonly change: Change}> = [
	['for an output that is not spent', {change: plan => ({...plan, spend: [{ref: refOf(61)}]})}, 'open-seed'],
	[
		'twice',
		{change: plan => ({...plan, mint: plan.mint.map(each => ({...each, quantity: 2n}))})},
		'open-one',
	],
	['with a second one for nothing', {change: mintMore}, 'open-one'],
	['in a wallet', {change: elsewhere}, 'open-address'],
	['at an address with a stake part', {change: staked}, 'open-address'],
	['with junk', {change: junk}, 'open-tokens'],
	['with a script on it', {change: scripted}, 'open-script'],
	['for another payee', {change: withDatum({payee: NOBODY})}, 'open-one'],
	['with another payer’s key', {change: withDatum({payerVk: new Uint8Array(32)})}, 'open-one'],
	['with another end', {change: withDatum({expiryMs: EXPIRY_MS + 1})}, 'open-one'],
	['with a short funder', {change: withDatum({funder: FUNDER.slice(1) as Hash28})}, 'open-names'],
	['of which something was paid', {change: withDatum({paid: Lovelace(1n)})}, 'open-datum'],
	['that closes already', {change: withDatum({closesAtMs: 1})}, 'open-datum'],
	['with a datum field more', {change: longerDatum}, 'open-datum'],
	['under another constructor', {change: otherDatum}, 'open-datum'],
];

for (const [how, options, trace] of OPEN_BAD)
	test(`no channel opens ${how}`, t => refuses(t, world => opening(world, options), trace));

test('attack: replay on another network – a channel of the other network id does not open here', t =>
	refuses(t, world => opening(world, {change: ofMainnet}), 'open-one'));

// A channel that is open

const toppingUp = (world: World, {change = same, datum = {}}: Using = {}): JudgedTransaction => {
	const {plan, utxo} = known(world, datum);
	return {
		plan: change(topUpChannelPlan(world, plan, {amount: Lovelace(5n * ADA)}), world),
		utxos: [utxo, ...published(world)],
	};
};

test('its funder tops a channel up, also while it closes', async t => {
	await accepts(t, world => toppingUp(world));
	await accepts(t, world => toppingUp(world, {datum: {closesAtMs: NOW_MS}}));
});

const TOP_UP_BAD: Bad<Using> = [
	['by anybody else', {change: signedBy(PAYEE)}, 'funder'],
	['so that its ADA falls', {change: output(() => ({lovelace: 30n * ADA - 1n}))}, 'channel-ada'],
	['so that less counts as paid', {change: withDatum({paid: Lovelace(9n * ADA)})}, 'channel-datum'],
	['by an action that there is not', {change: withRedeemer(dataConstructor(5))}, undefined],
];
for (const [how, options, trace] of TOP_UP_BAD)
	test(`a channel is not topped up ${how}`, t => refuses(t, world => toppingUp(world, options), trace));

const settling = (world: World, {change = same, datum = {}, voucher}: Using = {}): JudgedTransaction => {
	const {plan} = known(world);
	const paying = voucherOf(plan.id, 25n * ADA);
	const made = must(settleChannelPlan(crypto, world, plan, {voucher: paying, toMs: RANGE.toMs}));
	const {cumulative, signature} = {...paying, ...voucher?.(plan.id)};
	const carried = {cumulative: Lovelace(cumulative), signature};
	const settled = withRedeemer(settleChannelRedeemer.toData(carried))(
		changeOutput(made, 0, {
			datum: channelDatum.toData({...request, paid: carried.cumulative, closesAtMs: 0, ...datum}),
		}),
		world,
	);
	return {plan: change(settled, world), utxos: [known(world, datum).utxo, ...published(world)]};
};

const with24 = (id: Hash32): Pick<Voucher, 'signature'> => ({
	signature: voucherOf(id, 24n * ADA).signature,
});

test('the payee takes what a voucher says and the channel goes on', async t => {
	await accepts(t, world => settling(world));
	await accepts(t, world => settling(world, {datum: {closesAtMs: RANGE.toMs}}));
	await accepts(t, world => settling(world, {datum: {expiryMs: RANGE.toMs}}));
});

const SETTLE_BAD: Bad<Using> = [
	...PLACES.map(([how, change, trace]) => [how, {change}, trace] as const),
	['by anybody else', {change: signedBy(FUNDER)}, 'payee'],
	['with a voucher for less', {voucher: with24}, 'voucher'],
	['with nobody’s signature', {voucher: () => ({signature: new Uint8Array(64)})}, 'voucher'],
	[
		'with another payer’s voucher',
		{voucher: id => voucherOf(id, 25n * ADA, new Uint8Array(32).fill(9))},
		'voucher',
	],
	['a millisecond after its expiry', {datum: {expiryMs: RANGE.toMs - 1}}, 'time'],
	['a millisecond after its window', {datum: {closesAtMs: RANGE.toMs - 1}}, 'time'],
	['at no time', {change: without('validToMs')}, undefined],
];
for (const [how, options, trace] of SETTLE_BAD)
	test(`nothing is settled ${how}`, t => refuses(t, world => settling(world, options), trace));

test('attack: replay – a voucher of another channel is worth nothing', t =>
	refuses(t, world => settling(world, {voucher: () => voucherOf(hashOf(9), 25n * ADA)}), 'voucher'));

test('attack: stale voucher – what was settled is not settled again', t =>
	refuses(
		t,
		world =>
			settling(world, {
				voucher: id => ({...voucherOf(id, 10n * ADA), cumulative: 10n * ADA}),
			}),
		'raised',
	));

test('attack: fake NFT – what holds a token of another policy stays where it is', t =>
	refuses(
		t,
		world => {
			const {plan, utxos} = settling(world);
			const [first, ...others] = utxos as [Utxo, ...Utxo[]];
			const fake = {...first, output: {...first.output, assets: new Map([[JUNK, 1n]])}};
			return {plan, utxos: [fake, ...others]};
		},
		undefined,
	));

// The end

const ending = (world: World, {change = same, datum = {}, voucher}: Using = {}): JudgedTransaction => {
	const {plan} = known(world);
	const paying = voucherOf(plan.id, 25n * ADA);
	const made = must(endChannelPlan(crypto, world, plan, {voucher: paying, toMs: RANGE.toMs}));
	const {cumulative, signature} = {...paying, ...voucher?.(plan.id)};
	const carried = {cumulative: Lovelace(cumulative), signature};
	const ended = withRedeemer(endChannelRedeemer.toData(carried))(made, world);
	return {plan: change(ended, world), utxos: [known(world, datum).utxo, ...published(world)]};
};

test('the payee ends a channel with the highest voucher, and what is left goes to the funder', async t => {
	await accepts(t, world => ending(world));
	const {plan} = known(production);
	const voucher = voucherOf(plan.id, 25n * ADA);
	const [refund] = must(endChannelPlan(crypto, production, plan, {voucher, toMs: RANGE.toMs})).outputs;
	t.is(refund?.lovelace, 15n * ADA);
});

test('the payee ends a channel without a voucher, also when it is over, and one that is used up without a refund', async t => {
	const unused = (world: World): JudgedTransaction => {
		const {plan, utxo} = known(world, {expiryMs: 1});
		return {
			plan: must(endChannelPlan(crypto, world, plan, {voucher: null, toMs: RANGE.toMs})),
			utxos: [utxo, ...published(world)],
		};
	};
	await accepts(t, unused);
	const usedUp = (world: World): JudgedTransaction => {
		const {plan, utxo} = known(world);
		const voucher = voucherOf(plan.id, 40n * ADA);
		return {
			plan: must(endChannelPlan(crypto, world, plan, {voucher, toMs: RANGE.toMs})),
			utxos: [utxo, ...published(world)],
		};
	};
	await accepts(t, usedUp);
});

const END_BAD: Bad<Using> = [
	['by anybody else', {change: signedBy(FUNDER)}, 'payee'],
	['with a voucher for less', {voucher: with24}, 'voucher'],
	['with an older voucher', {voucher: id => ({...voucherOf(id, 9n * ADA), cumulative: 9n * ADA})}, 'raised'],
	['with more than there is', {voucher: id => voucherOf(id, 40n * ADA + 1n)}, 'covered'],
	['after its expiry', {datum: {expiryMs: RANGE.toMs - 1}}, 'time'],
	['with a lovelace less for the funder', {change: adaLess()}, 'rest'],
	['and nothing for the funder', {change: plan => ({...plan, outputs: []})}, undefined],
	['so that the rest goes elsewhere', {change: elsewhere}, undefined],
	[
		'so that the rest is named after nothing',
		{change: output(() => ({datum: dataConstructor(0)}))},
		undefined,
	],
	['so that its NFT lives on', {change: plan => ({...plan, mint: []})}, 'burn'],
];
for (const [how, options, trace] of END_BAD)
	test(`no channel ends ${how}`, t => refuses(t, world => ending(world, options), trace));

test('attack: double satisfaction – one refund does not stand for two channels of one funder', async t => {
	const two =
		(refunds: number) =>
		(world: World): JudgedTransaction => {
			const one = ending(world);
			const other = known(world, {}, 23);
			const voucher = voucherOf(other.plan.id, 25n * ADA);
			const second = must(endChannelPlan(crypto, world, other.plan, {voucher, toMs: RANGE.toMs}));
			return {
				plan: {
					...one.plan,
					spend: [...one.plan.spend, ...second.spend],
					mint: [...one.plan.mint, ...second.mint],
					outputs: [...one.plan.outputs, ...second.outputs].slice(0, refunds),
				},
				utxos: [...one.utxos, other.utxo],
			};
		};
	await accepts(t, two(2));
	await refuses(t, two(1), undefined);
});

const closing = (world: World, {change = same, datum = {}}: Using = {}): JudgedTransaction => {
	const {plan} = known(world);
	return {
		plan: change(must(closeChannelPlan(world, plan, RANGE)), world),
		utxos: [known(world, datum).utxo, ...published(world)],
	};
};

test('its funder closes a channel, and the payee has the window to settle in', t =>
	accepts(t, world => closing(world)));

const CLOSE_BAD: Bad<Using> = [
	...PLACES.map(([how, change, trace]) => [how, {change}, trace] as const),
	['by anybody else', {change: signedBy(PAYEE)}, 'funder'],
	['twice', {datum: {closesAtMs: NOW_MS}}, 'closing'],
	[
		'in a range that hides the time',
		{change: plan => ({...plan, validToMs: RANGE.fromMs + 3_600_001})},
		'range',
	],
	[
		'for an earlier time',
		{change: withDatum({paid: Lovelace(10n * ADA), closesAtMs: RANGE.toMs + WINDOW_MS - 1})},
		'channel-datum',
	],
	['at no time', {change: without('validToMs')}, undefined],
];
for (const [how, options, trace] of CLOSE_BAD)
	test(`no channel is closed ${how}`, t => refuses(t, world => closing(world, options), trace));

const refunding = (world: World, {change = same, datum = {}}: Using = {}): JudgedTransaction => {
	const {plan} = known(world, {expiryMs: NOW_MS});
	return {
		plan: change(refundChannelPlan(world, plan), world),
		utxos: [known(world, {expiryMs: NOW_MS, ...datum}).utxo, ...published(world)],
	};
};

test('its funder takes what is left once a channel has expired or its window is over', async t => {
	await accepts(t, world => refunding(world));
	await accepts(t, world => refunding(world, {datum: {expiryMs: EXPIRY_MS, closesAtMs: NOW_MS}}));
});

const REFUND_BAD: Bad<Using> = [
	['by anybody else', {change: signedBy(PAYEE)}, 'funder'],
	['a millisecond before its expiry', {datum: {expiryMs: NOW_MS + 1}}, 'end'],
	['a millisecond before its window is over', {datum: {expiryMs: EXPIRY_MS, closesAtMs: NOW_MS + 1}}, 'end'],
	['at no time', {change: without('validFromMs')}, undefined],
	['so that its NFT lives on', {change: plan => ({...plan, mint: []})}, 'burn'],
];
for (const [how, options, trace] of REFUND_BAD)
	test(`nothing is refunded ${how}`, t => refuses(t, world => refunding(world, options), trace));

test('the policy mints nothing under the redeemer of burning', async t => {
	const redeemer = burnChannelRedeemer.toData({});
	const alone =
		(...quantities: bigint[]) =>
		(world: World): JudgedTransaction => {
			const mint = quantities.map((quantity, index) => ({
				unit: toHex(world.channel.hash) + toHex(hashOf(index)),
				quantity,
				redeemer,
			}));
			// The policy alone: nothing is spent.
			return {plan: {...refunding(world).plan, spend: [], mint}, utxos: published(world)};
		};
	await accepts(t, alone(-1n, -1n));
	await refuses(t, alone(1n), 'burn-only');
	await refuses(t, alone(-1n, 1n), 'burn-only');
});

test('the script judges nothing but minting and spending', t => {
	const info = dataConstructor(3, dataConstructor(0));
	t.false(runScript(traced.channel, toppingUp(traced), {redeemer: dataConstructor(0), info}).accepted);
});

test('vouchers that the script would refuse are not planned', t => {
	const {plan} = known(production);
	const settle = (voucher: Voucher, channel = plan, toMs = RANGE.toMs) => {
		const made = settleChannelPlan(crypto, production, channel, {voucher, toMs});
		return made.ok ? 'planned' : made.error.code;
	};
	const good = voucherOf(plan.id, 25n * ADA);
	t.is(settle(good), 'planned');
	t.is(settle(voucherOf(hashOf(9), 25n * ADA)), 'VOUCHER_CHANNEL_WRONG');
	t.is(settle(voucherOf(plan.id, 10n * ADA)), 'VOUCHER_STALE');
	t.is(settle(voucherOf(plan.id, 40n * ADA + 1n)), 'VOUCHER_OVER_DEPOSIT');
	t.is(settle({...good, signature: new Uint8Array(64)}), 'VOUCHER_SIGNATURE_INVALID');
	t.is(settle(good, plan, EXPIRY_MS + 1), 'CHANNEL_EXPIRED');
	t.is(settle(voucherOf(plan.id, 39n * ADA)), 'CHANNEL_REST_TOO_SMALL');
	const closed = {...plan, datum: {...plan.datum, closesAtMs: 5}};
	t.deepEqual(closeChannelPlan(production, closed, RANGE), {
		ok: false,
		error: {code: 'CHANNEL_CLOSING', channelId: plan.id, closesAt: 5},
	});
});
