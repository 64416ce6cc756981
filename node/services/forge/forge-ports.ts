import type {Crypto, SecretCrypto} from '#crypto/crypto';
import type {Clock} from '#node/ports/clock';
import type {ForgingKeys} from '#node/ports/forging-keys';
import type {Log} from '#node/ports/log';
import type {Metrics} from '#node/ports/metrics';
import type {SigningGuard} from '#node/ports/signing-guard';
import type {ChainService} from '../chain/chain-service.ts';
import type {MainChainWatcher} from '../main-chain-watcher.ts';
import type {Mempool} from '../mempool/mempool.ts';

export type ForgePorts = {
	readonly crypto: Crypto & SecretCrypto;
	readonly chain: ChainService;
	readonly mempool: Pick<Mempool, 'transactions'>;
	readonly mainChain: Pick<MainChainWatcher, 'segmentAfter'>;
	readonly keys: ForgingKeys;
	readonly guard: SigningGuard;
	readonly clock: Clock;
	readonly log: Log;
	readonly metrics: Metrics;
	/**
	 * Whether we have the chain that our peers have. Not whether the tip is young: a network that stood still could
	 * never start again.
	 */
	readonly isSynced: () => boolean;
};
