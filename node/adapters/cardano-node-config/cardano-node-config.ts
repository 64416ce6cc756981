/** What of cardano-node's own configuration file a node of ours goes by. */
import type {TierTargets} from '#relay/known-peers';
import type {LogLevel} from '../json-log.ts';

export type GenesisEra = 'Byron' | 'Shelley' | 'Alonzo' | 'Conway';

/** A genesis file that the configuration names, with the hash that it says the file has. */
export type NamedGenesis = {
	readonly era: GenesisEra;
	/** As it is written: relative to the folder of the configuration. */
	readonly file: string;
	/** 64 hexadecimal digits in lower case; undefined: the configuration says none, and nothing is compared. */
	readonly hash: string | undefined;
};

export type CardanoNodeConfig = {
	readonly genesisFiles: readonly NamedGenesis[];
	readonly targets: Partial<TierTargets>;
	readonly bigLedgerTargets: Partial<TierTargets>;
	readonly peerSharing: boolean | undefined;
	/** cardano-node's `AcceptedConnectionsLimit`. */
	readonly inbound:
		| {readonly hardMax: number; readonly softMax: number; readonly delayMsMax: number}
		| undefined;
	readonly metrics: {readonly host: string; readonly port: number} | undefined;
	readonly logLevel: LogLevel | undefined;
	/** Fields of cardano-node that mean nothing to us. */
	readonly idle: readonly string[];
	/** Fields by which cardano-node does more than we do. */
	readonly unmet: readonly string[];
	/** Fields that cardano-node does not have either. */
	readonly unknown: readonly string[];
};

export type CardanoNodeConfigFailure = {
	readonly code: 'CARDANO_CONFIG_FIELD_WRONG';
	/** As `AcceptedConnectionsLimit.hardLimit`. */
	readonly field: string;
	readonly expected: string;
};
