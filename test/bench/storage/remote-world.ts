/** A world whose providers are processes of their own, one each: every block goes there too. */
import {type ChildProcess, fork} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {createSystemClock} from '#node/adapters/system-clock';
import type {Clock} from '#node/ports/clock';
import {StorageWorld, type WorldProvider} from '../../node/services/support/storage-world.ts';
import type {FromProviders, RawPlaces, ToProviders} from './provider-messages.ts';

/** One process with one provider. Messages are dealt with one after the other. */
class ProviderProcess {
	readonly #child: ChildProcess;
	#sentBlocks = 0;
	#turn: Promise<void> = Promise.resolve();
	#isStopping: boolean = false;

	constructor(onMessage: (message: FromProviders) => void) {
		const script = `./provider-process${path.extname(import.meta.url)}`;
		this.#child = fork(new URL(script, import.meta.url), {serialization: 'advanced'});
		this.#child.on('message', onMessage);
	}

	/** Sends a message and waits until it is dealt with; one that stops is told nothing more. */
	tell(message: ToProviders): Promise<void> {
		if (this.#isStopping) return this.#turn;
		this.#turn = this.#turn.then(() => this.#tellNow(message));
		return this.#turn;
	}

	async follow({ledger}: StorageWorld): Promise<void> {
		const missing = ledger.blocks.slice(this.#sentBlocks);
		this.#sentBlocks += missing.length;
		await Promise.all(
			missing.map(({context, segments}) => this.tell({kind: 'block', slot: context.slot, segments})),
		);
	}

	async stop(): Promise<void> {
		this.#isStopping = true;
		await this.#turn;
		const gone = new Promise(resolve => this.#child.once('exit', resolve));
		this.#child.send({kind: 'stop'} satisfies ToProviders);
		await gone;
	}

	async #tellNow(message: ToProviders): Promise<void> {
		await new Promise<void>(resolve => {
			const done = (answer: FromProviders): void => {
				if (answer.kind !== 'done') return;
				this.#child.off('message', done);
				resolve();
			};
			this.#child.on('message', done);
			this.#child.send(message);
		});
	}
}

export class RemoteWorld extends StorageWorld {
	readonly folder: string;
	readonly #processes: ProviderProcess[] = [];
	/** Where bare streams are answered. */
	raw: RawPlaces = {port: 0, address: ''};

	private constructor(folder: string) {
		super();
		this.folder = folder;
	}

	static async open(providers: number): Promise<RemoteWorld> {
		const world = new RemoteWorld(await mkdtemp(path.join(tmpdir(), 'dcloud-bench-')));
		await world.addProviders(Array.from({length: providers}, (_, index) => `p${index}`));
		return world;
	}

	async close(): Promise<void> {
		await Promise.all(this.#processes.map(each => each.stop()));
		await rm(this.folder, {recursive: true, force: true});
	}

	override async changed(): Promise<void> {
		await Promise.all(this.#processes.map(each => each.follow(this)));
	}

	override async startService(provider: Omit<WorldProvider, 'service'>): Promise<WorldProvider['service']> {
		const own = new ProviderProcess(message => {
			if (message.kind === 'announcement') this.chain.announce(new Uint8Array(message.bytes));
			if (message.kind === 'raw') this.raw = message;
		});
		this.#processes.push(own);
		await own.follow(this);
		const servesRaw = this.#processes.length === 1;
		await own.tell({kind: 'start', name: provider.name, folder: this.folder, servesRaw});
		return {
			endpoint: {host: '', port: 0},
			status: () => Promise.reject(new RangeError('remote')),
			opening: async () => undefined,
			stop: async () => undefined,
		};
	}
}

/** Real time, except that waiting for a slot makes a block at once: what is measured is the transfer, not the chain. */
export const blockClock = (world: StorageWorld): Clock => {
	const clock = createSystemClock();
	return {
		now: clock.now,
		waitUntil: async (timeMs, options) => {
			if (timeMs - clock.now() > world.ledger.env.genesis.slotMs) await clock.waitUntil(timeMs, options);
			else await world.forge();
		},
	};
};
