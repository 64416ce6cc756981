import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {compareBytes, equalBytes, toHex} from '#kernel/bytes';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {CARDANO_POOLS_MAX, type StakeList} from '#ledger/pools/cardano-stake';
import {cardanoStakeMessage, stakeListHash} from '#ledger/pools/cardano-stake-message';
import {type StakeQuestionView, stakeQuestionOf} from '#ledger/pools/stake-question';
import {single} from '#ledger/state/reader';
import {readerOf} from '#ledger/state/state';
import {encodeTransaction, feeFreeBody, signedTransaction, unsignedTransaction} from '#ledger/tx/transaction';
import type {CardanoStakes} from '#node/ports/cardano-stakes';
import type {Clock} from '#node/ports/clock';
import type {Log} from '#node/ports/log';
import type {ChainService} from './chain/chain-service.ts';
import type {Mempool} from './mempool/mempool.ts';

export type CardanoStakeSignerPorts = {
	readonly crypto: Crypto & SecretCrypto;
	readonly chain: Pick<ChainService, 'network' | 'ledger' | 'nextChange'>;
	readonly mempool: Pick<Mempool, 'submit'>;
	/** undefined where nothing tells this node: then it says that it cannot answer. */
	readonly stakes: CardanoStakes | undefined;
	readonly clock: Clock;
	readonly log: Log;
	readonly isSynced: () => boolean;
};

/** Refusals that say no more than that the answer is on its way, or that a later block brings another try. */
const HARMLESS: ReadonlySet<string> = new Set([
	'MEMPOOL_HAS_IT',
	'CARDANO_STAKE_ALREADY_SIGNED',
	'CARDANO_STAKE_LIST_KNOWN',
	'CARDANO_STAKE_LIST_UNKNOWN',
]);

/** After Cardano did not tell. */
const ASK_AGAIN_MS = 60_000;

/** The pools with the most stake, by id, none without. */
export const stakeListOf = (pools: StakeQuestionView['cardanoPools'], stakes: readonly bigint[]): StakeList =>
	pools
		.map((cardanoPool, index) => ({cardanoPool, stake: Lovelace(stakes[index] ?? 0n)}))
		.filter(({stake}) => stake > 0n)
		.sort((a, b) =>
			a.stake === b.stake ? compareBytes(a.cardanoPool, b.cardanoPool) : a.stake > b.stake ? -1 : 1,
		)
		.slice(0, CARDANO_POOLS_MAX)
		.sort((a, b) => compareBytes(a.cardanoPool, b.cardanoPool));

/**
 * A committee member's part in merged staking: asks Cardano itself what the bound pools have staked and signs that, never what
 * another member said. Without an answer it signs nothing.
 */
export class CardanoStakeSigner {
	readonly #ports: CardanoStakeSignerPorts;
	readonly #seed: Uint8Array;
	readonly #memberVk: Uint8Array;
	/** What Cardano told, for the question that stands. */
	#told: {readonly epoch: number; readonly stakes: StakeList} | undefined;
	#askAgainMs = 0;
	/** The newest epoch of which it was said that another member told something else. */
	#differedIn = -1;
	/** The newest epoch of which it was said that nothing tells this node. */
	#unaskableIn = -1;

	/** `seed`: the checkpoint key, 32 bytes, secret. */
	constructor(ports: CardanoStakeSignerPorts, seed: Uint8Array) {
		this.#ports = ports;
		this.#seed = seed;
		this.#memberVk = ports.crypto.ed25519VerificationKey(seed);
	}

	/** Answers what the chain asks, after every change of it; resolves once the signal has aborted. */
	async run({signal}: {readonly signal: AbortSignal}): Promise<void> {
		while (!signal.aborted) {
			const changed = this.#ports.chain.nextChange({signal}).catch(() => undefined);
			await this.#answer(signal);
			await changed;
		}
	}

	async #answer(signal: AbortSignal): Promise<void> {
		const {chain, isSynced} = this.#ports;
		const question = stakeQuestionOf(chain.ledger);
		if (question === undefined || !isSynced() || !this.#isMember()) return;
		if (question.votes.some(({memberVk}) => equalBytes(memberVk, this.#memberVk))) return;
		const stakes = await this.#stakesOf(question, signal);
		// While Cardano was asked the chain went on.
		const now = stakeQuestionOf(chain.ledger);
		if (stakes !== undefined && now?.epoch === question.epoch) this.#sign(now, stakes);
	}

	#isMember(): boolean {
		const {committee} = single(readerOf(this.#ports.chain.ledger), 'confirmedCheckpoint');
		return committee.some(({verificationKey}) => equalBytes(verificationKey, this.#memberVk));
	}

	async #stakesOf(
		{epoch, mcRef, cardanoPools}: StakeQuestionView,
		signal: AbortSignal,
	): Promise<StakeList | undefined> {
		const {stakes, clock, log} = this.#ports;
		if (this.#told?.epoch === epoch) return this.#told.stakes;
		if (stakes === undefined) {
			if (this.#unaskableIn < epoch)
				log.warn('nothing tells this node what is staked on cardano: set --cardano-stakes-url', {epoch});
			this.#unaskableIn = epoch;
			return undefined;
		}
		if (clock.now() < this.#askAgainMs) return undefined;
		try {
			const list = stakeListOf(cardanoPools, await stakes.activeStake(mcRef, cardanoPools, {signal}));
			this.#told = {epoch, stakes: list};
			return list;
		} catch (error) {
			if (signal.aborted) return undefined;
			if (!(error instanceof NodeError)) throw error;
			log.warn('cardano does not tell what its pools have staked: nothing is signed', {epoch, error});
			this.#askAgainMs = clock.now() + ASK_AGAIN_MS;
			return undefined;
		}
	}

	#sign(question: StakeQuestionView, stakes: StakeList): void {
		const {crypto, chain, mempool, log} = this.#ports;
		const {env} = chain.network;
		const {epoch} = question;
		const answer = stakeListHash(crypto, stakes);
		if (question.votes.some(vote => !equalBytes(vote.answer, answer)) && this.#differedIn < epoch) {
			this.#differedIn = epoch;
			log.warn('another member told other stake on cardano than cardano tells here', {epoch});
		}
		const signature = crypto.signEd25519(this.#seed, cardanoStakeMessage(env, question, answer));
		const body = feeFreeBody({
			kind: 'cardano-stake-sign',
			epoch,
			answer,
			stakes: question.isKnown(answer) ? null : stakes,
			memberVk: this.#memberVk,
			signature,
		});
		const transaction = signedTransaction(unsignedTransaction(env, body), []);
		const submitted = mempool.submit(encodeTransaction(transaction), 'local');
		const fields = {epoch, pools: stakes.length, answer: toHex(answer)};
		if (submitted.ok) log.info('stake on cardano signed', fields);
		else if (!HARMLESS.has(submitted.error.code))
			log.warn('stake on cardano refused', {...fields, failure: submitted.error});
	}
}
