import {fromHex, toHex} from '#kernel/bytes';
import {type AccountId, Hash28, Hash32} from '#kernel/hash';
import {genesisToJson} from '#ledger/genesis/genesis';
import {parametersAt} from '#ledger/governance/rules-at';
import {
	type AgreementView,
	accountOf,
	agreementOf,
	agreementsOf,
	allowancesOf,
	channelsOf,
	epochOfState,
	type HeadView,
	headOf,
	headsOf,
	payerOf,
	providersOf,
} from '#ledger/queries';
import {reputationOf} from '#ledger/reputation/reputation';
import {readerOf} from '#ledger/state/state';
import type {AgreementView as ApiAgreement, Json, StatusView} from '#node/ports/control-api';
import {accountAccess, allowanceView, channelView, serviceView} from '#node/services/control/ledger-views';
import {standingView} from '#node/services/control/reputation-view';
import {jsonView} from '#node/services/json-view';
import type {ControlPort} from '#node/services/storage-client/chain-client';
import {decodeAnnouncement, type SignedAnnouncement} from '#transport/protocols/announcement';
import type {StorageWorld} from './storage-world.ts';

const json = (value: unknown): Json =>
	JSON.parse(
		JSON.stringify(value ?? null, (_, field: unknown) => {
			if (typeof field === 'bigint') return field.toString();
			return field instanceof Uint8Array ? toHex(field) : field;
		}),
	) as Json;

const agreementView = (row: AgreementView): ApiAgreement => ({
	id: toHex(row.agreementId),
	client: toHex(row.client),
	payer: toHex(row.payer),
	provider: toHex(row.provider),
	status: row.vacancy === null ? 'active' : 'vacated',
	capacityLeaves: String(row.capacityLeaves),
	rate: row.rate.toString(),
	startEpoch: row.startEpoch,
	endEpoch: row.endEpoch,
	revisionNo: String(row.revisionNo),
	root: toHex(row.root),
	leaves: String(row.leaves),
	repairerVk: toHex(row.repairerVk),
	repairOf: row.repairOf && toHex(row.repairOf),
	service: row.service && serviceView(row.service),
	details: json(row) as ApiAgreement['details'],
});

const headView = ({owner, bucket, version, root, writers}: HeadView) => ({
	owner: toHex(owner),
	bucket: toHex(bucket),
	version,
	root: toHex(root),
	writers: writers.map(toHex),
});

const announced = (world: StorageWorld): ReadonlyMap<string, SignedAnnouncement['announcement']> =>
	new Map(
		[...world.announcements.values()].flatMap(bytes => {
			const decoded = decodeAnnouncement(bytes);
			return decoded.ok ? [[toHex(decoded.value.announcement.key), decoded.value.announcement] as const] : [];
		}),
	);

/** A node's control API over the world's chain, as far as customers and repairers use it. */
export const createMemoryControl = (world: StorageWorld): ControlPort => {
	const {ledger} = world;
	const pendingOf = (account: AccountId): number =>
		world.mempool.filter(({body}) => body.sender !== null && toHex(body.sender) === toHex(account)).length;
	return {
		status: async () => ({currentSlot: world.nextSlot}) as unknown as StatusView,
		genesis: async () => genesisToJson(ledger.env.genesis),
		parameters: async () =>
			jsonView(parametersAt(ledger.env, readerOf(ledger.state))) as {readonly [name: string]: Json},
		account: async id => {
			const account = Hash28(fromHex(id));
			const row = accountOf(ledger.state, account);
			return {
				id,
				known: row !== undefined,
				balance: String(row?.balance ?? 0n),
				sequence: String(row?.sequence ?? 0),
				nextSequence: String((row?.sequence ?? 0) + pendingOf(account)),
				pool: null,
				payer: json(payerOf(ledger.env, ledger.state, account)) as {readonly [field: string]: Json} | null,
				allowances: allowancesOf(ledger.state, account).map(allowanceView),
				claims: [],
				...accountAccess(ledger.state, account),
			};
		},
		submit: async bytes => {
			const submitted = world.submit(bytes);
			return submitted.ok ? {ok: true, value: {txId: toHex(submitted.value)}} : submitted;
		},
		transaction: async id => {
			if (world.included.some(txId => toHex(txId) === id))
				return {status: 'block', blockHash: '', blockNo: 0, slot: 0, depth: 0};
			return {status: world.mempool.some(each => toHex(each.id) === id) ? 'mempool' : 'unknown'};
		},
		providers: async () => {
			// Once for all of them, as a node does: a bench counts it.
			const announcements = announced(world);
			return providersOf(ledger.state).map(row => ({
				id: toHex(row.provider),
				operatorVk: toHex(row.operatorVk),
				payoutAccount: toHex(row.payoutAccount),
				bond: row.bond.toString(),
				bondFree: (row.bond - row.collateral).toString(),
				storePrice: row.storePrice.toString(),
				minTermEpochs: row.minTermEpochs,
				capacityLeaves: String(row.capacityLeaves),
				usedLeaves: String(row.usedLeaves),
				accepting: row.accepting,
				forests: row.forests.map(({epoch, root, totalLeaves}) => ({epoch, root: toHex(root), totalLeaves})),
				earned: row.earned.toString(),
				misses: row.misses.length,
				penalties: [],
				details: {},
				reputation: standingView(
					reputationOf(
						parametersAt(ledger.env, readerOf(ledger.state)),
						readerOf(ledger.state),
						row.provider,
						epochOfState(ledger.env, ledger.state),
					),
				),
				endpoint: announcements.get(toHex(row.operatorVk))?.endpoint ?? null,
				routes: announcements.get(toHex(row.operatorVk))?.routes ?? [],
				attributes: (announcements.get(toHex(row.operatorVk))?.attributes ?? []).map(
					({name, value}) => [name, value] as const,
				),
			}));
		},
		channels: async ({funder, payee}) =>
			channelsOf(ledger.state, {
				...(funder !== undefined && {funder: Hash28(fromHex(funder))}),
				...(payee !== undefined && {payee: Hash28(fromHex(payee))}),
			}).map(row => channelView(row, ledger.slot)),
		agreement: async id => {
			const row = agreementOf(ledger.state, Hash32(fromHex(id)));
			return row && agreementView(row);
		},
		agreements: async ({client, payer, provider}) =>
			agreementsOf(ledger.state, {
				...(client !== undefined && {client: Hash28(fromHex(client))}),
				...(payer !== undefined && {payer: Hash28(fromHex(payer))}),
				...(provider !== undefined && {provider: Hash32(fromHex(provider))}),
			}).map(agreementView),
		heads: async owner => headsOf(ledger.state, Hash28(fromHex(owner))).map(headView),
		head: async (owner, bucket) => {
			const row = headOf(ledger.state, Hash28(fromHex(owner)), Hash32(fromHex(bucket)));
			return row && headView(row);
		},
		announcements: async () => [],
	};
};
