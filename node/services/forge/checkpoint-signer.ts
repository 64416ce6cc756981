import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {equalBytes} from '#kernel/bytes';
import {checkpointsOf, type PendingView} from '#ledger/queries';
import {encodeTransaction, feeFreeBody, signedTransaction, unsignedTransaction} from '#ledger/tx/transaction';
import type {Log} from '#node/ports/log';
import type {ChainService} from '../chain/chain-service.ts';
import type {Mempool} from '../mempool/mempool.ts';

export type CheckpointSignerPorts = {
	readonly crypto: Crypto & SecretCrypto;
	readonly chain: ChainService;
	readonly mempool: Mempool;
	readonly log: Log;
};

/** A committee member's part: signs each closed period once its last block cannot be rolled back any more. */
export const startCheckpointSigner = (
	{crypto, chain, mempool, log}: CheckpointSignerPorts,
	{seed, signal}: {readonly seed: Uint8Array; readonly signal: AbortSignal},
): void => {
	const memberVk = crypto.ed25519VerificationKey(seed);
	const {env} = chain.network;
	const isMember = (): boolean =>
		[...chain.ledger.confirmedCheckpoint.values()].some(({committee}) =>
			committee.some(({verificationKey}) => equalBytes(verificationKey, memberVk)),
		);
	const isDue = ({blockNo, signatures}: PendingView): boolean =>
		chain.immutableTip !== 'origin' &&
		blockNo <= chain.immutableTip.blockNo &&
		!signatures.some(signature => equalBytes(signature.memberVk, memberVk));
	const sign = ({period, message}: PendingView): void => {
		const signature = crypto.signEd25519(seed, message);
		const body = feeFreeBody({kind: 'checkpoint-sign', period, memberVk, signature});
		const bytes = encodeTransaction(signedTransaction(unsignedTransaction(env, body), []));
		const submitted = mempool.submit(bytes, 'local');
		if (submitted.ok) log.info('checkpoint signed', {period});
		else if (submitted.error.code !== 'MEMPOOL_HAS_IT')
			log.warn('checkpoint signature refused', {period, failure: submitted.error});
	};
	// Told after the anchor's move of the block before: one block later than possible, and simple.
	chain.onChange(
		event => {
			if (event.kind !== 'adopted' || chain.ledger.pendingCheckpoints.size === 0 || !isMember()) return;
			for (const pending of checkpointsOf(env, chain.ledger).pending) if (isDue(pending)) sign(pending);
		},
		{signal},
	);
};
