import {CHECKPOINT_DOMAIN} from '#crypto/checkpoint-message';
import {u32be} from '#kernel/bytes';
import type {Hash28} from '#kernel/hash';
import type {CheckpointParams} from '../checkpoint-params.ts';
import {add, bigEndian, hash256, isAtMost, isLess, join, multiply} from '../plutus/arithmetic.ts';
import {
	all,
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
	field,
	guard,
	integerData,
	integerOf,
	sameBytes,
	sameData,
	sameInteger,
	script,
	withFields,
} from '../plutus/core.ts';
import {
	hasNoScript,
	hasQuorum,
	holdsOneAsset,
	inlineDatumOf,
	inputAt,
	OUTPUT,
	onlyOutputTo,
	PURPOSE,
	scriptAddress,
	scriptHashOf,
	spends,
	TX,
	validFrom,
} from '../plutus/std.ts';
import {type Certified, type Continuing, datumOf, goesOn, holdsNft, is32Bytes} from './checkpoint-parts.ts';
import {RECOVER_TAG, recovers} from './checkpoint-recovery.ts';

const ZERO_HASH = bytesOf(new Uint8Array(32));

/** The same bytes as `checkpointMessage` of #crypto/checkpoint-message. */
const messageOf = (params: CheckpointParams, own: Expr, {genesisHash, period, hashes}: Certified): Expr =>
	hash256(
		join(
			bytesOf(CHECKPOINT_DOMAIN),
			genesisHash,
			bytesOf(u32be(params.networkMagic)),
			own,
			bigEndian(period, 8),
			...hashes,
		),
	);

/** Minting: once, into a checkpoint of period 0 that pays nobody and whose signers are the genesis committee. */
const opens = (params: CheckpointParams, check: Check, transaction: Expr, own: Expr): Expr =>
	withFields(transaction, [TX.inputs, TX.outputs, TX.mint], bool, (inputs, outputs, mint) =>
		withFields(
			call(onlyOutputTo, asList(outputs), call(scriptAddress, own)),
			[OUTPUT.value, OUTPUT.datum, OUTPUT.referenceScript],
			bool,
			(value, datum, referenceScript) =>
				bind(asBytes(field(field(datum, 0), 0)), bool, genesisHash =>
					all(
						check('mint-seed', call(spends, asList(inputs), seedOf(params))),
						check('mint-one', holdsNft(mint, own)),
						check('mint-value', all(holdsNft(value, own), call(holdsOneAsset, value))),
						check('mint-script', hasNoScript(referenceScript)),
						check('mint-genesis', is32Bytes(genesisHash)),
						check(
							'mint-datum',
							sameData(
								datum,
								inlineDatumOf(
									datumOf({
										genesisHash,
										period: integerOf(0),
										hashes: [ZERO_HASH, ZERO_HASH, ZERO_HASH, bytesOf(params.genesisCommitteeHash)],
									}),
								),
							),
						),
					),
				),
		),
	);

const seedOf = ({seed}: CheckpointParams): Expr =>
	constructorData(0, bytesData(bytesOf(seed.txId)), integerData(integerOf(seed.index)));

type Advance = Continuing & {
	readonly committeeHash: Expr;
	readonly periodBefore: Expr;
	readonly range: Expr;
	readonly committee: Expr;
	readonly signatures: Expr;
};

const advanceRules = (params: CheckpointParams, check: Check, a: Advance): Expr => {
	const {period, hashes} = a.certified;
	const opensAt = add(multiply(period, integerOf(params.periodMs)), integerOf(params.systemStartMs));
	return all(
		...goesOn(check, a),
		check('widths', all(...hashes.map(is32Bytes))),
		check('period', isLess(a.periodBefore, period)),
		check('too-early', isAtMost(opensAt, call(validFrom, a.range))),
		check('committee', sameBytes(hash256(a.committee), a.committeeHash)),
		check(
			'quorum',
			call(
				hasQuorum,
				messageOf(params, a.own, a.certified),
				a.committee,
				integerOf(0),
				asList(a.signatures),
				integerOf(0),
				integerOf(0),
			),
		),
	);
};

/** Binds the redeemer's parts; the genesis hash comes from the datum before, so it never changes. */
const withRedeemer = (
	redeemer: Expr,
	genesisHash: Expr,
	body: (committee: Expr, signatures: Expr, certified: Certified) => Expr,
): Expr =>
	withFields(
		redeemer,
		[0, 1, 2, 3, 4, 5, 6],
		bool,
		(committee, signatures, period, block, state, payout, next) =>
			bind(asBytes(committee), bool, packed =>
				bind(asInteger(period), bool, number =>
					bind(asBytes(block), bool, blockHash =>
						bind(asBytes(state), bool, stateRoot =>
							bind(asBytes(payout), bool, payoutRoot =>
								bind(asBytes(next), bool, committeeHash =>
									bind(asBytes(genesisHash), bool, genesis =>
										body(packed, signatures, {
											genesisHash: genesis,
											period: number,
											hashes: [blockHash, stateRoot, payoutRoot, committeeHash],
										}),
									),
								),
							),
						),
					),
				),
			),
	);

/** Spending: the next checkpoint, signed by more than two thirds of the committee that the last one named. */
const advances = (
	params: CheckpointParams,
	check: Check,
	{
		transaction,
		redeemer,
		reference,
		datumBefore,
	}: Readonly<Record<'transaction' | 'redeemer' | 'reference' | 'datumBefore', Expr>>,
): Expr =>
	withFields(transaction, [TX.inputs, TX.outputs, TX.validRange], bool, (inputs, outputs, range) =>
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
						(value, datum, referenceScript) =>
							withFields(datumBefore, [0, 1, 5], bool, (genesisHash, periodBefore, committeeHash) =>
								withRedeemer(redeemer, genesisHash, (committee, signatures, certified) =>
									advanceRules(params, check, {
										own,
										valueBefore,
										output: [value, datum, referenceScript],
										committeeHash: asBytes(committeeHash),
										periodBefore: asInteger(periodBefore),
										range,
										committee,
										signatures,
										certified,
									}),
								),
							),
					),
				),
		),
	);

type Spending = Parameters<typeof advances>[2];

/** Without governance there is only one way on. */
const goesFrom = (
	params: CheckpointParams,
	governance: Hash28 | undefined,
	check: Check,
	s: Spending,
): Expr =>
	governance === undefined
		? advances(params, check, s)
		: choose(
				bool,
				sameInteger(constructorOf(s.redeemer), integerOf(RECOVER_TAG)),
				recovers({...params, governance}, check, s),
				advances(params, check, s),
			);

/** Policy of the checkpoint NFT and validator of the one output that holds it. */
export const checkpointScript = (
	params: CheckpointParams,
	check: Check,
	governance: Hash28 | undefined = undefined,
): Expr =>
	script(context =>
		withFields(context, [0, 1, 2], bool, (transaction, redeemer, info) =>
			choose(
				bool,
				sameInteger(constructorOf(info), integerOf(PURPOSE.spending)),
				withFields(info, [0, 1], bool, (reference, datum) =>
					bind(field(datum, 0), bool, datumBefore =>
						goesFrom(params, governance, check, {transaction, redeemer, reference, datumBefore}),
					),
				),
				guard(
					sameInteger(constructorOf(info), integerOf(PURPOSE.minting)),
					bool,
					bind(asBytes(field(info, 0)), bool, own => opens(params, check, transaction, own)),
				),
			),
		),
	);
