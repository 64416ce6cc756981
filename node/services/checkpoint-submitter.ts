import {committeeHash} from '#crypto/checkpoint-message';
import type {Hasher} from '#crypto/crypto';
import {equalBytes, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {periodMsOf} from '#ledger/genesis/genesis';
import type {Committee} from '#ledger/main-chain/checkpoint';
import {checkpointsOf, type PendingView} from '#ledger/queries';
import type {CheckpointContract} from '#node/ports/checkpoint-contract';
import type {Clock} from '#node/ports/clock';
import type {Log} from '#node/ports/log';
import type {ChainService} from './chain/chain-service.ts';
import {type SubmitterName, submissionTurn, turnLengthMs} from './submission-turn.ts';

export type CheckpointSubmitterPorts = {
	readonly crypto: Hasher;
	readonly chain: Pick<ChainService, 'network' | 'ledger' | 'nextChange'>;
	readonly contract: CheckpointContract;
	readonly clock: Clock;
	readonly log: Log;
	/** Whether we have the chain that our peers have: before that, most of what is pending is long confirmed. */
	readonly isSynced: () => boolean;
};

/** A certified checkpoint, and the committee that signed it. */
type Due = {readonly pending: PendingView; readonly committee: Committee};

type Task = {
	/** What was signed, in hexadecimal. */
	readonly message: string;
	readonly period: number;
	/** When to look at Cardano next. */
	nextMs: number;
	failures: number;
	/** What was said of it last: said again only when it changes. */
	said: string | undefined;
};

/** Turns to wait after failures, at most. */
const BACK_OFF_MAX = 16;

/**
 * Hands certified checkpoints in on Cardano. Anybody may, and one is enough: each waits for its turn and looks whether
 * another one was there before. Nobody pays twice for a period: every transaction for it spends the output that
 * holds the checkpoint, so Cardano takes one of them, and no fee for the others; whatever became of one that nobody
 * answered for, signing another is safe.
 */
export class CheckpointSubmitter {
	readonly #ports: CheckpointSubmitterPorts;
	readonly #name: SubmitterName;
	#task: Task | undefined;

	constructor(ports: CheckpointSubmitterPorts, name: SubmitterName) {
		this.#ports = ports;
		this.#name = name;
	}

	/** Hands in what is certified, in its turn; resolves once the signal has aborted. */
	async run({signal}: {readonly signal: AbortSignal}): Promise<void> {
		while (!signal.aborted) {
			const due = this.#certified();
			const task = due && this.#taskOf(due);
			this.#task = task;
			if (due !== undefined && task !== undefined && task.nextMs <= this.#ports.clock.now())
				await this.#attempt(task, due, signal);
			await this.#idle(signal);
		}
	}

	/** The newest one: it makes up for those before it. */
	#certified(): Due | undefined {
		const {chain, isSynced} = this.#ports;
		if (chain.ledger.pendingCheckpoints.size === 0 || !isSynced()) return undefined;
		const {pending, confirmed} = checkpointsOf(chain.network.env, chain.ledger);
		const newest = pending.findLast(({complete}) => complete);
		return newest && {pending: newest, committee: confirmed.committee};
	}

	#turnMs({length}: Committee): number {
		return turnLengthMs(periodMsOf(this.#ports.chain.network.env.genesis), length);
	}

	#taskOf({pending: {period, message}, committee}: Due): Task {
		const {crypto, clock} = this.#ports;
		if (this.#task?.message === toHex(message)) return this.#task;
		const waitMs = submissionTurn(crypto, message, committee, this.#name) * this.#turnMs(committee);
		const nextMs = clock.now() + waitMs;
		const task: Task = {message: toHex(message), period, nextMs, failures: 0, said: undefined};
		this.#say(task, 'checkpoint is certified: handed in on cardano unless another node is faster', {waitMs});
		return task;
	}

	#say(task: Task, message: string, fields: object = {}): void {
		if (task.said === message) return;
		task.said = message;
		this.#ports.log.info(message, {period: task.period, ...fields});
	}

	async #attempt(task: Task, due: Due, signal: AbortSignal): Promise<void> {
		const {clock, log} = this.#ports;
		let turns = 1;
		try {
			await this.#lookAndHandIn(task, due, signal);
			task.failures = 0;
		} catch (error) {
			if (signal.aborted) return;
			if (!(error instanceof NodeError)) throw error;
			turns = Math.min(BACK_OFF_MAX, 2 ** task.failures++);
			const againInMs = turns * this.#turnMs(due.committee);
			if (task.said !== error.code)
				log.warn('checkpoint not handed in on cardano', {period: task.period, error, againInMs});
			task.said = error.code;
		}
		task.nextMs = clock.now() + turns * this.#turnMs(due.committee);
	}

	async #lookAndHandIn(task: Task, due: Due, signal: AbortSignal): Promise<void> {
		if (await this.#isSettled(task, due, signal)) return;
		try {
			await this.#handIn(task, due, signal);
		} catch (error) {
			// Refused because another node was faster while this one built its transaction.
			if (signal.aborted || !(await this.#isSettled(task, due, signal))) throw error;
		}
	}

	/** Whether there is nothing to hand in as Cardano stands; looked at again, because Cardano may take a block back. */
	async #isSettled(task: Task, {committee}: Due, signal: AbortSignal): Promise<boolean> {
		const {contract, crypto} = this.#ports;
		const standing = await contract.readCheckpoint({signal});
		if (standing.period >= task.period)
			this.#say(task, 'checkpoint stands on cardano: it counts once it is deep enough');
		else if (!equalBytes(standing.committeeHash, committeeHash(crypto, committee)))
			this.#say(task, 'cardano names another committee than the chain has heard of: waiting');
		else return false;
		return true;
	}

	async #handIn(task: Task, {pending, committee}: Due, signal: AbortSignal): Promise<void> {
		const {contract, crypto} = this.#ports;
		const {period, blockHash, stateRoot, payoutRoot, nextCommittee} = pending;
		const nextCommitteeHash = committeeHash(crypto, nextCommittee);
		const next = {period, blockHash, stateRoot, payoutRoot, nextCommitteeHash};
		const signatures = pending.signatures.map(({memberVk, signature}) => ({
			verificationKey: memberVk,
			signature,
		}));
		const {txId, fee} = await contract.advanceCheckpoint({next, committee, signatures}, {signal});
		this.#say(task, 'checkpoint handed in on cardano', {txId: toHex(txId), feeLovelace: String(fee)});
	}

	/** Until something may be different. */
	async #idle(signal: AbortSignal): Promise<void> {
		const {chain, clock} = this.#ports;
		const stop = new AbortController();
		const either = {signal: AbortSignal.any([signal, stop.signal])};
		const changes: Promise<unknown>[] = [chain.nextChange(either)];
		if (this.#task !== undefined) changes.push(clock.waitUntil(this.#task.nextMs, either));
		await Promise.race(changes).catch(() => undefined);
		stop.abort();
		await Promise.allSettled(changes);
	}
}
