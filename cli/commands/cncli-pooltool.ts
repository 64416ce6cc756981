/** sendtip and sendslots: what a pool's owner tells pooltool.io, with the key that it gave out. */
import {decodeCardanoBlock} from '#consensus/cardano/cardano-block';
import {decodeEraHeader} from '#consensus/cardano/judge-cardano-header';
import type {CardanoHeader} from '#consensus/header/cardano-header';
import type {Crypto} from '#crypto/crypto';
import {NodeError} from '#kernel/node-error';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {readBoundedFile} from '#node/adapters/private-file';
import {type Connection, openConnection} from '#relay/connection';
import {dialBearer} from '#relay/dial';
import type {Verb} from '../answer.ts';
import {epochAt, openSource} from '../cncli/chain-source.ts';
import {cncliVerb, failed} from '../cncli/cncli-answer.ts';
import {type Pool, postTo, readPooltoolConfig, slotsMessage, tipMessage} from '../cncli/pooltool.ts';
import {countOption} from '../count-option.ts';
import {textOption} from '../sending.ts';
import {version} from '../version.ts';
import {lagSeconds, SYNCED_SECONDS} from './cncli-chain.ts';
import {leaderLogFile} from './cncli-leaderlog.ts';

const WORD32_MAX = 0xff_ff_ff_ff;
const LOG_BYTES_MAX = 16 * 1024 * 1024;

const badTip = (): NodeError =>
	new NodeError({code: 'CNCLI_TIP_UNKNOWN', message: 'The node has no block, or none that can be read.'});

const connectTo = async (
	{host, port}: Pool,
	networkMagic: number,
	signal: AbortSignal,
): Promise<Connection> =>
	openConnection(
		{
			bearer: await dialBearer({host, port}, {signal}),
			direction: 'outbound',
			networkMagic,
			initiatorOnly: true,
			peerSharing: false,
			handlers: () => ({}),
		},
		{signal},
	);

/** Calls `each` with the header of the node's tip, and unless `once`, with every header after it. */
const followTip = async (
	crypto: Crypto,
	{client}: Connection,
	{once, signal}: {readonly once: boolean; readonly signal: AbortSignal},
	each: (header: CardanoHeader) => Promise<void>,
): Promise<void> => {
	if (client === undefined) throw badTip();
	const {tip} = await client.chainSync.findIntersect(['origin'], {signal});
	if (tip === 'origin') throw badTip();
	const point = {slot: tip.slot, hash: tip.hash};
	let block: Uint8Array | undefined;
	await client.blockFetch.fetchRange(
		{from: point, to: point},
		bytes => {
			block = bytes;
		},
		{signal},
	);
	const decoded = block && decodeCardanoBlock(crypto, block);
	if (decoded?.ok !== true) throw badTip();
	await each(decoded.value.header);
	if (once) return;
	await client.chainSync.findIntersect([point], {signal});
	for (;;) {
		const update = await client.chainSync.next({signal});
		if (update.kind !== 'rollForward') continue;
		const header = decodeEraHeader(crypto, {tag: update.header.era, bytes: update.header.bytes});
		if (header.ok) await each(header.value.decoded);
	}
};

export const cncliSendtip: Verb = cncliVerb(async (options, signal) => {
	const {apiKey, pools} = await readPooltoolConfig(textOption(options, 'config'));
	const url = textOption(options, 'url');
	const magic = countOption(options, 'networkMagic', WORD32_MAX) ?? 0;
	const crypto = await createNativeCrypto();
	const sent: unknown[] = [];
	const once = options['once'] === true;
	await Promise.all(
		pools.map(async pool => {
			const connection = await connectTo(pool, magic, signal);
			try {
				await followTip(crypto, connection, {once, signal}, async header => {
					const from = {apiKey, poolId: pool.poolId, version: `dcloud:${version}`, atMs: Date.now()};
					const answer = await postTo(url, tipMessage(crypto, from, header), signal);
					if (once) sent.push({pool: pool.name, blockNo: header.header.blockNo, answer});
				});
			} finally {
				connection.close();
			}
		}),
	);
	return {status: 'ok', sent};
});

type KeptLog = {readonly slots: readonly number[]};

const readLog = async (
	folder: string,
	epoch: number,
	poolId: string,
): Promise<readonly number[] | undefined> => {
	try {
		const file = leaderLogFile(folder, epoch, poolId);
		const {slots} = JSON.parse(await readBoundedFile(file, {bytesMax: LOG_BYTES_MAX})) as KeptLog;
		return slots;
	} catch (error) {
		if (error instanceof NodeError && error.code === 'FILE_NOT_FOUND') return undefined;
		throw error;
	}
};

export const cncliSendslots: Verb = cncliVerb(async (options, signal) => {
	const {apiKey, pools} = await readPooltoolConfig(textOption(options, 'config'));
	const url = textOption(options, 'url');
	const source = await openSource(options, signal);
	if (lagSeconds(source, Date.now()) >= SYNCED_SECONDS) return failed('db not fully synced!');
	const epoch = epochAt(source.time, source.tipSlot ?? 0);
	const crypto = await createNativeCrypto();
	const sent: unknown[] = [];
	for (const {poolId, name} of pools) {
		const slots = await readLog(source.folder, epoch, poolId);
		if (slots === undefined) return failed(`Cannot find db record for ${epoch},${poolId}`);
		const previous = await readLog(source.folder, epoch - 1, poolId);
		const body = slotsMessage(crypto, {apiKey, poolId, epoch}, slots, previous);
		sent.push({pool: name, epoch, answer: await postTo(url, body, signal)});
	}
	return {status: 'ok', sent};
});
