import type {Hash32} from '#kernel/hash';
import type {CardanoGenesis} from '#ledger/genesis/genesis';
import type {CheckpointView, PayoutProofView} from '#node/ports/control-api';
import type {Person, ProviderPerson} from './people.ts';

/** What a transaction on Cardano was: for the account of the run. */
export type CardanoReceipt = {
	readonly txId: string;
	readonly bytes: number;
	readonly fee: bigint;
};

/** Everything that a devnet does on Cardano. Refusals by the ledger throw CARDANO_TRANSACTION_REFUSED with its reason. */
export type CardanoSide = {
	readonly section: Omit<CardanoGenesis, 'stableDepth'>;
	/** Mints the checkpoint NFT with the genesis committee, publishes reference scripts, backs the genesis credits. */
	deploy(genesisHash: Hash32, committee: Uint8Array, backing: bigint): Promise<readonly CardanoReceipt[]>;
	/** Opens the claim UTxO of a provider, paid for by its owner; returns the claim id in hexadecimal. */
	openClaim(provider: ProviderPerson): Promise<string>;
	/** Hands a checkpoint in with exactly these signatures. `unchecked` leaves the verdict to the ledger alone. */
	advance(
		checkpoint: CheckpointView,
		signatures: CheckpointView['signatures'],
		options?: {readonly unchecked?: boolean},
	): Promise<CardanoReceipt>;
	/** Claims what `proof` grants to a provider, and `extra` lovelace more. */
	claim(
		owner: Person,
		proof: PayoutProofView,
		options?: {readonly extra?: bigint; readonly unchecked?: boolean},
	): Promise<CardanoReceipt & {readonly paid: bigint}>;
	/** Takes the treasury's leaf from the bridge to the treasury script; anyone may. */
	claimTreasury(proof: PayoutProofView): Promise<CardanoReceipt & {readonly paid: bigint}>;
	bridgeBalance(): Promise<bigint>;
	treasuryBalance(): Promise<bigint>;
	walletBalance(person: Person): Promise<bigint>;
};
