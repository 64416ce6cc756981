/** Tables of one row each; its key is empty. */
import {bytes, type Codec, lovelace, nullable, record, uint} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import {type McRef, mcRef} from '#kernel/main-chain-event';
import type {Epoch, Slot} from '#kernel/slot';
import {EPOCH_MAX} from '../limits.ts';

export const SINGLE = '';

/** How far the chain has come. */
export type ChainPosition = {
	/** Of the last block; everything that is due up to it has happened. 0 before the first block. */
	readonly slot: Slot;
	/** The newest Cardano block that the chain refers to. */
	readonly mcRef: McRef;
};

export const chainPositionCodec: Codec<ChainPosition> = record({slot: uint<Slot>(), mcRef});

/** Credits that belong to no account, and totals for the invariant. */
export type Pots = {
	/** Fees and settlement shares of the running epoch. */
	readonly fees: Lovelace;
	/** The treasury's, until the next payout leaf. */
	readonly treasury: Lovelace;
	/** All deposits that Cardano reported. */
	readonly deposited: Lovelace;
	/** All credits burnt for payout leaves. */
	readonly withdrawn: Lovelace;
};

export const potsCodec: Codec<Pots> = record({
	fees: lovelace,
	treasury: lovelace,
	deposited: lovelace,
	withdrawn: lovelace,
});

/** The challenge of the running epoch in the making. */
export type ChallengeWindow = {
	/** eta of the blocks of the seed window so far. */
	readonly fold: Hash32;
	/** Known from the start of the proof window until settlement. */
	readonly seed: Hash32 | null;
	/** Blocks in the open or latest commit window. */
	readonly commitBlocks: number;
	/** Blocks in the proof window. */
	readonly proofBlocks: number;
	/** The first epoch whose proof window has not closed yet. */
	readonly judgedUntil: Epoch;
};

export const challengeWindowCodec: Codec<ChallengeWindow> = record({
	fold: bytes<Hash32>(32),
	seed: nullable(bytes<Hash32>(32)),
	commitBlocks: uint(),
	proofBlocks: uint(),
	judgedUntil: uint<Epoch>(EPOCH_MAX),
});
