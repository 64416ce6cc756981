/** Signed announcements, passed from peer to peer (gossipsub); whoever comes later asks one peer for all of them. */

import {TopicValidatorResult} from '@libp2p/gossipsub';
import {NodeError} from '#kernel/node-error';
import {ANNOUNCEMENT_BYTES_MAX} from '#transport/protocols/announcement';
import type {Libp2pHost} from './host.ts';

/** `accept`: keep it and pass it on; `ignore`: known or outdated; `reject`: whoever sent it broke the rules. */
export type Verdict = 'accept' | 'ignore' | 'reject';

export type Gossip = {
	/** Tells others. */
	publish(item: Uint8Array): Promise<void>;
	/** Peers that listen to the same. */
	readonly peers: number;
	leave(): Promise<void>;
};

const results: Readonly<Record<Verdict, TopicValidatorResult>> = {
	accept: TopicValidatorResult.Accept,
	ignore: TopicValidatorResult.Ignore,
	reject: TopicValidatorResult.Reject,
};

/** `judge` sees every item that comes, before anybody else is told of it. */
export const joinGossip = async (
	host: Libp2pHost,
	{network, judge}: {readonly network: string; readonly judge: (item: Uint8Array) => Verdict},
): Promise<Gossip> => {
	const {node, release} = await host.hold();
	const {gossip} = node.services;
	if (gossip === undefined) {
		await release();
		throw new NodeError({code: 'TRANSPORT_GOSSIP_OFF'});
	}
	const topic = `/dcloud/${network}/announcements/1`;
	gossip.topicValidators.set(topic, (_peer, {data}) =>
		data.length > ANNOUNCEMENT_BYTES_MAX ? TopicValidatorResult.Reject : results[judge(data)],
	);
	gossip.subscribe(topic);
	return {
		publish: async item => {
			await gossip.publish(topic, item);
		},
		get peers() {
			return gossip.getSubscribers(topic).length;
		},
		leave: async () => {
			gossip.unsubscribe(topic);
			gossip.topicValidators.delete(topic);
			await release();
		},
	};
};
