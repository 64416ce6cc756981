/**
 * Chain-sync traces captured from peers and the tip that cardano-node ended on (ouroboros-mock's form, schema 1).
 * Peers are followed one after the other; the fork choice of the node judges every header that they serve, as if its
 * body came with it.
 */
import {chainTipOf} from '#consensus/chain/chain-selection';
import {ForkChoice} from '#consensus/chain/fork-choice';
import {decodeHeader, type Header} from '#consensus/header/header';
import {checkOperationalCertificate} from '#consensus/header/rules/check-operational-certificate';
import {validateEnvelope} from '#consensus/header/validate-envelope';
import type {Crypto} from '#crypto/crypto';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import type {Tip} from '#kernel/point';
import {err, ok, type Result} from '#kernel/result';
import {BlockNo, Slot} from '#kernel/slot';
import {cardanoParams} from '../cardano-params.ts';
import {arrayField, hexField, judged, objectField, textField, verdictOf} from '../fields.ts';
import {parseCount, parseExactJson} from '../json-exact.ts';
import {isJsonObject, type JsonObject} from '../json-file.ts';
import {type ConformanceCase, type ConformanceKind, fails, type Verdict} from '../kind.ts';

type Message =
	| {readonly kind: 'forward'; readonly header: Header; readonly announced: JsonObject | undefined}
	| {readonly kind: 'backward'; readonly hash: string};
type ReplayFailure = {readonly code: string; readonly at: number};

type Node = {
	readonly forks: ForkChoice<Header>;
	/** Blocks of the selected chain that cannot be rolled back, by hash in hexadecimal. */
	readonly final: Set<string>;
	/** Where the last switch left the chain before; undefined before any switch. */
	rolledBackTo: Tip | undefined;
	/** The tip that the peer named when it served the chain's last header. */
	announced: JsonObject | undefined;
};

/** Vectors without a security parameter have no limit. */
const K_NONE = Number.MAX_SAFE_INTEGER;
const AFTER_ALL_SLOTS_MS = Number.MAX_SAFE_INTEGER;

const readMessages = (
	crypto: Crypto,
	served: readonly unknown[],
): Result<readonly Message[], ReplayFailure> => {
	const messages: Message[] = [];
	for (const [at, message] of served.entries()) {
		if (!isJsonObject(message)) return err({code: 'MESSAGE_NOT_AN_OBJECT', at});
		const kind = message['msg_type'];
		if (kind === 'roll_backward')
			messages.push({kind: 'backward', hash: textField(objectField(message, 'point'), 'hash').toLowerCase()});
		if (kind !== 'roll_forward') continue;
		const header = decodeHeader(crypto, hexField(message, 'header_cbor'), {canonical: false});
		if (!header.ok) return err({code: header.error.code, at});
		const {tip} = message;
		messages.push({
			kind: 'forward',
			header: header.value,
			announced: isJsonObject(tip) ? tip : undefined,
		});
	}
	return ok(messages);
};

/** A trace may start anywhere: below its lowest header nothing can be rolled back. */
const anchorBelow = (peers: readonly (readonly Message[])[]): Tip => {
	const headers = peers.flat().flatMap(message => (message.kind === 'forward' ? [message.header] : []));
	const lowest = headers.toSorted((a, b) => a.blockNo - b.blockNo)[0];
	if (lowest === undefined || lowest.prevHash === null || lowest.blockNo === 0) return 'origin';
	return {
		hash: lowest.prevHash,
		blockNo: BlockNo(lowest.blockNo - 1),
		slot: Slot(Math.max(0, lowest.slot - 1)),
	};
};

const tipOf = ({slot, hash, blockNo}: Header): Exclude<Tip, 'origin'> => ({slot, hash, blockNo});

const select = (node: Node, announced: JsonObject | undefined): void => {
	const {forks} = node;
	for (let step = forks.next(); step !== undefined; step = forks.next()) {
		const root = forks.parentOf(defined(step.branch[0], 'a branch has a block').hash);
		if (step.rollback > 0) node.rolledBackTo = root === undefined ? forks.immutableTip : tipOf(root);
		forks.switchTo(defined(step.branch.at(-1), 'a branch has a block').hash);
		node.announced = announced;
	}
	for (const {hash} of forks.settle().final) node.final.add(toHex(hash));
};

const rollForward = (
	crypto: Crypto,
	{forks}: Node,
	header: Header,
): Result<'new' | 'known', {readonly code: string}> => {
	const placed = forks.place(header);
	if (!placed.ok || placed.value === 'known') return placed;
	const above = header.prevHash === null ? undefined : forks.find(header.prevHash);
	const parent = above === undefined ? forks.immutableTip : tipOf(above);
	const envelope = validateEnvelope({params: cardanoParams, parent}, header);
	if (!envelope.ok) return envelope;
	const certificate = checkOperationalCertificate(crypto, header);
	if (!certificate.ok) return certificate;
	forks.addHeader({...chainTipOf(header), prevHash: header.prevHash}, header);
	forks.addBody(header.hash);
	return placed;
};

/** A peer's chain leaves ours too deep: it is not followed any further, which is a choice and no failure. */
const isOutOfReach = (code: string): boolean =>
	code === 'CHAIN_FORK_TOO_DEEP' || code === 'CHAIN_PARENT_UNKNOWN';

/** The served headers that are on the peer's chain at each moment; what it says must hang together. */
const checkConversation = (messages: readonly Message[]): Result<undefined, ReplayFailure> => {
	let chain: string[] = [];
	for (const [at, message] of messages.entries()) {
		if (message.kind === 'backward') {
			const kept = chain.indexOf(message.hash) + 1;
			// What a peer rolls back to before its first header is the intersection that it was asked for.
			if (kept === 0 && message.hash !== '' && chain.length > 0)
				return err({code: 'ROLL_BACKWARD_TO_UNKNOWN_POINT', at});
			chain = chain.slice(0, kept);
			continue;
		}
		const {prevHash, hash} = message.header;
		const last = chain.at(-1);
		if (last !== undefined && (prevHash === null || toHex(prevHash) !== last))
			return err({code: 'HEADER_PREVIOUS_HASH_WRONG', at});
		chain.push(toHex(hash));
	}
	return ok(undefined);
};

const followPeer = (
	crypto: Crypto,
	node: Node,
	messages: readonly Message[],
): Result<undefined, ReplayFailure> => {
	const conversation = checkConversation(messages);
	if (!conversation.ok) return conversation;
	for (const [at, message] of messages.entries()) {
		if (message.kind === 'backward' || node.final.has(toHex(message.header.hash))) continue;
		const outcome = rollForward(crypto, node, message.header);
		if (!outcome.ok)
			return isOutOfReach(outcome.error.code) ? ok(undefined) : err({code: outcome.error.code, at});
		select(node, message.announced);
	}
	return ok(undefined);
};

const tipComplaint = (name: string, expected: JsonObject, actual: Tip): string | undefined => {
	const hash = textField(expected, 'hash').toLowerCase();
	if (actual === 'origin') return hash === '' ? undefined : `${name} is origin, not ${hash}`;
	const sameSlot = parseCount(expected['slot']) === BigInt(actual.slot);
	const blockNo = expected['block_number'];
	const sameNumber = blockNo === undefined || parseCount(blockNo) === BigInt(actual.blockNo);
	if (toHex(actual.hash) === hash && sameSlot && sameNumber) return undefined;
	return `${name} is block ${actual.blockNo} in slot ${actual.slot}, ${toHex(actual.hash)}`;
};

/**
 * Whether the chain is the expected one. A trace may stop before the tip that its peer announced; then the node has
 * chosen that peer's chain and is still under way to the tip.
 */
const finalTipComplaint = (expected: JsonObject, {forks, announced}: Node): string | undefined => {
	const {tip} = forks;
	const target = parseCount(announced?.['block_number']);
	const isUnderWay = tip !== 'origin' && target !== undefined && target > BigInt(tip.blockNo);
	if (!isUnderWay || announced === undefined) return tipComplaint('the final tip', expected, tip);
	const same = ['slot', 'hash', 'block_number'].every(name => announced[name] === expected[name]);
	return same ? undefined : `the chosen chain leads to ${String(announced['hash'])}`;
};

const startNode = (capture: JsonObject, peers: readonly (readonly Message[])[]): Node => {
	const k = Number(parseCount(capture['security_param'] ?? '0') ?? 0n);
	const slots = {systemStartMs: 0, slotLengthMs: 1};
	const options = {k: k === 0 ? K_NONE : k, slots, anchor: anchorBelow(peers), nowMs: AFTER_ALL_SLOTS_MS};
	return {
		forks: new ForkChoice<Header>(options),
		final: new Set(),
		rolledBackTo: undefined,
		announced: undefined,
	};
};

const check = (crypto: Crypto, capture: JsonObject): Verdict => {
	const peers: (readonly Message[])[] = [];
	for (const [index, peer] of arrayField(capture, 'peers').entries()) {
		if (!isJsonObject(peer)) return fails(`peer ${index} is not an object`);
		const messages = readMessages(crypto, arrayField(peer, 'served'));
		if (!messages.ok) return fails(`peer ${index}, message ${messages.error.at}: ${messages.error.code}`);
		peers.push(messages.value);
	}
	const node = startNode(capture, peers);
	for (const [index, messages] of peers.entries()) {
		const followed = followPeer(crypto, node, messages);
		if (!followed.ok) return fails(`peer ${index}, message ${followed.error.at}: ${followed.error.code}`);
	}
	const expected = objectField(capture, 'expected_output');
	const tip = finalTipComplaint(objectField(expected, 'final_tip'), node);
	if (!('expected_rollback' in expected)) return verdictOf([tip]);
	const rollback = objectField(objectField(expected, 'expected_rollback'), 'point');
	return verdictOf([
		tip,
		node.rolledBackTo === undefined
			? 'the chain was never rolled back'
			: tipComplaint('the rollback point', rollback, node.rolledBackTo),
	]);
};

const captureOf = (value: unknown): JsonObject | undefined => {
	const capture = isJsonObject(value) ? value['capture'] : undefined;
	return isJsonObject(capture) && 'peers' in capture && 'expected_output' in capture ? capture : undefined;
};

export const capturedChains: ConformanceKind = {
	name: 'captured chain selection',
	recognise: (crypto, files) => {
		const found = files.flatMap(file => {
			const capture = captureOf(parseExactJson(file));
			return capture === undefined ? [] : [{file, capture}];
		});
		const cases = found.map(
			({file, capture}): ConformanceCase => ({
				name: `${file.name}: chain selection`,
				check: () => judged(() => check(crypto, capture)),
			}),
		);
		return {used: found.map(({file}) => file), cases};
	},
};
