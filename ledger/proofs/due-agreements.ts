import {defined} from '#kernel/assert';
import type {Hash32} from '#kernel/hash';
import type {Epoch} from '#kernel/slot';
import {type Agreement, countsIn} from '../agreements/agreement.ts';
import {keyOf} from '../state/keys.ts';
import type {LedgerReader} from '../state/reader.ts';

export type DueAgreement = {readonly agreementId: Hash32; readonly agreement: Agreement};

/** The agreements that a provider commits to, proves and is paid for in an epoch, as things stand. By id. */
export const dueAgreements = (
	reader: LedgerReader,
	provider: Hash32,
	epoch: Epoch,
): readonly DueAgreement[] =>
	(reader.get('providerAgreements', keyOf(provider)) ?? [])
		.map(id => ({
			agreementId: id as Hash32,
			agreement: defined(reader.get('agreements', keyOf(id)), 'a listed agreement exists'),
		}))
		.filter(({agreement}) => countsIn(agreement, epoch));

/** What the due agreements have room for: no forest of them is larger. */
export const dueCapacity = (due: readonly DueAgreement[]): number =>
	due.reduce((sum, {agreement}) => sum + agreement.capacityLeaves, 0);
