/** Limits that hold in every network: they keep sums within their types and rows within reason. */
import {Lovelace} from '#kernel/lovelace';

/** All ADA that will ever be: no sum of credits is more (Cardano Shelley genesis, maxLovelaceSupply). */
export const CREDITS_MAX: Lovelace = Lovelace(45_000_000_000_000_000n);

/** One pebibyte in leaves of 1 KiB: the most that one provider offers. */
export const LEAVES_MAX: number = 2 ** 40;

/** Epochs fit 32 bits, so that slots of any of them are safe integers. */
export const EPOCH_MAX: number = 2 ** 32 - 1;

/** Rows are rewritten whole; more agreements than this make a provider's row too long. */
export const AGREEMENTS_PER_PROVIDER_MAX = 4096;

/** How many times the lowest rate of a provider's running agreements the highest may be (`check-rate-spread`). */
export const RATE_SPREAD_MAX = 4n;

/** Agreements that one loss report names: so many fit a transaction. */
export const NOTICE_AGREEMENTS_MAX = 256;

/** A provider's row says of 64 epochs whether it has proven them (`proven-epochs`): nothing waits longer to be paid. */
export const SETTLE_EPOCHS_MAX = 60;

/** Agreements that one transaction settles: so many fit it. */
export const SETTLE_AGREEMENTS_MAX = 256;

/** A lane of a payment channel has 32 bits. */
export const LANE_MAX: number = 2 ** 32 - 1;

/** The newest penalties of a provider that the state keeps for it to read. */
export const PENALTIES_KEPT = 20;

/** A transaction on the wire, in bytes. */
export const TRANSACTION_BYTES_MAX = 16_384;
/** A prove transaction with its witness. */
export const PROVE_BYTES_MAX = 65_536;
export const WITNESSES_MAX = 8;

/** Keys besides the owner's that may set a bucket's head: so many that a head with its key has at most 200 bytes. */
export const HEAD_WRITERS_MAX = 3;

/**
 * Main-chain events that one block carries. A Cardano block cannot be split between two of ours, so this is more than
 * fit into one: 90,112 bytes of outputs of at least 85 bytes each. As events (75 bytes) they still fit into our body.
 */
export const MAIN_CHAIN_EVENTS_MAX = 1_100;

/** The four segments of a block together, in bytes; as Cardano's maxBlockBodySize. */
export const BODY_BYTES_MAX = 90_112;
