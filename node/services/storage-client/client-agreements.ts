import {pieceLeafCount} from '#crypto/piece-id';
import {equalBytes, toHex} from '#kernel/bytes';
import type {AccountId, Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Epoch} from '#kernel/slot';
import {firstOpenEpoch} from '#ledger/agreements/check-opening';
import type {ServiceClass} from '#ledger/service/service-class';
import type {AgreementView} from '#node/ports/control-api';
import type {Entropy} from '#node/ports/entropy';
import type {Manifest} from '#pieces/manifest/manifest';
import {pieceLengthOf} from '#pieces/segment/segment-layout';
import {EMPTY_AGREEMENT, type HeldPiece} from '#storage-proofs/agreement-trie';
import {isActive} from './active-agreement.ts';
import {agreeService} from './agree-service.ts';
import {amountField, type ChainClient, type ReachableProvider} from './chain-client.ts';
import {knownAgreement} from './known-agreement.ts';
import {openAgreements} from './open-agreements.ts';
import {payerOfNew, readyPayer} from './payer-account.ts';
import type {ProviderPeer} from './provider-peer.ts';
import type {KnownAgreement} from './revise-agreements.ts';
import {keepAsOthers} from './standing-orders.ts';

export type ProviderWithPeer = ReachableProvider & {readonly peer: ProviderPeer};

/** An agreement of ours with room for more pieces. */
export type ClientAgreement = KnownAgreement & {readonly provider: ProviderWithPeer};

export type AgreementsWanted = {
	readonly providers: readonly ProviderWithPeer[];
	/** Room in each, in leaves. */
	readonly leaves: number;
	/** What new ones are opened with, so that they serve again; default no more than that. */
	readonly capacityLeaves?: number;
	/** How many epochs they must last. */
	readonly epochs: number;
	/** Ed25519; who may repair. */
	readonly repairerVk: Uint8Array;
	/** How many there must be at least. */
	readonly atLeast: number;
	/** No piece is taken out before so many epochs have passed; default 0: pieces may be deleted. */
	readonly lockEpochs?: number;
	/** Lovelace per GiB and epoch; default what each provider asks, but at least the network's minimum. */
	readonly rate?: Lovelace;
	/** What they have to promise about giving pieces back; nothing unless given. */
	readonly serviceClass?: ServiceClass;
};

type Call = {readonly signal?: AbortSignal};
type Ports = {readonly chain: ChainClient; readonly entropy: Entropy};

/** The pieces that these files have in each agreement. */
export const piecesByAgreement = (
	manifests: readonly Manifest[],
): ReadonlyMap<string, readonly HeldPiece[]> => {
	const found = new Map<string, HeldPiece[]>();
	for (const {holders, segments, code} of manifests)
		for (const {pieces, plaintextLength} of segments)
			for (const {pieceId, holder} of pieces) {
				const agreementId = holders[holder]?.agreementId;
				if (agreementId === undefined) continue;
				const key = toHex(agreementId);
				const list = found.get(key) ?? [];
				list.push({pieceId, leaves: pieceLeafCount(pieceLengthOf(code.k, plaintextLength))});
				found.set(key, list);
			}
	return found;
};

/** An agreement that has room, lasts, and whose pieces we know all of: the root of its newest revision tells. */
const reusable = async (
	chain: ChainClient,
	{view, peer}: {readonly view: AgreementView; readonly peer: ProviderPeer},
	known: ReadonlyMap<string, readonly HeldPiece[]>,
	{
		leaves,
		endEpoch,
		lockedUntil,
		firstEpoch,
		repairerVk,
		payer,
		serviceClass,
	}: Pick<AgreementsWanted, 'leaves' | 'repairerVk' | 'serviceClass'> & {
		readonly endEpoch: Epoch;
		/** 0: what is to be deleted when its owner likes goes where nothing is locked. */
		readonly lockedUntil: Epoch;
		readonly firstEpoch: Epoch;
		readonly payer: AccountId;
	},
	call: Call,
): Promise<KnownAgreement | undefined> => {
	// Dearer ones are kept for what needs them.
	if (view.service?.serviceClass !== serviceClass) return undefined;
	const lasts = isActive(view) && view.endEpoch >= endEpoch && view.repairOf === null;
	if (!lasts || view.payer !== toHex(payer) || view.repairerVk !== toHex(repairerVk)) return undefined;
	const locked = Number(view.details['lockedUntil'] ?? 0);
	const isAsLocked = lockedUntil === 0 ? locked < firstEpoch : locked >= lockedUntil;
	if (!isAsLocked) return undefined;
	const pieces = known.get(view.id) ?? [];
	const used = pieces.reduce((sum, piece) => sum + piece.leaves, 0);
	const free = amountField(view.capacityLeaves, 'capacity') - BigInt(used);
	return free < BigInt(leaves) ? undefined : await knownAgreement(chain, {view, peer}, [pieces], call);
};

/** Agreements with room with as many of these providers as possible: those that there are, and new ones. */
export const secureAgreements = async (
	{chain, entropy}: Ports,
	known: ReadonlyMap<string, readonly HeldPiece[]>,
	{providers, leaves, capacityLeaves = leaves, epochs, repairerVk, atLeast, ...wanted}: AgreementsWanted,
	call: Call = {},
): Promise<readonly ClientAgreement[]> => {
	const {rate, serviceClass, lockEpochs = 0} = wanted;
	const {genesis} = chain.env;
	const firstEpoch = firstOpenEpoch(genesis, await chain.currentSlot(call));
	const lockedUntil = Epoch(lockEpochs === 0 ? 0 : firstEpoch + lockEpochs);
	const client: AccountId = chain.account;
	const views = await chain.control.agreements({client: toHex(client)}, call);
	const payer = payerOfNew(chain, views);
	const reused: ClientAgreement[] = [];
	const endOf = ({minTermEpochs}: ProviderWithPeer): Epoch =>
		Epoch(firstEpoch + Math.max(epochs, minTermEpochs));
	const found = await Promise.all(
		providers.map(async provider => {
			const {peer} = provider;
			const terms = {
				leaves,
				endEpoch: endOf(provider),
				lockedUntil,
				firstEpoch,
				repairerVk,
				payer,
				...(serviceClass && {serviceClass}),
			};
			for (const view of views.filter(each => each.provider === toHex(provider.id))) {
				const agreement = await reusable(chain, {view, peer}, known, terms, call);
				if (agreement !== undefined) return {...agreement, peer, provider};
			}
			return undefined;
		}),
	);
	const openings = providers.flatMap((provider, index) => {
		const endEpoch = endOf(provider);
		const agreement = found[index];
		if (agreement !== undefined) {
			reused.push(agreement);
			return [];
		}
		const {rateMin} = chain.parameters;
		const asked = Lovelace(rateMin > provider.storePrice ? rateMin : provider.storePrice);
		return {
			provider,
			peer: provider.peer,
			providerId: provider.id as Hash32,
			client,
			capacityLeaves: Math.max(leaves, capacityLeaves),
			rate: rate ?? asked,
			endEpoch,
			lockedUntil,
			repairerVk,
			repairOf: null,
			...(!equalBytes(payer, client) && {payer}),
		};
	});
	await readyPayer(chain, payer, {openings, epochs}, call);
	const needed = Math.max(0, atLeast - reused.length);
	const {opened} = await openAgreements({chain, entropy}, openings, {atLeast: needed, ...call});
	const promised =
		serviceClass === undefined
			? opened
			: await agreeService(
					chain,
					opened.map(each => ({...each, peer: each.opening.peer})),
					{serviceClass, atLeast: needed, ...call},
				);
	const fresh = promised.map(({agreementId, opening: {endEpoch}}) => ({agreementId, endEpoch}));
	await keepAsOthers(chain, views.filter(isActive), fresh, call);
	return [
		...reused,
		...promised.map(({opening: {peer, provider}, agreementId}) => ({
			agreementId,
			peer,
			provider,
			trie: EMPTY_AGREEMENT,
			revisionNo: 0,
			newest: null,
			startEpoch: firstEpoch,
			repairerVk,
		})),
	];
};
