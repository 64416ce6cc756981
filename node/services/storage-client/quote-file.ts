import {LEAF_BYTES} from '#crypto/piece-tree-kernel';
import {equalBytes, toHex} from '#kernel/bytes';
import type {AccountId} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {Epoch} from '#kernel/slot';
import {epochRevenue} from '#ledger/agreements/agreement';
import type {CodeProfile} from '#pieces/erasure/code-profile';
import {amountField} from './chain-client.ts';
import {drawProviders, operatorsOf, spreadOf} from './find-providers.ts';
import {signingDeadline} from './open-agreements.ts';
import {fundsNeeded, payerOfNew, unowedIn} from './payer-account.ts';
import {
	acceptingProviders,
	cutOf,
	EPOCHS_DEFAULT,
	type FileContext,
	leavesEach,
	type PutOptions,
	providersWithRoom,
} from './put-file.ts';
import {pricePerTbMonth} from './storage-budget.ts';
import {segmentCount} from './upload-file.ts';

export type QuoteOptions = Pick<
	PutOptions,
	'epochs' | 'rate' | 'code' | 'segmentBytes' | 'serviceClass' | 'signal'
> & {
	/** Of the file, in bytes. */
	readonly size: number;
};

/** What storing a file would cost if it were stored now, with providers drawn as they would be. */
export type StorageQuote = {
	readonly size: number;
	readonly code: CodeProfile;
	readonly segments: number;
	/** Each of them gets an agreement. */
	readonly providers: number;
	/** Room that is paid for, in bytes. */
	readonly paidBytes: number;
	readonly epochs: number;
	readonly perEpoch: Lovelace;
	/** For all its epochs, where providers want more of them for those. */
	readonly total: Lovelace;
	/** Of the transactions that open the agreements. */
	readonly fees: Lovelace;
	/** Another account that would pay; null: the account itself. */
	readonly paidBy: AccountId | null;
	/** What that one still lets this one spend an epoch. */
	readonly allowanceLeft: Lovelace | null;
	/** What has to be set aside besides what is there already: the put does it, unless another account pays. */
	readonly deposit: Lovelace;
	/** What 10^12 bytes of the file cost in 30 days, its redundancy included. */
	readonly perTbMonth: Lovelace;
	/** What providers ask for 10^12 bytes in 30 days: the cheapest and the dearest of those drawn. */
	readonly askedPerTbMonth: {readonly least: Lovelace; readonly most: Lovelace};
};

const largest = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** Nothing is sent or signed. Throws PROVIDERS_TOO_FEW, PROVIDERS_WITHOUT_ROOM, FILE_TOO_LONG. */
export const quoteFile = async (context: FileContext, options: QuoteOptions): Promise<StorageQuote> => {
	const {ports, chain} = context;
	const {genesis} = chain.env;
	const {size, signal, epochs = EPOCHS_DEFAULT} = options;
	const call = {...(signal && {signal})};
	const providers = await acceptingProviders(context, options);
	const cut = cutOf(options, operatorsOf(providers));
	const leaves = leavesEach(size, cut);
	const withRoom = providersWithRoom(providers, {leaves, needed: cut.code.optimal});
	const chosen = drawProviders(ports.crypto, withRoom, {
		seed: ports.entropy.bytes(32),
		count: Math.min(cut.code.total, operatorsOf(withRoom)),
		limits: spreadOf(chain.parameters, cut.code),
	});
	const terms = chosen.map(({storePrice, minTermEpochs}) => {
		const rate = options.rate ?? Lovelace(largest(storePrice, chain.parameters.rateMin));
		const revenue = epochRevenue({rate, capacityLeaves: leaves});
		return {rate, revenue, total: revenue * BigInt(Math.max(epochs, minTermEpochs))};
	});
	const perEpoch = terms.reduce((sum, {revenue}) => sum + revenue, 0n);
	const rates = terms.map(({rate}) => rate).toSorted((a, b) => (a < b ? -1 : Number(a > b)));
	const paidBytes = leaves * LEAF_BYTES * chosen.length;
	const paid = await paymentOf(context, {perEpoch, epochs}, call);
	return {
		size,
		code: cut.code,
		segments: segmentCount(size, cut.segmentBytes),
		providers: chosen.length,
		paidBytes,
		epochs,
		perEpoch: Lovelace(perEpoch),
		total: Lovelace(terms.reduce((sum, {total}) => sum + total, 0n)),
		fees: Lovelace((await openingFee(context, paid, call)) * BigInt(chosen.length)),
		...paid,
		// Per GiB of the file, as a rate.
		perTbMonth: pricePerTbMonth((perEpoch * 2n ** 30n) / BigInt(Math.max(1, size)), genesis),
		askedPerTbMonth: {
			least: pricePerTbMonth(rates[0] ?? 0n, genesis),
			most: pricePerTbMonth(rates.at(-1) ?? 0n, genesis),
		},
	};
};

/** Who would pay, and what is missing: as `readyPayer` asks for it. */
const paymentOf = async (
	{chain}: FileContext,
	{perEpoch, epochs}: {readonly perEpoch: bigint; readonly epochs: number},
	call: {readonly signal?: AbortSignal},
): Promise<Pick<StorageQuote, 'paidBy' | 'allowanceLeft' | 'deposit'>> => {
	const [own, client] = [chain.account, toHex(chain.account)];
	const payerId = payerOfNew(chain, await chain.control.agreements({client}, call));
	const isOwn = equalBytes(payerId, own);
	const {payer, allowances} = await chain.control.account(toHex(payerId), call);
	const allowance = allowances.find(each => each.payer === toHex(payerId) && each.client === client);
	const left =
		amountField(allowance?.rateMax ?? '0', 'allowance') -
		amountField(allowance?.used ?? '0', 'use of an allowance');
	const needed = fundsNeeded(chain.parameters.lockEpochs, {
		lockRate: amountField(payer?.['lockRate'] ?? '0', 'payer lock rate'),
		revenue: perEpoch,
		epochs: isOwn ? epochs : 0,
	});
	const funds = unowedIn(payer);
	return {
		paidBy: isOwn ? null : payerId,
		allowanceLeft: isOwn ? null : Lovelace(left > 0n ? left : 0n),
		deposit: Lovelace(needed > funds ? needed - funds : 0n),
	};
};

/** Of one transaction that opens an agreement. */
const openingFee = async (
	{chain}: FileContext,
	{paidBy}: Pick<StorageQuote, 'paidBy'>,
	call: {readonly signal?: AbortSignal},
): Promise<bigint> => {
	const nobody = chain.env.crypto.blake2b256();
	const {body} = chain.prepare(
		{
			kind: 'agreement-open',
			nonce: Number.MAX_SAFE_INTEGER,
			provider: nobody,
			capacityLeaves: 2 ** 32,
			rate: Lovelace(2n ** 40n),
			startEpoch: Epoch(0),
			endEpoch: Epoch(2 ** 20),
			lockedUntil: Epoch(0),
			repairerVk: chain.verificationKey,
			repairOf: null,
			payer: paidBy,
		},
		{sequence: await chain.nextSequence(call), validUntil: await signingDeadline(chain, call), witnesses: 2},
	);
	return body.fee;
};
