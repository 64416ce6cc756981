/** Cardano's eras as chain-sync counts them in headers; blocks count Byron twice and are one ahead. */
export type CardanoEra = 'shelley' | 'allegra' | 'mary' | 'alonzo' | 'babbage' | 'conway';

const ERAS: readonly (CardanoEra | undefined)[] = [
	// Byron has another consensus, which ended in 2020.
	undefined,
	'shelley',
	'allegra',
	'mary',
	'alonzo',
	'babbage',
	'conway',
];

/** Undefined for Byron and for eras that came later than this program. */
export const eraOfHeaderTag = (tag: number): CardanoEra | undefined => ERAS[tag];
export const eraOfBlockTag = (tag: number): CardanoEra | undefined => ERAS[tag - 1];

export const headerTagOf = (era: CardanoEra): number => ERAS.indexOf(era);

/** Whether headers of the era have fifteen fields and two VRF certificates. */
export const isTransitional = (era: CardanoEra): boolean => headerTagOf(era) < headerTagOf('babbage');
