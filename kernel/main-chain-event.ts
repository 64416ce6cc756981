import {bytes, bytesBetween, type Codec, list, lovelace, record, uint, variant} from './cbor/codec.ts';
import type {AccountId, Hash28, Hash32} from './hash.ts';
import type {Lovelace} from './lovelace.ts';

/** A Cardano block, by its slot and the hash of its header. */
export type McRef = {readonly slot: number; readonly hash: Hash32};

/** An output of a Cardano transaction. */
export type McOutRef = {readonly txId: Hash32; readonly index: number};

/** What the side-chain has to know of Cardano; blocks carry it in order of (slot, transaction, output). */
export type MainChainEvent =
	/** ADA locked in the bridge for an account: that much credit is created. */
	| {
			readonly kind: 'deposit';
			readonly outRef: McOutRef;
			readonly account: AccountId;
			readonly amount: Lovelace;
	  }
	/** A claim NFT was minted: withdrawals can name it, and a provider of that operator key can register. */
	| {
			readonly kind: 'claim-opened';
			readonly claimId: Hash32;
			/** Payment key hash on Cardano; a treasury claim has none and is not reported. */
			readonly ownerKeyHash: Hash28;
			/** Ed25519, 32 bytes. */
			readonly operatorVk: Uint8Array;
	  }
	/** The checkpoint of a closed period stands on Cardano. */
	| {readonly kind: 'checkpoint-confirmed'; readonly period: number; readonly blockHash: Hash32}
	/** Governance gave the checkpoint of that period, which still stands, another committee for the next one. */
	| {readonly kind: 'committee-recovered'; readonly period: number; readonly committeeHash: Hash32}
	/** A passed proposal was executed whose effect is the side-chain's to carry out. */
	| {readonly kind: 'enacted'; readonly proposal: number; readonly effect: EnactedEffect};

/** What token holders want of the side-chain. */
export type EnactedEffect =
	/** The ledger's encoding of new parameters. On Cardano it is any bytes: the ledger says whether they mean something. */
	| {readonly kind: 'side-chain-parameters'; readonly change: Uint8Array}
	/** From that epoch on only software that knows the version's rules goes on. */
	| {readonly kind: 'protocol-upgrade'; readonly version: number; readonly activationEpoch: number};

/** As much as the effect of a proposal holds on Cardano. */
export const PARAMETER_CHANGE_BYTES_MAX = 1_024;

/** The outputs of a transaction are counted in 16 bits. */
const OUTPUT_INDEX_MAX = 0xff_ff;

export const mcOutRef: Codec<McOutRef> = record({
	txId: bytes<Hash32>(32),
	index: uint(OUTPUT_INDEX_MAX),
});

export const mcRef: Codec<McRef> = record({slot: uint(), hash: bytes<Hash32>(32)});

const enactedEffect: Codec<EnactedEffect> = variant({
	'side-chain-parameters': [0, {change: bytesBetween(1, PARAMETER_CHANGE_BYTES_MAX)}],
	'protocol-upgrade': [1, {version: uint(), activationEpoch: uint()}],
});

export const mainChainEvent: Codec<MainChainEvent> = variant({
	deposit: [0, {outRef: mcOutRef, account: bytes<AccountId>(28), amount: lovelace}],
	'claim-opened': [1, {claimId: bytes<Hash32>(32), ownerKeyHash: bytes<Hash28>(28), operatorVk: bytes(32)}],
	'checkpoint-confirmed': [2, {period: uint(), blockHash: bytes<Hash32>(32)}],
	'committee-recovered': [3, {period: uint(), committeeHash: bytes<Hash32>(32)}],
	enacted: [4, {proposal: uint(), effect: enactedEffect}],
});

/** At most `max` events, as a block carries them. */
export const mainChainEvents = (max: number): Codec<readonly MainChainEvent[]> => list(mainChainEvent, max);
