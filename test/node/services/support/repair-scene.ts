/** A file on some providers, of which a repairer has a ticket; providers that come, go and refuse. */
import {randomBytes} from 'node:crypto';
import {toHex} from '#kernel/bytes';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {openRepairer, type Repairer} from '#node/services/repairer/repairer';
import type {StorageClient} from '#node/services/storage-client/storage-client';
import type {RepairTicket} from '#pieces/manifest/repair-ticket';
import {decodeRequest} from '#transport/protocols/messages';
import {type Party, party} from '../../../support/ledger-chain.ts';
import {ada, alice, bob} from '../../../support/ledger-genesis.ts';
import {clientPorts, openClient, sourceOf} from './client-kit.ts';
import {StorageWorld, type WorldProvider} from './storage-world.ts';

export const repairerParty: Party = party('repairer');

const PROVEN_EPOCHS = 8;

export class RepairScene {
	readonly world: StorageWorld = new StorageWorld();
	readonly bytes: Uint8Array;
	/** What a provider does not do, and how often; by its name and the kind of request. */
	readonly refusals: Map<string, number> = new Map<string, number>();
	providers: readonly WorldProvider[] = [];
	ticket: RepairTicket | undefined;
	client: StorageClient | undefined;
	readonly #off = new Set<WorldProvider>();

	constructor(length: number) {
		this.bytes = new Uint8Array(randomBytes(length));
		this.world.answerOf = (name, handler) => request => {
			const decoded = decodeRequest(request.head);
			const key = `${name} ${decoded.ok ? decoded.value.kind : ''}`;
			const left = this.refusals.get(key) ?? 0;
			if (left === 0) return handler(request);
			this.refusals.set(key, left - 1);
			throw new NodeError({code: 'TEST_REFUSED'});
		};
	}

	/** The rate is high enough for bounties above fees. */
	static async open(names: readonly string[], length = 200_000): Promise<RepairScene> {
		const scene = new RepairScene(length);
		const {world} = scene;
		scene.providers = await world.addProviders(names);
		scene.client = await openClient(world, bob);
		await scene.client.putFile({
			name: 'a',
			source: sourceOf(scene.bytes),
			segmentBytes: 50_000,
			rate: ada(3000),
			epochs: 30,
			repairerVk: repairerParty.verificationKey,
		});
		scene.ticket = (await scene.client.repairTicket('a')).ticket;
		world.ledger.send(alice, {kind: 'transfer', to: repairerParty.account, amount: ada(10)});
		await scene.prove(PROVEN_EPOCHS);
		return scene;
	}

	get tickets(): readonly RepairTicket[] {
		return this.ticket === undefined ? [] : [this.ticket];
	}

	openRepairer(): Promise<Repairer> {
		return openRepairer(clientPorts(this.world, repairerParty), {seed: repairerParty.seed, hedgeMs: 10_000});
	}

	/** Those that have pieces, most first. */
	holders(): readonly WorldProvider[] {
		const {holders = [], segments = []} = this.ticket ?? {};
		const has = ({id}: WorldProvider): number =>
			segments
				.flatMap(({pieces}) => pieces)
				.filter(({holder}) => toHex(holders[holder]?.providerId ?? new Uint8Array(0)) === toHex(id)).length;
		return this.providers.filter(provider => has(provider) > 0).toSorted((a, b) => has(b) - has(a));
	}

	/** So many epochs pass in which all prove, so that one miss does not make strangers of them that get nothing any more. */
	async prove(epochs: number): Promise<void> {
		const {world} = this;
		await world.advanceTo(world.ledger.slotAt(world.ledger.epoch + epochs, 1));
	}

	byId(id: Uint8Array): WorldProvider {
		const found = this.providers.find(provider => toHex(provider.id) === toHex(id));
		if (found === undefined) throw new NodeError({code: 'TEST_NO_PROVIDER'});
		return found;
	}

	async stop(...providers: readonly WorldProvider[]): Promise<void> {
		for (const provider of providers) {
			await provider.service.stop();
			this.#off.add(provider);
		}
	}

	/** With what is on its disk; and it takes agreements again. */
	async restart(...providers: readonly WorldProvider[]): Promise<void> {
		for (const provider of providers) {
			provider.service = await this.world.startService(provider);
			this.#off.delete(provider);
			await this.reopen();
		}
		await this.world.changed();
	}

	/** Operators of providers that were vacated, and run, say that they take agreements again. */
	async reopen(): Promise<void> {
		const {ledger} = this.world;
		for (const provider of this.providers) {
			const row = ledger.state.providers.get(toHex(provider.id));
			if (row === undefined || row.accepting || this.#off.has(provider)) continue;
			const {storePrice, minTermEpochs, capacityLeaves} = row;
			const terms = {storePrice, minTermEpochs, capacityLeaves, accepting: true, bondAdded: Lovelace(0n)};
			ledger.send(
				alice,
				{kind: 'provider-update', provider: provider.id, ...terms},
				{with: [provider.operator]},
			);
		}
	}

	/** Until the chain has noticed that so many more agreements have nobody. */
	async untilVacated(agreements: number): Promise<void> {
		const {world} = this;
		const before = world.ledger.eventsOf('agreement-vacated').length;
		for (let epochs = 0; epochs < 4; epochs++) {
			await world.advanceTo(world.ledger.slotAt(world.ledger.epoch + 1, 1));
			if (world.ledger.eventsOf('agreement-vacated').length >= before + agreements) return;
		}
		throw new NodeError({code: 'TEST_NOT_VACATED'});
	}

	async close(): Promise<void> {
		await this.client?.close();
		await this.world.stop(this.providers.filter(provider => !this.#off.has(provider)));
	}
}
