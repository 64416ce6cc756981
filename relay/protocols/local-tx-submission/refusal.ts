import {CborWriter} from '#kernel/cbor/writer';

const CONWAY = 6;
/** ConwayMempoolFailure of cardano-ledger's `ConwayLedgerPredFailure`: a text of the node's, which cardano-cli shows. */
const MEMPOOL_FAILURE = 7;

/** `[[era, [failures]]]`: what a client is told whose transaction is not taken, whatever it is (ouroboros-consensus, golden `ApplyTxErr_Conway`). */
export const refusalOf = (text: string): Uint8Array =>
	new CborWriter().array(1).array(2).uint(CONWAY).array(1).array(2).uint(MEMPOOL_FAILURE).text(text).finish();
