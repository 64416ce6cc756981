import {countOption} from '../count-option.ts';

/** The number of a proposal, the first word of a verb. Throws OPTION_MALFORMED. */
export const proposalOption = ([proposal]: readonly string[]): number =>
	countOption({proposal: proposal ?? ''}, 'proposal') ?? 0;
