import type {Crypto} from '#crypto/crypto';
import type {GenesisHash} from '#kernel/hash';
import type {Slot} from '#kernel/slot';
import {Epoch} from '#kernel/slot';
import {type Genesis, genesisHashOf} from './genesis/genesis.ts';
import type {LedgerParameters} from './genesis/parameters.ts';
import {PROTOCOL_VERSION_MAX} from './governance/protocol-version.ts';

/** What never changes on a chain. */
export type LedgerEnv = {
	readonly crypto: Crypto;
	/** Its parameters are those that the chain begins with; rules ask `rulesAt` for those in force. */
	readonly genesis: Genesis;
	readonly genesisHash: GenesisHash;
	/** The newest version whose rules this software knows. */
	readonly protocolVersionMax: number;
};

/** What rules go by: with the parameters in force (`governance/rules-at.ts`). */
export type RulesEnv = LedgerEnv & {readonly parameters: LedgerParameters};

export const ledgerEnv = (
	crypto: Crypto,
	genesis: Genesis,
	protocolVersionMax: number = PROTOCOL_VERSION_MAX,
): LedgerEnv => ({crypto, genesis, genesisHash: genesisHashOf(crypto, genesis), protocolVersionMax});

export const epochOf = ({epochLength}: Pick<Genesis, 'epochLength'>, slot: Slot): Epoch =>
	Epoch(Math.floor(slot / epochLength));
