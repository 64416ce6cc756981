import {ANCHOR_URL_LENGTH_MAX, SETTING} from '../../data/governance-data.ts';
import {EFFECT} from '../../data/governance-effect.ts';
import {add, isAtMost, lengthOf} from '../../plutus/arithmetic.ts';
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
	type Expr,
	field,
	head,
	int,
	integerData,
	integerOf,
	sameData,
	sameInteger,
	tail,
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
} from '../../plutus/std.ts';
import {validTo} from '../../plutus/transaction-shape.ts';
import {type Action, GOVERNOR, isPrompt, mintsOnly, outputNumber, proposalNameOf, touches} from './parts.ts';

export const settingOf = (settings: Expr, position: number): Expr => {
	let rest = asList(settings);
	for (let index = 0; index < position; index++) rest = tail(rest);
	return asInteger(head(rest));
};

const ZERO = integerData(integerOf(0));

/** The first output goes on as the governor: same address and value, the datum that is expected. */
export const governorGoesOn = (a: Action, before: Expr, datumAfter: Expr): Expr =>
	withFields(
		outputNumber(a.outputs, 0),
		[OUTPUT.address, OUTPUT.value, OUTPUT.datum, OUTPUT.referenceScript],
		bool,
		(address, value, datum, referenceScript) =>
			all(
				a.check('governor-address', sameData(address, call(scriptAddress, a.own))),
				a.check('governor-value', sameData(value, field(before, OUTPUT.value))),
				a.check('governor-script', hasNoScript(referenceScript)),
				a.check('governor-datum', sameData(datum, inlineDatumOf(datumAfter))),
			),
	);

/** The proposal as it must be: what was chosen is taken from it, the rest is rebuilt from the settings. */
const isFresh = (a: Action, id: Expr, settings: Expr, datum: Expr): Expr =>
	withFields(field(datum, 0), [1, 2, 3, 4], bool, (effect, anchorHash, anchorUrl, proposer) =>
		bind(
			add(
				call(validTo, a.range),
				choose(
					int,
					sameInteger(constructorOf(effect), integerOf(EFFECT.committeeRecovery)),
					settingOf(settings, SETTING.recoveryVoteMs),
					settingOf(settings, SETTING.voteMs),
				),
			),
			bool,
			closesAt =>
				bind(add(closesAt, settingOf(settings, SETTING.timelockMs)), bool, executableAt =>
					all(
						a.check('effect', isAtMost(constructorOf(effect), integerOf(EFFECT.committeeRecovery))),
						a.check(
							'anchor',
							all(
								sameInteger(lengthOf(asBytes(anchorHash)), integerOf(32)),
								isAtMost(lengthOf(asBytes(anchorUrl)), integerOf(ANCHOR_URL_LENGTH_MAX)),
							),
						),
						a.check('proposer', sameInteger(lengthOf(asBytes(proposer)), integerOf(28))),
						a.check(
							'proposal-datum',
							sameData(
								datum,
								inlineDatumOf(
									constructorData(
										1,
										integerData(id),
										effect,
										anchorHash,
										anchorUrl,
										proposer,
										integerData(settingOf(settings, SETTING.deposit)),
										integerData(settingOf(settings, SETTING.quorum)),
										integerData(closesAt),
										integerData(executableAt),
										integerData(add(executableAt, settingOf(settings, SETTING.expiryMs))),
										ZERO,
										ZERO,
										ZERO,
									),
								),
							),
						),
					),
				),
		),
	);

/** The governor counts on, and the second output is a proposal of that number with its NFT and the deposit. */
export const proposes = (a: Action): Expr =>
	bind(call(inputHolding, asList(a.inputs), a.own, GOVERNOR), bool, governor =>
		withFields(
			call(inlineDatum, governor),
			[0, 1, 2, 3, 4, 5],
			bool,
			(next, settings, treasury, start, paid, base) =>
				bind(asInteger(next), bool, id =>
					bind(proposalNameOf(id), bool, name =>
						withFields(
							outputNumber(a.outputs, 1),
							[OUTPUT.address, OUTPUT.value, OUTPUT.datum, OUTPUT.referenceScript],
							bool,
							(address, value, datum, referenceScript) =>
								all(
									a.check('propose-touches', touches(a, 1, 2)),
									a.check('propose-range', isPrompt(a.range)),
									governorGoesOn(
										a,
										governor,
										constructorData(
											0,
											integerData(add(id, integerOf(1))),
											settings,
											treasury,
											start,
											paid,
											base,
										),
									),
									a.check('propose-mint', mintsOnly(a.mint, a.own, name, 1)),
									a.check('proposal-address', sameData(address, call(scriptAddress, a.own))),
									a.check(
										'proposal-nft',
										all(
											sameInteger(call(quantityOf, value, a.own, name), integerOf(1)),
											call(holdsOneAsset, value),
										),
									),
									a.check(
										'proposal-deposit',
										isAtMost(settingOf(settings, SETTING.deposit), call(lovelaceOf, value)),
									),
									a.check('proposal-script', hasNoScript(referenceScript)),
									isFresh(a, id, settings, datum),
								),
						),
					),
				),
		),
	);
