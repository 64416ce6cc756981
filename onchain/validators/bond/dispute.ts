import {CHALLENGES} from '#storage-proofs/challenge';
import {CHECKPOINT_NFT_NAME} from '../../data/checkpoint-data.ts';
import {add, hash256, isAtMost, isLess, join} from '../../plutus/arithmetic.ts';
import {
	all,
	asBytes,
	asInteger,
	asList,
	bind,
	bool,
	bytesOf,
	call,
	constructorData,
	type Expr,
	integerData,
	integerOf,
	sameBytes,
	withFields,
} from '../../plutus/core.ts';
import {inlineDatum, inputHolding, merkleRootFrom} from '../../plutus/std.ts';
import {challengedLeaf, type ForestRow, forestRowHash} from '../../plutus/storage-challenge.ts';
import {validTo} from '../../plutus/transaction-shape.ts';
import {PROVIDERS_SECTION} from '../../state-row.ts';
import {isPrompt} from '../governance/parts.ts';
import {goesOn, hasLength, type Spend} from './parts.ts';

const CHECKPOINT_NFT = bytesOf(CHECKPOINT_NFT_NAME);

type Shown = {
	readonly row: ForestRow;
	readonly index: Expr;
	readonly path: Expr;
	readonly sections: Expr;
};

/** The checkpoint's state says that the provider has proven this. */
const isProven = (stateRoot: Expr, {row, index, path, sections}: Shown): Expr =>
	sameBytes(
		call(
			merkleRootFrom,
			hash256(
				join(
					bytesOf(Uint8Array.of(0)),
					call(merkleRootFrom, forestRowHash(row), asInteger(index), asList(path)),
				),
			),
			integerOf(PROVIDERS_SECTION),
			asList(sections),
		),
		asBytes(stateRoot),
	);

/**
 * Anybody who leaves a deposit may ask for one leaf that the side-chain's challenge drew, of a forest that it counted as
 * proven. The script draws the leaf itself, so nobody chooses it.
 */
export const disputes = (spend: Spend): Expr => {
	const {params, check, redeemer, references, owner, provider, exitAfter, lovelace, range} = spend;
	const checkpoint = call(inputHolding, asList(references), bytesOf(params.checkpoint), CHECKPOINT_NFT);
	return withFields(call(inlineDatum, checkpoint), [0, 3], bool, (genesisHash, stateRoot) =>
		withFields(
			redeemer,
			[0, 1, 2, 3, 4, 5, 6, 7, 8],
			bool,
			(challenger, epoch, challenge, seed, root, totalLeaves, index, path, sections) => {
				const row: ForestRow = {
					epoch: asInteger(epoch),
					provider: asBytes(provider),
					root: asBytes(root),
					totalLeaves: asInteger(totalLeaves),
					seed: asBytes(seed),
				};
				return all(
					check('dispute-names', all(hasLength(challenger, 28), hasLength(seed, 32), hasLength(root, 32))),
					check('dispute-proven', isProven(stateRoot, {row, index, path, sections})),
					check(
						'dispute-challenge',
						all(
							isAtMost(integerOf(0), asInteger(challenge)),
							isLess(asInteger(challenge), integerOf(CHALLENGES)),
						),
					),
					check('dispute-range', isPrompt(range)),
					bind(challengedLeaf(asBytes(genesisHash), row, asInteger(challenge)), bool, leaf =>
						goesOn(
							spend,
							() =>
								constructorData(
									1,
									owner,
									provider,
									exitAfter,
									challenger,
									root,
									totalLeaves,
									integerData(leaf),
									integerData(add(call(validTo, range), integerOf(params.answerMs))),
								),
							add(lovelace, integerOf(params.deposit)),
						),
					),
				);
			},
		),
	);
};
