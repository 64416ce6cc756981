/** The leader of the last blocks of the seed window withholds one when the other seed does not ask for what is gone. */
import {toHex, u64be} from '#kernel/bytes';
import {Epoch, Slot} from '#kernel/slot';
import {
	CHALLENGES,
	challengeIndexes,
	challengeSeed,
	foldSeed,
	SEED_FOLD_START,
} from '#storage-proofs/challenge';
import {crypto} from '../../../support/crypto.ts';
import {hashOf} from '../../../support/ledger-chain.ts';
import {ada, alice, carol, dave, poolIds} from '../../../support/ledger-genesis.ts';
import {pieceIdOf, storeWith, TestProvider} from '../../../support/ledger-storage.ts';
import {plausibleCounts} from '../../odds/binomial.ts';
import {CERTAIN} from '../../odds/probability.ts';
import {canAnswer, chainWith, type Missing, piecesOf, publicRules} from '../cheating-provider.ts';
import {type Fraction, fraction, greatest, isBelow, percentText, power, textUp} from '../fraction.ts';
import {expectedGain, foundChance, foundChanceOf} from '../odds-of-gain.ts';
import {foundDespiteGrinding} from '../odds-of-grinding.ts';
import {type Outcome, problemsOf, type StorageAttack} from '../storage-attack.ts';
import {wealthOf} from '../wealth.ts';

const PIECES = 12;
const GONE = 1;
const LEAVES = 16;
const EPOCHS = 12;

const gone: Missing = new Set(
	piecesOf('ground', PIECES, LEAVES)
		.slice(0, GONE)
		.map(piece => toHex(pieceIdOf(piece))),
);

/** Dave provides, and Alice's pool, which is his friend's, leads the last slot of every seed window. */
const live = (missing: Missing, grinds: boolean, epochs: number) => {
	const east = new TestProvider('east');
	const chain = chainWith(east);
	const [hers, others] = poolIds;
	storeWith(chain, carol, east, piecesOf('ground', PIECES, LEAVES), {
		capacityLeaves: PIECES * LEAVES,
		rate: ada(4000),
		endEpoch: 60 as never,
	});
	let withheld = 0;
	for (let epoch = 1; epoch <= epochs; epoch++) {
		chain.issuer = others ?? chain.issuer;
		chain.advanceTo(chain.slotAt(epoch, -1));
		chain.next(east.commit(chain, epoch));
		const proofFrom = chain.slotAt(epoch, 4);
		chain.advanceTo(Slot(proofFrom - 2));
		/** Whether the seed asks for nothing that is gone; the first block of the proof window is made. */
		const tryWith = (makes: boolean): boolean => {
			chain.issuer = hers ?? chain.issuer;
			if (makes) chain.block(Slot(proofFrom - 1));
			chain.issuer = others ?? chain.issuer;
			chain.block(proofFrom);
			return canAnswer(chain, east, epoch, missing);
		};
		let answers = tryWith(true);
		if (!answers && grinds) {
			const depth = chain.blocks.length - 2;
			while (chain.blocks.length > depth) chain.rollback();
			answers = tryWith(false);
			withheld++;
		}
		if (answers) chain.next(east.prove(chain, epoch));
		chain.advanceTo(chain.slotAt(epoch, 9));
		if (chain.eventsOf('agreement-vacated').length > 0) return {chain, east, epochs: epoch, withheld};
	}
	// The rewards of the last epoch's blocks.
	chain.advanceTo(chain.slotAt(epochs + 1));
	return {chain, east, epochs, withheld};
};

const wealth = ({chain, east}: ReturnType<typeof live>): bigint =>
	wealthOf(chain.state, {accounts: [alice, dave, east.payout], providers: [east]});

/** How often, of so many made-up epochs, both of two seeds ask for one of `missing` of `total` leaves. */
const foundByBoth = (epochs: number, missing: bigint, total: bigint): number => {
	const {genesisHash} = chainWith().env;
	const providerId = hashOf('grinding provider');
	let found = 0;
	for (let epoch = 0; epoch < epochs; epoch++) {
		const first = foldSeed(crypto, SEED_FOLD_START, crypto.blake2b256(u64be(epoch)));
		const folds = [first, foldSeed(crypto, first, crypto.blake2b256(u64be(epoch), u64be(1)))];
		const asks = folds.every(fold => {
			const seed = challengeSeed(crypto, {genesisHash, epoch: Epoch(epoch), fold});
			const totalLeaves = total;
			return challengeIndexes(crypto, {genesisHash, seed, providerId, epoch: Epoch(epoch), totalLeaves}).some(
				index => index < missing,
			);
		});
		if (asks) found++;
	}
	return found;
};

/** The most that can be expected of an epoch with that share of the blocks, over what is thrown away and how it is diluted. */
export const bestGrinding = (share: Fraction): Fraction => {
	const plans: Fraction[] = [];
	for (const missing of [1n, 5n, 10n, 25n, 50n, 75n, 100n])
		for (const own of [0n, 100n, 1000n, 3000n, 10_000n]) {
			const cheat = {customers: 100n, missing, own, ownRate: fraction(1n, 4n)};
			const found = foundDespiteGrinding(foundChanceOf(cheat), share);
			plans.push(expectedGain(cheat, publicRules.parameters.storageFee, found));
		}
	return greatest(plans);
};

const EPOCHS_DRAWN = 4000;

const play = async (): Promise<Outcome> => {
	const cheat = live(gone, true, EPOCHS);
	const honest = live(new Set(), false, cheat.epochs);
	const revenue = BigInt(honest.chain.eventsOf('storage-paid')[0]?.amount ?? 0n);
	const saved = (revenue * BigInt(cheat.epochs * GONE)) / BigInt(PIECES);
	const once = foundChance(BigInt(GONE), BigInt(PIECES));
	const both = power(once, 2);
	const counted = foundByBoth(EPOCHS_DRAWN, BigInt(GONE), BigInt(PIECES));
	const chance = (both.over * CERTAIN) / both.under;
	const {least, most} = plausibleCounts(EPOCHS_DRAWN, chance, CERTAIN / 10n ** 9n);
	const best = bestGrinding(fraction(1n, 3n));
	const [first] = cheat.chain.eventsOf('missed');
	return {
		found: `first in epoch ${first?.epoch}, after ${cheat.withheld} withheld blocks in ${cheat.epochs} epochs`,
		chance: `${percentText(both)} instead of ${percentText(once)}`,
		expected: textUp(best),
		payoff: wealth(cheat) - wealth(honest) + saved,
		problems: problemsOf({
			'an honest provider misses nothing': honest.chain.eventsOf('missed').length === 0,
			'it misses nevertheless': cheat.chain.eventsOf('missed').length > 0,
			'eight leaves are asked for': CHALLENGES === 8,
			// A right program fails this with a chance below 2e-9.
			'two seeds ask together as often as computed': counted >= least && counted <= most,
			'a third of all blocks is not enough to be expected to pay': isBelow(best, fraction(0n)),
		}),
	};
};

export const grinding: StorageAttack = {
	name: 'grinding',
	about:
		'A friendly leader withholds the last block of the seed window when the other seed asks for nothing that is gone.',
	rule: 'The seed takes in all blocks of three windows; two seeds to choose from only square the chance to be found.',
	play,
};
