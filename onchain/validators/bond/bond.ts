/**
 * A provider's bond on Cardano: it vouches for what the side-chain counted as proven. Policy of its NFTs and validator of
 * the outputs that hold them. Every transaction spends at most one bond, so nothing it pays counts twice.
 */
import type {BondParams} from '../../bond-params.ts';
import {BOND_ACTION} from '../../data/bond-data.ts';
import {CLAIM_STATUS} from '../../data/claim-data.ts';
import {bigEndian, hash256, isAtMost, join} from '../../plutus/arithmetic.ts';
import {
	all,
	asBytes,
	asInteger,
	asList,
	asPairs,
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
	first,
	guard,
	headPair,
	integerData,
	integerOf,
	sameData,
	sameInteger,
	script,
	withFields,
} from '../../plutus/core.ts';
import {
	contains,
	hasNoScript,
	holdsOneAsset,
	inlineDatum,
	inlineDatumOf,
	inputAt,
	inputHolding,
	lovelaceOf,
	OUTPUT,
	outputHolding,
	ownAssetName,
	PURPOSE,
	scriptAddress,
	scriptHashOf,
	spends,
	TX,
	valueAt,
} from '../../plutus/std.ts';
import {inputsAt} from '../../plutus/transaction-shape.ts';
import {mintsOnly} from '../governance/parts.ts';
import {answers} from './answer.ts';
import {disputes} from './dispute.ts';
import {announcesExit, keeps, leaves, slashes} from './end.ts';
import type {Spend} from './parts.ts';

/** Whoever owns a provider's claim puts up its bond, in an output that a spent one names and so never again. */
const registers = (
	params: BondParams,
	check: Check,
	{transaction, redeemer, own}: Readonly<Record<'transaction' | 'redeemer' | 'own', Expr>>,
): Expr =>
	withFields(
		transaction,
		[TX.inputs, TX.referenceInputs, TX.outputs, TX.mint, TX.signatories],
		bool,
		(inputs, references, outputs, mint, signatories) =>
			withFields(redeemer, [0, 1], bool, (txId, index) =>
				bind(hash256(join(asBytes(txId), bigEndian(asInteger(index), 2))), bool, name =>
					withFields(
						call(outputHolding, asList(outputs), own, name),
						[OUTPUT.address, OUTPUT.value, OUTPUT.datum, OUTPUT.referenceScript],
						bool,
						(address, value, datum, referenceScript) =>
							withFields(field(datum, 0), [0, 1], bool, (owner, provider) =>
								withFields(
									call(
										inlineDatum,
										call(inputHolding, asList(references), bytesOf(params.registry), asBytes(provider)),
									),
									[0, 4],
									bool,
									(claimOwner, status) =>
										all(
											check('register-seed', call(spends, asList(inputs), redeemer)),
											check('register-one', mintsOnly(mint, own, name, 1)),
											check('register-address', sameData(address, call(scriptAddress, own))),
											check('register-tokens', call(holdsOneAsset, value)),
											check('register-script', hasNoScript(referenceScript)),
											check('register-bond', isAtMost(integerOf(params.bond), call(lovelaceOf, value))),
											check(
												'register-claim',
												all(
													sameData(owner, claimOwner),
													sameInteger(asInteger(status), integerOf(CLAIM_STATUS.provider)),
												),
											),
											check('register-owner', call(contains, asList(signatories), owner)),
											check(
												'register-datum',
												sameData(
													datum,
													inlineDatumOf(constructorData(0, owner, provider, integerData(integerOf(0)))),
												),
											),
										),
								),
							),
					),
				),
			),
	);

/** One NFT of a bond that the transaction spends: the bond's own rule says whether it may end. */
const burnsOne = (check: Check, transaction: Expr, own: Expr): Expr =>
	withFields(transaction, [TX.mint], bool, mint =>
		bind(asPairs(call(valueAt, asPairs(mint), bytesData(own))), bool, names =>
			check('burn-one', mintsOnly(mint, own, asBytes(first(headPair(names))), -1)),
		),
	);

/** An idle bond may be disputed, kept and left; a disputed one is answered or slashed. */
const acts = (spend: Spend): Expr => {
	const rules: readonly (readonly [tag: number, state: number, rule: (spend: Spend) => Expr])[] = [
		[BOND_ACTION.keep, 0, keeps],
		[BOND_ACTION.dispute, 0, disputes],
		[BOND_ACTION.answer, 1, answers],
		[BOND_ACTION.slash, 1, slashes],
		[BOND_ACTION.announceExit, 0, announcesExit],
		[BOND_ACTION.leave, 0, leaves],
	];
	return bind(constructorOf(spend.redeemer), bool, action =>
		bind(constructorOf(spend.datum), bool, found =>
			rules.reduceRight(
				(rest, [tag, state, rule]) =>
					choose(
						bool,
						sameInteger(action, integerOf(tag)),
						all(spend.check('state', sameInteger(found, integerOf(state))), rule(spend)),
						rest,
					),
				fail(bool),
			),
		),
	);
};

const isSpent = (
	params: BondParams,
	check: Check,
	{transaction, redeemer, reference}: Readonly<Record<'transaction' | 'redeemer' | 'reference', Expr>>,
): Expr =>
	withFields(
		transaction,
		[TX.inputs, TX.referenceInputs, TX.outputs, TX.mint, TX.validRange, TX.signatories],
		bool,
		(inputs, references, outputs, mint, range, signatories) =>
			bind(call(inputAt, asList(inputs), reference), bool, input =>
				withFields(input, [OUTPUT.address, OUTPUT.value], bool, (address, value) =>
					bind(call(scriptHashOf, address), bool, own =>
						bind(call(ownAssetName, value, own), bool, name =>
							bind(call(lovelaceOf, value), bool, lovelace =>
								bind(call(inlineDatum, input), bool, datum =>
									withFields(datum, [0, 1, 2], bool, (owner, provider, exitAfter) =>
										all(
											check(
												'alone',
												sameInteger(call(inputsAt, asList(inputs), field(address, 0)), integerOf(1)),
											),
											acts({
												params,
												check,
												redeemer,
												own,
												name,
												address,
												lovelace,
												owner,
												provider,
												exitAfter,
												datum,
												references,
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
				),
			),
	);

export const bondScript = (params: BondParams, check: Check): Expr =>
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
							registers(params, check, {transaction, redeemer, own}),
							burnsOne(check, transaction, own),
						),
					),
				),
			),
		),
	);
