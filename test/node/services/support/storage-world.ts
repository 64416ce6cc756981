/**
 * A chain, a network and storage providers in one process: the ledger's own rules, real frames, stores in memory, and
 * time that moves block by block.
 */
import type {PieceTreeKernel} from '#crypto/piece-tree-kernel';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import type {Hash32, TxId} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import type {Result} from '#kernel/result';
import {Slot} from '#kernel/slot';
import {buildBody, openBlockDraft} from '#ledger/block/build-body';
import type {LedgerEvent} from '#ledger/events';
import type {Genesis} from '#ledger/genesis/genesis';
import {readerOf} from '#ledger/state/state';
import {applyTransaction, checkTransaction} from '#ledger/tx/apply-transaction';
import type {Transaction} from '#ledger/tx/transaction';
import {createPieceTreeKernel} from '#node/adapters/piece-tree-kernel';
import type {PieceStore} from '#node/ports/piece-store';
import {type Provider, startProvider} from '#node/services/provider/provider';
import type {ProviderChain} from '#node/services/provider/provider-chain';
import type {Till} from '#node/services/provider/till';
import type {DiskWatch} from '#node/services/provider/upkeep/disk-watch';
import {LossBook} from '#node/services/provider/upkeep/loss-book';
import {createMemoryNetwork, type MemoryNetwork} from '#transport/memory';
import type {AnnouncedAttribute} from '#transport/protocols/announcement';
import type {Endpoint} from '#transport/protocols/endpoint';
import type {RequestHandler, Transport} from '#transport/transport';
import {crypto} from '../../../support/crypto.ts';
import {hashOf, LedgerChain, type Party, party} from '../../../support/ledger-chain.ts';
import {ada, alice, testGenesis} from '../../../support/ledger-genesis.ts';
import {createMemoryPieceStore} from '../../../support/memory-piece-store.ts';
import {silentLog} from '../../../support/silent-log.ts';

export const pieceTrees: PieceTreeKernel = await createPieceTreeKernel();

export type WorldProvider = {
	readonly name: string;
	readonly id: Hash32;
	readonly operator: Party;
	readonly payout: Party;
	readonly store: PieceStore;
	service: Provider;
};

/** Where a provider is. */
export type Place = {
	readonly transport: Transport;
	readonly listen: Endpoint;
	readonly announced?: null;
};

/** Lets everything that needs no time happen: streams and stores in memory answer within a few turns. */
export const settled = async (turns = 30): Promise<void> => {
	for (let turn = 0; turn < turns; turn++) await new Promise(resolve => setImmediate(resolve));
};

export class StorageWorld {
	readonly ledger: LedgerChain;
	readonly network: MemoryNetwork = createMemoryNetwork();
	readonly announcements: Map<string, Uint8Array> = new Map<string, Uint8Array>();
	readonly included: TxId[] = [];
	/** Of the last transactions that the mempool refused. */
	readonly refused: string[] = [];
	mempool: Transaction[] = [];
	/** Changes what providers send, to play attacks. */
	tamper: (wire: Uint8Array) => Uint8Array = wire => wire;
	/** Changes how a provider answers, to play a bad one. */
	answerOf: (name: string, handler: RequestHandler) => RequestHandler = (_, handler) => handler;
	/** How a provider is reached; over the memory network unless set. `announced` null: by routes only. */
	placeOf: (provider: Omit<WorldProvider, 'service'>) => Place = ({name, operator}) => ({
		transport: this.network.transport(operator.verificationKey),
		listen: {host: name, port: 1},
	});
	/** What a provider says of itself. */
	attributesOf: (name: string) => readonly AnnouncedAttribute[] = () => [];
	/** What takes payments for a provider; nothing unless set. */
	tillOf: (provider: Omit<WorldProvider, 'service'>) => Till | undefined = () => undefined;
	/** What each provider knows to have lost. */
	readonly losses: Map<string, LossBook> = new Map<string, LossBook>();
	/** The disk under a provider; none is looked at unless set. */
	diskOf: (name: string) => Pick<DiskWatch, 'refusal'> | undefined = () => undefined;
	/** Whether providers report by themselves. */
	reportLosses: boolean = true;
	readonly #listeners = new Set<() => void>();

	constructor(genesis: Genesis = testGenesis()) {
		this.ledger = new LedgerChain(genesis);
	}

	get nextSlot(): Slot {
		return Slot(this.ledger.slot + 1);
	}

	readonly chain: ProviderChain = (() => {
		const world = this;
		return {
			get env() {
				return world.ledger.env;
			},
			state: () => readerOf(world.ledger.state),
			currentSlot: () => world.nextSlot,
			onChange: (listener, {signal}) => {
				world.#listeners.add(listener);
				signal.addEventListener('abort', () => world.#listeners.delete(listener));
			},
			submit: async wire => world.submit(world.tamper(wire)),
			announce: bytes => {
				// The key stands first in an announcement.
				world.announcements.set(toHex(bytes.subarray(0, 36)), bytes);
			},
		};
	})();

	submit(wire: Uint8Array): Result<TxId> {
		const {env, state} = this.ledger;
		const context = this.ledger.contextAt(this.nextSlot);
		const draft = openBlockDraft(env, state, context);
		for (const transaction of this.mempool) {
			const fork = draft.fork();
			if (applyTransaction(env, fork, context, transaction).ok) draft.absorb(fork);
		}
		const checked = checkTransaction(env, draft, context, wire);
		if (!checked.ok) {
			this.refused.push(checked.error.code);
			return checked;
		}
		this.mempool.push(checked.value);
		return {ok: true, value: checked.value.id};
	}

	/** A block of what the mempool has, and everything that follows from it. */
	async forge(slot: Slot = this.nextSlot): Promise<readonly LedgerEvent[]> {
		const {ledger} = this;
		const context = ledger.contextAt(slot);
		const mainChain = {mcRef: ledger.mcRef, events: []};
		const built = buildBody(ledger.env, ledger.state, context, {transactions: this.mempool, mainChain});
		if (!built.ok) throw new NodeError(built.error);
		const included = new Set(built.value.included.map(toHex));
		const rejected = new Set(built.value.rejected.map(({txId}) => toHex(txId)));
		const events = ledger.block(
			slot,
			this.mempool.filter(({id}) => included.has(toHex(id))),
		);
		this.included.push(...built.value.included);
		this.mempool = this.mempool.filter(({id}) => !included.has(toHex(id)) && !rejected.has(toHex(id)));
		await this.changed();
		return events;
	}

	async rollback(blocks: number): Promise<void> {
		for (let block = 0; block < blocks; block++) this.ledger.rollback();
		await this.changed();
	}

	async changed(): Promise<void> {
		for (const listener of this.#listeners) listener();
		await settled();
	}

	/** Blocks in every second slot, or less often, up to and including `slot`. */
	async advanceTo(slot: Slot, stride = 2): Promise<void> {
		while (this.ledger.slot < slot) await this.forge(Slot(Math.min(this.ledger.slot + stride, slot)));
	}

	/** Registers providers on the chain and starts their services. */
	async addProviders(
		names: readonly string[],
		store: () => PieceStore = createMemoryPieceStore,
	): Promise<readonly WorldProvider[]> {
		const providers = names.map(name => ({
			name,
			id: hashOf(`claim of ${name}`),
			operator: party(`operator ${name}`),
			payout: party(`payout ${name}`),
			store: store(),
		}));
		this.ledger.report(
			...providers.map(({id, operator, payout}) => ({
				kind: 'claim-opened' as const,
				claimId: id,
				ownerKeyHash: payout.account,
				operatorVk: operator.verificationKey,
			})),
		);
		for (const {id, operator, payout} of providers)
			this.ledger.send(
				alice,
				{
					kind: 'provider-register',
					provider: id,
					operatorVk: operator.verificationKey,
					payoutAccount: payout.account,
					bond: ada(100),
					storePrice: ada(1),
					minTermEpochs: 1,
					capacityLeaves: 2 ** 20,
				},
				{with: [operator]},
			);
		const started: WorldProvider[] = [];
		for (const provider of providers) {
			const service = await this.startService(provider);
			started.push({...provider, service});
		}
		await settled();
		return started;
	}

	async startService(provider: Omit<WorldProvider, 'service'>): Promise<Provider> {
		const {name, id, operator, payout, store} = provider;
		const till = this.tillOf(provider);
		const {transport, ...place} = this.placeOf(provider);
		const losses = await LossBook.open(store);
		this.losses.set(name, losses);
		const disk = this.diskOf(name);
		return await startProvider(
			{
				chain: this.chain,
				store,
				losses,
				...(disk && {disk}),
				...(till && {till}),
				feePayer: {seed: payout.seed, nextSequence: account => this.nextSequence(account)},
				transport: {
					...transport,
					listen: (endpoint, handler) => transport.listen(endpoint, this.answerOf(name, handler)),
				},
				crypto,
				trees: pieceTrees,
				log: silentLog,
			},
			{
				providerId: id,
				operatorSeed: operator.seed,
				...place,
				reportLosses: this.reportLosses,
				attributes: this.attributesOf(name),
			},
		);
	}

	async stop(providers: readonly WorldProvider[]): Promise<void> {
		for (const {service} of providers) await service.stop();
	}

	/** Of the next transaction of an account, those that wait counted in. */
	nextSequence(account: Uint8Array): number {
		const waiting = this.mempool.filter(({body}) => body.sender && toHex(body.sender) === toHex(account));
		return (this.ledger.state.accounts.get(toHex(account))?.sequence ?? 0) + waiting.length;
	}

	/** Credits of an account. */
	balance({account}: Party): Lovelace {
		return this.ledger.state.accounts.get(toHex(account))?.balance ?? Lovelace(0n);
	}
}

/** A provider of a list, which has one of that number. */
export const at = <T>(list: readonly T[], index: number): T =>
	defined(list[index], 'the list is long enough');
