import type {Hash32} from '#kernel/hash';
import type {Epoch} from '#kernel/slot';
import {dueAgreements} from '#ledger/proofs/due-agreements';
import {knownLeaves} from '#ledger/proofs/known-leaves';
import {WITNESS_REVISIONS_MAX} from '#ledger/proofs/proof-witness';
import {keyOf} from '#ledger/state/keys';
import type {LedgerReader} from '#ledger/state/reader';
import {CHALLENGES} from '#storage-proofs/challenge';
import type {CommittedAgreement} from './forest-keeper.ts';

type Committed = Pick<CommittedAgreement, 'agreementId' | 'revisionNo' | 'leaves'>;

/** `fewer`: leaves that the chain knows of, and that the committed revision, which it has not seen, has not. */
export type Shrunken<C extends Committed = Committed> = C & {readonly fewer: number};

/** What the chain knows of more than an agreement has; negative where it has more than the chain has seen. */
const fewerIn = (state: LedgerReader, {agreementId, revisionNo, leaves}: Committed, epoch: Epoch): number => {
	const known = state.get('agreements', keyOf(agreementId));
	if (known === undefined || known.revisionNo >= revisionNo) return 0;
	return (known.validFrom <= epoch ? known.leaves : 0) - leaves;
};

/** Committed agreements that have become smaller than the chain knows, those that lost the most leaves first. */
export const shrunkenOf = <C extends Committed>(
	state: LedgerReader,
	agreements: readonly C[],
	epoch: Epoch,
): readonly Shrunken<C>[] =>
	agreements
		.map(agreement => ({...agreement, fewer: fewerIn(state, agreement, epoch)}))
		.filter(({fewer}) => fewer > 0)
		.sort((a, b) => b.fewer - a.fewer);

/** Revisions that a proof takes along beside those of the agreements that its challenges may fall on. */
const ROOM = WITNESS_REVISIONS_MAX - CHALLENGES;

export type CommittedSum = {
	readonly provider: Hash32;
	readonly epoch: Epoch;
	readonly totalLeaves: number;
	readonly agreements: readonly Committed[];
};

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

/**
 * What has to be on the chain before the proof, which would be refused for too few leaves otherwise: so many clients have
 * taken pieces out in one epoch that their revisions do not fit into it.
 */
export const shrunkenBeyondProof = (
	state: LedgerReader,
	{provider, epoch, totalLeaves, agreements}: CommittedSum,
): readonly Shrunken[] => {
	const shrunken = shrunkenOf(state, agreements, epoch);
	if (shrunken.length <= ROOM) return [];
	const known = knownLeaves(dueAgreements(state, provider, epoch), epoch);
	const carried = sumOf(shrunken.slice(0, ROOM).map(({fewer}) => fewer));
	// The challenges may fall on those that have grown the most, which the chain gets to know by it.
	const growth = agreements.map(agreement => -fewerIn(state, agreement, epoch)).sort((a, b) => b - a);
	const shown = sumOf(growth.slice(0, CHALLENGES).filter(more => more > 0));
	let surplus = known + shown - carried - totalLeaves;
	return shrunken.slice(ROOM).filter(({fewer}) => {
		const isNeeded = surplus > 0;
		surplus -= fewer;
		return isNeeded;
	});
};
