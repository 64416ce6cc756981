import type {Crypto} from '#crypto/crypto';
import type {GenesisHash} from '#kernel/hash';
import type {Slot} from '#kernel/slot';
import {Epoch} from '#kernel/slot';
import {type Genesis, genesisHashOf} from './genesis/genesis.ts';

/** What never changes on a chain. */
export type LedgerEnv = {
	readonly crypto: Crypto;
	readonly genesis: Genesis;
	readonly genesisHash: GenesisHash;
};

export const ledgerEnv = (crypto: Crypto, genesis: Genesis): LedgerEnv => ({
	crypto,
	genesis,
	genesisHash: genesisHashOf(crypto, genesis),
});

export const epochOf = ({epochLength}: Pick<Genesis, 'epochLength'>, slot: Slot): Epoch =>
	Epoch(Math.floor(slot / epochLength));
