import {fromHex, toHex} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';
import {BlockNo} from '#kernel/slot';
import {genesisToJson} from '#ledger/genesis/genesis';
import {parametersAt} from '#ledger/governance/rules-at';
import {
	agreementOf,
	agreementsOf,
	epochOfState,
	headOf,
	headsOf,
	poolsOf,
	providerOf,
	providersOf,
} from '#ledger/queries';
import {type Reputation, reputationOf} from '#ledger/reputation/reputation';
import {readerOf} from '#ledger/state/state';
import type {
	AnnouncementView,
	ApiFailure,
	HistoryLine,
	Json,
	StatusView,
	Submission,
	TransactionStatus,
} from '#node/ports/control-api';
import type {ControlBackend} from '#node/ports/control-backend';
import type {AgreementFilter} from '#node/ports/payer-api';
import type {ProviderView} from '#node/ports/provider-api';
import type {AnnouncementStore} from '../announcement-store.ts';
import {accountHistory, findInBlocks} from '../chain/chain-history.ts';
import type {ChainReader} from '../chain/chain-reader.ts';
import type {ChainService} from '../chain/chain-service.ts';
import {eventLines} from '../chain/event-lines.ts';
import {jsonView} from '../json-view.ts';
import type {Mempool} from '../mempool/mempool.ts';
import {exportSnapshot} from '../snapshot-file/export-snapshot.ts';
import {createBlockViews} from './block-view.ts';
import {bondAnswers} from './bond-answers.ts';
import {channelAnswers} from './channel-answers.ts';
import type {createForgingControl} from './forging-control.ts';
import {governanceView} from './governance-view.ts';
import {
	accountView,
	agreementView,
	checkpointsView,
	headView,
	moneyView,
	payoutProofView,
	poolView,
	providerView,
} from './ledger-views.ts';
import {reputationView} from './reputation-view.ts';

export type ControlBackendPorts = {
	readonly chain: ChainService;
	readonly reader: ChainReader;
	readonly mempool: Mempool;
	readonly announcements: AnnouncementStore;
	readonly status: () => StatusView;
	readonly forging: ReturnType<typeof createForgingControl>;
};

type ProviderRow = Parameters<typeof providerView>[0];

const submitTo = (mempool: Mempool, bytes: Uint8Array): Submission => {
	const submitted = mempool.submit(bytes, 'local');
	if (submitted.ok) return {ok: true, value: {txId: toHex(submitted.value)}};
	return {ok: false, error: jsonView(submitted.error) as unknown as ApiFailure};
};

const findTransaction = async (
	{chain, reader, mempool}: ControlBackendPorts,
	id: string,
): Promise<TransactionStatus> => {
	const txId = Hash32(fromHex(id));
	if (mempool.find(txId) !== undefined) return {status: 'mempool'};
	const place = await findInBlocks({chain, reader}, txId);
	const {tip} = chain;
	if (place !== undefined && tip !== 'origin')
		return {
			status: 'block',
			blockHash: toHex(place.hash),
			blockNo: place.blockNo,
			slot: place.slot,
			depth: Math.max(0, tip.blockNo - place.blockNo),
		};
	const removed = mempool.reasonOf(txId);
	return {status: 'unknown', ...(removed !== undefined && {removed})};
};

const historyOf = async (
	{chain, reader}: ControlBackendPorts,
	id: string,
	{limit, before}: {readonly limit: number; readonly before?: number},
): Promise<readonly HistoryLine[]> => {
	const options = {limit, ...(before !== undefined && {before: BlockNo(before)})};
	const entries = await accountHistory({chain, reader}, id, options);
	return entries.map(({entry, hash, blockNo, slot}) => ({
		blockNo,
		slot,
		blockHash: toHex(hash),
		...(JSON.parse(entry) as Omit<HistoryLine, 'blockNo' | 'slot' | 'blockHash'>),
	}));
};

const announcementView = ({
	key,
	sequence,
	validUntilSlot,
	endpoint,
	routes,
	attributes,
}: ReturnType<AnnouncementStore['all']>[number]): AnnouncementView => ({
	key: toHex(key),
	sequence: String(sequence),
	validUntilSlot,
	endpoint,
	routes,
	attributes,
});

/** Answers the control API from the services of a node. */
export const createControlBackend = (ports: ControlBackendPorts): ControlBackend => {
	const {chain, reader, mempool, announcements, status} = ports;
	const {env} = chain.network;
	const blocks = createBlockViews(chain, reader);
	const hashOf = async (blockNo: number): Promise<string | null> => {
		const place = await reader.place(BlockNo(blockNo));
		return place === undefined ? null : toHex(place.hash);
	};
	const reputationNow = (provider: Hash32): Reputation =>
		reputationOf(
			parametersAt(env, readerOf(chain.ledger)),
			readerOf(chain.ledger),
			provider,
			epochOfState(env, chain.ledger),
		);
	const viewOf = (row: ProviderRow): Promise<ProviderView> =>
		providerView(
			row,
			{reputation: reputationNow(row.provider), announced: announcements.of(row.operatorVk)},
			hashOf,
		);
	const agreementFilter = (filter: AgreementFilter) => ({
		...(filter.client !== undefined && {client: Hash28(fromHex(filter.client))}),
		...(filter.payer !== undefined && {payer: Hash28(fromHex(filter.payer))}),
		...(filter.provider !== undefined && {provider: Hash32(fromHex(filter.provider))}),
	});
	const epoch = (): number => epochOfState(env, chain.ledger);
	return {
		status,
		...ports.forging,
		...channelAnswers(chain),
		...bondAnswers(chain, reader),
		block: key => blocks.find(key),
		chain: range => blocks.lines(range),
		submit: bytes => submitTo(mempool, bytes),
		transaction: id => findTransaction(ports, id),
		account: id => accountView(env, chain.ledger, id, mempool.nextSequence(Hash28(fromHex(id)))),
		history: (id, range) => historyOf(ports, id, range),
		pools: () => poolsOf(env, chain.ledger).map(pool => poolView(env, chain.ledger, pool)),
		pool: id => {
			const pool = poolsOf(env, chain.ledger).find(each => toHex(each.pool) === id);
			return pool && poolView(env, chain.ledger, pool);
		},
		providers: () => Promise.all(providersOf(chain.ledger).map(viewOf)),
		provider: async id => {
			const row = providerOf(chain.ledger, Hash32(fromHex(id)));
			return row && viewOf(row);
		},
		ownProvider: () => undefined,
		reputation: async id => {
			const provider = Hash32(fromHex(id));
			const isKnown = chain.ledger.providers.has(id) || chain.ledger.trackRecords.has(id);
			return isKnown ? await reputationView(reputationNow(provider), hashOf) : undefined;
		},
		agreements: filter =>
			agreementsOf(chain.ledger, agreementFilter(filter)).map(row => agreementView(row, epoch())),
		agreement: id => {
			const row = agreementOf(chain.ledger, Hash32(fromHex(id)));
			return row && agreementView(row, epoch());
		},
		heads: owner => headsOf(chain.ledger, Hash28(fromHex(owner))).map(headView),
		head: (owner, bucket) => {
			const row = headOf(chain.ledger, Hash28(fromHex(owner)), Hash32(fromHex(bucket)));
			return row && headView(row);
		},
		parameters: () => jsonView(parametersAt(env, readerOf(chain.ledger))) as {readonly [name: string]: Json},
		governance: () => governanceView(env, chain.ledger),
		genesis: () => genesisToJson(env.genesis),
		checkpoints: () => checkpointsView(env, chain.ledger),
		payoutProof: query => payoutProofView(env, chain.ledger, query),
		money: () => moneyView(env, chain.ledger),
		announcements: () => announcements.all().map(announcementView),
		announce: bytes => announcements.offer(bytes),
		events: options => eventLines(chain, reader, options),
		snapshot: async ({period}) => {
			const {version} = status();
			return (await exportSnapshot(chain, {period, software: `dcloud ${version}`})).bytes;
		},
	};
};
