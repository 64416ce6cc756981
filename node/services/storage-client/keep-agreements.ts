import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {Epoch} from '#kernel/slot';
import {epochOf} from '#ledger/environment';
import type {SessionPool} from '#transport/session-pool';
import {isActive} from './active-agreement.ts';
import {
	agreementIdField,
	amountField,
	type ChainClient,
	hashField,
	reachableProviders,
} from './chain-client.ts';
import type {StorageClientPorts} from './client-ports.ts';
import {peerOf} from './find-providers.ts';
import {signingDeadline} from './open-agreements.ts';
import {fundAllPayers} from './payer-account.ts';
import {sendAll} from './send-all.ts';
import {orderOf, type StandingOrder} from './standing-orders.ts';
import {whileBehind} from './while-behind.ts';

type Call = {readonly signal?: AbortSignal};

export type KeptAgreement = {
	readonly agreementId: Hash32;
	readonly provider: Hash32;
	readonly endEpoch: Epoch;
	/** At most, and until, that; null: it ends when it ends. */
	readonly order: StandingOrder | null;
	/** Whether the order is new. */
	readonly changed: boolean;
};

const isSame = (one: KeptAgreement['order'], other: KeptAgreement['order']): boolean =>
	one === null || other === null ? one === other : one.rateMax === other.rateMax && one.until === other.until;

/**
 * Has all agreements of the account that go on renew by themselves, whatever becomes of this machine: the ledger does it, at
 * the price that the provider then asks for, within the order. `order` null takes the orders back. Repairs keep to it as well.
 */
export const keepAgreements = async (
	chain: ChainClient,
	order: StandingOrder | null,
	call: Call = {},
): Promise<readonly KeptAgreement[]> => {
	const views = await chain.control.agreements({client: toHex(chain.account)}, call);
	const kept: KeptAgreement[] = [];
	for (const view of views.filter(isActive)) {
		if ((view.details['closing'] ?? null) !== null) continue;
		const agreementId = agreementIdField(view);
		const changed = !isSame(orderOf(view), order);
		const provider = hashField(view.provider, 'provider id');
		kept.push({agreementId, provider, endEpoch: Epoch(view.endEpoch), order, changed});
	}
	const changed = kept.filter(each => each.changed);
	const actions = changed.map(({agreementId}) => ({kind: 'agreement-standing', agreementId, order}) as const);
	await sendAll(chain, actions, call);
	return kept;
};

/** A standing order adds no funds. Throws TRANSACTION_REFUSED, and PAYER_FUNDS_TOO_SMALL where others pay and have too little. */
export const fundAgreements = async (
	chain: ChainClient,
	until: Epoch,
	call: Call = {},
): Promise<Lovelace> => {
	const epoch = epochOf(chain.env.genesis, await chain.currentSlot(call));
	return await fundAllPayers(chain, Math.max(0, until - epoch), call);
};

export type RenewOptions = {
	readonly agreementId: Hash32;
	/** The first epoch that is not paid any more. */
	readonly endEpoch: Epoch;
	/** No piece is taken out before this epoch; default as it is. */
	readonly lockedUntil?: Epoch;
};

/**
 * Makes an agreement longer, or locks its objects, at once and at the provider's price; both sides sign. Throws AGREEMENT_UNKNOWN,
 * PROVIDER_SILENT, PROVIDER_REFUSED, TRANSACTION_REFUSED.
 */
export const renewAgreement = async (
	{
		chain,
		ports,
		pool,
	}: {
		readonly chain: ChainClient;
		readonly ports: Pick<StorageClientPorts, 'clock'>;
		readonly pool: SessionPool;
	},
	{agreementId, endEpoch, lockedUntil}: RenewOptions,
	call: Call = {},
): Promise<void> => {
	const id = toHex(agreementId);
	const view = await chain.agreement(agreementId, call);
	if (view === undefined)
		throw new NodeError({code: 'AGREEMENT_UNKNOWN', message: `The chain has no agreement ${id}.`});
	const provider = (await reachableProviders(chain.control, call)).find(
		each => toHex(each.id) === view.provider,
	);
	const peer = provider && peerOf({pool, clock: ports.clock}, provider);
	if (provider === undefined || peer === undefined)
		throw new NodeError({code: 'PROVIDER_SILENT', message: 'The provider cannot be reached.'});
	const {rateMin} = chain.parameters;
	const unsigned = chain.prepare(
		{
			kind: 'agreement-renew',
			agreementId,
			capacityLeaves: Number(amountField(view.capacityLeaves, 'capacity')),
			rate: rateMin > provider.storePrice ? rateMin : provider.storePrice,
			endEpoch,
			lockedUntil: lockedUntil ?? Epoch(Number(amountField(view.details['lockedUntil'], 'lock'))),
		},
		{
			sequence: await chain.nextSequence(call),
			validUntil: await signingDeadline(chain, call),
			witnesses: 2,
		},
	);
	const witness = await whileBehind(
		chain,
		['PAYER_FUNDS_TOO_SMALL', 'AGREEMENT_UNKNOWN'],
		() => peer.agree(unsigned.bodyBytes, call),
		call,
	);
	await chain.submit(unsigned, [witness], call);
	await chain.included([unsigned], call);
};
