import type {SecretCrypto} from '#crypto/crypto';
import {equalBytes, toHex} from '#kernel/bytes';
import {checkpointsOf, type PendingView} from '#ledger/queries';
import {single} from '#ledger/state/reader';
import {readerOf} from '#ledger/state/state';
import {encodeTransaction, feeFreeBody, signedTransaction, unsignedTransaction} from '#ledger/tx/transaction';
import type {Log} from '#node/ports/log';
import type {ChainService} from './chain/chain-service.ts';
import type {Mempool} from './mempool/mempool.ts';

export type CheckpointSignerPorts = {
	readonly crypto: SecretCrypto;
	readonly chain: Pick<ChainService, 'network' | 'ledger' | 'tip' | 'nextChange'>;
	readonly mempool: Pick<Mempool, 'submit'>;
	readonly log: Log;
	/** Whether we have the chain that our peers have: before that, most of what is pending is long confirmed. */
	readonly isSynced: () => boolean;
};

export type CheckpointSignerOptions = {
	/** The checkpoint key, 32 bytes, secret. */
	readonly seed: Uint8Array;
};

export type CheckpointSigner = {
	/** Signs what is to be signed after every change of the chain; resolves once the signal has aborted. */
	run(options: {readonly signal: AbortSignal}): Promise<void>;
};

/** Refusals that say no more than that the signature is on its way already. */
const HARMLESS: ReadonlySet<string> = new Set(['MEMPOOL_HAS_IT', 'CHECKPOINT_ALREADY_SIGNED']);

/**
 * A committee member's part: signs each closed period once its last block is k deep, and again when the block that
 * carried the signature leaves the chain and the mempool has let it go.
 */
export const createCheckpointSigner = (
	{crypto, chain, mempool, log, isSynced}: CheckpointSignerPorts,
	{seed}: CheckpointSignerOptions,
): CheckpointSigner => {
	const memberVk = crypto.ed25519VerificationKey(seed);
	const {env, params} = chain.network;
	/** What this process signed, by period. */
	const signed = new Map<number, string>();
	/** The newest period whose lateness was said. */
	let lateUpTo = 0;

	const isMember = (): boolean => {
		const {committee} = single(readerOf(chain.ledger), 'confirmedCheckpoint');
		return committee.some(({verificationKey}) => equalBytes(verificationKey, memberVk));
	};
	const isDue = ({blockNo, signatures}: PendingView): boolean =>
		chain.tip !== 'origin' &&
		chain.tip.blockNo - blockNo >= params.k &&
		!signatures.some(signature => equalBytes(signature.memberVk, memberVk));

	/** One period has one checkpoint: two that differ would mean that more than k blocks were rolled back. */
	const contradicts = ({period, message}: PendingView): boolean => {
		const before = signed.get(period);
		return before !== undefined && before !== toHex(message);
	};
	const sign = (pending: PendingView): void => {
		const {period, message} = pending;
		if (contradicts(pending)) {
			log.error('another checkpoint was signed for this period', {period});
			return;
		}
		const signature = crypto.signEd25519(seed, message);
		const body = feeFreeBody({kind: 'checkpoint-sign', period, memberVk, signature});
		const transaction = signedTransaction(unsignedTransaction(env, body), []);
		const submitted = mempool.submit(encodeTransaction(transaction), 'local');
		signed.set(period, toHex(message));
		if (submitted.ok) log.info('checkpoint signed', {period});
		else if (!HARMLESS.has(submitted.error.code))
			log.warn('checkpoint signature refused', {period, failure: submitted.error});
	};
	/** Says once of each period that its signatures did not come in time: then somebody has to look after the committee. */
	const sayLate = (pending: readonly PendingView[]): void => {
		const {tip} = chain;
		for (const {period, dueSlot, complete, weightSigned, weightTotal} of pending) {
			if (complete || tip === 'origin' || tip.slot < dueSlot || period <= lateUpTo) continue;
			lateUpTo = period;
			const weights = {signed: String(weightSigned), total: String(weightTotal)};
			log.warn('checkpoint is late: too few members have signed', {period, dueSlot, ...weights});
		}
	};
	const signDue = (): void => {
		if (chain.ledger.pendingCheckpoints.size === 0 || !isSynced()) return;
		const {pending} = checkpointsOf(env, chain.ledger);
		sayLate(pending);
		if (!isMember()) return;
		for (const period of signed.keys())
			if (!pending.some(due => due.period === period)) signed.delete(period);
		for (const due of pending.filter(isDue)) sign(due);
	};
	return {
		run: async ({signal}) => {
			while (!signal.aborted) {
				signDue();
				// No change is lost: between the look and the wait nothing else runs.
				await chain.nextChange({signal}).catch(() => undefined);
			}
		},
	};
};
