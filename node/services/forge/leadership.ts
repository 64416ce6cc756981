import {type LeaderProof, leaderProof} from '#consensus/forge/leader-proof';
import {type CounterFailure, checkCounter} from '#consensus/header/rules/check-counter';
import {checkPool, type PoolFailure} from '#consensus/header/rules/check-pool';
import {checkVrfKey, type VrfKeyFailure} from '#consensus/header/rules/check-vrf-key';
import type {LeaderPool, LedgerView} from '#consensus/ledger-view';
import {tickPraos} from '#consensus/praos-state';
import {epochOf} from '#consensus/time';
import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import type {PoolId} from '#kernel/hash';
import type {Tip} from '#kernel/point';
import {ok, type Result} from '#kernel/result';
import type {Epoch, Slot} from '#kernel/slot';
import {ledgerViewAt} from '#ledger/ledger-view';
import type {LedgerState} from '#ledger/state/state';
import type {ForgingKeys} from '#node/ports/forging-keys';
import type {ChainNetwork} from '../chain/chain-network.ts';
import type {Parent} from '../chain/chain-state.ts';

export type LeadershipFailure = PoolFailure | VrfKeyFailure | CounterFailure;

const nameOf = (tip: Tip, epoch: Epoch): string => `${epoch} ${tip === 'origin' ? tip : toHex(tip.hash)}`;

/** Finds out which slots our pool leads; refuses what would make an invalid header before anything is signed. */
export class Leadership {
	readonly #crypto: Crypto & SecretCrypto;
	readonly #network: ChainNetwork;
	readonly #keys: ForgingKeys;
	readonly #poolId: PoolId;
	/** The pool in the last view looked at. On a chain that was silent for epochs a view takes long to work out. */
	#known: {readonly name: string; readonly pool: LeaderPool | undefined} | undefined;

	constructor(crypto: Crypto & SecretCrypto, network: ChainNetwork, keys: ForgingKeys) {
		this.#crypto = crypto;
		this.#network = network;
		this.#keys = keys;
		this.#poolId = crypto.blake2b224(keys.issuerVk);
	}

	/** The proof for a block on `parent`, whose ledger is given; undefined when another pool or none leads the slot. */
	proofFor(
		slot: Slot,
		ledger: LedgerState,
		parent: Pick<Parent, 'tip' | 'praosState'>,
	): Result<LeaderProof | undefined, LeadershipFailure> {
		const {params, thresholds} = this.#network;
		const view = this.#viewAt(slot, ledger, parent.tip);
		const pool = checkPool(view, this.#poolId);
		if (!pool.ok) return pool;
		const vrfKey = checkVrfKey(this.#crypto, pool.value, this.#keys);
		if (!vrfKey.ok) return vrfKey;
		const ticked = tickPraos(this.#crypto, params, parent.praosState, slot);
		const counter = checkCounter(ticked, view, this.#poolId, this.#keys);
		if (!counter.ok) return counter;
		const threshold = thresholds.threshold(pool.value.stake, params.f);
		const {vrfSeed} = this.#keys;
		return ok(leaderProof(this.#crypto, {vrfSeed, slot, epochNonce: ticked.epochNonce, threshold}));
	}

	/** The view as far as it concerns us. */
	#viewAt(slot: Slot, ledger: LedgerState, tip: Tip): LedgerView {
		const {env, params} = this.#network;
		const name = nameOf(tip, epochOf(params, slot));
		if (this.#known?.name !== name)
			this.#known = {name, pool: ledgerViewAt(env, ledger, slot).pool(this.#poolId)};
		const {pool} = this.#known;
		return {pool: () => pool};
	}
}
