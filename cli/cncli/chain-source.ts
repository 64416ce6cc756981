/** The chain that CNCLI's verbs are asked of: Cardano's in a relay of ours, or the side-chain in a node of ours. */

import type {Command} from 'commander';
import type {Nonce} from '#consensus/nonce/nonce';
import {fromHex, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {parseRatio, type Ratio} from '#kernel/ratio';
import {askRelay} from '#node/adapters/cardano-relay/relay-api';
import {connectControl} from '#node/adapters/control-client';
import type {ControlClient} from '#node/ports/control-api';
import type {BlockView, RelayNonce, RelayStatus} from '#node/services/cardano-relay/relay-answers';
import {type Options, optionalText} from '../answer.ts';

export type ChainTime = {
	readonly epochLength: number;
	readonly f: Ratio;
	readonly firstEpoch: number;
	readonly firstEpochSlot: number;
	readonly systemStartMs: number;
	readonly slotLengthMs: number;
};

export type UsedSlot = {readonly slot: number; readonly poolId: string; readonly hash: string};

export type ChainSource = {
	readonly time: ChainTime;
	/** Slot of the last block; undefined before the first. */
	readonly tipSlot: number | undefined;
	/** Where leader logs are kept, beside the chain. */
	readonly folder: string;
	/** Throws CNCLI_NONCE_UNKNOWN. */
	nonce(epoch: number): Promise<Nonce>;
	/** The pool's stake and all stake that leaders of the epoch are drawn by, where the chain knows them. */
	stake?(
		epoch: number,
		poolId: string,
	): Promise<{readonly stake: bigint; readonly total: bigint} | undefined>;
	block(hash: string): Promise<BlockView | undefined>;
	/** Blocks of the chain in these slots. */
	slots(from: number, to: number): Promise<readonly UsedSlot[]>;
};

export const withChain = (command: Command): Command =>
	command
		.option('--database-path <folder>', 'a relay of Cardano that runs')
		.option('--node <folder>', 'or a node of our own chain');

const nonceUnknown = (epoch: number): NodeError =>
	new NodeError({
		code: 'CNCLI_NONCE_UNKNOWN',
		epoch,
		message: `The nonce of epoch ${epoch} is not known, or could still change; give it with --nonce.`,
	});

const ratio = (text: string): Ratio => {
	const parsed = parseRatio(text);
	if (parsed !== undefined) return parsed;
	throw new NodeError({code: 'CONTROL_BAD_ANSWER', message: `"${text}" is no ratio.`});
};

type NetworkAnswer = {
	readonly epochLength: number;
	readonly f: string;
	readonly eraStart: {readonly slot: number; readonly epoch: number};
	readonly systemStartMs: number;
	readonly slotLengthMs: number;
};

const relaySource = async (folder: string, signal: AbortSignal): Promise<ChainSource> => {
	const ask = async <T>(route: string): Promise<T> => (await askRelay(folder, route, {signal})) as T;
	const network = await ask<NetworkAnswer>('/network');
	const {tip} = await ask<RelayStatus>('/status');
	return {
		folder,
		time: {
			epochLength: network.epochLength,
			f: ratio(network.f),
			firstEpoch: network.eraStart.epoch,
			firstEpochSlot: network.eraStart.slot,
			systemStartMs: network.systemStartMs,
			slotLengthMs: network.slotLengthMs,
		},
		tipSlot: tip?.slot,
		nonce: async epoch => {
			const {nonce} = await ask<RelayNonce>(`/nonce?epoch=${epoch}`);
			if (nonce === null) throw nonceUnknown(epoch);
			return nonce === '' ? 'neutral' : Hash32(fromHex(nonce));
		},
		block: async hash => {
			const view = await ask<BlockView | {readonly status: 'error'}>(
				`/block?hash=${encodeURIComponent(hash)}`,
			);
			return view.status === 'error' ? undefined : view;
		},
		slots: (from, to) => ask<readonly UsedSlot[]>(`/slots?from=${from}&to=${to}`),
	};
};

const LINES = 200;

/** From the tip down, as long as the slots are wanted. */
const usedSlots = async (node: ControlClient, from: number, to: number): Promise<readonly UsedSlot[]> => {
	const {tip} = await node.status();
	const used: UsedSlot[] = [];
	for (let end = tip?.blockNo ?? -1; end >= 0; end -= LINES) {
		const first = Math.max(0, end - LINES + 1);
		const lines = await node.chain({from: first, limit: end - first + 1});
		for (const {slot, issuer, hash} of lines)
			if (slot >= from && slot <= to) used.push({slot, poolId: issuer, hash});
		if (lines.some(({slot}) => slot < from)) break;
	}
	return used;
};

const nodeSource = async (folder: string, signal: AbortSignal): Promise<ChainSource> => {
	const node = await connectControl(folder);
	const status = await node.status({signal});
	const {f} = JSON.parse(await node.genesis({signal})) as {readonly f: string};
	return {
		folder,
		time: {
			epochLength: status.epochLength,
			f: ratio(f),
			firstEpoch: 0,
			firstEpochSlot: 0,
			systemStartMs: status.systemStartMs,
			slotLengthMs: status.slotMs,
		},
		tipSlot: status.tip?.slot,
		nonce: async epoch => {
			const pool = (await node.pools({signal}))[0];
			const name = epoch === status.epoch ? 'current' : 'next';
			if (pool === undefined || (epoch !== status.epoch && epoch !== status.epoch + 1))
				throw nonceUnknown(epoch);
			const {epochNonce, isFinal} = await node.leadership(pool.id, name, {signal});
			if (!isFinal && name === 'next') throw nonceUnknown(epoch);
			return epochNonce === null ? 'neutral' : Hash32(fromHex(epochNonce));
		},
		stake: async (epoch, poolId) => {
			const name = epoch === status.epoch ? 'current' : 'next';
			if (epoch !== status.epoch && epoch !== status.epoch + 1) return undefined;
			const {stake} = await node.leadership(poolId, name, {signal});
			const {numerator, denominator} = ratio(stake);
			return {stake: numerator, total: denominator};
		},
		block: async hash => {
			const block = await node.block(hash, {signal});
			if (block === undefined) return undefined;
			const {blockNo, slot, prevHash, issuer, depth} = block;
			return {
				status: depth === null ? 'orphaned' : 'ok',
				blockNumber: blockNo,
				slotNumber: slot,
				poolId: issuer,
				hash: block.hash,
				prevHash: prevHash ?? '',
				leaderVrf: '',
			};
		},
		slots: (from, to) => usedSlots(node, from, to),
	};
};

/** Throws OPTION_MISSING, RELAY_NOT_RUNNING and CONTROL_…. */
export const openSource = async (options: Options, signal: AbortSignal): Promise<ChainSource> => {
	const database = optionalText(options, 'databasePath');
	const node = optionalText(options, 'node');
	if ((database === undefined) === (node === undefined))
		throw new NodeError({
			code: 'OPTION_MISSING',
			message: 'Say whose chain: --database-path of a relay of Cardano, or --node of ours.',
		});
	return database === undefined ? nodeSource(node ?? '', signal) : relaySource(database, signal);
};

export const epochAt = ({epochLength, firstEpoch, firstEpochSlot}: ChainTime, slot: number): number =>
	firstEpoch + Math.floor(Math.max(0, slot - firstEpochSlot) / epochLength);

export const firstSlot = ({epochLength, firstEpoch, firstEpochSlot}: ChainTime, epoch: number): number =>
	firstEpochSlot + (epoch - firstEpoch) * epochLength;

export const slotNow = ({systemStartMs, slotLengthMs}: ChainTime, nowMs: number): number =>
	Math.floor((nowMs - systemStartMs) / slotLengthMs);

export const nonceHex = (nonce: Nonce): string => (nonce === 'neutral' ? '' : toHex(nonce));
