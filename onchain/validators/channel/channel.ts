/**
 * Payment channels: policy of their NFTs and validator of the outputs that hold them. The NFT's name is the channel's id, which
 * covers the terms, the network, this script and an output that is spent once; so the vouchers are those of the
 * side-chain's channels, and a voucher is worth something in one channel only. Each channel goes on in the one output that
 * holds its NFT, and what its funder gets is named after it: so many channels may be settled in one transaction.
 */
import {encodeUtf8} from '#kernel/utf8';
import type {ChannelParams} from '../../channel-params.ts';
import {CHANNEL_ACTION} from '../../data/channel-data.ts';
import {add, bigEndian, isAtMost, isLess, join, subtract, verifies} from '../../plutus/arithmetic.ts';
import {
	all,
	any,
	asBytes,
	asInteger,
	asList,
	bind,
	bool,
	bytesData,
	bytesOf,
	type Check,
	call,
	choose,
	constructorData,
	constructorOf,
	type Expr,
	fail,
	field,
	guard,
	int,
	integerData,
	integerOf,
	sameData,
	sameInteger,
	script,
	truth,
	withFields,
} from '../../plutus/core.ts';
import {
	contains,
	hasNoScript,
	holdsOneAsset,
	inlineDatum,
	inlineDatumOf,
	inputAt,
	lovelaceOf,
	OUTPUT,
	outputHolding,
	ownAssetName,
	PURPOSE,
	quantityOf,
	scriptHashOf,
	TX,
	validFrom,
} from '../../plutus/std.ts';
import {validTo} from '../../plutus/transaction-shape.ts';
import {outputWith} from '../bond/parts.ts';
import {isPrompt, keyAddress} from '../governance/parts.ts';
import {burns, opens} from './mint.ts';

const VOUCHER = encodeUtf8('pay1');

/** The transaction, and the channel that it spends, as terms; fields of the datum still in Data. */
type Spend = {
	readonly params: ChannelParams;
	readonly check: Check;
	readonly redeemer: Expr;
	readonly own: Expr;
	/** Name of the NFT. */
	readonly id: Expr;
	readonly address: Expr;
	readonly lovelace: Expr;
	readonly funder: Expr;
	readonly payerVk: Expr;
	readonly payee: Expr;
	readonly expiry: Expr;
	readonly paid: Expr;
	readonly closesAt: Expr;
	readonly outputs: Expr;
	readonly mint: Expr;
	readonly range: Expr;
	readonly signatories: Expr;
};

/** The NFT goes on at the same address with at least so much ADA, and nothing joins it. */
const goesOn = (
	{check, own, id, address, outputs, funder, payerVk, payee, expiry}: Spend,
	{paid, closesAt, lovelaceMin}: Readonly<Record<'paid' | 'closesAt' | 'lovelaceMin', Expr>>,
): Expr =>
	withFields(
		call(outputHolding, asList(outputs), own, id),
		[OUTPUT.address, OUTPUT.value, OUTPUT.datum, OUTPUT.referenceScript],
		bool,
		(addressAfter, value, datum, referenceScript) =>
			all(
				check('channel-address', sameData(address, addressAfter)),
				check('channel-tokens', call(holdsOneAsset, value)),
				check('channel-script', hasNoScript(referenceScript)),
				check('channel-ada', isAtMost(lovelaceMin, call(lovelaceOf, value))),
				check(
					'channel-datum',
					sameData(datum, inlineDatumOf(constructorData(0, funder, payerVk, payee, expiry, paid, closesAt))),
				),
			),
	);

const signs = (name: 'funder' | 'payee', spend: Spend): Expr =>
	spend.check(name, call(contains, asList(spend.signatories), spend[name]));

const isBurnt = ({check, mint, own, id}: Spend): Expr =>
	check('burn', sameInteger(call(quantityOf, mint, own, id), integerOf(-1)));

/** From when on vouchers are worth nothing: the expiry, or the end of the window if that is sooner. */
const endOf = ({expiry, closesAt}: Spend): Expr =>
	choose(
		int,
		any(sameInteger(asInteger(closesAt), integerOf(0)), isLess(asInteger(expiry), asInteger(closesAt))),
		asInteger(expiry),
		asInteger(closesAt),
	);

/** The voucher that the payee shows is the payer's, and comes in time. */
const isGood = (spend: Spend, cumulative: Expr, signature: Expr): Expr =>
	all(
		spend.check(
			'voucher',
			verifies(
				asBytes(spend.payerVk),
				join(bytesOf(VOUCHER), spend.id, bigEndian(cumulative, 8)),
				asBytes(signature),
			),
		),
		spend.check('time', isAtMost(call(validTo, spend.range), endOf(spend))),
	);

/** Funder: more ADA. */
const topsUp = (spend: Spend): Expr =>
	all(
		signs('funder', spend),
		goesOn(spend, {paid: spend.paid, closesAt: spend.closesAt, lovelaceMin: spend.lovelace}),
	);

/** What is left when the voucher is paid. */
const restAfter = ({lovelace, paid}: Spend, cumulative: Expr): Expr =>
	subtract(lovelace, subtract(cumulative, asInteger(paid)));

/** Payee: what the voucher says, less what was paid; the channel goes on. */
const settles = (spend: Spend): Expr =>
	withFields(spend.redeemer, [0, 1], bool, (cumulativeData, signature) =>
		bind(asInteger(cumulativeData), bool, cumulative =>
			all(
				signs('payee', spend),
				spend.check('raised', isLess(asInteger(spend.paid), cumulative)),
				isGood(spend, cumulative, signature),
				goesOn(spend, {
					paid: cumulativeData,
					closesAt: spend.closesAt,
					lovelaceMin: restAfter(spend, cumulative),
				}),
			),
		),
	);

/** What is left goes to the funder, in an output that is named after the channel and so counts for no other. */
const paysFunder = ({check, outputs, funder, id}: Spend, rest: Expr): Expr =>
	choose(
		bool,
		sameInteger(rest, integerOf(0)),
		truth(true),
		check(
			'rest',
			isAtMost(
				rest,
				call(
					lovelaceOf,
					field(
						call(outputWith, asList(outputs), keyAddress(funder), inlineDatumOf(bytesData(id))),
						OUTPUT.value,
					),
				),
			),
		),
	);

/** Payee: the last voucher, if there is one since the last time, and the channel is over. */
const ends = (spend: Spend): Expr =>
	withFields(spend.redeemer, [0, 1], bool, (cumulativeData, signature) =>
		bind(asInteger(cumulativeData), bool, cumulative =>
			bind(restAfter(spend, cumulative), bool, rest =>
				all(
					signs('payee', spend),
					choose(
						bool,
						sameInteger(cumulative, asInteger(spend.paid)),
						truth(true),
						all(
							spend.check('raised', isLess(asInteger(spend.paid), cumulative)),
							isGood(spend, cumulative, signature),
						),
					),
					spend.check('covered', isAtMost(integerOf(0), rest)),
					isBurnt(spend),
					paysFunder(spend, rest),
				),
			),
		),
	);

/** Funder: the window in which the payee settles begins, once. */
const closes = (spend: Spend): Expr =>
	all(
		signs('funder', spend),
		spend.check('closing', sameInteger(asInteger(spend.closesAt), integerOf(0))),
		spend.check('range', isPrompt(spend.range)),
		goesOn(spend, {
			paid: spend.paid,
			closesAt: integerData(add(call(validTo, spend.range), integerOf(spend.params.windowMs))),
			lovelaceMin: spend.lovelace,
		}),
	);

/** Funder: everything, once vouchers are worth nothing any more. */
const refunds = (spend: Spend): Expr =>
	all(
		signs('funder', spend),
		spend.check('end', isAtMost(endOf(spend), call(validFrom, spend.range))),
		isBurnt(spend),
	);

const acts = (spend: Spend): Expr => {
	const rules: readonly (readonly [tag: number, rule: (spend: Spend) => Expr])[] = [
		[CHANNEL_ACTION.topUp, topsUp],
		[CHANNEL_ACTION.settle, settles],
		[CHANNEL_ACTION.end, ends],
		[CHANNEL_ACTION.close, closes],
		[CHANNEL_ACTION.refund, refunds],
	];
	return bind(constructorOf(spend.redeemer), bool, action =>
		rules.reduceRight(
			(rest, [tag, rule]) => choose(bool, sameInteger(action, integerOf(tag)), rule(spend), rest),
			fail(bool),
		),
	);
};

const isSpent = (
	params: ChannelParams,
	check: Check,
	{transaction, redeemer, reference}: Readonly<Record<'transaction' | 'redeemer' | 'reference', Expr>>,
): Expr =>
	withFields(
		transaction,
		[TX.inputs, TX.outputs, TX.mint, TX.validRange, TX.signatories],
		bool,
		(inputs, outputs, mint, range, signatories) =>
			bind(call(inputAt, asList(inputs), reference), bool, input =>
				withFields(input, [OUTPUT.address, OUTPUT.value], bool, (address, value) =>
					bind(call(scriptHashOf, address), bool, own =>
						bind(call(ownAssetName, value, own), bool, id =>
							withFields(
								call(inlineDatum, input),
								[0, 1, 2, 3, 4, 5],
								bool,
								(funder, payerVk, payee, expiry, paid, closesAt) =>
									bind(call(lovelaceOf, value), bool, lovelace =>
										acts({
											params,
											check,
											redeemer,
											own,
											id,
											address,
											lovelace,
											funder,
											payerVk,
											payee,
											expiry,
											paid,
											closesAt,
											outputs,
											mint,
											range,
											signatories,
										}),
									),
							),
						),
					),
				),
			),
	);

export const channelScript = (params: ChannelParams, check: Check): Expr =>
	script(context =>
		withFields(context, [0, 1, 2], bool, (transaction, redeemer, info) =>
			choose(
				bool,
				sameInteger(constructorOf(info), integerOf(PURPOSE.spending)),
				bind(field(info, 0), bool, reference => isSpent(params, check, {transaction, redeemer, reference})),
				guard(
					sameInteger(constructorOf(info), integerOf(PURPOSE.minting)),
					bool,
					bind(asBytes(field(info, 0)), bool, own =>
						choose(
							bool,
							sameInteger(constructorOf(redeemer), integerOf(0)),
							opens(params, check, {transaction, redeemer, own}),
							burns(check, transaction, own),
						),
					),
				),
			),
		),
	);
