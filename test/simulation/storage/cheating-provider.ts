/** A ledger with the rules of the public network in short epochs, and a provider that proves only when luck allows it. */
import {toHex} from '#kernel/bytes';
import type {GenesisHash} from '#kernel/hash';
import {Epoch} from '#kernel/slot';
import type {LedgerParameters} from '#ledger/genesis/parameters';
import {genesisProfiles} from '#ledger/genesis/profiles';
import {challengeOf} from '#ledger/queries';
import {leavesWanted} from '#storage-proofs/build-proof';
import type {Forest} from '#storage-proofs/forest';
import {hashOf, LedgerChain} from '../../support/ledger-chain.ts';
import {ada, carol, dave, testGenesis} from '../../support/ledger-genesis.ts';
import {pieceOf, registerProviders, type TestProvider} from '../../support/ledger-storage.ts';

/** Penalties, locks and fees are the public network's; epochs have 100 slots. */
export const publicRules: {readonly parameters: LedgerParameters} = {
	// Settled at each judgement: what an attack earns in an epoch is seen in it, and is the same whenever it is paid.
	parameters: {...genesisProfiles.public.parameters, settleEpochs: 0},
};

/** Dave runs the providers, Carol is a customer with 1,000 ADA to pay from. */
export const chainWith = (...providers: readonly TestProvider[]): LedgerChain => {
	const chain = new LedgerChain(testGenesis(publicRules));
	// Challenges depend on it: with each new parameter of the ledger another luck would be played.
	(chain.env as {genesisHash: GenesisHash}).genesisHash = hashOf('network of the attacks');
	registerProviders(chain, dave, providers);
	chain.send(carol, {kind: 'payer-deposit', amount: ada(1000)});
	return chain;
};

/** Pieces of so many leaves. */
export const piecesOf = (name: string, count: number, leaves: number): readonly Uint8Array[] =>
	Array.from({length: count}, (_, index) => pieceOf(`${name} ${index}`, leaves * 1024));

/** Ids of pieces that are gone. */
export type Missing = ReadonlySet<string>;

/** Whether the challenge of an epoch, which is known, can be answered without the missing pieces. */
export const canAnswer = (
	chain: LedgerChain,
	provider: TestProvider,
	epoch: number,
	missing: Missing,
): boolean => {
	const {indexes} = challengeOf(chain.env, chain.state, provider.id, Epoch(epoch));
	if (indexes === undefined) return false;
	return leavesWanted(provider.forest(chain, epoch), indexes).every(
		({pieceId}) => !missing.has(toHex(pieceId)),
	);
};

/** Commits to everything and proves if it can; ends when the epoch is settled. Returns whether it proved. */
export const cheatEpoch = (
	chain: LedgerChain,
	provider: TestProvider,
	epoch: number,
	missing: Missing,
): boolean => {
	chain.advanceTo(chain.slotAt(epoch, -1));
	chain.next(provider.commit(chain, epoch));
	chain.advanceTo(chain.slotAt(epoch, 4));
	const proves = canAnswer(chain, provider, epoch, missing);
	if (proves) chain.next(provider.prove(chain, epoch));
	chain.advanceTo(chain.slotAt(epoch, 9));
	return proves;
};

/** Commits to that forest, and proves it if the ledger takes such a proof; ends when the epoch is settled. */
export const commitAndProve = (
	chain: LedgerChain,
	provider: TestProvider,
	epoch: number,
	forest?: Forest,
): void => {
	chain.advanceTo(chain.slotAt(epoch, -1));
	if (challengeOf(chain.env, chain.state, provider.id, Epoch(epoch)).due.length > 0) {
		chain.next(provider.commit(chain, epoch, forest));
		chain.advanceTo(chain.slotAt(epoch, 4));
		if (challengeOf(chain.env, chain.state, provider.id, Epoch(epoch)).commitment?.proven === false) {
			const proof = provider.prove(chain, epoch, provider.proof(chain, epoch, forest));
			if (chain.refusal(proof) === undefined) chain.next(proof);
		}
	}
	chain.advanceTo(chain.slotAt(epoch, 9));
};

/** Epochs 1, 2, … until the provider's agreements are vacated, at most `epochsMax`; how many there were. */
export const cheatUntilVacated = (
	chain: LedgerChain,
	provider: TestProvider,
	missing: Missing,
	epochsMax: number,
): number => {
	for (let epoch = 1; epoch <= epochsMax; epoch++) {
		cheatEpoch(chain, provider, epoch, missing);
		if (chain.eventsOf('agreement-vacated').length > 0) return epoch;
	}
	return epochsMax;
};
