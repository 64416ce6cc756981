import type {Hasher} from '#crypto/crypto';
import {assert} from '#kernel/assert';
import {compareBytes, fromHex, toHex} from '#kernel/bytes';
import {bytes, type Codec, encode, nullable, record, uint} from '#kernel/cbor/codec';
import type {Hash32} from '#kernel/hash';
import type {Epoch, Slot} from '#kernel/slot';
import {encodeUtf8} from '#kernel/utf8';
import type {Nonce} from './nonce/nonce.ts';
import type {PraosState} from './praos-state.ts';

const POOL_ID_BYTES = 28;

/** `from` and `to` turn what a codec carries into what the state has. */
const mapped = <Carried, T>(
	codec: Codec<Carried>,
	from: (carried: Carried) => T,
	to: (value: T) => Carried,
): Codec<T> => ({
	write: (writer, value) => codec.write(writer, to(value)),
	read: reader => from(codec.read(reader)),
});

const nonce: Codec<Nonce> = mapped(
	nullable(bytes<Hash32>(32)),
	value => value ?? 'neutral',
	value => (value === 'neutral' ? null : value),
);

/** A map from pool id to counter, ascending, so that equal states have equal bytes. */
const counters: Codec<ReadonlyMap<string, bigint>> = {
	write: (writer, value) => {
		writer.map(value.size);
		for (const key of [...value.keys()].sort()) {
			assert(key.length === 2 * POOL_ID_BYTES, 'not a pool id');
			writer.bytes(fromHex(key)).uint(value.get(key) as bigint);
		}
	},
	read: reader => {
		const pairs = reader.map();
		const value = new Map<string, bigint>();
		let before: Uint8Array | undefined;
		for (let index = 0; index < pairs; index++) {
			const at = reader.position;
			const poolId = reader.bytesOf(POOL_ID_BYTES);
			if (before !== undefined && compareBytes(before, poolId) >= 0)
				reader.stop(compareBytes(before, poolId) === 0 ? 'CBOR_DUPLICATE_KEY' : 'CBOR_NOT_CANONICAL', at);
			before = poolId;
			value.set(toHex(poolId), reader.uintBig());
		}
		return value;
	},
};

export const praosStateCodec: Codec<PraosState> = record({
	epochNonce: nonce,
	evolvingNonce: nonce,
	candidateNonce: nonce,
	labNonce: nonce,
	lastEpochBlockNonce: nonce,
	counters,
	lastSlot: mapped(
		nullable(uint<Slot>()),
		value => value ?? undefined,
		(value: Slot | undefined) => value ?? null,
	),
	epoch: uint<Epoch>(),
});

const DOMAIN = encodeUtf8('dcloud/praos-state/v1');

/** What the state root commits to of consensus: the domain and the state's one encoding, hashed. */
export const praosRoot = (hasher: Hasher, state: PraosState): Hash32 =>
	hasher.blake2b256(DOMAIN, encode(praosStateCodec, state));
