import {concat, u64be} from '#kernel/bytes';

/**
 * The cold key's word that a KES key may sign for it. Counter and start period are any u64, as on Cardano,
 * hence bigint.
 */
export type OperationalCertificate = {
	/** The KES verification key, 32 bytes. */
	readonly hotVk: Uint8Array;
	/** n: grows by one with every new certificate of the pool. */
	readonly counter: bigint;
	/** c0: the KES period the key starts in. */
	readonly startPeriod: bigint;
	/** Ed25519 by the cold key, 64 bytes. */
	readonly signature: Uint8Array;
};

/** What the cold key signs: hotVk | u64be(counter) | u64be(startPeriod), raw bytes and not CBOR. */
export const certificateSignable = ({
	hotVk,
	counter,
	startPeriod,
}: Omit<OperationalCertificate, 'signature'>): Uint8Array =>
	concat(hotVk, u64be(counter), u64be(startPeriod));
