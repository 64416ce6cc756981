import scalus from 'scalus';
import {assert} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {encodeOutputMap, encodePlainOutput} from '#onchain/cardano/transaction';

/** Who owns how much when the devnet begins. */
export type Fund = {readonly address: Uint8Array; readonly lovelace: bigint};

export type TimeBase = {readonly zeroTimeMs: number; readonly slotLengthMs: number};

export type LedgerRefusal = {
	readonly code: 'CARDANO_TRANSACTION_REFUSED';
	/** The ledger's own words. */
	readonly reason: string;
	/** What the transaction's scripts traced. */
	readonly logs: readonly string[];
};

/** The outputs of the funds are numbered in this made-up transaction. */
export const GENESIS_TX_ID: Hash32 = Hash32(new Uint8Array(32));

/** A reason quotes the transaction; nobody reads more of it than this. */
const REASON_LENGTH_MAX = 2_000;

const shorten = (text: string): string =>
	text.length <= REASON_LENGTH_MAX ? text : `${text.slice(0, REASON_LENGTH_MAX)} …`;

/**
 * Cardano's ledger rules of the Conway era, both phases, in process. It judges transactions one by one and
 * knows no blocks; `DevnetChain` keeps those.
 */
export class DevnetLedger {
	readonly #emulator: scalus.Emulator;

	constructor(funds: readonly Fund[], time: TimeBase) {
		const outputs = funds.map(({address, lovelace}, index) => ({
			ref: {txId: GENESIS_TX_ID, index},
			output: encodePlainOutput(address, lovelace),
		}));
		const slots = new scalus.SlotConfig(time.zeroTimeMs, 0, time.slotLengthMs);
		this.#emulator = new scalus.Emulator(encodeOutputMap(outputs), slots);
	}

	setSlot(slot: number): void {
		this.#emulator.setSlot(slot);
	}

	/** `expectedId` is our own reading of the transaction; the ledger's must be the same. */
	submit(bytes: Uint8Array, expectedId: Hash32): Result<undefined, LedgerRefusal> {
		let outcome: scalus.SubmitResult;
		try {
			// A view of a larger buffer is not a byte array to Scala.js.
			outcome = this.#emulator.submitTx(Uint8Array.from(bytes));
		} catch (error) {
			const reason = shorten(`The ledger cannot read it: ${String(error)}`);
			return err({code: 'CARDANO_TRANSACTION_REFUSED', reason, logs: []});
		}
		if (!outcome.isSuccess)
			return err({
				code: 'CARDANO_TRANSACTION_REFUSED',
				reason: shorten(outcome.error ?? 'no reason given'),
				logs: outcome.logs ?? [],
			});
		assert(outcome.txHash === toHex(expectedId), 'the ledger names the transaction as we do');
		return ok(undefined);
	}

	/** undefined when the account is not registered. */
	scriptRewards(scriptHash: string): bigint | undefined {
		return this.#emulator.getStakeReward(scriptHash) ?? undefined;
	}
}
