/** Why something was taken from a provider, in words. */
import type {PenaltyView} from '#node/ports/provider-api';
import {ada} from '../format.ts';

const WORDS: Readonly<Record<string, string>> = {
	'no-commitment': 'no commitment came before the deadline',
	'no-proof': 'no proof came before its window closed',
	'loss-reported': 'lost pieces, reported by the provider itself: a tenth of what being caught costs',
	'retrieval-missed': 'a demand was not answered in the time of the promised class: back to the customer',
};

export const reasonText = (reason: string): string => WORDS[reason] ?? reason;

/** One line for each penalty, with its reason and its block. */
export const penaltyLines = (penalties: readonly PenaltyView[]): string[] =>
	penalties.map(
		({amount, epoch, slot, reason, blockHash, vacated}) =>
			`penalty of ${ada(BigInt(amount))} in epoch ${epoch}, slot ${slot}: ${reason} (${reasonText(reason)}; block ${blockHash ?? 'unknown'})${vacated ? '; agreements went to others' : ''}`,
	);
