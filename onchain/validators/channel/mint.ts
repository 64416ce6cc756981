import {encodeUtf8} from '#kernel/utf8';
import type {ChannelParams} from '../../channel-params.ts';
import {bigEndian, hash256, isLess, join, lengthOf} from '../../plutus/arithmetic.ts';
import {
	all,
	asBytes,
	asInteger,
	asList,
	asPairs,
	bool,
	bytesData,
	bytesOf,
	type Check,
	call,
	choose,
	constructorData,
	defineRecursive,
	type Expr,
	field,
	first,
	headPair,
	integerData,
	integerOf,
	isEmpty,
	pairsData,
	sameData,
	sameInteger,
	second,
	tailPairs,
	truth,
	withFields,
} from '../../plutus/core.ts';
import {
	hasNoScript,
	holdsOneAsset,
	inlineDatumOf,
	OUTPUT,
	outputHolding,
	scriptAddress,
	spends,
	TX,
	valueAt,
} from '../../plutus/std.ts';
import {mintsOnly} from '../governance/parts.ts';

const NAME = encodeUtf8('dcloud/channel/v1');

const hasLength = (bytes: Expr, length: number): Expr =>
	sameInteger(lengthOf(asBytes(bytes)), integerOf(length));

const mintedUnder = (mint: Expr, own: Expr): Expr => asPairs(call(valueAt, asPairs(mint), bytesData(own)));
const mintedName = (mint: Expr, own: Expr): Expr => asBytes(first(headPair(mintedUnder(mint, own))));

type Opening = Readonly<Record<'transaction' | 'redeemer' | 'own', Expr>>;

/** Whoever pays opens: one NFT under the id that the terms have, nothing paid yet. */
export const opens = (
	{networkId}: ChannelParams,
	check: Check,
	{transaction, redeemer, own}: Opening,
): Expr =>
	withFields(transaction, [TX.inputs, TX.outputs, TX.mint], bool, (inputs, outputs, mint) =>
		withFields(redeemer, [0, 1, 2], bool, (txId, index, lane) =>
			withFields(
				call(outputHolding, asList(outputs), own, mintedName(mint, own)),
				[OUTPUT.address, OUTPUT.value, OUTPUT.datum, OUTPUT.referenceScript],
				bool,
				(address, value, datum, referenceScript) =>
					withFields(field(datum, 0), [0, 1, 2, 3], bool, (funder, payerVk, payee, expiry) => {
						const zero = integerData(integerOf(0));
						const id = hash256(
							join(
								bytesOf(NAME),
								bytesOf(Uint8Array.of(networkId)),
								own,
								asBytes(payerVk),
								asBytes(payee),
								bigEndian(asInteger(lane), 4),
								bigEndian(asInteger(expiry), 8),
								asBytes(txId),
								bigEndian(asInteger(index), 2),
							),
						);
						return all(
							check('open-seed', call(spends, asList(inputs), constructorData(0, txId, index))),
							check('open-one', mintsOnly(mint, own, id, 1)),
							check('open-address', sameData(address, call(scriptAddress, own))),
							check('open-tokens', call(holdsOneAsset, value)),
							check('open-script', hasNoScript(referenceScript)),
							check('open-names', all(hasLength(funder, 28), hasLength(payerVk, 32), hasLength(payee, 28))),
							check(
								'open-datum',
								sameData(
									datum,
									inlineDatumOf(constructorData(0, funder, payerVk, payee, expiry, zero, zero)),
								),
							),
						);
					}),
			),
		),
	);

const allBurnt: Expr = defineRecursive([pairsData], bool, (self, names) =>
	choose(
		bool,
		isEmpty(names),
		truth(true),
		all(isLess(asInteger(second(headPair(names))), integerOf(0)), call(self, tailPairs(names))),
	),
);

/** NFTs of channels that the transaction spends: the rule of each says whether it may end. */
export const burns = (check: Check, transaction: Expr, own: Expr): Expr =>
	withFields(transaction, [TX.mint], bool, mint =>
		check('burn-only', call(allBurnt, mintedUnder(mint, own))),
	);
