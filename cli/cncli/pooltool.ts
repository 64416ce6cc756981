/** What CNCLI tells pooltool.io: its configuration file, and the bodies of its requests. */
import type {CardanoHeader} from '#consensus/header/cardano-header';
import {leaderValue} from '#consensus/leader/vrf-values';
import type {Hasher} from '#crypto/crypto';
import {parseHex, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {encodeUtf8} from '#kernel/utf8';
import {requestJson} from '#node/adapters/http-json';
import {readBoundedFile} from '#node/adapters/private-file';

export type Pool = {
	readonly name: string;
	readonly poolId: string;
	readonly host: string;
	readonly port: number;
};
export type PooltoolConfig = {readonly apiKey: string; readonly pools: readonly Pool[]};

const CONFIG_BYTES_MAX = 1_000_000;
const ANSWER_BYTES_MAX = 1_000_000;
const ANSWER_MS_MAX = 30_000;
const PORT_MAX = 65_535;

const badConfig = (file: string, field: string, cause?: unknown): NodeError =>
	new NodeError(
		{
			code: 'CNCLI_CONFIG_BAD',
			file,
			field,
			message: `${file} is not what CNCLI calls pooltool.json: ${field} is missing or of another kind.`,
		},
		{cause},
	);

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (file: string, value: unknown, field: string): Fields => {
	if (typeof value === 'object' && value !== null) return value as Fields;
	throw badConfig(file, field);
};

const poolOf = (file: string, value: unknown, index: number): Pool => {
	const at = `pools[${index}]`;
	const {name, pool_id: poolId, host, port} = fieldsOf(file, value, at);
	if (typeof poolId !== 'string' || parseHex(poolId)?.length !== 28) throw badConfig(file, `${at}.pool_id`);
	if (typeof host !== 'string') throw badConfig(file, `${at}.host`);
	if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > PORT_MAX)
		throw badConfig(file, `${at}.port`);
	return {name: typeof name === 'string' ? name : poolId, poolId, host, port};
};

/** It holds a secret: only its owner may read it. Throws CNCLI_CONFIG_BAD and FILE_…. */
export const readPooltoolConfig = async (file: string): Promise<PooltoolConfig> => {
	const text = await readBoundedFile(file, {bytesMax: CONFIG_BYTES_MAX, ownerOnly: true});
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch (cause) {
		throw badConfig(file, 'the whole', cause);
	}
	const {api_key: apiKey, pools} = fieldsOf(file, json, 'the whole');
	if (typeof apiKey !== 'string') throw badConfig(file, 'api_key');
	if (!Array.isArray(pools)) throw badConfig(file, 'pools');
	return {apiKey, pools: pools.map((pool, index) => poolOf(file, pool, index))};
};

/** Throws CNCLI_SITE_SILENT. */
export const postTo = async (url: string, body: unknown, signal: AbortSignal): Promise<unknown> => {
	const {json} = await requestJson({
		url,
		body,
		bytesMax: ANSWER_BYTES_MAX,
		timeoutMs: ANSWER_MS_MAX,
		signal,
		unreachable: {code: 'CNCLI_SITE_SILENT', url, message: `Nobody answers at ${url}.`},
		invalid: {code: 'CNCLI_SITE_SILENT', url, message: `What answers at ${url} is not JSON.`},
	});
	return json;
};

/** The body of `sendtip`: one VRF evaluation since Babbage, two before. */
export const tipMessage = (
	hasher: Hasher,
	{
		apiKey,
		poolId,
		version,
		atMs,
	}: {readonly apiKey: string; readonly poolId: string; readonly version: string; readonly atMs: number},
	{header}: CardanoHeader,
): unknown => {
	const vrf =
		'vrfOutput' in header
			? {
					leaderVrf: toHex(leaderValue(hasher, header.vrfOutput)),
					blockVrf: toHex(header.vrfOutput),
					blockVrfProof: toHex(header.vrfProof),
				}
			: {leaderVrf: toHex(header.leaderVrf.output), leaderVrfProof: toHex(header.leaderVrf.proof)};
	return {
		apiKey,
		poolId,
		data: {
			nodeId: '',
			version,
			at: new Date(atMs).toISOString(),
			blockNo: header.blockNo,
			slotNo: header.slot,
			blockHash: toHex(header.hash),
			parentHash: header.prevHash === null ? '' : toHex(header.prevHash),
			...vrf,
			nodeVKey: toHex(header.issuerVk),
			protocolMajorVersion: header.protocolVersion.major,
			protocolMinorVersion: header.protocolVersion.minor,
			platform: 'dcloud',
		},
	};
};

const slotsText = (slots: readonly number[]): string => `[${slots.join(',')}]`;

/** The body of `sendslots`: how many slots and their hash now; the slots themselves when the epoch is over. */
export const slotsMessage = (
	hasher: Hasher,
	{apiKey, poolId, epoch}: {readonly apiKey: string; readonly poolId: string; readonly epoch: number},
	slots: readonly number[],
	previous: readonly number[] | undefined,
): unknown => ({
	apiKey,
	poolId,
	epoch,
	slotQty: slots.length,
	hash: toHex(hasher.blake2b256(encodeUtf8(slotsText(slots)))),
	...(previous && {prevSlots: slotsText(previous)}),
});
