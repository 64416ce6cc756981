/** Node-to-node messages as JSON, `{messages: [{protocol, message, cborHex}]}`: decoded and written again, byte for byte. */
import {harmoniclabsKeepAliveCodec} from '#relay/harmoniclabs';
import {createBlockFetchCodec} from '#relay/protocols/block-fetch/codec';
import {createChainSyncCodec} from '#relay/protocols/chain-sync/codec';
import {handshakeCodec} from '#relay/protocols/handshake/codec';
import {peerSharingCodec} from '#relay/protocols/peer-sharing/codec';
import type {Message, MessageCodec} from '#relay/protocols/protocol';
import {txSubmissionCodec} from '#relay/protocols/tx-submission/codec';
import {difference, hexField, judged, textField, verdictOf} from '../fields.ts';
import {isJsonObject, type JsonObject, parseJsonFile} from '../json-file.ts';
import {
	type ConformanceCase,
	type ConformanceFile,
	type ConformanceKind,
	fails,
	type Verdict,
} from '../kind.ts';

/** Test vectors shorten block hashes; nodes read them whole. */
const ANY_HASH = 0;

const rewrite =
	<M extends Message>({decode, encode}: MessageCodec<M>) =>
	(bytes: Uint8Array): Verdict => {
		const message = decode(bytes);
		if (!message.ok) return fails(`does not decode: ${message.error.code} at byte ${message.error.at}`);
		return verdictOf([difference('the message written again', encode(message.value), bytes)]);
	};

const rewriters: ReadonlyMap<string, (bytes: Uint8Array) => Verdict> = new Map([
	['handshake', rewrite(handshakeCodec)],
	['chainsync', rewrite(createChainSyncCodec(ANY_HASH))],
	['blockfetch', rewrite(createBlockFetchCodec(ANY_HASH))],
	['txsubmission', rewrite(txSubmissionCodec)],
	['keepalive', rewrite(harmoniclabsKeepAliveCodec)],
	['peersharing', rewrite(peerSharingCodec)],
]);

/** `tx-submission2`, `TxSubmission` and the like are one protocol. */
const protocolKey = (name: string): string => name.toLowerCase().replace(/[^a-z]/g, '');

const checkMessage = (message: JsonObject): Verdict =>
	judged(() => {
		const protocol = textField(message, 'protocol');
		const check = rewriters.get(protocolKey(protocol));
		return check === undefined
			? fails(`there is no protocol ${protocol}`)
			: check(hexField(message, 'cborHex'));
	});

const isMessage = (value: unknown): value is JsonObject =>
	isJsonObject(value) && 'protocol' in value && 'cborHex' in value;

const casesOf = (file: ConformanceFile): readonly ConformanceCase[] => {
	const json = parseJsonFile(file);
	const messages = isJsonObject(json) ? json['messages'] : undefined;
	if (!Array.isArray(messages) || !messages.some(isMessage)) return [];
	return messages.map((message: unknown, index) => {
		const title = isJsonObject(message)
			? `${message['protocol']} ${message['message'] ?? index}`
			: `${index}`;
		return {
			name: `${file.name}: ${title}`,
			check: () => (isMessage(message) ? checkMessage(message) : fails('is not a message')),
		};
	});
};

export const n2nMessages: ConformanceKind = {
	name: 'node-to-node messages',
	recognise: (_crypto, files) => {
		const used: ConformanceFile[] = [];
		const cases: ConformanceCase[] = [];
		for (const file of files) {
			const found = casesOf(file);
			if (found.length === 0) continue;
			used.push(file);
			cases.push(...found);
		}
		return {used, cases};
	},
};
