/**
 * The rule that the bridge and the treasury share. Many outputs, no contention: each output of the script only asks
 * that the script's own withdrawal (of 0 ADA) is in the transaction, and that withdrawal judges the whole
 * transaction once. So nothing is counted twice, however many outputs are spent.
 */
import type {Hash28} from '#kernel/hash';
import {CHECKPOINT_NFT_NAME} from '../data/checkpoint-data.ts';
import {GOVERNANCE_ACTION, GOVERNOR_NFT_NAME} from '../data/governance-data.ts';
import {grantRedeemer, moveRedeemer} from '../data/money-data.ts';
import {bigEndian, hash256, isAtMost, isLess, join, subtract} from '../plutus/arithmetic.ts';
import {
	all,
	asBytes,
	asInteger,
	asList,
	asPairs,
	bind,
	bool,
	bytesOf,
	type Check,
	call,
	choose,
	constructorData,
	constructorOf,
	type Expr,
	field,
	guard,
	integerOf,
	isEmpty,
	sameBytes,
	sameData,
	sameInteger,
	script,
	tailPairs,
	truth,
	withFields,
} from '../plutus/core.ts';
import {
	hasKey,
	inlineDatum,
	inlineDatumOf,
	inputAt,
	inputHolding,
	merkleRootFrom,
	OUTPUT,
	outputHolding,
	PURPOSE,
	scriptCredential,
	sumLeft,
	sumTaken,
	TX,
	valueAt,
} from '../plutus/std.ts';

export type PayoutParams = {
	/** Policy of the checkpoint NFT. */
	readonly checkpoint: Hash28;
	/** Policy of the claim NFTs. */
	readonly registry: Hash28;
};

/** What a payout is about, as terms. */
export type Payout = {
	readonly status: Expr;
	/** Lovelace to pay: cumulative less claimed. */
	readonly delta: Expr;
	/** Of the checkpoint that is proven against, in Data. */
	readonly blockHash: Expr;
	readonly outputs: Expr;
	readonly withdrawals: Expr;
};

export type PayoutRule = {
	/** First byte of the leaves that it pays. */
	readonly leafTag: number;
	/** Which claims it pays, and what else must hold. */
	readonly extra: (check: Check, payout: Payout) => Expr;
	/** Governance, whose passed proposals are paid too (redeemer constructor 1). Without it there is no such branch. */
	readonly governance?: Hash28;
};

const CHECKPOINT_NFT = bytesOf(CHECKPOINT_NFT_NAME);

/** leaf = H(0x00 | tag | claim id 32 | cumulative u64be), see onchain/payout.ts. */
const leafOf = (tag: number, claimId: Expr, cumulative: Expr): Expr =>
	hash256(join(bytesOf(Uint8Array.of(0, tag)), claimId, bigEndian(cumulative, 8)));

type Parts = {
	readonly own: Expr;
	readonly inputs: Expr;
	readonly references: Expr;
	readonly outputs: Expr;
	readonly withdrawals: Expr;
	readonly claimId: Expr;
	readonly cumulative: Expr;
	readonly index: Expr;
	readonly path: Expr;
};

const judges = (params: PayoutParams, rule: PayoutRule, check: Check, p: Parts): Expr => {
	const registry = bytesOf(params.registry);
	const checkpoint = call(inputHolding, asList(p.references), bytesOf(params.checkpoint), CHECKPOINT_NFT);
	return withFields(call(inlineDatum, checkpoint), [2, 4], bool, (blockHash, payoutRoot) =>
		bind(call(inputHolding, asList(p.inputs), registry, p.claimId), bool, before =>
			bind(call(outputHolding, asList(p.outputs), registry, p.claimId), bool, after =>
				withFields(
					call(inlineDatum, before),
					[0, 1, 2, 3, 4, 5],
					bool,
					(owner, operatorVk, claimed, collateral, status, exitAfter) =>
						bind(asInteger(p.cumulative), bool, cumulative =>
							bind(subtract(cumulative, asInteger(claimed)), bool, delta =>
								all(
									check(
										'proof',
										sameBytes(
											call(
												merkleRootFrom,
												leafOf(rule.leafTag, p.claimId, cumulative),
												asInteger(p.index),
												asList(p.path),
											),
											asBytes(payoutRoot),
										),
									),
									check('nothing-to-claim', isLess(integerOf(0), delta)),
									check(
										'claim-datum',
										sameData(
											field(after, OUTPUT.datum),
											inlineDatumOf(
												constructorData(0, owner, operatorVk, p.cumulative, collateral, status, exitAfter),
											),
										),
									),
									check(
										'overpaid',
										isAtMost(
											subtract(
												call(sumTaken, asList(p.inputs), p.own, integerOf(0)),
												call(sumLeft, asList(p.outputs), p.own, integerOf(0)),
											),
											delta,
										),
									),
									rule.extra(check, {
										status: asInteger(status),
										delta,
										blockHash,
										outputs: p.outputs,
										withdrawals: p.withdrawals,
									}),
								),
							),
						),
				),
			),
		),
	);
};

/** Rewarding: the whole transaction, judged once. */
const pays = (
	params: PayoutParams,
	rule: PayoutRule,
	check: Check,
	{transaction, redeemer, own}: Readonly<Record<'transaction' | 'redeemer' | 'own', Expr>>,
): Expr =>
	withFields(
		transaction,
		[TX.inputs, TX.referenceInputs, TX.outputs, TX.withdrawals],
		bool,
		(inputs, references, outputs, withdrawals) =>
			withFields(redeemer, [0, 1, 2, 3], bool, (id, cumulative, index, path) =>
				bind(asBytes(id), bool, claimId =>
					judges(params, rule, check, {
						own,
						inputs,
						references,
						outputs,
						withdrawals,
						claimId,
						cumulative,
						index,
						path,
					}),
				),
			),
	);

/**
 * Rewarding with constructor 1: governance executes a proposal in the same transaction, and its redeemer says what this
 * treasury pays. That it is what was voted for, the governance script judges.
 */
const grants = (governance: Hash28, check: Check, transaction: Expr, own: Expr): Expr =>
	withFields(transaction, [TX.inputs, TX.outputs, TX.redeemers], bool, (inputs, outputs, redeemers) =>
		bind(
			call(
				valueAt,
				asPairs(redeemers),
				constructorData(PURPOSE.rewarding, scriptCredential(bytesOf(governance))),
			),
			bool,
			action =>
				all(
					check('grant-executed', sameInteger(constructorOf(action), integerOf(GOVERNANCE_ACTION.execute))),
					check('grant-treasury', sameBytes(asBytes(field(action, 3)), own)),
					check(
						'grant-overpaid',
						isAtMost(
							subtract(
								call(sumTaken, asList(inputs), own, integerOf(0)),
								call(sumLeft, asList(outputs), own, integerOf(0)),
							),
							asInteger(field(action, 1)),
						),
					),
				),
		),
	);

/**
 * Rewarding with constructor 2: governance pays from another treasury since, and anybody may move the money there. No other
 * script's withdrawal is in the transaction, so no other rule counts what arrives as its own.
 */
const moves = (governance: Hash28, check: Check, transaction: Expr, own: Expr): Expr =>
	withFields(
		transaction,
		[TX.inputs, TX.referenceInputs, TX.outputs, TX.withdrawals],
		bool,
		(inputs, references, outputs, withdrawals) =>
			bind(
				asBytes(
					field(
						call(
							inlineDatum,
							call(inputHolding, asList(references), bytesOf(governance), bytesOf(GOVERNOR_NFT_NAME)),
						),
						2,
					),
				),
				bool,
				successor =>
					all(
						check('move-replaced', choose(bool, sameBytes(successor, own), truth(false), truth(true))),
						check('move-alone', isEmpty(tailPairs(asPairs(withdrawals)))),
						check(
							'move-whole',
							isAtMost(
								call(sumTaken, asList(inputs), own, integerOf(0)),
								call(sumLeft, asList(outputs), successor, integerOf(0)),
							),
						),
					),
			),
	);

/** What the script's withdrawal judges. */
const judgesAll = (
	params: PayoutParams,
	rule: PayoutRule,
	check: Check,
	terms: Readonly<Record<'transaction' | 'redeemer' | 'own', Expr>>,
): Expr =>
	rule.governance === undefined
		? pays(params, rule, check, terms)
		: choose(
				bool,
				sameInteger(constructorOf(terms.redeemer), integerOf(grantRedeemer.tag)),
				grants(rule.governance, check, terms.transaction, terms.own),
				choose(
					bool,
					sameInteger(constructorOf(terms.redeemer), integerOf(moveRedeemer.tag)),
					moves(rule.governance, check, terms.transaction, terms.own),
					pays(params, rule, check, terms),
				),
			);

/** Spending: only beside the script's own withdrawal. */
const isJudged = (check: Check, transaction: Expr, reference: Expr): Expr =>
	withFields(transaction, [TX.inputs, TX.withdrawals], bool, (inputs, withdrawals) =>
		withFields(call(inputAt, asList(inputs), reference), [OUTPUT.address], bool, address =>
			check('not-judged', call(hasKey, asPairs(withdrawals), field(address, 0))),
		),
	);

/**
 * A script that holds money and pays it out by proofs. Certificates of its stake credential other than the
 * registration fail, so nobody can unregister it and so stop its withdrawals.
 */
export const payoutScript = (params: PayoutParams, rule: PayoutRule, check: Check): Expr =>
	script(context =>
		withFields(context, [0, 1, 2], bool, (transaction, redeemer, info) =>
			choose(
				bool,
				sameInteger(constructorOf(info), integerOf(PURPOSE.spending)),
				bind(field(info, 0), bool, reference => isJudged(check, transaction, reference)),
				guard(
					sameInteger(constructorOf(info), integerOf(PURPOSE.rewarding)),
					bool,
					bind(asBytes(field(field(info, 0), 0)), bool, own =>
						judgesAll(params, rule, check, {transaction, redeemer, own}),
					),
				),
			),
		),
	);
