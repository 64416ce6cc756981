/** What a node puts on the topic overlay of its own accord, and when once more. */
import type {Announcements} from '#node/ports/announcements';
import type {TopicName} from '#transport/protocols/overlay/topics';
import type {Mempool} from '../mempool/mempool.ts';
import {topicOfTransaction} from './topic-judges.ts';

export type OwnPorts = {
	readonly mempool: Pick<Mempool, 'arrivedAfter' | 'onAdded'>;
	readonly announcements: Pick<Announcements, 'of' | 'onKept'>;
};

type Publish = (topic: TopicName, payload: Uint8Array) => void;

/**
 * Publishes this node's transactions with proofs and signatures as they come, and announcements that it did not have. They go the ways
 * that they always went as well, so that nothing is lost where the overlay knows nobody.
 */
export const publishOwn = (
	{mempool, announcements}: OwnPorts,
	publish: Publish,
	{signal}: {readonly signal: AbortSignal},
): void => {
	mempool.onAdded(
		({transaction, bytes, origin}) => {
			const topic = origin === 'local' ? topicOfTransaction(transaction) : undefined;
			if (topic !== undefined) publish(topic, bytes);
		},
		{signal},
	);
	announcements.onKept(({bytes}) => publish('storage-offers', bytes), {signal});
};

/** So many of our transactions are told of again at a time. */
const AGAIN_MAX = 64;

/**
 * Publishes once more what nobody may have heard or could judge: our transactions that no block has yet, and, for those who have come
 * since, our own announcement. `key`: that of who announces.
 */
export const publishOwnAgain = (
	{mempool, announcements}: OwnPorts,
	key: Uint8Array,
	publish: Publish,
): void => {
	const waiting = mempool.arrivedAfter(0, Number.POSITIVE_INFINITY).filter(({origin}) => origin === 'local');
	for (const {transaction, bytes} of waiting.slice(0, AGAIN_MAX)) {
		const topic = topicOfTransaction(transaction);
		if (topic !== undefined) publish(topic, bytes);
	}
	const announcement = announcements.of(key);
	if (announcement !== undefined) publish('storage-offers', announcement.bytes);
};
