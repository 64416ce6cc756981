/**
 * Chain-sync traces captured from peers and the tip that cardano-node ended on (ouroboros-mock's form, schema 1).
 * Peers are followed one after the other; after every message chain selection judges the peer's chain.
 */
import {type ChainTip, chainTipOf, selectChain} from '#consensus/chain/chain-selection';
import {intersect} from '#consensus/chain/intersect';
import {decodeHeader, type Header} from '#consensus/header/header';
import {checkOperationalCertificate} from '#consensus/header/rules/check-operational-certificate';
import {validateEnvelope} from '#consensus/header/validate-envelope';
import type {Crypto} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import {err, ok, type Result} from '#kernel/result';
import {cardanoParams} from '../cardano-params.ts';
import {arrayField, hexField, judged, objectField, textField, verdictOf} from '../fields.ts';
import {parseCount, parseExactJson} from '../json-exact.ts';
import {isJsonObject, type JsonObject} from '../json-file.ts';
import {type ConformanceCase, type ConformanceKind, fails, type Verdict} from '../kind.ts';

type Chain = readonly Header[];
type Node = {
	readonly chain: Chain;
	/** Where the last switch left the chain before: a block, or `origin`; undefined before any switch. */
	readonly rolledBackTo: Header | 'origin' | undefined;
	/** The tip that the peer named when it served the chain's last header. */
	readonly announced: JsonObject | undefined;
};
type ReplayFailure = {readonly code: string; readonly at: number};

const tipOf = (chain: Chain): Header | 'origin' => chain.at(-1) ?? 'origin';
const selectable = (tip: Header | 'origin'): ChainTip | 'origin' =>
	tip === 'origin' ? 'origin' : chainTipOf(tip);

const rollForward = (crypto: Crypto, chain: Chain, message: JsonObject): Result<Chain, {code: string}> => {
	const header = decodeHeader(crypto, hexField(message, 'header_cbor'), {canonical: false});
	if (!header.ok) return header;
	// A trace may start anywhere; from its second header on each must continue the one before.
	const parent = tipOf(chain);
	const isFirst = parent === 'origin' && header.value.prevHash !== null;
	const outcome = isFirst
		? checkOperationalCertificate(crypto, header.value)
		: validateEnvelope({params: cardanoParams, parent}, header.value);
	if (!outcome.ok) return outcome;
	const certificate = checkOperationalCertificate(crypto, header.value);
	return certificate.ok ? ok([...chain, header.value]) : certificate;
};

const rollBackward = (chain: Chain, message: JsonObject): Result<Chain, {code: string}> => {
	const hash = textField(objectField(message, 'point'), 'hash').toLowerCase();
	const kept = chain.findIndex(header => toHex(header.hash) === hash) + 1;
	// What a peer rolls back to before its first header is the intersection that it was asked for.
	return kept > 0 || hash === '' || chain.length === 0
		? ok(chain.slice(0, kept))
		: err({code: 'ROLL_BACKWARD_TO_UNKNOWN_POINT'});
};

/** `k` 0: no limit, as in vectors without a security parameter. */
const adopt = (k: number, node: Node, candidate: Chain, announced: JsonObject | undefined): Node => {
	const tip = tipOf(candidate);
	if (tip === 'origin') return node;
	const shared = intersect(node.chain, candidate);
	const selection = selectChain({
		k: k === 0 ? Number.MAX_SAFE_INTEGER : k,
		current: selectable(tipOf(node.chain)),
		candidate: chainTipOf(tip),
		intersection: shared ?? 'origin',
	});
	if (!selection.ok || selection.value.decision === 'keep') return node;
	const rolledBackTo = selection.value.rollback > 0 ? (shared ?? 'origin') : node.rolledBackTo;
	return {chain: candidate, rolledBackTo, announced};
};

/** The node after all that one peer served. */
const followPeer = (
	crypto: Crypto,
	k: number,
	start: Node,
	served: readonly unknown[],
): Result<Node, ReplayFailure> => {
	let node = start;
	let chain: Chain = [];
	for (const [at, message] of served.entries()) {
		if (!isJsonObject(message)) return err({code: 'MESSAGE_NOT_AN_OBJECT', at});
		const kind = message['msg_type'];
		if (kind !== 'roll_forward' && kind !== 'roll_backward') continue;
		const next = kind === 'roll_forward' ? rollForward(crypto, chain, message) : rollBackward(chain, message);
		if (!next.ok) return err({code: next.error.code, at});
		chain = next.value;
		node = adopt(k, node, chain, isJsonObject(message['tip']) ? message['tip'] : undefined);
	}
	return ok(node);
};

const tipComplaint = (name: string, expected: JsonObject, actual: Header | 'origin'): string | undefined => {
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
const finalTipComplaint = (expected: JsonObject, {chain, announced}: Node): string | undefined => {
	const tip = tipOf(chain);
	const target = parseCount(announced?.['block_number']);
	const isUnderWay = tip !== 'origin' && target !== undefined && target > BigInt(tip.blockNo);
	if (!isUnderWay || announced === undefined) return tipComplaint('the final tip', expected, tip);
	const same = ['slot', 'hash', 'block_number'].every(name => announced[name] === expected[name]);
	return same ? undefined : `the chosen chain leads to ${String(announced['hash'])}`;
};

const check = (crypto: Crypto, capture: JsonObject): Verdict => {
	const k = Number(parseCount(capture['security_param'] ?? '0') ?? 0n);
	let node: Node = {chain: [], rolledBackTo: undefined, announced: undefined};
	for (const [index, peer] of arrayField(capture, 'peers').entries()) {
		if (!isJsonObject(peer)) return fails(`peer ${index} is not an object`);
		const followed = followPeer(crypto, k, node, arrayField(peer, 'served'));
		if (!followed.ok) return fails(`peer ${index}, message ${followed.error.at}: ${followed.error.code}`);
		node = followed.value;
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
