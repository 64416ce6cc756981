/** In the order in which they name each other. */
export const CONTRACT_NAMES = ['checkpoint', 'registry', 'treasury', 'bridge'] as const;
export type ContractName = (typeof CONTRACT_NAMES)[number];
