/** What a node does with what comes over the topic overlay. */
import {toHex} from '#kernel/bytes';
import type {LedgerEnv} from '#ledger/environment';
import {decodeTransaction, type Transaction} from '#ledger/tx/transaction';
import type {Announcements} from '#node/ports/announcements';
import type {Verdict} from '#transport/libp2p/gossip';
import type {TopicName} from '#transport/protocols/overlay/topics';
import type {Mempool} from '../mempool/mempool.ts';
import type {TopicJudge} from './overlay-service.ts';

export type TopicPorts = {
	readonly env: LedgerEnv;
	readonly mempool: Pick<Mempool, 'submit'>;
	readonly announcements: Pick<Announcements, 'offer'>;
};

/** The action that a topic's transactions have. */
const ACTIONS = {proofs: 'prove', 'checkpoint-signatures': 'checkpoint-sign'} as const;
type TransactionTopic = keyof typeof ACTIONS;

/** On which topic a transaction goes; most go on none. */
export const topicOfTransaction = ({body}: Transaction): TopicName | undefined =>
	(Object.keys(ACTIONS) as TransactionTopic[]).find(topic => ACTIONS[topic] === body.action.kind);

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
