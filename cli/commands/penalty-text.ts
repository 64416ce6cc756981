/** Why something was taken from a provider, in words. */
import type {PenaltyReason} from '#ledger/providers/miss-reason';
import type {PenaltyView} from '#node/ports/provider-api';
import {ada} from '../format.ts';

const WORDS: Readonly<Record<PenaltyReason, string>> = {
	'no-commitment': 'no commitment came before the deadline',
	'no-proof': 'no proof came before its window closed',
	'loss-reported': 'lost pieces, reported by the provider itself: a tenth of what being caught costs',
	'stale-close': 'closed an agreement with an older revision than it had signed',
	equivocation: 'signed two revisions of one number',
	omission: 'left a revision out of its commitment, and did not answer the claim',
	'retrieval-missed': 'a demand was not answered in the time of the promised class: back to the customer',
};

/** A node of a later version may know more reasons. */
export const reasonText = (reason: string): string =>
	(WORDS as Readonly<Record<string, string>>)[reason] ?? reason;

/** One line for each penalty, with its reason and its block. */
export const penaltyLines = (penalties: readonly PenaltyView[]): string[] =>
	penalties.map(
		({amount, epoch, slot, reason, blockHash, vacated}) =>
			`penalty of ${ada(BigInt(amount))} in epoch ${epoch}, slot ${slot}: ${reason} (${reasonText(reason)}; block ${blockHash ?? 'unknown'})${vacated ? '; agreements went to others' : ''}`,
	);
