/** Tokens that vote: what their owner and the delegate may do with them. */
import {STAKE_VOTES_MAX, VOTE} from '../../data/governance-data.ts';
import {
	add,
	bigEndian,
	integerFrom,
	isAtMost,
	isLess,
	join,
	lengthOf,
	slice,
} from '../../plutus/arithmetic.ts';
import {
	all,
	any,
	asBytes,
	asInteger,
	asList,
	bind,
	bool,
	bytesData,
	call,
	choose,
	constructorData,
	constructorOf,
	defineRecursive,
	type Expr,
	field,
	head,
	int,
	integerData,
	integerOf,
	isEmpty,
	listData,
	listToData,
	noData,
	prepend,
	sameData,
	sameInteger,
	tail,
	truth,
	withFields,
} from '../../plutus/core.ts';
import {
	contains,
	hasNoScript,
	inlineDatum,
	inlineDatumOf,
	inputHolding,
	OUTPUT,
	validFrom,
} from '../../plutus/std.ts';
import {validTo} from '../../plutus/transaction-shape.ts';
import {
	type Action,
	mintsNothing,
	outputNumber,
	proposalNameOf,
	stakeInput,
	tokensIn,
	touches,
} from './parts.ts';

/** Constructor of a stake's datum. */
const STAKE = 3;

const proposalOf = (vote: Expr): Expr => integerFrom(slice(asBytes(vote), integerOf(0), 8));
const endOf = (vote: Expr): Expr => integerFrom(slice(asBytes(vote), integerOf(8), 8));

/** (votes, proposal) to whether none is on it. */
const hasNotVoted: Expr = defineRecursive([listData, int], bool, (self, votes, proposal) =>
	choose(
		bool,
		isEmpty(votes),
		truth(true),
		choose(
			bool,
			sameInteger(proposalOf(head(votes)), proposal),
			truth(false),
			call(self, tail(votes), proposal),
		),
	),
);

/** (votes, time) to those that bind the tokens still. */
const binding: Expr = defineRecursive([listData, int], listData, (self, votes, now) =>
	choose(
		listData,
		isEmpty(votes),
		noData,
		choose(
			listData,
			isLess(endOf(head(votes)), now),
			call(self, tail(votes), now),
			prepend(head(votes), call(self, tail(votes), now)),
		),
	),
);

const countOf: Expr = defineRecursive([listData], int, (self, items) =>
	choose(int, isEmpty(items), integerOf(0), add(integerOf(1), call(self, tail(items)))),
);

/** (votes, time) to whether all have ended. */
const haveEnded: Expr = defineRecursive([listData, int], bool, (self, votes, now) =>
	choose(
		bool,
		isEmpty(votes),
		truth(true),
		choose(bool, isAtMost(endOf(head(votes)), now), call(self, tail(votes), now), truth(false)),
	),
);

/** The output at that position goes on where the one before was, with the same value and the datum that is expected. */
const goesOn = (a: Action, name: string, before: Expr, position: number, datumAfter: Expr): Expr =>
	withFields(
		outputNumber(a.outputs, position),
		[OUTPUT.address, OUTPUT.value, OUTPUT.datum, OUTPUT.referenceScript],
		bool,
		(address, value, datum, referenceScript) =>
			all(
				a.check(`${name}-address`, sameData(address, field(before, OUTPUT.address))),
				a.check(`${name}-value`, sameData(value, field(before, OUTPUT.value))),
				a.check(`${name}-script`, hasNoScript(referenceScript)),
				a.check(`${name}-datum`, sameData(datum, inlineDatumOf(datumAfter))),
			),
	);

const addedIf = (vote: Expr, choice: number, tally: Expr, weight: Expr): Expr =>
	integerData(
		choose(int, sameInteger(vote, integerOf(choice)), add(asInteger(tally), weight), asInteger(tally)),
	);

/** The proposal's datum with the weight added to what was chosen. */
const counted = (fields: readonly Expr[], vote: Expr, weight: Expr): Expr =>
	constructorData(
		1,
		...fields.slice(0, 10),
		addedIf(vote, VOTE.yes, fields[10] as Expr, weight),
		addedIf(vote, VOTE.no, fields[11] as Expr, weight),
		addedIf(vote, VOTE.abstain, fields[12] as Expr, weight),
	);

const isStake = (stake: Expr): Expr => sameInteger(constructorOf(call(inlineDatum, stake)), integerOf(STAKE));

const casts = (a: Action, id: Expr, vote: Expr, proposal: Expr, stake: Expr): Expr =>
	withFields(call(inlineDatum, stake), [0, 1, 2], bool, (owner, delegate, votes) =>
		withFields(call(inlineDatum, proposal), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], bool, (...fields) =>
			bind(asInteger(fields[7] as Expr), bool, closesAt =>
				bind(tokensIn(field(stake, OUTPUT.value), a), bool, weight =>
					bind(call(binding, asList(votes), call(validFrom, a.range)), bool, kept =>
						all(
							a.check('vote-touches', touches(a, 2, 2)),
							a.check('vote-mint', mintsNothing(a)),
							a.check('vote-choice', all(isAtMost(integerOf(0), vote), isAtMost(vote, integerOf(2)))),
							a.check(
								'vote-signer',
								any(
									call(contains, asList(a.signatories), owner),
									call(contains, asList(a.signatories), delegate),
								),
							),
							a.check('vote-late', isAtMost(call(validTo, a.range), closesAt)),
							a.check('vote-weight', isLess(integerOf(0), weight)),
							a.check('vote-twice', call(hasNotVoted, asList(votes), id)),
							a.check('vote-many', isLess(call(countOf, kept), integerOf(STAKE_VOTES_MAX))),
							goesOn(a, 'tally', proposal, 0, counted(fields, vote, weight)),
							goesOn(
								a,
								'stake',
								stake,
								1,
								constructorData(
									STAKE,
									owner,
									delegate,
									listToData(prepend(bytesData(join(bigEndian(id, 8), bigEndian(closesAt, 8))), kept)),
								),
							),
						),
					),
				),
			),
		),
	);

/** One stake votes on one proposal: its tokens are counted there and bound here until the vote ends. */
export const votes = (a: Action): Expr =>
	withFields(a.redeemer, [0, 1], bool, (proposalId, choice) =>
		bind(asInteger(proposalId), bool, id =>
			bind(asInteger(choice), bool, vote =>
				bind(call(inputHolding, asList(a.inputs), a.own, proposalNameOf(id)), bool, proposal =>
					bind(call(stakeInput, asList(a.inputs), a.own), bool, stake =>
						all(a.check('vote-stake', isStake(stake)), casts(a, id, vote, proposal, stake)),
					),
				),
			),
		),
	);

/** The owner takes the tokens back once no vote binds them. */
export const withdraws = (a: Action): Expr =>
	bind(call(stakeInput, asList(a.inputs), a.own), bool, stake =>
		withFields(call(inlineDatum, stake), [0, 2], bool, (owner, cast) =>
			all(
				a.check('withdraw-stake', isStake(stake)),
				a.check('withdraw-touches', touches(a, 1, 0)),
				a.check('withdraw-mint', mintsNothing(a)),
				a.check('withdraw-owner', call(contains, asList(a.signatories), owner)),
				a.check('withdraw-bound', call(haveEnded, asList(cast), call(validFrom, a.range))),
			),
		),
	);

/** The owner names another delegate; what was voted stays. */
export const delegates = (a: Action): Expr =>
	bind(call(stakeInput, asList(a.inputs), a.own), bool, stake =>
		withFields(call(inlineDatum, stake), [0, 2], bool, (owner, cast) =>
			bind(field(field(field(outputNumber(a.outputs, 0), OUTPUT.datum), 0), 1), bool, delegate =>
				all(
					a.check('delegate-stake', isStake(stake)),
					a.check('delegate-touches', touches(a, 1, 1)),
					a.check('delegate-mint', mintsNothing(a)),
					a.check('delegate-owner', call(contains, asList(a.signatories), owner)),
					a.check('delegate-width', sameInteger(lengthOf(asBytes(delegate)), integerOf(28))),
					goesOn(a, 'stake', stake, 0, constructorData(STAKE, owner, delegate, cast)),
				),
			),
		),
	);
