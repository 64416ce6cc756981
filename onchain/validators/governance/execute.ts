import {SETTING, SETTING_COUNT} from '../../data/governance-data.ts';
import {EFFECT, REPLACED_CONTRACT} from '../../data/governance-effect.ts';
import {TOKEN_SUPPLY} from '../../data/token-data.ts';
import {add, isAtMost, isLess, lengthOf, multiply} from '../../plutus/arithmetic.ts';
import {
	all,
	asBytes,
	asInteger,
	asList,
	bind,
	bool,
	call,
	choose,
	constructorData,
	constructorOf,
	data,
	defineRecursive,
	type Expr,
	field,
	guard,
	head,
	int,
	integerData,
	integerOf,
	isEmpty,
	listData,
	sameData,
	sameInteger,
	tail,
	truth,
	withFields,
} from '../../plutus/core.ts';
import {
	hasNoScript,
	holdsOneAsset,
	inlineDatum,
	inlineDatumOf,
	inputHolding,
	lovelaceOf,
	OUTPUT,
	quantityOf,
	scriptAddress,
	scriptCredential,
	sumTaken,
	validFrom,
} from '../../plutus/std.ts';
import {validTo} from '../../plutus/transaction-shape.ts';
import {
	type Action,
	GOVERNOR,
	isPrompt,
	keyAddress,
	mintsNothing,
	outputNumber,
	proposalNameOf,
	tokensIn,
	touches,
} from './parts.ts';
import {governorGoesOn, settingOf} from './propose.ts';

/** Positions in a proposal's datum. */
const EFFECT_AT = 1;
const PROPOSAL_FIELDS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const;
export type Proposal = readonly Expr[];
const at = (fields: Proposal, position: number): Expr => fields[position] as Expr;
const number = (fields: Proposal, position: number): Expr => asInteger(at(fields, position));

const isEffect = (effect: Expr, kind: number): Expr => sameInteger(constructorOf(effect), integerOf(kind));

/** Binds all fields of a proposal; fails for what it left when it was enacted. */
export const withProposal = (output: Expr, body: (proposal: Proposal) => Expr): Expr =>
	withFields(call(inlineDatum, output), PROPOSAL_FIELDS, bool, (...fields) => body(fields));

export const reachesQuorum = (p: Proposal): Expr =>
	isAtMost(number(p, 6), add(add(number(p, 10), number(p, 11)), number(p, 12)));

/** More yes than no; to replace a dead committee, two thirds of both. */
export const isWon = (p: Proposal): Expr =>
	all(
		isLess(number(p, 11), number(p, 10)),
		choose(
			bool,
			isEffect(at(p, EFFECT_AT), EFFECT.committeeRecovery),
			isAtMost(
				multiply(add(number(p, 10), number(p, 11)), integerOf(2)),
				multiply(number(p, 10), integerOf(3)),
			),
			truth(true),
		),
	);

/** (settings) to how many there are; fails when one is negative. */
const settingCount: Expr = defineRecursive([listData], int, (self, settings) =>
	choose(
		int,
		isEmpty(settings),
		integerOf(0),
		guard(
			isAtMost(integerOf(0), asInteger(head(settings))),
			int,
			add(integerOf(1), call(self, tail(settings))),
		),
	),
);

/** Settings under which governance still works. */
export const areSettings = (settings: Expr): Expr =>
	all(
		sameInteger(call(settingCount, asList(settings)), integerOf(SETTING_COUNT)),
		isLess(integerOf(0), settingOf(settings, SETTING.quorum)),
		isAtMost(settingOf(settings, SETTING.quorum), integerOf(TOKEN_SUPPLY)),
		isLess(integerOf(0), settingOf(settings, SETTING.voteMs)),
		isLess(integerOf(0), settingOf(settings, SETTING.recoveryVoteMs)),
		isLess(integerOf(0), settingOf(settings, SETTING.expiryMs)),
		isAtMost(settingOf(settings, SETTING.capPerMille), integerOf(1_000)),
	);

type Governor = {
	readonly output: Expr;
	readonly next: Expr;
	readonly settings: Expr;
	readonly treasury: Expr;
	readonly start: Expr;
	readonly paid: Expr;
	readonly base: Expr;
};

type Money = {readonly lovelace: Expr; readonly tokens: Expr};

const governorData = (g: Governor, change: Partial<Omit<Governor, 'output' | 'next'>> = {}): Expr => {
	const after = {...g, ...change};
	return constructorData(0, after.next, after.settings, after.treasury, after.start, after.paid, after.base);
};

/** Lovelace of the treasury that the transaction spends or reads. */
const shown = (a: Action, treasury: Expr): Expr =>
	add(
		call(sumTaken, asList(a.inputs), treasury, integerOf(0)),
		call(sumTaken, asList(a.references), treasury, integerOf(0)),
	);

const larger = (x: Expr, y: Expr): Expr =>
	bind(x, int, one => bind(y, int, other => choose(int, isLess(one, other), other, one)));

/**
 * A grant in a period of the cap: a new one begins when the last is over, at the end of the validity range, so that
 * periods long past cannot be used up one after the other. The treasury is as large as it was ever shown in the period.
 */
const underCap = (a: Action, g: Governor, lovelace: Expr): Expr =>
	bind(
		isAtMost(add(asInteger(g.start), settingOf(g.settings, SETTING.capPeriodMs)), call(validFrom, a.range)),
		bool,
		isNew => {
			const zero = integerOf(0);
			return bind(choose(int, isNew, zero, asInteger(g.paid)), bool, paidBefore =>
				bind(add(paidBefore, lovelace), bool, paid =>
					bind(
						larger(
							choose(int, isNew, zero, asInteger(g.base)),
							add(shown(a, asBytes(g.treasury)), paidBefore),
						),
						bool,
						base =>
							all(
								a.check(
									'cap',
									isAtMost(
										multiply(paid, integerOf(1_000)),
										multiply(base, settingOf(g.settings, SETTING.capPerMille)),
									),
								),
								governorGoesOn(
									a,
									g.output,
									governorData(g, {
										start: choose(data, isNew, integerData(call(validTo, a.range)), g.start),
										paid: integerData(paid),
										base: integerData(base),
									}),
								),
							),
					),
				),
			);
		},
	);

/** The fourth output is the grant: address, lovelace, tokens and datum as the proposal says, and nothing else. */
const isGranted = (a: Action, g: Governor, effect: Expr, paid: Money): Expr =>
	withFields(effect, [0, 1, 2, 3], bool, (recipient, lovelace, tokens, datumWanted) =>
		withFields(
			outputNumber(a.outputs, 3),
			[OUTPUT.address, OUTPUT.value, OUTPUT.datum, OUTPUT.referenceScript],
			bool,
			(address, value, datum, referenceScript) =>
				all(
					a.check(
						'grant-amounts',
						all(
							sameInteger(asInteger(lovelace), paid.lovelace),
							sameInteger(asInteger(tokens), paid.tokens),
							isAtMost(integerOf(0), paid.lovelace),
							isAtMost(integerOf(0), paid.tokens),
						),
					),
					a.check('grant-address', sameData(address, recipient)),
					a.check(
						'grant-to-treasury',
						choose(
							bool,
							sameData(field(recipient, 0), scriptCredential(asBytes(g.treasury))),
							truth(false),
							truth(true),
						),
					),
					a.check(
						'grant-value',
						all(
							sameInteger(call(lovelaceOf, value), paid.lovelace),
							sameInteger(tokensIn(value, a), paid.tokens),
						),
					),
					a.check('grant-datum', sameData(datum, datumWanted)),
					a.check('grant-script', hasNoScript(referenceScript)),
					underCap(a, g, paid.lovelace),
				),
		),
	);

/** What the effect does to the governor; without a grant nothing is paid. */
const takesEffect = (a: Action, g: Governor, effect: Expr, paid: Money): Expr =>
	choose(
		bool,
		isEffect(effect, EFFECT.grant),
		isGranted(a, g, effect, paid),
		all(
			a.check(
				'pays-nothing',
				all(sameInteger(paid.lovelace, integerOf(0)), sameInteger(paid.tokens, integerOf(0))),
			),
			choose(
				bool,
				isEffect(effect, EFFECT.settings),
				bind(field(effect, 0), bool, settings =>
					all(
						a.check('settings', areSettings(settings)),
						governorGoesOn(a, g.output, governorData(g, {settings})),
					),
				),
				choose(
					bool,
					isEffect(effect, EFFECT.scriptReplacement),
					withFields(effect, [0, 1], bool, (contract, hash) =>
						all(
							a.check('replacement', sameInteger(lengthOf(asBytes(hash)), integerOf(28))),
							governorGoesOn(
								a,
								g.output,
								governorData(g, {
									treasury: choose(
										data,
										sameInteger(asInteger(contract), integerOf(REPLACED_CONTRACT.treasury)),
										hash,
										g.treasury,
									),
								}),
							),
						),
					),
					governorGoesOn(a, g.output, governorData(g)),
				),
			),
		),
	);

/** The second output keeps the NFT and the record for ever; the third gives the deposit back. */
const isRecorded = (a: Action, p: Proposal, name: Expr): Expr =>
	withFields(
		outputNumber(a.outputs, 1),
		[OUTPUT.address, OUTPUT.value, OUTPUT.datum, OUTPUT.referenceScript],
		bool,
		(address, value, datum, referenceScript) =>
			all(
				a.check('record-address', sameData(address, call(scriptAddress, a.own))),
				a.check(
					'record-nft',
					all(sameInteger(call(quantityOf, value, a.own, name), integerOf(1)), call(holdsOneAsset, value)),
				),
				a.check('record-script', hasNoScript(referenceScript)),
				a.check(
					'record-datum',
					sameData(
						datum,
						inlineDatumOf(
							constructorData(2, at(p, 0), at(p, 1), at(p, 2), integerData(call(validTo, a.range))),
						),
					),
				),
			),
	);

/** That output gives a proposer the deposit back. */
export const refunds = (a: Action, p: Proposal, position: number): Expr =>
	withFields(outputNumber(a.outputs, position), [OUTPUT.address, OUTPUT.value], bool, (address, value) =>
		a.check(
			'refund',
			all(sameData(address, keyAddress(at(p, 4))), isAtMost(number(p, 5), call(lovelaceOf, value))),
		),
	);

const executesNow = (a: Action, g: Governor, proposal: Expr, name: Expr, paid: Money): Expr =>
	withProposal(proposal, p =>
		all(
			a.check('execute-early', isAtMost(number(p, 8), call(validFrom, a.range))),
			a.check('execute-late', isAtMost(call(validTo, a.range), number(p, 9))),
			a.check('execute-range', isPrompt(a.range)),
			a.check('quorum', reachesQuorum(p)),
			a.check('majority', isWon(p)),
			isRecorded(a, p, name),
			refunds(a, p, 2),
			takesEffect(a, g, at(p, EFFECT_AT), paid),
		),
	);

/** A passed proposal takes effect, once: its NFT then stays with what cannot be spent. */
export const executes = (a: Action): Expr =>
	withFields(a.redeemer, [0, 1, 2, 3], bool, (id, lovelace, tokens, payer) =>
		bind(proposalNameOf(asInteger(id)), bool, name =>
			bind(call(inputHolding, asList(a.inputs), a.own, name), bool, proposal =>
				bind(call(inputHolding, asList(a.inputs), a.own, GOVERNOR), bool, governor =>
					withFields(
						call(inlineDatum, governor),
						[0, 1, 2, 3, 4, 5],
						bool,
						(next, settings, treasury, start, paid, base) =>
							bind(asInteger(lovelace), bool, ada =>
								bind(asInteger(tokens), bool, dcg =>
									all(
										a.check('execute-touches', touches(a, 2, 2)),
										a.check('execute-mint', mintsNothing(a)),
										a.check('execute-treasury', sameData(payer, treasury)),
										executesNow(
											a,
											{output: governor, next, settings, treasury, start, paid, base},
											proposal,
											name,
											{lovelace: ada, tokens: dcg},
										),
									),
								),
							),
					),
				),
			),
		),
	);
