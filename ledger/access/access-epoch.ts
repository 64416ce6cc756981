/**
 * Revocation. A grant (`access/`) names the epochs of its owner's access under which it was given: the account's own,
 * and that of the grant's series. Raising one revokes every grant that names the lower number, at once and everywhere,
 * because whoever checks a grant looks at the same chain.
 */
import {fromHex} from '#kernel/bytes';
import {type Codec, nullable, record, uint} from '#kernel/cbor/codec';
import {type AccountId, Hash28, Hash32} from '#kernel/hash';
import type {Slot} from '#kernel/slot';
import type {Draft} from '../state/draft.ts';
import {keyOf} from '../state/keys.ts';
import {type LedgerReader, rowsOf} from '../state/reader.ts';

export type AccessEpoch = {
	readonly epoch: number;
	/** Grants of the series are over by then in any case, and the row goes; null: it is the account's and stays. */
	readonly until: Slot | null;
};

export const accessEpochCodec: Codec<AccessEpoch> = record({epoch: uint(), until: nullable(uint<Slot>())});

/** `series` null: of all grants of the account. */
export const accessKey = (owner: AccountId, series: Hash32 | null): string =>
	series === null ? keyOf(owner) : keyOf(owner, series);

/** 0 until something was revoked. */
export const accessEpochOf = (reader: LedgerReader, owner: AccountId, series: Hash32 | null): number =>
	reader.get('accessEpochs', accessKey(owner, series))?.epoch ?? 0;

export type Revocation = AccessEpoch & {readonly owner: AccountId; readonly series: Hash32 | null};

/** All that an account has revoked and that may still matter. O(revocations of all). */
export const revocationsOf = (reader: LedgerReader, owner: AccountId): readonly Revocation[] => {
	const prefix = keyOf(owner);
	return [...rowsOf(reader, 'accessEpochs')]
		.filter(([key]) => key.startsWith(prefix))
		.map(([key, row]) => {
			const rest = fromHex(key.slice(prefix.length));
			return {...row, owner: Hash28(owner), series: rest.length === 0 ? null : Hash32(rest)};
		});
};

/** What was revoked and is over by itself needs no row any more. O(revocations). */
export const endRevocations = (draft: Draft, slot: Slot): void => {
	for (const [key, {until}] of rowsOf(draft, 'accessEpochs'))
		if (until !== null && until <= slot) draft.delete('accessEpochs', key);
};
