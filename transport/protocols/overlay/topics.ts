/** What the overlay carries. Numbers stay as they are for ever; headers and blocks go over `relay`, never here. */
export const topics = {
	/** Announcements of providers: what they offer, and where. */
	'storage-offers': {number: 1, bytesMax: 2048},
	/** Transactions with proofs of storage. */
	proofs: {number: 2, bytesMax: 65_536},
	/** Signatures of the committee under checkpoints, as transactions without fee. */
	'checkpoint-signatures': {number: 3, bytesMax: 512},
} as const;

export type TopicName = keyof typeof topics;

export const TOPIC_NAMES: readonly TopicName[] = Object.keys(topics) as TopicName[];

/** The longest that any topic carries. */
export const PAYLOAD_BYTES_MAX: number = Math.max(...TOPIC_NAMES.map(name => topics[name].bytesMax));

export const topicOf = (number: number): TopicName | undefined =>
	TOPIC_NAMES.find(name => topics[name].number === number);
