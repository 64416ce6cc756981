import {equalBytes} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {err, type Failure, ok, type Result} from '#kernel/result';
import type {Slot} from '#kernel/slot';
import {findActiveAgreement} from '#ledger/agreements/find-agreement';
import {findProvider} from '#ledger/providers/find-provider';
import {priceWithService, type ServiceOffer} from '#ledger/service/service-offers';
import type {UnsignedTransaction} from '#ledger/tx/transaction';
import type {ProviderChain} from './provider-chain.ts';

export type ServiceDeskOptions = {
	readonly providerId: Hash32;
	readonly service?: readonly ServiceOffer[];
};

/** Decides which promises about giving pieces back the provider signs: those that it offers, to clients who pay for them. */
export class ServiceDesk {
	readonly #chain: ProviderChain;
	readonly #options: ServiceDeskOptions;

	constructor(chain: ProviderChain, options: ServiceDeskOptions) {
		this.#chain = chain;
		this.#options = options;
	}

	/** `peer`: the key that the asking side has proven. */
	consider(peer: Uint8Array, {body}: UnsignedTransaction): Result<void, Failure> {
		const {env} = this.#chain;
		const {providerId, service = []} = this.#options;
		const {action, sender, validUntil} = body;
		if (action.kind !== 'service-class') return err({code: 'PROMISE_ACTION_WRONG', action: action.kind});
		const {agreementId, serviceClass} = action;
		const found = findActiveAgreement(this.#chain.state(), agreementId);
		if (!found.ok) return found;
		const {client, provider: id, rate} = found.value;
		if (!equalBytes(id, providerId)) return err({code: 'AGREEMENT_OF_ANOTHER_PROVIDER', agreementId});
		const isClients =
			equalBytes(env.crypto.blake2b224(peer), client) && sender !== null && equalBytes(sender, client);
		if (!isClients) return err({code: 'PEER_NOT_AUTHORISED', agreementId});
		const validUntilMax = (this.#chain.currentSlot() + env.genesis.epochLength) as Slot;
		if (validUntil === null || validUntil > validUntilMax)
			return err({code: 'PROMISE_VALID_TOO_LONG', validUntil, validUntilMax});
		const offer = service.find(each => each.serviceClass === serviceClass);
		if (offer === undefined) return err({code: 'SERVICE_CLASS_NOT_OFFERED', serviceClass});
		const provider = findProvider(this.#chain.state(), providerId);
		if (!provider.ok) return provider;
		const rateMin = priceWithService(provider.value.storePrice, offer.surcharge);
		return rate < rateMin ? err({code: 'SERVICE_RATE_TOO_LOW', rate, rateMin}) : ok(undefined);
	}
}
