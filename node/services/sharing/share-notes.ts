/** An owner's notes of its shares: objects of a bucket of their own, so that the phrase alone brings them back. */
import {toHex} from '#kernel/bytes';
import {bytes, type Codec, decode, encode, record, text, uint} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {Slot} from '#kernel/slot';
import type {Buckets} from '../storage-client/buckets.ts';
import {sourceOfBytes} from '../storage-client/small-files.ts';
import type {OwnerContext} from './shared-objects.ts';

type Call = {readonly signal?: AbortSignal};

export type ShareNote = {
	/** The series of its grants. */
	readonly id: Hash32;
	readonly bucket: string;
	readonly name: string;
	readonly link: string;
	readonly notAfter: Slot;
	/** What its grants say of the account's epoch. */
	readonly accountEpoch: number;
	/** The key that the grant is to, and that signs vouchers on the owner's channels. */
	readonly payerVk: Uint8Array;
};

export type ListedShare = ShareNote & {readonly status: 'open' | 'revoked' | 'expired'};

export const SHARES_BUCKET = 'dcloud.shares';

const noteCodec: Codec<ShareNote> = record({
	id: bytes<Hash32>(32),
	bucket: text(63),
	name: text(1024),
	link: text(3072),
	notAfter: uint<Slot>(),
	accountEpoch: uint(),
	payerVk: bytes(32),
});

const isUnknown = (error: unknown): boolean => error instanceof NodeError && error.code === 'BUCKET_UNKNOWN';

/** Throws codes of a bucket that cannot be written. */
export const noteShare = async (
	buckets: Buckets,
	note: ShareNote,
	{epochs, call}: {readonly epochs: number; readonly call: Call},
): Promise<void> => {
	const put = async (): Promise<void> => {
		const source = sourceOfBytes(encode(noteCodec, note));
		await buckets.put({bucket: SHARES_BUCKET, name: toHex(note.id), source, epochs, ...call});
	};
	try {
		await put();
	} catch (error) {
		if (!isUnknown(error)) throw error;
		await buckets.create(SHARES_BUCKET, {epochs, ...call});
		await put();
	}
};

const notesOf = async (buckets: Buckets, call: Call): Promise<readonly ShareNote[]> => {
	const notes: ShareNote[] = [];
	for (let startAfter: Uint8Array | undefined; ; ) {
		const page = await buckets.listing(SHARES_BUCKET, startAfter && {from: startAfter}, call);
		for (const {entry} of page.objects) {
			const isNote = entry.kind === 'object' && entry.content.kind === 'inline';
			const note = isNote ? decode(noteCodec, entry.content.bytes) : undefined;
			if (note?.ok) notes.push(note.value);
		}
		if (page.next === null) return notes;
		startAfter = page.next;
	}
};

/** With what the chain says of each. */
export const listShares = async (
	{chain}: OwnerContext,
	buckets: Buckets,
	call: Call,
): Promise<readonly ListedShare[]> => {
	let notes: readonly ShareNote[];
	try {
		notes = await notesOf(buckets, call);
	} catch (error) {
		if (isUnknown(error)) return [];
		throw error;
	}
	const slot = await chain.currentSlot(call);
	const {access} = await chain.control.account(toHex(chain.account), call);
	const revoked = new Set(access.revoked.map(({series}) => series));
	return notes.map(note => {
		const isRevoked = revoked.has(toHex(note.id)) || note.accountEpoch < access.epoch;
		return {...note, status: note.notAfter <= slot ? 'expired' : isRevoked ? 'revoked' : 'open'};
	});
};
