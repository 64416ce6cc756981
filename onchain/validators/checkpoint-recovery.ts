/**
 * A committee that has signed nothing for long is replaced by governance: the proposal that passed left a record with its NFT,
 * which this reads. (How many votes and how much time that takes, the governance script judged.)
 */
import type {Hash28} from '#kernel/hash';
import {type CheckpointParams, MISSED_PERIODS_DEAD} from '../checkpoint-params.ts';
import {COMMITTEE_RECOVERY_TAG, ENACTED_TAG} from '../data/recovery-data.ts';
import {add, isAtMost, multiply} from '../plutus/arithmetic.ts';
import {
	all,
	asBytes,
	asInteger,
	asList,
	bind,
	bool,
	bytesOf,
	type Check,
	call,
	choose,
	constructorOf,
	type Expr,
	field,
	integerOf,
	sameBytes,
	sameData,
	sameInteger,
	truth,
	withFields,
} from '../plutus/core.ts';
import {
	inlineDatum,
	inputAt,
	inputHolding,
	OUTPUT,
	onlyOutputTo,
	scriptCredential,
	scriptHashOf,
	TX,
	validFrom,
} from '../plutus/std.ts';
import {type Continuing, goesOn, is32Bytes} from './checkpoint-parts.ts';

/** Constructor of the redeemer. */
export const RECOVER_TAG = 1;

export type RecoveryParams = CheckpointParams & {readonly governance: Hash28};

/** When a checkpoint of that period has been the last one for so long that its committee counts as dead. */
const deadFrom = ({systemStartMs, periodMs}: CheckpointParams, period: Expr): Expr =>
	add(
		multiply(add(period, integerOf(1 + MISSED_PERIODS_DEAD)), integerOf(periodMs)),
		integerOf(systemStartMs),
	);

const not = (condition: Expr): Expr => choose(bool, condition, truth(false), truth(true));

/** The record that holds the NFT of that name speaks of this period, and of another committee. */
const isRecorded = (
	{governance}: RecoveryParams,
	check: Check,
	record: Expr,
	{period, committeeBefore}: {readonly period: Expr; readonly committeeBefore: Expr},
	body: (committeeHash: Expr) => Expr,
): Expr =>
	bind(call(inlineDatum, record), bool, enacted =>
		bind(field(enacted, 1), bool, effect =>
			bind(asBytes(field(effect, 1)), bool, committeeHash =>
				all(
					check(
						'record-address',
						sameData(field(field(record, OUTPUT.address), 0), scriptCredential(bytesOf(governance))),
					),
					check('record-enacted', sameInteger(constructorOf(enacted), integerOf(ENACTED_TAG))),
					check('record-effect', sameInteger(constructorOf(effect), integerOf(COMMITTEE_RECOVERY_TAG))),
					check('record-period', sameInteger(asInteger(field(effect, 0)), period)),
					check('recovery-width', is32Bytes(committeeHash)),
					check('recovery-same', not(sameBytes(committeeHash, committeeBefore))),
					body(committeeHash),
				),
			),
		),
	);

type Before = Omit<Continuing, 'certified'> & {
	readonly datum: readonly Expr[];
	readonly range: Expr;
	readonly record: Expr;
};

const recoversFrom = (params: RecoveryParams, check: Check, before: Before): Expr => {
	const [genesisHash, period, blockHash, stateRoot, payoutRoot, committeeHash] = before.datum.map(
		(part, position) => (position === 1 ? asInteger(part) : asBytes(part)),
	) as [Expr, Expr, Expr, Expr, Expr, Expr];
	return bind(period, bool, number =>
		isRecorded(params, check, before.record, {period: number, committeeBefore: committeeHash}, recovered =>
			all(
				check('committee-alive', isAtMost(deadFrom(params, number), call(validFrom, before.range))),
				...goesOn(check, {
					...before,
					certified: {genesisHash, period: number, hashes: [blockHash, stateRoot, payoutRoot, recovered]},
				}),
			),
		),
	);
};

/** Spending with constructor 1: all stays as it is, but another committee signs the next checkpoint. */
export const recovers = (
	params: RecoveryParams,
	check: Check,
	{
		transaction,
		redeemer,
		reference,
		datumBefore,
	}: Readonly<Record<'transaction' | 'redeemer' | 'reference' | 'datumBefore', Expr>>,
): Expr =>
	withFields(
		transaction,
		[TX.inputs, TX.referenceInputs, TX.outputs, TX.validRange],
		bool,
		(inputs, references, outputs, range) =>
			withFields(
				call(inputAt, asList(inputs), reference),
				[OUTPUT.address, OUTPUT.value],
				bool,
				(address, valueBefore) =>
					withFields(
						call(onlyOutputTo, asList(outputs), address),
						[OUTPUT.value, OUTPUT.datum, OUTPUT.referenceScript],
						bool,
						(value, datum, referenceScript) =>
							withFields(datumBefore, [0, 1, 2, 3, 4, 5], bool, (...fields) =>
								bind(call(scriptHashOf, address), bool, own =>
									bind(
										call(
											inputHolding,
											asList(references),
											bytesOf(params.governance),
											asBytes(field(redeemer, 0)),
										),
										bool,
										record =>
											recoversFrom(params, check, {
												own,
												valueBefore,
												output: [value, datum, referenceScript],
												datum: fields,
												range,
												record,
											}),
									),
								),
							),
					),
			),
	);
