/**
 * The governance token: a policy that mints the whole supply once, and the pot that it goes into. The pot gives each
 * key of the allocation list its tokens once; the rest is the treasury's, and pays what governance passed. Once the time
 * to claim is over, anybody may make what is unclaimed the treasury's too.
 */
import {GOVERNANCE_ACTION} from '../data/governance-data.ts';
import {TOKEN_NAME, TOKEN_SUPPLY, tokenClaimRedeemer, tokenSweepRedeemer} from '../data/token-data.ts';
import {add, bigEndian, hash256, isAtMost, isLess, join, lengthOf, subtract} from '../plutus/arithmetic.ts';
import {
	all,
	any,
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
	field,
	guard,
	integerData,
	integerOf,
	isEmpty,
	sameBytes,
	sameData,
	sameInteger,
	script,
	tailPairs,
	withFields,
} from '../plutus/core.ts';
import {
	contains,
	hasNoScript,
	holdsAdaOnly,
	holdsOneAsset,
	inlineDatumOf,
	inputAt,
	lovelaceOf,
	merkleRootFrom,
	OUTPUT,
	onlyOutputTo,
	PURPOSE,
	quantityOf,
	scriptAddress,
	scriptCredential,
	scriptHashOf,
	spends,
	TX,
	validFrom,
	valueAt,
} from '../plutus/std.ts';
import {inputsAt} from '../plutus/transaction-shape.ts';
import type {TokenParams} from '../token-params.ts';

const NAME = bytesOf(TOKEN_NAME);
/** What stands in the tree where a leaf was claimed, and in its root's place once claims have ended: no leaf leads to it. */
const NO_LEAF = bytesOf(new Uint8Array(32));

const tokensIn = (value: Expr, policy: Expr): Expr => call(quantityOf, value, policy, NAME);
const datumOf = (root: Expr, unclaimed: Expr, governance: Expr): Expr =>
	constructorData(0, bytesData(root), integerData(unclaimed), governance);

const seedOf = ({seed}: TokenParams): Expr =>
	constructorData(0, bytesData(bytesOf(seed.txId)), integerData(integerOf(seed.index)));

/** Minting: the whole supply, once, under one name, into the pot. */
const mints = (params: TokenParams, check: Check, transaction: Expr, own: Expr): Expr =>
	withFields(transaction, [TX.inputs, TX.outputs, TX.mint], bool, (inputs, outputs, mint) =>
		withFields(
			call(onlyOutputTo, asList(outputs), call(scriptAddress, own)),
			[OUTPUT.value, OUTPUT.datum, OUTPUT.referenceScript],
			bool,
			(value, datum, referenceScript) =>
				bind(field(field(datum, 0), 2), bool, governance =>
					all(
						check('mint-seed', call(spends, asList(inputs), seedOf(params))),
						check('mint-supply', sameInteger(tokensIn(mint, own), integerOf(TOKEN_SUPPLY))),
						check('mint-names', isEmpty(tailPairs(asPairs(call(valueAt, asPairs(mint), bytesData(own)))))),
						check(
							'mint-value',
							all(sameInteger(tokensIn(value, own), integerOf(TOKEN_SUPPLY)), call(holdsOneAsset, value)),
						),
						check('mint-script', hasNoScript(referenceScript)),
						check('mint-governance', sameInteger(lengthOf(asBytes(governance)), integerOf(28))),
						check(
							'mint-datum',
							sameData(
								datum,
								inlineDatumOf(
									datumOf(bytesOf(params.allocationRoot), integerOf(params.allocated), governance),
								),
							),
						),
					),
				),
		),
	);

type Pot = {
	readonly own: Expr;
	readonly transaction: Expr;
	readonly redeemer: Expr;
	readonly tokensBefore: Expr;
	readonly tokensAfter: Expr;
	readonly datumAfter: Expr;
	readonly root: Expr;
	readonly unclaimed: Expr;
	readonly governance: Expr;
};

/** A key of the list signs for its leaf, and the leaf goes. */
const claims = (check: Check, p: Pot): Expr =>
	withFields(p.redeemer, [0, 1, 2, 3], bool, (keyHash, amountData, index, path) =>
		bind(asInteger(amountData), bool, amount =>
			bind(asInteger(index), bool, position =>
				bind(asList(path), bool, siblings => {
					const leaf = hash256(join(bytesOf(Uint8Array.of(0)), asBytes(keyHash), bigEndian(amount, 8)));
					return all(
						check('claim-signer', call(contains, asList(field(p.transaction, TX.signatories)), keyHash)),
						check('claim-width', sameInteger(lengthOf(asBytes(keyHash)), integerOf(28))),
						check('claim-proof', sameBytes(call(merkleRootFrom, leaf, position, siblings), p.root)),
						check('claim-allocated', isAtMost(amount, p.unclaimed)),
						check('claim-tokens', sameInteger(add(p.tokensAfter, amount), p.tokensBefore)),
						check(
							'claim-datum',
							sameData(
								p.datumAfter,
								inlineDatumOf(
									datumOf(
										call(merkleRootFrom, NO_LEAF, position, siblings),
										subtract(p.unclaimed, amount),
										p.governance,
									),
								),
							),
						),
					);
				}),
			),
		),
	);

/** Governance executes a proposal beside it and says how many tokens that pays; what is kept for claims stays. */
const grants = (check: Check, p: Pot): Expr =>
	bind(
		call(
			valueAt,
			asPairs(field(p.transaction, TX.redeemers)),
			constructorData(PURPOSE.rewarding, scriptCredential(asBytes(p.governance))),
		),
		bool,
		action =>
			all(
				check('grant-executed', sameInteger(constructorOf(action), integerOf(GOVERNANCE_ACTION.execute))),
				check('grant-tokens', sameInteger(add(p.tokensAfter, asInteger(field(action, 2))), p.tokensBefore)),
				check('grant-allocated', isAtMost(p.unclaimed, p.tokensAfter)),
				check(
					'grant-datum',
					sameData(p.datumAfter, inlineDatumOf(datumOf(p.root, p.unclaimed, p.governance))),
				),
			),
	);

/** After the time to claim nothing is kept for claims any more: all that is left is the treasury's. Anybody may. */
const sweeps = (params: TokenParams, check: Check, p: Pot): Expr =>
	all(
		check(
			'sweep-early',
			isLess(integerOf(params.claimUntilMs), call(validFrom, field(p.transaction, TX.validRange))),
		),
		check('sweep-nothing', isLess(integerOf(0), p.unclaimed)),
		check('sweep-tokens', sameInteger(p.tokensAfter, p.tokensBefore)),
		check('sweep-datum', sameData(p.datumAfter, inlineDatumOf(datumOf(NO_LEAF, integerOf(0), p.governance)))),
	);

/** Spending: one pot in, one pot out, at the same address. */
const pays = (
	params: TokenParams,
	check: Check,
	{
		transaction,
		redeemer,
		reference,
		datumBefore,
	}: Readonly<Record<'transaction' | 'redeemer' | 'reference' | 'datumBefore', Expr>>,
): Expr =>
	withFields(transaction, [TX.inputs, TX.outputs], bool, (inputs, outputs) =>
		withFields(
			call(inputAt, asList(inputs), reference),
			[OUTPUT.address, OUTPUT.value],
			bool,
			(address, valueBefore) =>
				bind(call(scriptHashOf, address), bool, own =>
					withFields(
						call(onlyOutputTo, asList(outputs), address),
						[OUTPUT.value, OUTPUT.datum, OUTPUT.referenceScript],
						bool,
						(valueAfter, datumAfter, referenceScript) =>
							withFields(datumBefore, [0, 1, 2], bool, (root, unclaimed, governance) => {
								const pot: Pot = {
									own,
									transaction,
									redeemer,
									tokensBefore: tokensIn(valueBefore, own),
									tokensAfter: tokensIn(valueAfter, own),
									datumAfter,
									root: asBytes(root),
									unclaimed: asInteger(unclaimed),
									governance,
								};
								return all(
									check(
										'pot-one',
										sameInteger(call(inputsAt, asList(inputs), scriptCredential(own)), integerOf(1)),
									),
									check('pot-assets', any(call(holdsAdaOnly, valueAfter), call(holdsOneAsset, valueAfter))),
									check('pot-ada', isAtMost(call(lovelaceOf, valueBefore), call(lovelaceOf, valueAfter))),
									check('pot-script', hasNoScript(referenceScript)),
									choose(
										bool,
										sameInteger(constructorOf(redeemer), integerOf(tokenClaimRedeemer.tag)),
										claims(check, pot),
										choose(
											bool,
											sameInteger(constructorOf(redeemer), integerOf(tokenSweepRedeemer.tag)),
											sweeps(params, check, pot),
											grants(check, pot),
										),
									),
								);
							}),
					),
				),
		),
	);

/** Policy of the governance token and validator of the pot that holds what nobody has yet. */
export const tokenScript = (params: TokenParams, check: Check): Expr =>
	script(context =>
		withFields(context, [0, 1, 2], bool, (transaction, redeemer, info) =>
			choose(
				bool,
				sameInteger(constructorOf(info), integerOf(PURPOSE.spending)),
				withFields(info, [0, 1], bool, (reference, datum) =>
					bind(field(datum, 0), bool, datumBefore =>
						pays(params, check, {transaction, redeemer, reference, datumBefore}),
					),
				),
				guard(
					sameInteger(constructorOf(info), integerOf(PURPOSE.minting)),
					bool,
					bind(asBytes(field(info, 0)), bool, own => mints(params, check, transaction, own)),
				),
			),
		),
	);
