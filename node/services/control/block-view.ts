import type {Block} from '#consensus/block/block';
import {isPruned} from '#consensus/block/pruned-block';
import {epochOf} from '#consensus/time';
import {toHex} from '#kernel/bytes';
import {BlockNo} from '#kernel/slot';
import {decodeBody, decodeBodyWithoutProofs} from '#ledger/block/block-body';
import type {Transaction} from '#ledger/tx/transaction';
import type {BlockView, ChainLine, EventView, TransactionView} from '#node/ports/control-api';
import type {ChainReader} from '../chain/chain-reader.ts';
import {eventView} from '../chain/chain-records.ts';
import type {ChainService} from '../chain/chain-service.ts';
import {jsonView} from '../json-view.ts';

export type BlockViews = {
	find(key: {readonly hash: Uint8Array} | {readonly blockNo: number}): Promise<BlockView | undefined>;
	lines(range: {readonly from: number; readonly limit: number}): Promise<readonly ChainLine[]>;
};

const transactionView = ({id, body, size}: Transaction): TransactionView => ({
	txId: toHex(id),
	sender: body.sender && toHex(body.sender),
	sequence: String(body.sequence),
	fee: String(body.fee),
	validFrom: body.validFrom,
	validUntil: body.validUntil,
	action: jsonView(body.action) as TransactionView['action'],
	sizeBytes: size,
});

const headerView = ({network: {env, params}}: ChainService, {header}: Block) => ({
	hash: toHex(header.hash),
	prevHash: header.prevHash && toHex(header.prevHash),
	blockNo: header.blockNo,
	slot: header.slot,
	epoch: epochOf(params, header.slot),
	issuer: toHex(env.crypto.blake2b224(header.issuerVk)),
	vrfVk: toHex(header.vrfVk),
	bodyHash: toHex(header.bodyHash),
	bodySizeBytes: header.bodySize,
	operationalCertificate: {
		hotVk: toHex(header.operationalCertificate.hotVk),
		counter: String(header.operationalCertificate.counter),
		startPeriod: String(header.operationalCertificate.startPeriod),
	},
	protocolVersion: header.protocolVersion,
});

/** Blocks of the selected chain and of forks that are still kept, for people to read. */
export const createBlockViews = (chain: ChainService, reader: ChainReader): BlockViews => {
	const {env} = chain.network;
	const bodyOf = ({segments}: Block): ReturnType<typeof decodeBody> =>
		(isPruned(segments) ? decodeBodyWithoutProofs : decodeBody)(env, segments);
	const eventsOf = async ({header: {hash}}: Block): Promise<readonly EventView[]> => {
		const fresh = chain.find(hash)?.effect?.events ?? [];
		if (fresh.length > 0) return fresh.map(eventView);
		const written = await chain.stores.chainIndex.events(hash);
		return written.map(text => JSON.parse(text) as EventView);
	};
	const viewOf = async (block: Block): Promise<BlockView> => {
		const body = bodyOf(block);
		const {transactions, mainChain} = body.ok ? body.value : {transactions: [], mainChain: undefined};
		const place = await reader.placeOf(block.header.hash);
		const {tip} = chain;
		return {
			...headerView(chain, block),
			depth: place === undefined || tip === 'origin' ? null : tip.blockNo - place.blockNo,
			mainChainReference: jsonView(mainChain?.mcRef),
			mainChainEvents: (mainChain?.events ?? []).map(jsonView),
			transactions: transactions.map(transactionView),
			proofSizesBytes: transactions.flatMap(({proof}) => (proof === null ? [] : [proof.length])),
			events: await eventsOf(block),
		};
	};
	const lineAt = async (blockNo: number): Promise<ChainLine | undefined> => {
		const place = await reader.place(BlockNo(blockNo));
		const block = place && (await reader.block(place.hash));
		if (block === undefined) return undefined;
		const body = bodyOf(block);
		return {
			blockNo,
			slot: block.header.slot,
			hash: toHex(block.header.hash),
			issuer: toHex(env.crypto.blake2b224(block.header.issuerVk)),
			transactions: body.ok ? body.value.transactions.length : 0,
			sizeBytes: block.bytes.length,
		};
	};
	return {
		find: async key => {
			const place = 'hash' in key ? {hash: key.hash} : await reader.place(BlockNo(key.blockNo));
			const block = place && (await reader.block(place.hash as Block['header']['hash']));
			return block && viewOf(block);
		},
		lines: async ({from, limit}) => {
			const lines: ChainLine[] = [];
			for (let blockNo = from; lines.length < limit; blockNo++) {
				const line = await lineAt(blockNo);
				if (line === undefined) break;
				lines.push(line);
			}
			return lines;
		},
	};
};
