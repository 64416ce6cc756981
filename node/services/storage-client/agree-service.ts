/** A promise about giving pieces back: from those that offer it, at the price that they ask for it. */
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import type {ServiceClass} from '#ledger/service/service-class';
import {priceWithService} from '#ledger/service/service-offers';
import type {UnsignedTransaction, Witness} from '#ledger/tx/transaction';
import type {ChainClient, ReachableProvider} from './chain-client.ts';
import {signingDeadline} from './open-agreements.ts';
import type {ProviderPeer} from './provider-peer.ts';
import {whileBehind} from './while-behind.ts';

type Call = {readonly signal?: AbortSignal};
type Wanted = {readonly agreementId: Hash32; readonly peer: ProviderPeer};

/** The providers that offer a class, each with what it asks with it as its price; all as they are when none is wanted. */
export const offering = <P extends Pick<ReachableProvider, 'service' | 'storePrice'>>(
	providers: readonly P[],
	serviceClass: ServiceClass | undefined,
	{rateMin}: {readonly rateMin: bigint},
): readonly P[] => {
	if (serviceClass === undefined) return providers;
	return providers.flatMap(provider => {
		const offer = provider.service.find(each => each.serviceClass === serviceClass);
		if (offer === undefined) return [];
		const price = provider.storePrice > rateMin ? provider.storePrice : rateMin;
		return {...provider, storePrice: priceWithService(price, offer.surcharge)};
	});
};

/** Who refuses is left out, and the others are asked again: their transactions are numbered without gaps. */
const ROUNDS_MAX = 4;

/** What a provider says as long as its node has not seen the agreement. */
const BEHIND = ['AGREEMENT_UNKNOWN'];

type Asked<A extends Wanted> = {
	readonly wanted: A;
	readonly unsigned: UnsignedTransaction;
	readonly answer: Witness | NodeError;
};

/**
 * Has the providers of these agreements sign the class, and waits until that is in blocks. Returns those that did. Throws
 * SERVICE_DECLINED when fewer than `atLeast` do; nothing has been submitted then.
 */
export const agreeService = async <A extends Wanted>(
	chain: ChainClient,
	agreements: readonly A[],
	{serviceClass, atLeast, ...call}: {readonly serviceClass: ServiceClass; readonly atLeast: number} & Call,
): Promise<readonly A[]> => {
	const declined: NodeError[] = [];
	let left = agreements;
	for (let round = 0; round < ROUNDS_MAX && left.length >= Math.max(1, atLeast); round++) {
		const first = await chain.nextSequence(call);
		const validUntil = await signingDeadline(chain, call);
		const asked = await Promise.all(
			left.map(async (wanted, index): Promise<Asked<A>> => {
				const {agreementId, peer} = wanted;
				const place = {sequence: first + index, validUntil, witnesses: 2};
				const unsigned = chain.prepare({kind: 'service-class', agreementId, serviceClass}, place);
				try {
					const ask = (): Promise<Witness> => peer.promise(unsigned.bodyBytes, call);
					return {wanted, unsigned, answer: await whileBehind(chain, BEHIND, ask, call)};
				} catch (error) {
					call.signal?.throwIfAborted();
					if (error instanceof NodeError) return {wanted, unsigned, answer: error};
					throw error;
				}
			}),
		);
		const signed = asked.filter(({answer}) => !(answer instanceof NodeError));
		declined.push(...asked.flatMap(({answer}) => (answer instanceof NodeError ? answer : [])));
		left = signed.map(({wanted}) => wanted);
		if (signed.length < asked.length) continue;
		for (const {unsigned, answer} of signed) await chain.submit(unsigned, [answer as Witness], call);
		await chain.included(
			signed.map(({unsigned}) => unsigned),
			call,
		);
		return left;
	}
	if (atLeast <= 0) return [];
	throw new NodeError({
		code: 'SERVICE_DECLINED',
		message: `Only ${left.length} providers promise ${serviceClass} where ${atLeast} are needed.`,
		serviceClass,
		agreed: left.length,
		needed: atLeast,
		providers: agreements.map(({peer}) => toHex(peer.address.key)),
		reasons: declined.map(({detail, code}) => detail['reason'] ?? code),
	});
};
