import type {HeaderHash} from '#kernel/hash';
import type {BlockNo} from '#kernel/slot';

/** Why a slot passed without a block of ours, although it might have had one. */
export type ForgeObstacle =
	/** We do not have the chain that our peers have. */
	| 'FORGE_NOT_SYNCED'
	/** The tip is ahead of the clock. */
	| 'FORGE_TIP_AHEAD'
	/** The stake snapshot in use does not know our pool. */
	| 'FORGE_POOL_UNKNOWN'
	/** The pool is registered with another VRF key. */
	| 'FORGE_VRF_KEY_WRONG'
	| 'FORGE_CERTIFICATE_NOT_YET_VALID'
	| 'FORGE_CERTIFICATE_EXPIRED'
	/** The KES key has been evolved past this period. */
	| 'FORGE_KES_KEY_TOO_NEW'
	/** We may have signed for this slot before: just started, or the guard says so. */
	| 'FORGE_SLOT_SIGNED_BEFORE'
	/** A header of ours that we did not make: another host runs with our keys. Forging stops. */
	| 'FORGE_KEY_USED_ELSEWHERE'
	/** Cardano confirmed another chain than ours. Forging stops. */
	| 'FORGE_CHECKPOINT_CONFLICT'
	/** The chain moved past the slot while the block was made. */
	| 'FORGE_SLOT_TAKEN'
	/** Our own block was refused: a bug, or damaged keys. */
	| 'FORGE_BLOCK_INVALID';

/** What became of a slot. */
export type ForgeOutcome =
	| {readonly kind: 'not-leader'}
	| {readonly kind: 'could-not-forge'; readonly reason: ForgeObstacle; readonly isLeader: boolean}
	| {
			readonly kind: 'forged';
			readonly hash: HeaderHash;
			readonly blockNo: BlockNo;
			readonly transactions: number;
			/** False: another block won. */
			readonly isAdopted: boolean;
	  };
