/** What the ways to spend the checkpoint share. */
import {CHECKPOINT_NFT_NAME} from '../data/checkpoint-data.ts';
import {isAtMost, lengthOf} from '../plutus/arithmetic.ts';
import {
	bytesData,
	bytesOf,
	type Check,
	call,
	constructorData,
	type Expr,
	integerData,
	integerOf,
	sameData,
	sameInteger,
} from '../plutus/core.ts';
import {hasNoScript, holdsOneAsset, inlineDatumOf, lovelaceOf, quantityOf} from '../plutus/std.ts';

const NFT = bytesOf(CHECKPOINT_NFT_NAME);

export const is32Bytes = (bytes: Expr): Expr => sameInteger(lengthOf(bytes), integerOf(32));
export const holdsNft = (value: Expr, policy: Expr): Expr =>
	sameInteger(call(quantityOf, value, policy, NFT), integerOf(1));

export type Certified = {
	readonly genesisHash: Expr;
	readonly period: Expr;
	readonly hashes: readonly [blockHash: Expr, stateRoot: Expr, payoutRoot: Expr, committeeHash: Expr];
};

export const datumOf = ({genesisHash, period, hashes}: Certified): Expr =>
	constructorData(0, bytesData(genesisHash), integerData(period), ...hashes.map(bytesData));

export type Continuing = {
	readonly own: Expr;
	readonly valueBefore: Expr;
	readonly output: readonly [value: Expr, datum: Expr, referenceScript: Expr];
	/** What the one output at the same address must say. */
	readonly certified: Certified;
};

/** The NFT goes on, alone and without a loss of ADA, under what was certified. */
export const goesOn = (check: Check, {own, valueBefore, output, certified}: Continuing): readonly Expr[] => {
	const [value, datum, referenceScript] = output;
	return [
		check('own-nft', holdsNft(valueBefore, own)),
		check('out-nft', holdsNft(value, own)),
		check('out-tokens', call(holdsOneAsset, value)),
		check('out-ada', isAtMost(call(lovelaceOf, valueBefore), call(lovelaceOf, value))),
		check('out-script', hasNoScript(referenceScript)),
		check('out-datum', sameData(datum, inlineDatumOf(datumOf(certified)))),
	];
};
