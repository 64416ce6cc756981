import {CHECKPOINT_DOMAIN} from '#crypto/checkpoint-message';
import {u32be} from '#kernel/bytes';
import type {CheckpointParams} from '../checkpoint-params.ts';
import {CHECKPOINT_NFT_NAME} from '../data/checkpoint-data.ts';
import {add, bigEndian, hash256, isAtMost, isLess, join, lengthOf, multiply} from '../plutus/arithmetic.ts';
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
	lovelaceOf,
	OUTPUT,
	onlyOutputTo,
	PURPOSE,
	quantityOf,
	scriptAddress,
	scriptHashOf,
	spends,
	TX,
	validFrom,
} from '../plutus/std.ts';

const NFT = bytesOf(CHECKPOINT_NFT_NAME);
const ZERO_HASH = bytesOf(new Uint8Array(32));

const is32Bytes = (bytes: Expr): Expr => sameInteger(lengthOf(bytes), integerOf(32));
const holdsNft = (value: Expr, policy: Expr): Expr =>
	sameInteger(call(quantityOf, value, policy, NFT), integerOf(1));

type Certified = {
	readonly genesisHash: Expr;
	readonly period: Expr;
	readonly hashes: readonly [blockHash: Expr, stateRoot: Expr, payoutRoot: Expr, committeeHash: Expr];
};

const datumOf = ({genesisHash, period, hashes}: Certified): Expr =>
	constructorData(0, bytesData(genesisHash), integerData(period), ...hashes.map(bytesData));

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

type Advance = {
	readonly own: Expr;
	readonly valueBefore: Expr;
	readonly output: readonly [value: Expr, datum: Expr, referenceScript: Expr];
	readonly committeeHash: Expr;
	readonly periodBefore: Expr;
	readonly range: Expr;
	readonly committee: Expr;
	readonly signatures: Expr;
	readonly certified: Certified;
};

const advanceRules = (params: CheckpointParams, check: Check, a: Advance): Expr => {
	const [value, datum, referenceScript] = a.output;
	const {period, hashes} = a.certified;
	const opensAt = add(multiply(period, integerOf(params.periodMs)), integerOf(params.systemStartMs));
	return all(
		check('own-nft', holdsNft(a.valueBefore, a.own)),
		check('out-nft', holdsNft(value, a.own)),
		check('out-tokens', call(holdsOneAsset, value)),
		check('out-ada', isAtMost(call(lovelaceOf, a.valueBefore), call(lovelaceOf, value))),
		check('out-script', hasNoScript(referenceScript)),
		check('out-datum', sameData(datum, inlineDatumOf(datumOf(a.certified)))),
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

/** Policy of the checkpoint NFT and validator of the one output that holds it. */
export const checkpointScript = (params: CheckpointParams, check: Check): Expr =>
	script(context =>
		withFields(context, [0, 1, 2], bool, (transaction, redeemer, info) =>
			choose(
				bool,
				sameInteger(constructorOf(info), integerOf(PURPOSE.spending)),
				withFields(info, [0, 1], bool, (reference, datum) =>
					bind(field(datum, 0), bool, datumBefore =>
						advances(params, check, {transaction, redeemer, reference, datumBefore}),
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
