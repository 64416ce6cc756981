/** A provider writes a larger sum to its own small agreement, so that challenges fall there and not on what it threw away. */
import {assert, defined} from '#kernel/assert';
import {Epoch} from '#kernel/slot';
import {encodeProofWitness} from '#ledger/proofs/proof-witness';
import {challengeOf} from '#ledger/queries';
import {keyOf} from '#ledger/state/keys';
import {buildProof} from '#storage-proofs/build-proof';
import {forestCommitment} from '#storage-proofs/forest';
import {rootOfLeaves} from '#storage-proofs/forest-piece';
import {crypto} from '../../../support/crypto.ts';
import type {LedgerChain} from '../../../support/ledger-chain.ts';
import {ada, carol, dave} from '../../../support/ledger-genesis.ts';
import {storeWith, TestProvider} from '../../../support/ledger-storage.ts';
import {chainWith, cheatEpoch, piecesOf} from '../cheating-provider.ts';
import {type Outcome, problemsOf, type StorageAttack} from '../storage-attack.ts';
import {wealthOf} from '../wealth.ts';

const LEAVES = 64;
const OWN_LEAVES = 8;
/** What its own agreement has room, and pays, for. */
const OWN_CAPACITY = 576;
const EPOCH = 1;
const common = {endEpoch: 60 as never, rate: ada(4000)};

const start = (withItself: boolean) => {
	const east = new TestProvider('east');
	const chain = chainWith(east);
	const customers = piecesOf('customer', 1, LEAVES);
	storeWith(chain, carol, east, customers, {...common, capacityLeaves: LEAVES});
	if (withItself) {
		chain.send(dave, {kind: 'payer-deposit', amount: ada(100)});
		const terms = {endEpoch: 60 as never, rate: ada(1000), capacityLeaves: OWN_CAPACITY, nonce: 1};
		const own = storeWith(chain, dave, east, piecesOf('own', 1, OWN_LEAVES), terms);
		return {east, chain, own};
	}
	return {east, chain, own: undefined};
};

const wealth = ({east, chain}: ReturnType<typeof start>): bigint =>
	wealthOf(chain.state, {accounts: [dave, east.payout], providers: [east]});

/** Of what it has in truth, also of the agreement whose sum it has changed, leaves in the place of those asked for. */
const bestProof = (chain: LedgerChain, east: TestProvider): Uint8Array => {
	const forest = east.forest(chain, EPOCH);
	const {totalLeaves} = forestCommitment(crypto, forest);
	const {indexes} = challengeOf(chain.env, chain.state, east.id, Epoch(EPOCH));
	const shown = defined(indexes, 'the seed is known').map(index => index % totalLeaves);
	const proof = buildProof(crypto, forest, shown, east.openingsOf(forest, shown));
	assert(proof.ok, 'its pieces are whole');
	return encodeProofWitness({proof: proof.value, revisions: east.unseen(chain, proof.value)});
};

const play = async (): Promise<Outcome> => {
	const scene = start(true);
	const {chain, east, own} = scene;
	chain.advanceTo(chain.slotAt(EPOCH, -1));
	const leaves = east
		.forestLeaves(chain, EPOCH)
		.map(leaf =>
			own !== undefined && keyOf(leaf.agreementId) === keyOf(own)
				? {...leaf, leaves: BigInt(OWN_CAPACITY)}
				: leaf,
		);
	const root = rootOfLeaves(crypto, leaves);
	const totalLeaves = LEAVES + OWN_CAPACITY;
	const honest = east.commitment(chain, EPOCH);
	const commitment = {...honest, root: root ?? honest.root, totalLeaves};
	const tooMuch = chain.refusal(
		chain.feeFree({...commitment, totalLeaves: totalLeaves + 1}, [east.operator]),
	);
	chain.next(chain.feeFree(commitment, [east.operator]));
	chain.advanceTo(chain.slotAt(EPOCH, 4));
	// No opening leads to that root.
	const refused = chain.refusal(east.prove(chain, EPOCH, bestProof(chain, east)));
	chain.advanceTo(chain.slotAt(EPOCH, 9));
	const twin = start(false);
	cheatEpoch(twin.chain, twin.east, EPOCH, new Set());
	const saved = BigInt(twin.chain.eventsOf('storage-paid')[0]?.amount ?? 0n);
	const [missed] = chain.eventsOf('missed');
	return {
		found: `epoch ${missed?.epoch}, at the first challenge`,
		chance: 'certain',
		payoff: wealth(scene) - wealth(twin) + saved,
		problems: problemsOf({
			'no sum is above the capacity that is paid for':
				(tooMuch as {readonly code?: string} | undefined)?.code === 'COMMITMENT_TOO_LARGE',
			'nothing that it holds proves the sum':
				(refused as {readonly code?: string} | undefined)?.code === 'PROOF_INVALID',
			'it misses': missed?.reason === 'no-proof',
			'an honest provider misses nothing': twin.chain.eventsOf('missed').length === 0,
		}),
	};
};

export const sumInflation: StorageAttack = {
	name: 'sum-inflation',
	about:
		'A provider commits to more leaves of its own small agreement than it has, to draw challenges away from what it threw away.',
	rule: 'Sums are part of the hashes of both tries, and a leaf is counted as the length of its piece allows: under a wrong sum nothing can be opened.',
	play,
};
