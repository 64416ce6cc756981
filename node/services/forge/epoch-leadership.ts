import {checkPool, type PoolFailure} from '#consensus/header/rules/check-pool';
import type {Nonce} from '#consensus/nonce/nonce';
import {randomnessStabilisationWindow} from '#consensus/params';
import {tickPraos} from '#consensus/praos-state';
import {epochOf, firstSlotOf} from '#consensus/time';
import {toHex} from '#kernel/bytes';
import type {Hash32, PoolId} from '#kernel/hash';
import type {Tip} from '#kernel/point';
import type {Ratio} from '#kernel/ratio';
import {err, ok, type Result} from '#kernel/result';
import {Epoch, Slot} from '#kernel/slot';
import {ledgerViewAt} from '#ledger/ledger-view';
import type {EpochName} from '#node/ports/forging-api';
import type {ChainService} from '../chain/chain-service.ts';

/** What a pool leads with in one epoch. */
export type EpochLeadership = {
	readonly poolId: PoolId;
	readonly epoch: Epoch;
	readonly firstSlot: Slot;
	readonly lastSlot: Slot;
	readonly epochNonce: Nonce;
	readonly stake: Ratio;
	readonly vrfKeyHash: Hash32;
	/** No roll back can change it any more. */
	readonly isFinal: boolean;
	/** Number of the pool's last certificate on the chain. */
	readonly certificateCounter: bigint | undefined;
};

export type EpochLeadershipFailure =
	| PoolFailure
	/** Blocks up to `fromSlot` go into the nonce of that epoch, and the chain has not come there. */
	| {
			readonly code: 'SCHEDULE_NONCE_NOT_FROZEN';
			readonly epoch: Epoch;
			readonly fromSlot: Slot;
			readonly tipSlot: Slot | null;
	  };

/** Whether no further block on top of `tip` goes into the nonce that is frozen in `freezeSlot`. */
const isBeyond = (tip: Tip, freezeSlot: number): boolean =>
	freezeSlot <= 0 || (tip !== 'origin' && tip.slot + 1 >= freezeSlot);

/**
 * What the pool leads with in the epoch of `currentSlot` or in the one after it, as the selected chain has it now. That of
 * the next epoch is known once its nonce is frozen, 4k/f slots before it begins.
 */
export const epochLeadership = (
	{network, praosState, ledger, tip, immutableTip}: ChainService,
	{
		poolId,
		name,
		currentSlot,
	}: {readonly poolId: PoolId; readonly name: EpochName; readonly currentSlot: Slot},
): Result<EpochLeadership, EpochLeadershipFailure> => {
	const {env, params} = network;
	const epoch = Epoch(epochOf(params, currentSlot) + (name === 'next' ? 1 : 0));
	const firstSlot = firstSlotOf(params, epoch);
	const freezeSlot = firstSlot - randomnessStabilisationWindow(params);
	if (name === 'next' && !isBeyond(tip, freezeSlot))
		return err({
			code: 'SCHEDULE_NONCE_NOT_FROZEN',
			epoch,
			fromSlot: Slot(freezeSlot),
			tipSlot: tip === 'origin' ? null : tip.slot,
		});
	const pool = checkPool(ledgerViewAt(env, ledger, firstSlot), poolId);
	if (!pool.ok) return pool;
	return ok({
		poolId,
		epoch,
		firstSlot,
		lastSlot: Slot(firstSlot + params.epochLength - 1),
		epochNonce: tickPraos(env.crypto, params, praosState, firstSlot).epochNonce,
		stake: pool.value.stake,
		vrfKeyHash: pool.value.vrfKeyHash,
		isFinal: isBeyond(immutableTip, freezeSlot),
		certificateCounter: praosState.counters.get(toHex(poolId)),
	});
};
