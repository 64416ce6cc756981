/** What each trial of a peer has to find, worked out here from the blocks themselves. */
import {createHash} from 'node:crypto';
import {isDeepStrictEqual} from 'node:util';
import {decodeCardanoBlock} from '#consensus/cardano/cardano-block';
import {assert} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {readImmutableFolder} from '#node/adapters/cardano-relay/immutable-folder';
import {crypto} from '../support/crypto.ts';
import type {Peer, Trial} from './peers.ts';

/** What a chunk of blocks comes to. Digests are SHA-256 over the one before and the next bytes. */
export type ChunkFacts = {
	readonly blocks: number;
	/** Without the eras around them. */
	readonly bytes: number;
	readonly hashDigest: string;
	readonly blockDigest: string;
	readonly tip: string;
	readonly number: number;
};

export type Expectations = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export type Finding = {
	readonly peer: string;
	readonly part: string;
	readonly trial: string;
	readonly outcome: 'agrees' | 'differs' | 'known';
	/** Unless it agrees. */
	readonly expected?: unknown;
	readonly found?: unknown;
};

const ERA_BYTES = 2;

export const factsOf = async (folder: string): Promise<ChunkFacts> => {
	let facts = {blocks: 0, bytes: 0, hashDigest: '', blockDigest: '', tip: '', number: 0};
	const chained = (digest: string, bytes: Uint8Array): string =>
		createHash('sha256').update(digest, 'hex').update(bytes).digest('hex');
	for await (const {bytes} of readImmutableFolder(folder, {slotsPerChunk: 1, fromSlot: 0})) {
		const block = decodeCardanoBlock(crypto, bytes);
		assert(block.ok, 'the chunk is good');
		const {hash, slot, blockNo} = block.value.header.header;
		const inner = bytes.subarray(ERA_BYTES);
		facts = {
			blocks: facts.blocks + 1,
			bytes: facts.bytes + inner.length,
			hashDigest: chained(facts.hashDigest, hash),
			blockDigest: chained(facts.blockDigest, inner),
			tip: `${slot}.${toHex(hash)}`,
			number: blockNo,
		};
	}
	return facts;
};

const chainOf = ({blocks, hashDigest: digest, tip, number}: ChunkFacts): Expectations[string] => ({
	blocks,
	digest,
	tip,
	number,
});

const REFUSAL = {refusal: 'handshake: refused: network magic mismatch'};

/** As a client of node-to-node. `shared` are the addresses that our relay may tell of. */
export const dialExpectations = (
	peer: Peer,
	facts: ChunkFacts,
	magic: number,
	shared: readonly string[],
): Expectations => ({
	handshake: {version: peer.nodeToNode, magic, peerSharing: true},
	'handshake of another network': REFUSAL,
	'intersection that is not there': {notFound: true},
	'chain-sync': chainOf(facts),
	'block-fetch': {blocks: facts.blocks, bytes: facts.bytes, digest: facts.blockDigest},
	'block-fetch of one block': {point: facts.tip},
	'block-fetch of a block that is not there': {answer: 'block(s) not found'},
	'keep-alive': {answers: 2},
	'peer-sharing': {addresses: shared},
	'tx-submission': {blocking: true, acknowledged: 0, requestsSome: true},
	...(peer.name === 'pallas' && {'query of versions': {versions: [14, 15]}}),
});

/** As a client of node-to-client, on preprod. */
export const localExpectations = (peer: Peer, facts: ChunkFacts, magic: number): Expectations => ({
	handshake: {version: peer.nodeToClient, magic},
	'handshake of another network': REFUSAL,
	'query of the tip': {point: facts.tip, number: facts.number},
	'query of the era': {era: 5},
	'query of the epoch': {epoch: 68},
	'query of the system start': {year: 2022, day: 152, picoseconds: '0'},
	...(peer.name === 'gouroboros' && {
		'query of the era history': {eras: 6, lastSlot: 3_542_400, lastEpoch: 12, epochLength: 432_000},
	}),
	'chain-sync of blocks': chainOf(facts),
	'local-tx-submission': {saysWhy: true},
	'local-tx-monitor': {closed: true},
	'query that is not answered': {closed: true},
});

/** As a server that our relay has followed to the end. */
export const serveExpectations = (
	peer: Peer,
	facts: ChunkFacts,
	magic: number,
	start: string,
): Expectations => ({
	'handshake served': {version: peer.nodeToNode, magic},
	'intersection served': {point: start},
	'blocks served': {blocks: facts.blocks, digest: facts.blockDigest},
});

/** What is theirs, by peer and trial: said in docs/interop.md, and no reason to fail. */
export const KNOWN: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
	// It reads the words of IPv4 addresses as in the network's order: 127.0.0.1 comes out reversed.
	'pallas peer-sharing': {addresses: ['1.0.0.127']},
};

/** The last word of a trial counts. What nobody expected is a difference when it failed. */
export const compareTrials = (
	{peer, part}: Pick<Finding, 'peer' | 'part'>,
	expectations: Expectations,
	trials: readonly Trial[],
): readonly Finding[] => {
	const findings = Object.entries(expectations).map(([trial, expected]): Finding => {
		const last = trials.findLast(one => one.trial === trial);
		const found = last?.found ?? last?.failure ?? 'nothing';
		if (isDeepStrictEqual(found, expected)) return {peer, part, trial, outcome: 'agrees'};
		const isKnown = isDeepStrictEqual(found, KNOWN[`${peer} ${trial}`]);
		return {peer, part, trial, outcome: isKnown ? 'known' : 'differs', expected, found};
	});
	const failures = trials
		.filter(({trial, failure}) => failure !== undefined && !(trial in expectations))
		.map(({trial, failure}): Finding => ({peer, part, trial, outcome: 'differs', found: failure}));
	return [...findings, ...failures];
};
