import {decimalText} from './decimal.ts';

/** Whence a machine earns: mining Monero, a Storj node, and this network. As in the provenance of treasury deposits. */
export const EARNING_SOURCES = ['xmr', 'storj', 'fees'] as const;
export type EarningSource = (typeof EARNING_SOURCES)[number];

/** Decimals of the smallest unit: piconero, 10^-8 STORJ, lovelace. */
export const UNIT_DECIMALS: Readonly<Record<EarningSource, number>> = {xmr: 12, storj: 8, fees: 6};
export const COIN_NAMES: Readonly<Record<EarningSource, string>> = {xmr: 'XMR', storj: 'STORJ', fees: 'ADA'};

/** Something that was earned and has arrived. */
export type Earning = {
	readonly source: EarningSource;
	/** What names it where it was earned: a transaction, a receipt, a block. An earning is known by source and reference. */
	readonly reference: string;
	readonly timeMs: number;
	/** In smallest units. Storj says only dollars: undefined until the operator has said how many tokens a receipt brought. */
	readonly amount: bigint | undefined;
	/** What whoever paid says that it was worth, in millionths of a dollar. */
	readonly microUsd: bigint | undefined;
};

export const earningKey = ({source, reference}: Pick<Earning, 'source' | 'reference'>): string =>
	`${source} ${reference}`;

export const coinText = (source: EarningSource, amount: bigint): string =>
	`${decimalText(amount, UNIT_DECIMALS[source])} ${COIN_NAMES[source]}`;
