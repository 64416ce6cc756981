/** Somebody says that a provider has left an agreement out of what it committed to, and puts a deposit on it. */

import {fromHex} from '#kernel/bytes';
import {bytes, type Codec, lovelace, record, uint} from '#kernel/cbor/codec';
import {type AccountId, Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Epoch, type Slot} from '#kernel/slot';
import type {LedgerParameters} from '../genesis/parameters.ts';
import {LEAVES_MAX} from '../limits.ts';
import {keyOf, numberKey, numberOfKey} from '../state/keys.ts';

/** A claim that waits for its answer. */
export type Omission = {
	/** Gets the deposit back if there is no answer. */
	readonly claimant: AccountId;
	readonly deposit: Lovelace;
	/** Of the revision that both sides have signed and that the commitment must have, or a later one. */
	readonly revisionNo: number;
	readonly root: Hash32;
	readonly leaves: number;
	/** The first slot in which an answer comes too late. */
	readonly answerBy: Slot;
};

export const omissionCodec: Codec<Omission> = record({
	claimant: bytes<AccountId>(28),
	deposit: lovelace,
	revisionNo: uint(),
	root: bytes<Hash32>(32),
	leaves: uint(LEAVES_MAX),
	answerBy: uint<Slot>(),
});

/** Fees of the smallest transaction: to make a provider answer costs more than to answer. */
const DEPOSIT_FEES = 100n;

export const omissionDeposit = ({feeBase}: Pick<LedgerParameters, 'feeBase'>): Lovelace =>
	Lovelace(DEPOSIT_FEES * feeBase);

type Place = {readonly agreementId: Hash32; readonly epoch: Epoch};

/** One claim for an agreement and epoch at a time. */
export const omissionKey = ({agreementId, epoch}: Place): string => keyOf(agreementId) + numberKey(epoch);

const HASH_DIGITS = 64;

/** What `omissionKey` was made of. */
export const agreementOfOmission = (key: string): Hash32 => Hash32(fromHex(key.slice(0, HASH_DIGITS)));
export const epochOfOmission = (key: string): Epoch => Epoch(numberOfKey(key.slice(HASH_DIGITS)));
