import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {BondContract} from '#node/ports/bond-contract';
import type {Clock} from '#node/ports/clock';
import type {Log} from '#node/ports/log';
import type {DisputedBond} from '#onchain/plans/bond-plans';
import type {LeafOpening} from '#storage-proofs/forest-proof';
import type {WantedOpening} from '../chain/find-opening.ts';

export type BondAnswererPorts = {
	readonly contract: BondContract;
	/** The leaf that is asked for; undefined when it cannot be found here. */
	readonly findOpening: (wanted: WantedOpening) => Promise<LeafOpening | undefined>;
	readonly clock: Clock;
	readonly log: Log;
};

export type BondAnswererOptions = {
	/** Claim id. */
	readonly provider: Hash32;
	/** How often Cardano is looked at. */
	readonly lookEveryMs: number;
};

/** The search goes through months of blocks. */
const LOOKS_BETWEEN_SEARCHES = 12;

/**
 * Answers the disputes of a provider's bonds on Cardano. What stands there now is all that it goes by: it answers at once, and
 * again when Cardano takes the block of an answer back. Anybody may answer; whoever is second pays nothing.
 */
export class BondAnswerer {
	readonly #ports: BondAnswererPorts;
	readonly #options: BondAnswererOptions;
	/** What was said last of each bond, or of Cardano: said again only when it changes. */
	readonly #said: Map<string, string> = new Map();
	/** When the blocks are searched again for a leaf that was not in them, by bond. */
	readonly #searchAgainMs: Map<string, number> = new Map();

	constructor(ports: BondAnswererPorts, options: BondAnswererOptions) {
		this.#ports = ports;
		this.#options = options;
	}

	/** Resolves once the signal has aborted. */
	async run({signal}: {readonly signal: AbortSignal}): Promise<void> {
		const {clock} = this.#ports;
		while (!signal.aborted) {
			await this.#look(signal);
			await clock.waitUntil(clock.now() + this.#options.lookEveryMs, {signal}).catch(() => undefined);
		}
	}

	async #look(signal: AbortSignal): Promise<void> {
		const {provider} = this.#options;
		let disputes: readonly DisputedBond[] = [];
		await this.#try('cardano', signal, async () => {
			disputes = await this.#ports.contract.disputesOf(provider, {signal});
			this.#said.delete('cardano');
		});
		for (const bond of disputes) await this.#try(toHex(bond.name), signal, () => this.#answer(bond, signal));
	}

	/** What fails in the world is told once and tried again at the next look. */
	async #try(subject: string, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
		if (signal.aborted) return;
		try {
			await act();
		} catch (error) {
			if (signal.aborted) return;
			if (!(error instanceof NodeError)) throw error;
			if (this.#said.get(subject) !== error.code)
				this.#ports.log.warn('dispute on cardano not answered', {subject, error});
			this.#said.set(subject, error.code);
		}
	}

	async #answer({name, datum}: DisputedBond, signal: AbortSignal): Promise<void> {
		const {contract, clock, log} = this.#ports;
		const {root, totalLeaves, leaf, answerByMs} = datum;
		const {provider, lookEveryMs} = this.#options;
		const bond = toHex(name);
		if (!this.#said.has(bond))
			log.warn('bond on cardano is disputed', {bond, leaf: String(leaf), answerByMs});
		if ((this.#searchAgainMs.get(bond) ?? 0) > clock.now()) return;
		const opening = await this.#ports.findOpening({provider, root, totalLeaves, leaf});
		if (opening === undefined) {
			this.#searchAgainMs.set(bond, clock.now() + LOOKS_BETWEEN_SEARCHES * lookEveryMs);
			throw new NodeError({
				code: 'LEAF_OPENING_UNKNOWN',
				bond,
				message: 'No block that this node keeps shows the leaf that is asked for: answer from another node.',
			});
		}
		const {txId, fee} = await contract.answer({bond: name, opening}, {signal});
		this.#said.delete(bond);
		log.info('dispute answered on cardano', {bond, txId: toHex(txId), feeLovelace: String(fee)});
	}
}

/** Answers until it is stopped. */
export const startBondAnswerer = (
	ports: BondAnswererPorts,
	options: BondAnswererOptions,
): {readonly stop: () => Promise<void>} => {
	const stopping = new AbortController();
	const {signal} = stopping;
	const running = new BondAnswerer(ports, options).run({signal}).catch((error: unknown) => {
		ports.log.error('a part of the provider failed', {part: 'bond answerer', error});
	});
	return {
		stop: async () => {
			stopping.abort();
			await running;
		},
	};
};
