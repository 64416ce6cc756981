/** The identity bond of a storage provider, and the dispute that it stands for. */
import type {Hash28, Hash32} from '#kernel/hash';
import {bytesField, bytesListField, countField, type DatumRecord, datumRecord, u64Field} from './record.ts';

/** What stays when a bond goes on. */
export type BondDatum = {
	/** Cardano payment key hash: may exit, and gets the bond back. */
	readonly owner: Hash28;
	/** Claim id, which the side-chain knows the provider by. */
	readonly provider: Hash32;
	/** POSIX milliseconds; 0 while no exit is announced. */
	readonly exitAfterMs: number;
};

const bondFields = {
	owner: bytesField<Hash28>(28),
	provider: bytesField<Hash32>(32),
	exitAfterMs: countField(),
};

export const bondDatum: DatumRecord<BondDatum> = datumRecord('Bond', 0, bondFields);

/** A bond of which one challenge is disputed. */
export type DisputedBondDatum = BondDatum & {
	/** Cardano payment key hash. */
	readonly challenger: Hash28;
	/** Of the forest that the provider committed to. */
	readonly root: Hash32;
	readonly totalLeaves: bigint;
	/** Which of them is to be shown. */
	readonly leaf: bigint;
	/** POSIX milliseconds; from then on the bond may be slashed. */
	readonly answerByMs: number;
};

export const disputedBondDatum: DatumRecord<DisputedBondDatum> = datumRecord('DisputedBond', 1, {
	...bondFields,
	challenger: bytesField<Hash28>(28),
	root: bytesField<Hash32>(32),
	totalLeaves: u64Field(),
	leaf: u64Field(),
	answerByMs: countField(),
});

/** Mints the NFT of a bond, which is named after an output that the transaction spends. */
export const registerBondRedeemer: DatumRecord<{readonly txId: Hash32; readonly index: number}> = datumRecord(
	'RegisterBond',
	0,
	{txId: bytesField<Hash32>(32), index: countField(0xff_ff)},
);

type Nothing = Record<string, never>;

/** Burns the NFT of a bond that ends. */
export const burnBondRedeemer: DatumRecord<Nothing> = datumRecord('BurnBond', 1, {});

/** Says which challenge is disputed, and shows in the checkpoint's state that the provider has proven it there. */
export type DisputeBond = {
	readonly challenger: Hash28;
	readonly epoch: number;
	/** Which of the epoch's eight challenges. */
	readonly challenge: number;
	readonly seed: Hash32;
	readonly root: Hash32;
	readonly totalLeaves: bigint;
	/** From the row to the providers' root. */
	readonly index: number;
	readonly path: readonly Uint8Array[];
	/** From the providers' root to the state root. */
	readonly sections: readonly Uint8Array[];
};

/** The leaf that was asked for, shown from its bytes up to the forest's root. Paths from the bottom up. */
export type AnswerDispute = {
	readonly agreementId: Hash32;
	readonly revisionNo: bigint;
	/** depth u8 | sibling 32 | sum of the sibling u64be, each. */
	readonly agreementPath: readonly Uint8Array[];
	readonly pieceId: Hash32;
	readonly piecePath: readonly Uint8Array[];
	/** Bytes of the whole piece. */
	readonly pieceLength: number;
	readonly leaf: Uint8Array;
	readonly leafPath: readonly Uint8Array[];
};

const SIBLINGS_MAX = 40;
const STEPS_MAX = 256;

/** Redeemers of a bond's output, by what they do. */
export const BOND_ACTION = {keep: 0, dispute: 1, answer: 2, slash: 3, announceExit: 4, leave: 5} as const;

export const keepBondRedeemer: DatumRecord<Nothing> = datumRecord('KeepBond', BOND_ACTION.keep, {});
export const disputeBondRedeemer: DatumRecord<DisputeBond> = datumRecord('DisputeBond', BOND_ACTION.dispute, {
	challenger: bytesField<Hash28>(28),
	epoch: countField(),
	challenge: countField(7),
	seed: bytesField<Hash32>(32),
	root: bytesField<Hash32>(32),
	totalLeaves: u64Field(),
	index: countField(),
	path: bytesListField(SIBLINGS_MAX),
	sections: bytesListField(SIBLINGS_MAX),
});
export const answerDisputeRedeemer: DatumRecord<AnswerDispute> = datumRecord(
	'AnswerDispute',
	BOND_ACTION.answer,
	{
		agreementId: bytesField<Hash32>(32),
		revisionNo: u64Field(),
		agreementPath: bytesListField(STEPS_MAX),
		pieceId: bytesField<Hash32>(32),
		piecePath: bytesListField(STEPS_MAX),
		pieceLength: countField(2 ** 48),
		leaf: bytesField(0, 1024),
		leafPath: bytesListField(SIBLINGS_MAX),
	},
);
export const slashBondRedeemer: DatumRecord<Nothing> = datumRecord('SlashBond', BOND_ACTION.slash, {});
export const announceExitRedeemer: DatumRecord<Nothing> = datumRecord(
	'AnnounceExit',
	BOND_ACTION.announceExit,
	{},
);
export const leaveBondRedeemer: DatumRecord<Nothing> = datumRecord('LeaveBond', BOND_ACTION.leave, {});
