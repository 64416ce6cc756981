import type {Hash28} from '#kernel/hash';
import type {McOutRef} from '#kernel/main-chain-event';
import type {NativeScript} from '../cardano/native-script.ts';
import type {PlutusData} from '../cardano/plutus-data.ts';
import type {PlutusScript} from '../plutus-script.ts';

/** An asset: its policy and name together in hexadecimal, as Cardano tools write it. */
export type AssetUnit = string;

/** An output that a plan builds on, as it stands on the chain. */
export type PlanUtxo = {readonly ref: McOutRef; readonly lovelace: bigint};

/** An output with a datum that was read. */
export type PlanUtxoWith<T> = PlanUtxo & {readonly datum: T};

export type PlanSpend = {
	readonly ref: McOutRef;
	/** For outputs of scripts. */
	readonly redeemer?: PlutusData;
};

export type PlanOutput = {
	readonly address: Uint8Array;
	readonly lovelace: bigint;
	readonly assets?: ReadonlyMap<AssetUnit, bigint>;
	readonly datum?: PlutusData;
	/** Put there for later transactions to refer to. */
	readonly script?: PlutusScript;
};

/**
 * What a transaction must hold, without what a wallet adds: inputs for the rest, change, collateral, fee and
 * execution units. Outputs stand first and in this order.
 */
export type TransactionPlan = {
	readonly spend: readonly PlanSpend[];
	readonly read: readonly McOutRef[];
	readonly mint: readonly {
		readonly unit: AssetUnit;
		readonly quantity: bigint;
		readonly redeemer: PlutusData;
	}[];
	/** Withdrawals of 0 ADA that make a script judge the transaction. */
	readonly judge: readonly {readonly script: Hash28; readonly redeemer: PlutusData}[];
	/** Script accounts to register, so that they can be withdrawn from. */
	readonly register: readonly Hash28[];
	readonly outputs: readonly PlanOutput[];
	readonly signers: readonly Hash28[];
	/** Inclusive, POSIX milliseconds; on a slot's start. */
	readonly validFromMs?: number;
	/** The transaction is void from then on, POSIX milliseconds; on a slot's start. */
	readonly validToMs?: number;
	/** Scripts that the transaction itself carries; others are read. */
	readonly scripts: readonly PlutusScript[];
	/** Of the spent outputs that keys guard together. */
	readonly nativeScripts?: readonly NativeScript[];
};

export const emptyPlan: TransactionPlan = {
	spend: [],
	read: [],
	mint: [],
	judge: [],
	register: [],
	outputs: [],
	signers: [],
	scripts: [],
};

/** Enough for any output of ours that holds ADA and a datum (the ledger asks 4,310 lovelace for each byte). */
export const OUTPUT_LOVELACE_MIN = 2_000_000n;
/** Enough for the outputs that hold an NFT and a datum of up to seven fields. */
export const STATE_LOVELACE = 3_000_000n;
