import {CLAIM_STATUS} from '../data/claim-data.ts';
import {bigEndian, hash256, isAtMost, join, lengthOf} from '../plutus/arithmetic.ts';
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
	type Check,
	call,
	choose,
	constructorData,
	constructorOf,
	data,
	defineRecursive,
	type Expr,
	field,
	first,
	guard,
	head,
	headPair,
	integerData,
	integerOf,
	isEmpty,
	listData,
	sameBytes,
	sameData,
	sameInteger,
	script,
	tail,
	tailPairs,
	truth,
	withFields,
} from '../plutus/core.ts';
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
	resolved,
	scriptAddress,
	scriptCredential,
	scriptHashOf,
	spends,
	TX,
	valueAt,
} from '../plutus/std.ts';

/** Fields of a claim's datum, as terms still in Data. */
const CLAIM_FIELDS = [0, 1, 2, 3, 4, 5] as const;

/** (TxInInfos, payment credential) to whether an output that it guards is spent, under whatever stake part. */
const spendsFrom: Expr = defineRecursive([listData, data], bool, (self, inputs, credential) =>
	choose(
		bool,
		isEmpty(inputs),
		truth(false),
		choose(
			bool,
			sameData(field(field(resolved(head(inputs)), OUTPUT.address), 0), credential),
			truth(true),
			call(self, tail(inputs), credential),
		),
	),
);

const hasLength = (bytes: Expr, length: number): Expr =>
	sameInteger(lengthOf(asBytes(bytes)), integerOf(length));
const isStatus = (status: Expr, value: number): Expr => sameInteger(asInteger(status), integerOf(value));

/** A treasury claim has no owner and names the bridge's script where others have their operator's key. */
const namesFit = (status: Expr, owner: Expr, operatorVk: Expr): Expr =>
	choose(
		bool,
		isStatus(status, CLAIM_STATUS.treasury),
		all(hasLength(owner, 0), hasLength(operatorVk, 28)),
		all(
			any(
				isStatus(status, CLAIM_STATUS.provider),
				isStatus(status, CLAIM_STATUS.account),
				isStatus(status, CLAIM_STATUS.subsidy),
			),
			hasLength(owner, 28),
			hasLength(operatorVk, 32),
		),
	);

/** Exactly one token under the policy. */
const mintsOnly = (mint: Expr, policy: Expr, name: Expr): Expr =>
	all(
		sameInteger(call(quantityOf, mint, policy, name), integerOf(1)),
		bind(asPairs(call(valueAt, asPairs(mint), bytesData(policy))), bool, names =>
			all(isEmpty(tailPairs(names)), sameBytes(asBytes(first(headPair(names))), name)),
		),
	);

/** (outputs, policy, name) to the parts of the output that holds the claim's NFT. */
const withHolder = (
	outputs: Expr,
	policy: Expr,
	name: Expr,
	body: (address: Expr, value: Expr, datum: Expr, referenceScript: Expr) => Expr,
): Expr =>
	withFields(
		call(outputHolding, asList(outputs), policy, name),
		[OUTPUT.address, OUTPUT.value, OUTPUT.datum, OUTPUT.referenceScript],
		bool,
		body,
	);

/** Minting: one NFT, named after a spent output and so never again, into a claim of which nothing was claimed. */
const opens = (check: Check, transaction: Expr, seed: Expr, own: Expr): Expr =>
	withFields(transaction, [TX.inputs, TX.outputs, TX.mint], bool, (inputs, outputs, mint) =>
		withFields(seed, [0, 1], bool, (txId, index) =>
			bind(hash256(join(asBytes(txId), bigEndian(asInteger(index), 2))), bool, claimId =>
				withHolder(outputs, own, claimId, (address, value, datum, referenceScript) =>
					withFields(field(datum, 0), CLAIM_FIELDS, bool, (owner, operatorVk, _claimed, collateral, status) =>
						all(
							check('open-seed', call(spends, asList(inputs), seed)),
							check('open-one', mintsOnly(mint, own, claimId)),
							check('open-address', sameData(address, call(scriptAddress, own))),
							check('open-value', call(holdsOneAsset, value)),
							check('open-script', hasNoScript(referenceScript)),
							check('open-names', namesFit(status, owner, operatorVk)),
							check(
								'open-collateral',
								all(
									isAtMost(integerOf(0), asInteger(collateral)),
									isAtMost(asInteger(collateral), call(lovelaceOf, value)),
								),
							),
							check(
								'open-datum',
								sameData(
									datum,
									inlineDatumOf(
										constructorData(
											0,
											owner,
											operatorVk,
											integerData(integerOf(0)),
											collateral,
											status,
											integerData(integerOf(0)),
										),
									),
								),
							),
						),
					),
				),
			),
		),
	);

type Change = {
	readonly before: readonly Expr[];
	readonly after: readonly Expr[];
	readonly valueBefore: Expr;
	readonly valueAfter: Expr;
	readonly claimId: Expr;
};

const at = (fields: readonly Expr[], position: number): Expr => fields[position] as Expr;

/**
 * The owner acts: a key signs; a native script (k of n keys) is satisfied because the transaction spends an output that it
 * guards. A key and a script with the same hash cannot be found.
 */
const ownerActs = (signatories: Expr, inputs: Expr, owner: Expr): Expr =>
	any(
		call(contains, asList(signatories), owner),
		call(spendsFrom, asList(inputs), scriptCredential(asBytes(owner))),
	);

/** What could harm others stays: the rest is the owner's business. */
const ownerMay = (check: Check, signatories: Expr, inputs: Expr, {before, after, valueAfter}: Change): Expr =>
	all(
		check('owner', ownerActs(signatories, inputs, at(before, 0))),
		check('names', all(hasLength(at(after, 0), 28), hasLength(at(after, 1), 32))),
		check('collateral', isAtMost(asInteger(at(before, 3)), asInteger(at(after, 3)))),
		check('collateral-covered', isAtMost(asInteger(at(after, 3)), call(lovelaceOf, valueAfter))),
	);

/**
 * Anybody may act for the treasury, but only where the bridge's rule judges a payout of this very claim: a payout of
 * another claim beside it must not raise what counts as paid here.
 */
const treasuryMay = (
	check: Check,
	redeemers: Expr,
	{before, after, valueBefore, valueAfter, claimId}: Change,
): Expr =>
	all(
		check(
			'treasury-unchanged',
			all(
				sameData(at(before, 0), at(after, 0)),
				sameData(at(before, 1), at(after, 1)),
				sameData(at(before, 3), at(after, 3)),
				isAtMost(call(lovelaceOf, valueBefore), call(lovelaceOf, valueAfter)),
			),
		),
		check(
			'treasury-payout',
			withFields(
				call(
					valueAt,
					asPairs(redeemers),
					constructorData(PURPOSE.rewarding, scriptCredential(asBytes(at(before, 1)))),
				),
				[0, 1],
				bool,
				(paidClaim, cumulative) =>
					all(sameBytes(asBytes(paidClaim), claimId), sameData(cumulative, at(after, 2))),
			),
		),
	);

/** Spending: the NFT stays, what was claimed never falls, what the claim is for never changes. */
const changes = (check: Check, transaction: Expr, reference: Expr): Expr =>
	withFields(
		transaction,
		[TX.inputs, TX.outputs, TX.signatories, TX.redeemers],
		bool,
		(inputs, outputs, signatories, redeemers) =>
			bind(call(inputAt, asList(inputs), reference), bool, input =>
				withFields(input, [OUTPUT.address, OUTPUT.value], bool, (address, valueBefore) =>
					bind(call(scriptHashOf, address), bool, own =>
						bind(call(ownAssetName, valueBefore, own), bool, claimId =>
							withHolder(outputs, own, claimId, (addressAfter, valueAfter, datum, referenceScript) =>
								withFields(call(inlineDatum, input), CLAIM_FIELDS, bool, (...before) =>
									withFields(field(datum, 0), [0, 1, 2, 3], bool, (...after) => {
										const change: Change = {before, after, valueBefore, valueAfter, claimId};
										return all(
											check('claim-address', sameData(address, addressAfter)),
											check('claim-tokens', call(holdsOneAsset, valueAfter)),
											check('claim-script', hasNoScript(referenceScript)),
											check(
												'claim-datum',
												sameData(
													datum,
													inlineDatumOf(constructorData(0, ...after, at(before, 4), at(before, 5))),
												),
											),
											check('claimed-falls', isAtMost(asInteger(at(before, 2)), asInteger(at(after, 2)))),
											choose(
												bool,
												isStatus(at(before, 4), CLAIM_STATUS.treasury),
												treasuryMay(check, redeemers, change),
												ownerMay(check, signatories, inputs, change),
											),
										);
									}),
								),
							),
						),
					),
				),
			),
	);

/** Policy of the claim NFTs and validator of the outputs that hold them. It has no parameters. */
export const registryScript = (check: Check): Expr =>
	script(context =>
		withFields(context, [0, 1, 2], bool, (transaction, redeemer, info) =>
			choose(
				bool,
				sameInteger(constructorOf(info), integerOf(PURPOSE.spending)),
				bind(field(info, 0), bool, reference => changes(check, transaction, reference)),
				guard(
					sameInteger(constructorOf(info), integerOf(PURPOSE.minting)),
					bool,
					bind(asBytes(field(info, 0)), bool, own => opens(check, transaction, redeemer, own)),
				),
			),
		),
	);
