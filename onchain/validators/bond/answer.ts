import {bigEndian, isAtMost, isLess, join, lengthOf, subtract} from '../../plutus/arithmetic.ts';
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
	integerOf,
	sameBytes,
	sameData,
	sameInteger,
	withFields,
} from '../../plutus/core.ts';
import {bytesOfLeaf, followPath, leavesOfPiece, pieceIdFrom} from '../../plutus/storage-challenge.ts';
import {goesOn, hasLength, type Spend} from './parts.ts';

const NOTHING = bytesOf(new Uint8Array(0));

/** The leaf with its place in the piece: number, bytes and siblings lead to the piece's id. */
const opensPiece = (
	{check}: Spend,
	piece: {
		readonly id: Expr;
		readonly length: Expr;
		readonly leaves: Expr;
		readonly number: Expr;
		readonly bytes: Expr;
		readonly path: Expr;
	},
): Expr =>
	all(
		check('answer-leaf', all(isAtMost(integerOf(0), piece.number), isLess(piece.number, piece.leaves))),
		check('answer-length', sameInteger(lengthOf(piece.bytes), call(bytesOfLeaf, piece.length, piece.number))),
		check(
			'answer-piece',
			sameBytes(pieceIdFrom(piece.length, piece.leaves, piece.bytes, piece.number, piece.path), piece.id),
		),
	);

/**
 * Anybody who has the leaf shows it: from its bytes to the piece, to the agreement, to the forest that was committed to.
 * The deposit stays in the bond for the trouble.
 */
export const answers = (spend: Spend): Expr => {
	const {check, datum, redeemer, owner, provider, exitAfter, lovelace} = spend;
	return withFields(datum, [4, 5, 6], bool, (root, totalLeaves, wanted) =>
		withFields(
			redeemer,
			[0, 1, 2, 3, 4, 5, 6, 7],
			bool,
			(agreementId, revisionNo, agreementPath, pieceId, piecePath, pieceLength, leafBytes, leafPath) =>
				bind(asInteger(pieceLength), bool, length =>
					bind(call(leavesOfPiece, length), bool, leaves =>
						withFields(
							followPath(asList(piecePath), asBytes(pieceId), leaves, NOTHING),
							[0, 1, 2],
							bool,
							(agreementRoot, agreementLeaves, pieceOffset) =>
								withFields(
									followPath(
										asList(agreementPath),
										asBytes(agreementId),
										asInteger(agreementLeaves),
										join(asBytes(agreementRoot), bigEndian(asInteger(revisionNo), 8)),
									),
									[0, 1, 2],
									bool,
									(forestRoot, forestLeaves, agreementOffset) =>
										all(
											check('answer-names', all(hasLength(agreementId, 32), hasLength(pieceId, 32))),
											check(
												'answer-forest',
												all(sameData(forestRoot, root), sameData(forestLeaves, totalLeaves)),
											),
											bind(
												subtract(
													subtract(asInteger(wanted), asInteger(agreementOffset)),
													asInteger(pieceOffset),
												),
												bool,
												number =>
													opensPiece(spend, {
														id: asBytes(pieceId),
														length,
														leaves,
														number,
														bytes: asBytes(leafBytes),
														path: asList(leafPath),
													}),
											),
											goesOn(spend, () => constructorData(0, owner, provider, exitAfter), lovelace),
										),
								),
						),
					),
				),
		),
	);
};
