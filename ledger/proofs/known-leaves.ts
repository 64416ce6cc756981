import type {Epoch} from '#kernel/slot';
import type {Revision} from '../agreements/revision.ts';
import {keyOf} from '../state/keys.ts';
import type {DueAgreement} from './due-agreements.ts';

const leastOf = ({agreement}: DueAgreement, newer: Revision | undefined, epoch: Epoch): number => {
	const before = agreement.validFrom <= epoch ? agreement.leaves : 0;
	if (newer === undefined) return before;
	// Until it must be committed to, either of the two may be.
	return newer.validFrom <= epoch ? newer.leaves : Math.min(before, newer.leaves);
};

/**
 * Leaves that clients of these agreements have signed for, as far as the chain has seen their revisions, `newer` ones
 * among them: a forest of the epoch has at least so many. Whoever leaves an agreement out has to write a larger sum to
 * another one, where challenges find nothing; so an omission is found as missing pieces are, though nobody claims it.
 */
export const knownLeaves = (
	due: readonly DueAgreement[],
	epoch: Epoch,
	newer: readonly Revision[] = [],
): number => {
	const newerBy = new Map(newer.map(revision => [keyOf(revision.agreementId), revision]));
	return due.reduce((sum, each) => sum + leastOf(each, newerBy.get(keyOf(each.agreementId)), epoch), 0);
};
