import type {CborFailure} from '#kernel/cbor/failure';
import type {Hash32, TxId} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import type {McRef} from '#kernel/main-chain-event';
import type {TxError} from '../tx/tx-error.ts';

/** Why segment 3 does not follow from the state; whether Cardano says the same is for the node to check. */
export type MainChainError =
	| {readonly code: 'MC_REF_BACKWARDS'; readonly mcRef: McRef; readonly parent: McRef}
	/** The same slot as the parent's reference, but another hash. */
	| {readonly code: 'MC_REF_CONFLICT'; readonly mcRef: McRef; readonly parent: McRef}
	/** Events although the reference did not move. */
	| {readonly code: 'MC_EVENTS_SURPLUS'; readonly mcRef: McRef; readonly events: number}
	| {readonly code: 'MC_DEPOSIT_TOO_LARGE'; readonly index: number; readonly amount: Lovelace}
	| {readonly code: 'MC_CLAIM_EXISTS'; readonly index: number; readonly claimId: Hash32}
	| {readonly code: 'MC_CHECKPOINT_NOT_PENDING'; readonly index: number; readonly period: number}
	/** Cardano confirmed another chain than this one. */
	| {
			readonly code: 'MC_CHECKPOINT_CONFLICT';
			readonly index: number;
			readonly period: number;
			readonly blockHash: Hash32;
			readonly expected: Hash32;
	  }
	/** Another committee for a checkpoint that is not the confirmed one. */
	| {
			readonly code: 'MC_RECOVERY_MISPLACED';
			readonly index: number;
			readonly period: number;
			readonly confirmed: number;
	  };

/** Governance moved the chain to rules that this software does not have: only newer software can go on. */
export type VersionError = {
	readonly code: 'PROTOCOL_VERSION_UNKNOWN';
	readonly version: number;
	readonly versionMax: number;
};

/** Why a block's body is refused. */
export type BlockError =
	| {readonly code: 'BLOCK_BODY_TOO_LONG'; readonly length: number; readonly lengthMax: number}
	| {
			readonly code: 'BLOCK_SEGMENT_MALFORMED';
			/** 1 to 4. */
			readonly segment: number;
			readonly failure: CborFailure;
	  }
	| {readonly code: 'BLOCK_WITNESSES_MISCOUNTED'; readonly witnesses: number; readonly expected: number}
	| {readonly code: 'BLOCK_PROOFS_MISCOUNTED'; readonly proofs: number; readonly expected: number}
	| {
			readonly code: 'BLOCK_TRANSACTION_INVALID';
			readonly index: number;
			readonly txId: TxId;
			readonly error: TxError;
	  }
	| VersionError
	| MainChainError;
