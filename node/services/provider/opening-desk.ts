import {equalBytes, toHex} from '#kernel/bytes';
import type {AccountId, Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {BlockNo, type Slot} from '#kernel/slot';
import {findActiveAgreement} from '#ledger/agreements/find-agreement';
import {epochOf} from '#ledger/environment';
import {rulesAt} from '#ledger/governance/rules-at';
import {roomOf} from '#ledger/providers/room';
import {Draft} from '#ledger/state/draft';
import {keyOf} from '#ledger/state/keys';
import type {ActionOf} from '#ledger/tx/action';
import type {RuleContext} from '#ledger/tx/rule';
import {agreementOpen} from '#ledger/tx/rules/agreement-open';
import {agreementRenew} from '#ledger/tx/rules/agreement-renew';
import {signedTransaction, type UnsignedTransaction} from '#ledger/tx/transaction';
import type {TxError} from '#ledger/tx/tx-error';
import type {AccessDesk} from './access-desk.ts';
import type {ProviderChain} from './provider-chain.ts';

type Signed = ActionOf<'agreement-open' | 'agreement-renew'>;

/** An agreement that this provider has signed and that may still come into a block. */
type Offer = {
	readonly unsigned: UnsignedTransaction;
	readonly action: Signed;
	readonly validUntil: Slot;
};

export type OpeningRefusal =
	| TxError
	| {readonly code: 'OPENING_OF_ANOTHER_PROVIDER'; readonly provider: Hash32}
	| {readonly code: 'OPENING_PEER_WRONG'}
	| {readonly code: 'OPENING_VALID_TOO_LONG'; readonly validUntil: Slot | null; readonly validUntilMax: Slot}
	| {readonly code: 'OPENINGS_TOO_MANY'; readonly openingsMax: number}
	/** The ledger would take it; this provider keeps its last twentieth free. */
	| {readonly code: 'PROVIDER_NEARLY_FULL'; readonly freeLeaves: number; readonly wantedLeaves: number};

const OFFERS_MAX = 256;

/** Of two signed under one name the chain takes one. */
const nameOf = (peer: Uint8Array, action: Signed): string =>
	`${toHex(peer)} ${action.kind === 'agreement-open' ? action.nonce : toHex(action.agreementId)}`;

/**
 * Decides which agreements the provider signs: those that the ledger's own rules would take now, with everything
 * signed before counted in, so that capacity and collateral are not promised twice.
 */
export class OpeningDesk {
	readonly #chain: ProviderChain;
	readonly #providerId: Hash32;
	readonly #access: Pick<AccessDesk, 'knows' | 'allows'>;
	/** By the peer that asked and the agreement's nonce. */
	readonly #offers = new Map<string, Offer>();

	constructor(chain: ProviderChain, providerId: Hash32, access: Pick<AccessDesk, 'knows' | 'allows'>) {
		this.#chain = chain;
		this.#access = access;
		this.#providerId = providerId;
	}

	/** `peer`: the key that the asking side has proven. The same transaction may be asked for again. */
	consider(peer: Uint8Array, unsigned: UnsignedTransaction, action: Signed): Result<void, OpeningRefusal> {
		const {env} = this.#chain;
		const slot = this.#chain.currentSlot();
		this.#forgetExpired(slot);
		const asks = this.#mayAsk(peer, unsigned, action);
		if (!asks.ok) return asks;
		const {validUntil} = unsigned.body;
		const validUntilMax = (slot + env.genesis.epochLength) as Slot;
		if (validUntil === null || validUntil > validUntilMax)
			return err({code: 'OPENING_VALID_TOO_LONG', validUntil, validUntilMax});
		// Of two openings of one agreement the chain takes one, so the second takes the place of the first.
		const name = nameOf(peer, action);
		if (this.#offers.size >= OFFERS_MAX && !this.#offers.has(name))
			return err({code: 'OPENINGS_TOO_MANY', openingsMax: OFFERS_MAX});
		const offer = {unsigned, action, validUntil};
		const draft = this.#draftWithOffers(slot, name);
		const fits = this.#apply(draft.fork(), offer, slot);
		if (!fits.ok) return fits;
		const row = draft.get('providers', keyOf(this.#providerId));
		const freeLeaves = row === undefined ? 0 : roomOf(row);
		const wantedLeaves = this.wantedLeaves(action);
		if (wantedLeaves > freeLeaves) return err({code: 'PROVIDER_NEARLY_FULL', freeLeaves, wantedLeaves});
		this.#offers.set(name, offer);
		return ok(undefined);
	}

	/** Whether the peer may ask for it, and this provider wants it. */
	#mayAsk(peer: Uint8Array, {body}: UnsignedTransaction, action: Signed): Result<void, OpeningRefusal> {
		const {sender} = body;
		const asksForItself = sender !== null && this.#mayOpenFor(peer, sender);
		if (action.kind === 'agreement-renew') {
			const fits = this.#mayRenew(action);
			return !fits.ok || asksForItself ? fits : err({code: 'OPENING_PEER_WRONG'});
		}
		if (!equalBytes(action.provider, this.#providerId))
			return err({code: 'OPENING_OF_ANOTHER_PROVIDER', provider: action.provider});
		const may = action.repairOf === null ? asksForItself : equalBytes(peer, action.repairerVk);
		return may ? ok(undefined) : err({code: 'OPENING_PEER_WRONG'});
	}

	/** For no less than what a new agreement would cost. */
	#mayRenew({agreementId, rate}: ActionOf<'agreement-renew'>): Result<void, OpeningRefusal> {
		const state = this.#chain.state();
		const found = findActiveAgreement(state, agreementId);
		if (!found.ok) return found;
		const {provider} = found.value;
		if (!equalBytes(provider, this.#providerId)) return err({code: 'OPENING_OF_ANOTHER_PROVIDER', provider});
		const rateMin = state.get('providers', keyOf(provider))?.storePrice ?? rate;
		return rate < rateMin ? err({code: 'AGREEMENT_RATE_TOO_LOW', rate, rateMin}) : ok(undefined);
	}

	/** Beyond what is agreed already. */
	wantedLeaves(action: Signed): number {
		if (action.kind === 'agreement-open') return action.capacityLeaves;
		const agreement = this.#chain.state().get('agreements', keyOf(action.agreementId));
		return action.capacityLeaves - (agreement?.capacityLeaves ?? 0);
	}

	/** The account itself, or who may write all that it has: somebody of those that own it together. */
	#mayOpenFor(peer: Uint8Array, sender: AccountId): boolean {
		if (equalBytes(this.#chain.env.crypto.blake2b224(peer), sender)) return true;
		return (
			this.#access.knows(peer, sender) &&
			this.#access.allows(peer, sender, [{right: 'write', whole: true}]).ok
		);
	}

	/** The state as it will be when all offers but one are taken up. Those on chain already, or void, change nothing. */
	#draftWithOffers(slot: Slot, except: string): Draft {
		const draft = new Draft(this.#chain.state());
		for (const [name, offer] of this.#offers) {
			if (name === except) continue;
			const fork = draft.fork();
			if (this.#apply(fork, offer, slot).ok) draft.absorb(fork);
		}
		return draft;
	}

	#apply(draft: Draft, {unsigned, action}: Offer, slot: Slot): Result<unknown, TxError> {
		const env = rulesAt(this.#chain.env, draft);
		const context: RuleContext = {
			env,
			draft,
			slot,
			epoch: epochOf(env.genesis, slot),
			blockNo: BlockNo(0),
			transaction: signedTransaction(unsigned, []),
		};
		return action.kind === 'agreement-open'
			? agreementOpen.apply(context, action)
			: agreementRenew.apply(context, action);
	}

	#forgetExpired(slot: Slot): void {
		for (const [id, {validUntil}] of this.#offers) if (validUntil <= slot) this.#offers.delete(id);
	}
}
