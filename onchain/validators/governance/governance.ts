/**
 * Governance by locked tokens: the governor, its proposals and the stakes that vote lie at one script. Each of its outputs
 * only asks that the script's own withdrawal (of 0 ADA) is in the transaction; that withdrawal runs one action and
 * judges the whole transaction by it, so nothing is counted twice.
 */
import {GOVERNANCE_ACTION} from '../../data/governance-data.ts';
import {TOKEN_SUPPLY} from '../../data/token-data.ts';
import {lengthOf} from '../../plutus/arithmetic.ts';
import {
	all,
	asBytes,
	asList,
	asPairs,
	bind,
	bool,
	type Check,
	call,
	choose,
	constructorData,
	constructorOf,
	type Expr,
	fail,
	field,
	guard,
	integerData,
	integerOf,
	sameData,
	sameInteger,
	script,
	truth,
	withFields,
} from '../../plutus/core.ts';
import {
	hasKey,
	hasNoScript,
	holdsOneAsset,
	inlineDatumOf,
	inputAt,
	OUTPUT,
	onlyOutputTo,
	PURPOSE,
	quantityOf,
	scriptAddress,
	scriptCredential,
	TX,
} from '../../plutus/std.ts';
import {closes} from './close.ts';
import {areSettings, executes} from './execute.ts';
import {type Action, GOVERNOR, type GovernanceParams, mintsOnly, tokensIn} from './parts.ts';
import {proposes} from './propose.ts';
import {delegates, votes, withdraws} from './stake.ts';

/**
 * Minting without the rule: the governor, beside the tokens and so once for ever, with settings that work and no
 * proposal yet.
 */
const opens = (params: GovernanceParams, check: Check, transaction: Expr, own: Expr): Expr =>
	withFields(transaction, [TX.outputs, TX.mint], bool, (outputs, mint) =>
		withFields(
			call(onlyOutputTo, asList(outputs), call(scriptAddress, own)),
			[OUTPUT.value, OUTPUT.datum, OUTPUT.referenceScript],
			bool,
			(value, datum, referenceScript) =>
				withFields(field(datum, 0), [1, 2], bool, (settings, treasury) => {
					const zero = integerData(integerOf(0));
					return all(
						check('open-once', sameInteger(tokensIn(mint, {params}), integerOf(TOKEN_SUPPLY))),
						check('open-mint', mintsOnly(mint, own, GOVERNOR, 1)),
						check(
							'open-value',
							all(
								sameInteger(call(quantityOf, value, own, GOVERNOR), integerOf(1)),
								call(holdsOneAsset, value),
							),
						),
						check('open-script', hasNoScript(referenceScript)),
						check('open-settings', areSettings(settings)),
						check('open-treasury', sameInteger(lengthOf(asBytes(treasury)), integerOf(28))),
						check(
							'open-datum',
							sameData(datum, inlineDatumOf(constructorData(0, zero, settings, treasury, zero, zero, zero))),
						),
					);
				}),
		),
	);

const judges = (params: GovernanceParams, check: Check, transaction: Expr, redeemer: Expr, own: Expr): Expr =>
	withFields(
		transaction,
		[TX.inputs, TX.referenceInputs, TX.outputs, TX.mint, TX.validRange, TX.signatories],
		bool,
		(inputs, references, outputs, mint, range, signatories) => {
			const action: Action = {
				params,
				check,
				own,
				redeemer,
				inputs,
				references,
				outputs,
				mint,
				range,
				signatories,
			};
			const rules: readonly (readonly [number, (a: Action) => Expr])[] = [
				[GOVERNANCE_ACTION.propose, proposes],
				[GOVERNANCE_ACTION.vote, votes],
				[GOVERNANCE_ACTION.withdrawStake, withdraws],
				[GOVERNANCE_ACTION.delegate, delegates],
				[GOVERNANCE_ACTION.execute, executes],
				[GOVERNANCE_ACTION.close, closes],
			];
			return bind(constructorOf(redeemer), bool, kind =>
				rules.reduceRight(
					(rest, [tag, rule]) => choose(bool, sameInteger(kind, integerOf(tag)), rule(action), rest),
					fail(bool),
				),
			);
		},
	);

/** Whether the script's own withdrawal is in the transaction. */
const isJudged = (transaction: Expr, own: Expr): Expr =>
	withFields(transaction, [TX.withdrawals], bool, withdrawals =>
		call(hasKey, asPairs(withdrawals), scriptCredential(own)),
	);

/** Spending: only beside the rule. */
const spendsJudged = (check: Check, transaction: Expr, reference: Expr): Expr =>
	withFields(transaction, [TX.inputs, TX.withdrawals], bool, (inputs, withdrawals) =>
		withFields(call(inputAt, asList(inputs), reference), [OUTPUT.address], bool, address =>
			check('not-judged', call(hasKey, asPairs(withdrawals), field(address, 0))),
		),
	);

/**
 * Policy of the governor's and the proposals' NFTs, validator of what lies there, and the rule. Certificates of its
 * stake credential fail, so nobody can stop its withdrawals.
 */
export const governanceScript = (params: GovernanceParams, check: Check): Expr =>
	script(context =>
		withFields(context, [0, 1, 2], bool, (transaction, redeemer, info) =>
			bind(constructorOf(info), bool, purpose =>
				choose(
					bool,
					sameInteger(purpose, integerOf(PURPOSE.spending)),
					bind(field(info, 0), bool, reference => spendsJudged(check, transaction, reference)),
					choose(
						bool,
						sameInteger(purpose, integerOf(PURPOSE.minting)),
						bind(asBytes(field(info, 0)), bool, own =>
							choose(bool, isJudged(transaction, own), truth(true), opens(params, check, transaction, own)),
						),
						guard(
							sameInteger(purpose, integerOf(PURPOSE.rewarding)),
							bool,
							bind(asBytes(field(field(info, 0), 0)), bool, own =>
								judges(params, check, transaction, redeemer, own),
							),
						),
					),
				),
			),
		),
	);
