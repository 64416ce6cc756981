/** Which of its latest epochs a provider has proven: one bit each, so that paying for many of them is one multiplication. */
import type {Epoch} from '#kernel/slot';
import type {Provider} from './provider.ts';

/** Epochs that the bits reach back; no agreement waits longer for its settlement (`SETTLE_EPOCHS_MAX`). */
const BITS = 64;

type Proven = Pick<Provider, 'lastProvenEpoch' | 'provenBits'>;

/** The lowest bit is the newest proven epoch. Epochs come in their order. */
export const withProvenEpoch = ({lastProvenEpoch, provenBits}: Proven, epoch: Epoch): Proven => {
	const gap = lastProvenEpoch === null ? BITS : epoch - lastProvenEpoch;
	const older = gap >= BITS ? 0n : BigInt.asUintN(BITS, provenBits << BigInt(gap));
	return {lastProvenEpoch: epoch, provenBits: older | 1n};
};

export type ProvenCount = {
	readonly epochs: number;
	/** The newest of them; null when there is none. */
	readonly last: Epoch | null;
};

/** How many epochs from one to another, that one excluded, it has proven. */
export const provenBetween = (
	{lastProvenEpoch, provenBits}: Proven,
	from: number,
	until: number,
): ProvenCount => {
	let epochs = 0;
	let last: Epoch | null = null;
	if (lastProvenEpoch === null) return {epochs, last};
	for (let back = 0; back < BITS && lastProvenEpoch - back >= from; back++) {
		const epoch = (lastProvenEpoch - back) as Epoch;
		if (epoch >= until || ((provenBits >> BigInt(back)) & 1n) === 0n) continue;
		last ??= epoch;
		epochs++;
	}
	return {epochs, last};
};
