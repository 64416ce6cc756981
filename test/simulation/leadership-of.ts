import {leaderProof} from '#consensus/forge/leader-proof';
import {tickPraos} from '#consensus/praos-state';
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import type {Slot} from '#kernel/slot';
import {ledgerViewAt} from '#ledger/ledger-view';
import type {ChainService} from '#node/services/chain/chain-service';
import type {SimulatedPool} from './pools.ts';

type Known = {
	readonly epoch: number;
	readonly nonce: unknown;
	readonly threshold: Parameters<typeof leaderProof>[1]['threshold'] | undefined;
};

/** Whether a pool leads a slot on top of a node's chain as it is now; true as well when that cannot be told. */
export const leadershipOf = (
	crypto: Crypto & SecretCrypto,
	chain: ChainService,
	pool: SimulatedPool,
): ((slot: Slot) => boolean) => {
	const {env, params, thresholds} = chain.network;
	let known: Known = {epoch: -1, nonce: undefined, threshold: undefined};
	return slot => {
		const {epochNonce, epoch} = tickPraos(crypto, params, chain.praosState, slot);
		if (known.epoch !== epoch || known.nonce !== epochNonce) {
			const found = ledgerViewAt(env, chain.ledger, slot).pool(pool.poolId);
			const threshold = found && thresholds.threshold(found.stake, params.f);
			known = {epoch, nonce: epochNonce, threshold};
		}
		const {threshold} = known;
		if (threshold === undefined) return true;
		return leaderProof(crypto, {vrfSeed: pool.vrfSeed, slot, epochNonce, threshold}) !== undefined;
	};
};
