/** A provider that is paid for downloads, a client with a piece there, and a channel between them. */
import {randomBytes} from 'node:crypto';
import {defined} from '#kernel/assert';
import type {Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import {Slot} from '#kernel/slot';
import {Till} from '#node/services/provider/till';
import {startWatchtower, type Watchtower} from '#node/services/watchtower/watchtower';
import type {PeerRequest} from '#transport/protocols/messages';
import {crypto} from '../../../support/crypto.ts';
import {type Party, party} from '../../../support/ledger-chain.ts';
import {ada, bob} from '../../../support/ledger-genesis.ts';
import {createMemoryVoucherJournal} from '../../../support/memory-voucher-journal.ts';
import {silentLog} from '../../../support/silent-log.ts';
import {Peer, type Piece, pieceOf} from './peer.ts';
import {at, StorageWorld, type WorldProvider} from './storage-world.ts';

/** A lovelace for 4 KiB. */
export const price: bigint = 2n ** 18n;
/** Signs the vouchers. */
export const payer: Party = party('payer');
const PIECE_BYTES = 1_000_000;

export type Shop = {
	readonly world: StorageWorld;
	readonly provider: WorldProvider;
	readonly client: Peer;
	readonly watchtower: Watchtower;
	readonly agreementId: Hash32;
	readonly piece: Piece;
	readonly channelId: Hash32;
	readonly get: (length: number) => PeerRequest;
	readonly stop: () => Promise<void>;
};

/** Bob stored a piece with a provider that wants to be paid for downloads, and has a channel with it. */
export const openShop = async (deposit: Lovelace = ada(1), signer: Party = payer): Promise<Shop> => {
	const world = new StorageWorld();
	const towers: Watchtower[] = [];
	world.tillOf = ({operator, payout}) => {
		const payee = () => payout.account;
		const ports = {journal: createMemoryVoucherJournal(), crypto, log: silentLog};
		const tower = startWatchtower(
			{...ports, chain: {...world.chain, nextSequence: () => world.mempool.length}},
			{seed: operator.seed, payee},
		);
		towers.push(tower);
		return new Till(
			{chain: world.chain, watchtower: tower, crypto},
			{price, serverVk: operator.verificationKey, payee},
		);
	};
	const provider = at(await world.addProviders(['east']), 0);
	world.ledger.send(bob, {kind: 'payer-deposit', amount: ada(1000)});
	const client = await Peer.dial(world, provider, bob);
	const agreementId = await client.open();
	const piece = pieceOf(new Uint8Array(randomBytes(PIECE_BYTES)));
	await client.store(agreementId, [piece]);
	world.ledger.send(bob, {
		kind: 'channel-open',
		payerVk: signer.verificationKey,
		payee: provider.payout.account,
		lane: 0,
		expiry: Slot(800),
		deposit,
	});
	const {channelId} = defined(world.ledger.eventsOf('channel-opened')[0], 'opened');
	const watchtower = at(towers, 0);
	return {
		world,
		provider,
		client,
		watchtower,
		agreementId,
		piece,
		channelId,
		get: length => ({kind: 'get', agreementId, pieceId: piece.pieceId, offset: 0, length}),
		stop: async () => {
			await watchtower.stop();
			await world.stop([provider]);
		},
	};
};
