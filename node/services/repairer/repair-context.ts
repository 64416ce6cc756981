import type {Crypto, SecretCrypto} from '#crypto/crypto';
import type {Clock} from '#node/ports/clock';
import type {Entropy} from '#node/ports/entropy';
import type {SegmentPorts} from '#pieces/ports';
import type {SessionPool} from '#transport/session-pool';
import type {Transport} from '#transport/transport';
import type {ChainClient, ControlPort} from '../storage-client/chain-client.ts';

export type RepairerPorts = {
	readonly control: ControlPort;
	/** Made from the repairer's seed: providers know it by its key. */
	readonly transport: Transport;
	readonly crypto: Crypto & SecretCrypto;
	/** No sealing: a repairer never sees plaintext. */
	readonly segments: Omit<SegmentPorts, 'aead'>;
	readonly entropy: Entropy;
	readonly clock: Clock;
};

export type RepairContext = {
	readonly ports: RepairerPorts;
	readonly chain: ChainClient;
	readonly pool: SessionPool;
	readonly hedgeMs: number;
	/**
	 * The pieces of the newest revisions of successors that this repairer has signed or seen, by agreement id. The chain has
	 * their roots only, and a provider that is gone cannot be asked.
	 */
	readonly signed: Map<string, {readonly revisionNo: number; readonly pieceIds: ReadonlySet<string>}>;
};
