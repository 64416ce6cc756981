/** `dcloud/ledger`: the side-chain's state transition, its wire forms, and what can be asked of a state. */
export {accountId} from '#ledger/accounts';
export {
	decodeSignedRevision,
	encodeSignedRevision,
	type SignedRevision,
	verifyRevision,
} from '#ledger/agreements/revision';
export {type AppliedBlock, applyBlock} from '#ledger/block/apply-block';
export {type BlockBody, decodeBody, encodeBody} from '#ledger/block/block-body';
export type {BlockError} from '#ledger/block/block-error';
export {type LedgerEnv, ledgerEnv, type RulesEnv} from '#ledger/environment';
export type {LedgerEvent} from '#ledger/events';
export {type Genesis, genesisHashOf, genesisToJson, parseGenesisJson} from '#ledger/genesis/genesis';
export {genesisState} from '#ledger/genesis/genesis-state';
export type {LedgerParameters} from '#ledger/genesis/parameters';
export {ledgerViewAt} from '#ledger/ledger-view';
export {stateRootOf} from '#ledger/main-chain/state-root';
export {accountOf, agreementsOf, poolsOf, providersOf} from '#ledger/queries';
export {type DeletionReceipt, decodeReceipt} from '#ledger/receipts/deletion-receipt';
export {verifyReceipt} from '#ledger/receipts/verify-receipt';
export {applyDiff, type LedgerDiff, undoDiff} from '#ledger/state/diff';
export {emptyState, type LedgerState, readerOf} from '#ledger/state/state';
export type {Action, ActionKind} from '#ledger/tx/action';
export {feeOfBody, minimumFee} from '#ledger/tx/fee';
export {
	decodeTransaction,
	encodeTransaction,
	signedTransaction,
	type Transaction,
	type TransactionBody,
	unsignedTransaction,
} from '#ledger/tx/transaction';
export type {TxError} from '#ledger/tx/tx-error';
