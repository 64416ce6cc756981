/** What a node does with what comes over the topic overlay, and what of its own it puts there. */
import {toHex} from '#kernel/bytes';
import type {LedgerEnv} from '#ledger/environment';
import {decodeTransaction} from '#ledger/tx/transaction';
import type {Announcements} from '#node/ports/announcements';
import type {Verdict} from '#transport/libp2p/gossip';
import type {TopicName} from '#transport/protocols/overlay/topics';
import type {Mempool} from '../mempool/mempool.ts';
import type {TopicJudge} from './overlay-service.ts';

export type TopicPorts = {
	readonly env: LedgerEnv;
	readonly mempool: Pick<Mempool, 'submit' | 'onAdded'>;
	readonly announcements: Announcements;
};

/** The action that a topic's transactions have. */
const ACTIONS = {proofs: 'prove', 'checkpoint-signatures': 'checkpoint-sign'} as const;
type TransactionTopic = keyof typeof ACTIONS;

/** It is good, and here already: over another way, or in a block. Others may not have it. */
const KNOWN: ReadonlySet<string> = new Set([
	'MEMPOOL_HAS_IT',
	'MEMPOOL_IN_CHAIN',
	'CHECKPOINT_ALREADY_SIGNED',
]);
/** What nobody who judges as we do would have passed on, whatever chain it is on. */
const WRONG: ReadonlySet<string> = new Set([
	'TX_MALFORMED',
	'TX_TOO_LONG',
	'TX_SIGNATURE_INVALID',
	'CHECKPOINT_SIGNATURE_INVALID',
]);

const judgeTransaction =
	({env, mempool}: TopicPorts, topic: TransactionTopic): TopicJudge =>
	(payload, from): Verdict => {
		const decoded = decodeTransaction(env, payload);
		if (!decoded.ok || decoded.value.body.action.kind !== ACTIONS[topic]) return 'reject';
		const submitted = mempool.submit(payload, {peer: `overlay ${toHex(from)}`});
		if (submitted.ok || KNOWN.has(submitted.error.code)) return 'accept';
		return WRONG.has(submitted.error.code) ? 'reject' : 'ignore';
	};

/** What an honest peer may pass on, its clock or its view being another than ours. */
const HARMLESS_ANNOUNCEMENTS: ReadonlySet<string> = new Set([
	'ANNOUNCEMENT_NOT_NEWER',
	'ANNOUNCEMENT_EXPIRED',
	'ANNOUNCEMENTS_FULL',
]);

/** Keeps a provider's announcement, whichever way it came. */
export const judgeOffer =
	({announcements}: Pick<TopicPorts, 'announcements'>) =>
	(payload: Uint8Array): Verdict => {
		const refused = announcements.offer(payload);
		if (refused === undefined) return 'accept';
		return HARMLESS_ANNOUNCEMENTS.has(refused.code) ? 'ignore' : 'reject';
	};

export const topicJudges = (ports: TopicPorts): Readonly<Record<TopicName, TopicJudge>> => ({
	'storage-offers': judgeOffer(ports),
	proofs: judgeTransaction(ports, 'proofs'),
	'checkpoint-signatures': judgeTransaction(ports, 'checkpoint-signatures'),
});

/**
 * Puts on the overlay what this node itself brings: its transactions with proofs and signatures, and announcements that it did not have.
 * They go the ways that they always went as well, so that nothing is lost where the overlay knows nobody.
 */
export const publishOwn = (
	{mempool, announcements}: Pick<TopicPorts, 'mempool' | 'announcements'>,
	publish: (topic: TopicName, payload: Uint8Array) => void,
	{signal}: {readonly signal: AbortSignal},
): void => {
	mempool.onAdded(
		({transaction, bytes, origin}) => {
			if (origin !== 'local') return;
			const {kind} = transaction.body.action;
			for (const topic of Object.keys(ACTIONS) as TransactionTopic[])
				if (ACTIONS[topic] === kind) publish(topic, bytes);
		},
		{signal},
	);
	announcements.onKept(({bytes}) => publish('storage-offers', bytes), {signal});
};
