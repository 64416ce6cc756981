import {parseHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {requestJson} from '../http-json.ts';

const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
const TIMEOUT_MS = 20_000;

type Json = Readonly<Record<string, unknown>>;
const asJson = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});

const textsOf = (value: unknown): readonly string[] =>
	Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

/** The transaction has another form than it should (JSON-RPC's "invalid params"). */
const UNREADABLE = -32_602;

/**
 * Whether an error is a verdict on the transaction: the ledger's have numbers from 3000 on. Any other (such as -32603, an
 * internal error) says nothing of what became of it.
 */
const isVerdict = ({code}: Json): boolean =>
	code === UNREADABLE || (typeof code === 'number' && code >= 3_000 && code < 4_000);

/** The ledger's own words, and what the scripts traced where the answer has it. The mempool's words stand beside the message. */
const refusal = (error: Json): NodeError => {
	const data = asJson(error['data']);
	const words = [error['message'], data['error']].filter(word => typeof word === 'string');
	const reason = words.length === 0 ? 'no reason given' : words.join(' ');
	return new NodeError({
		code: 'CARDANO_TRANSACTION_REFUSED',
		message: `Cardano refuses the transaction: ${reason}`,
		reason,
		logs: textsOf(data['logs']),
		...(error['data'] === undefined ? {} : {data: JSON.stringify(data).slice(0, 4_000)}),
	});
};

/** Hands a signed transaction (hexadecimal) to the network. Throws CARDANO_TRANSACTION_REFUSED with `reason`. */
export const submitTransaction = async (
	ogmiosUrl: string,
	cbor: string,
	signal?: AbortSignal,
): Promise<Hash32> => {
	const message = `Cardano is not reachable: the node at ${ogmiosUrl} does not answer. Start it or correct its address; nodes go on, deposits and checkpoints wait.`;
	const otherMessage = `${ogmiosUrl} does not answer as Ogmios does: check the address of the Cardano node.`;
	const {json} = await requestJson({
		url: ogmiosUrl,
		body: {jsonrpc: '2.0', method: 'submitTransaction', params: {transaction: {cbor}}, id: 1},
		bytesMax: ANSWER_BYTES_MAX,
		timeoutMs: TIMEOUT_MS,
		signal,
		unreachable: {code: 'CARDANO_UNREACHABLE', message, url: ogmiosUrl},
		invalid: {code: 'CARDANO_ANSWER_INVALID', message: otherMessage, url: ogmiosUrl},
	});
	const {result, error} = asJson(json);
	if (error !== undefined && isVerdict(asJson(error))) throw refusal(asJson(error));
	const {id} = asJson(asJson(result)['transaction']);
	const bytes = typeof id === 'string' ? parseHex(id) : undefined;
	if (bytes?.length !== 32)
		throw new NodeError({
			code: 'CARDANO_ANSWER_INVALID',
			message: otherMessage,
			url: ogmiosUrl,
			problem: String(asJson(error)['message'] ?? 'no transaction id'),
		});
	return Hash32(bytes);
};
