/**
 * What consensus remembers along a chain: nonces and operational-certificate counters. It is a value per block and
 * rolls back with the chain. Rules: ouroboros-consensus, Praos.hs (tickChainDepState, reupdateChainDepState).
 */
import type {Hasher} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import type {GenesisHash, Hash32, HeaderHash, PoolId} from '#kernel/hash';
import {Epoch, type Slot} from '#kernel/slot';
import type {Header} from './header/header.ts';
import type {TPraosHeader} from './header/tpraos-header.ts';
import {tpraosNonceContribution} from './leader/tpraos-vrf-values.ts';
import {nonceContribution} from './leader/vrf-values.ts';
import {combineNonces, type Nonce, nonceOfPrevHash} from './nonce/nonce.ts';
import {type ConsensusParams, randomnessStabilisationWindow} from './params.ts';
import {epochOf, firstSlotOf} from './time.ts';

export type PraosState = {
	/** What the VRF input of this epoch is made with. */
	readonly epochNonce: Nonce;
	/** Takes in every block's VRF output. */
	readonly evolvingNonce: Nonce;
	/** `evolvingNonce` as it was when the end of the epoch came near: half of the next epoch's nonce. */
	readonly candidateNonce: Nonce;
	/** The last header's prevHash. */
	readonly labNonce: Nonce;
	/** `labNonce` at the end of the epoch before: the other half of the next epoch's nonce. */
	readonly lastEpochBlockNonce: Nonce;
	/** The last counter seen of each pool, by pool id in lower-case hexadecimal. */
	readonly counters: ReadonlyMap<string, bigint>;
	readonly lastSlot: Slot | undefined;
	/** The epoch that `epochNonce` is for. */
	readonly epoch: Epoch;
};

type EpochParams = Pick<ConsensusParams, 'k' | 'f' | 'epochLength' | 'eraStart' | 'candidateFreezeFactor'>;

/** The state before the first block. */
export const genesisPraosState = (
	genesisHash: GenesisHash,
	params: Pick<ConsensusParams, 'eraStart'> = {},
): PraosState => ({
	epochNonce: genesisHash,
	evolvingNonce: genesisHash,
	candidateNonce: genesisHash,
	labNonce: 'neutral',
	lastEpochBlockNonce: 'neutral',
	counters: new Map(),
	lastSlot: undefined,
	epoch: params.eraStart?.epoch ?? Epoch(0),
});

/**
 * The state as a header in `slot` meets it: the first one of a new epoch finds that epoch's nonce.
 * However many epochs had no block at all, there is one tick.
 */
export const tickPraos = (
	hasher: Hasher,
	params: Pick<ConsensusParams, 'epochLength' | 'eraStart'>,
	state: PraosState,
	slot: Slot,
): PraosState => {
	const epoch = epochOf(params, slot);
	if (epoch <= state.epoch) return state;
	return {
		...state,
		epoch,
		epochNonce: combineNonces(hasher, state.candidateNonce, state.lastEpochBlockNonce),
		lastEpochBlockNonce: state.labNonce,
	};
};

/** Whether a block in `slot` still counts for the next epoch's nonce. */
const isBeforeFreeze = (params: EpochParams, slot: Slot): boolean => {
	const nextEpoch = Epoch(epochOf(params, slot) + 1);
	return slot + randomnessStabilisationWindow(params) < firstSlotOf(params, nextEpoch);
};

const withCounter = (
	counters: ReadonlyMap<string, bigint>,
	poolId: PoolId,
	counter: bigint,
): ReadonlyMap<string, bigint> => {
	const key = toHex(poolId);
	// Most headers change nothing, so that the map is shared by most states of a chain.
	return counters.get(key) === counter ? counters : new Map(counters).set(key, counter);
};

/** What a header changes, whichever era it is of. */
type Update = {
	readonly slot: Slot;
	readonly prevHash: HeaderHash | null;
	readonly poolId: PoolId;
	readonly counter: bigint;
	readonly eta: Hash32;
};

const update = (hasher: Hasher, params: EpochParams, ticked: PraosState, header: Update): PraosState => {
	const evolvingNonce = combineNonces(hasher, ticked.evolvingNonce, header.eta);
	return {
		epochNonce: ticked.epochNonce,
		evolvingNonce,
		candidateNonce: isBeforeFreeze(params, header.slot) ? evolvingNonce : ticked.candidateNonce,
		labNonce: nonceOfPrevHash(header.prevHash),
		lastEpochBlockNonce: ticked.lastEpochBlockNonce,
		counters: withCounter(ticked.counters, header.poolId, header.counter),
		lastSlot: header.slot,
		epoch: ticked.epoch,
	};
};

/** The state after a valid header. `ticked` comes from `tickPraos` for the header's slot. */
export const updatePraos = (
	hasher: Hasher,
	params: EpochParams,
	ticked: PraosState,
	header: Pick<Header, 'slot' | 'prevHash' | 'issuerVk' | 'vrfOutput' | 'operationalCertificate'>,
	poolId: PoolId = hasher.blake2b224(header.issuerVk),
): PraosState => {
	const {slot, prevHash, operationalCertificate, vrfOutput} = header;
	const {counter} = operationalCertificate;
	const eta = nonceContribution(hasher, vrfOutput);
	return update(hasher, params, ticked, {slot, prevHash, poolId, counter, eta});
};

/** The same for a header from Shelley to Alonzo; nonces freeze at 3k/f there. */
export const updateTPraos = (
	hasher: Hasher,
	params: EpochParams,
	ticked: PraosState,
	header: Pick<TPraosHeader, 'slot' | 'prevHash' | 'issuerVk' | 'nonceVrf' | 'operationalCertificate'>,
): PraosState => {
	const {slot, prevHash, operationalCertificate, nonceVrf, issuerVk} = header;
	const {counter} = operationalCertificate;
	const eta = tpraosNonceContribution(hasher, nonceVrf.output);
	return update(hasher, params, ticked, {slot, prevHash, poolId: hasher.blake2b224(issuerVk), counter, eta});
};
