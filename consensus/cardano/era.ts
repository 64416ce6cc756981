/** Cardano's eras as chain-sync counts them in headers; blocks count Byron twice and are one ahead. */
export type CardanoEra = 'byron' | PoolEra;

/** Eras in which pools make blocks: Byron, which ended in 2020, has another consensus. */
export type PoolEra = 'shelley' | 'allegra' | 'mary' | 'alonzo' | 'babbage' | 'conway';

const ERAS: readonly CardanoEra[] = ['byron', 'shelley', 'allegra', 'mary', 'alonzo', 'babbage', 'conway'];

/** Undefined for eras that came later than this program. */
export const eraOfHeaderTag = (tag: number): CardanoEra | undefined => ERAS[tag];
/** Boundary blocks of Byron have a tag of their own, 0. */
export const eraOfBlockTag = (tag: number): CardanoEra | undefined => ERAS[Math.max(0, tag - 1)];

export const headerTagOf = (era: CardanoEra): number => ERAS.indexOf(era);

/** Whether headers of the era have fifteen fields and two VRF certificates. */
export const isTransitional = (era: PoolEra): boolean => headerTagOf(era) < headerTagOf('babbage');
