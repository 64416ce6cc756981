import test from 'ava';
import fc from 'fast-check';
import {Epoch} from '#kernel/slot';
import {dataConstructor, type PlutusData} from '#onchain/cardano/plutus-data';
import {
	type AnswerDispute,
	answerDisputeRedeemer,
	type DisputeBond,
	type DisputedBondDatum,
	disputeBondRedeemer,
	disputedBondDatum,
} from '#onchain/data/bond-data';
import {answerDisputePlan, disputeBondPlan} from '#onchain/plans/bond-plans';
import {challengeIndexes} from '#storage-proofs/challenge';
import {accepts, published, refuses} from '../../support/bond-verdict.ts';
import {
	ANSWER_MS,
	type BondWorld,
	bondState,
	CHALLENGER,
	disputedState,
	FOREST,
	NOW_MS,
	openingOf,
	PROVIDER,
	productionBond,
	provenForest,
	RANGE,
	tracedBond,
} from '../../support/bond-world.ts';
import {
	changeOutput,
	checkpointState,
	GENESIS_HASH,
	JUNK,
	longer,
	otherConstructor,
	walletAddress,
	withJunk,
	withStake,
} from '../../support/contract-world.ts';
import {crypto} from '../../support/crypto.ts';
import {runScript} from '../../support/plutus-machine.ts';
import {type JudgedTransaction, scriptRuns, type Utxo} from '../../support/script-context.ts';
import {adaLess, type Bad, type Change as ChangeIn, output, same} from '../../support/script-verdict.ts';
import {hashOf} from '../../support/side-chain.ts';

type Change = ChangeIn<BondWorld>;

const withRedeemer =
	(redeemer: PlutusData): Change =>
	plan => ({...plan, spend: plan.spend.map(each => ({...each, redeemer}))});

const PLACES: readonly (readonly [string, Change, string])[] = [
	['into a wallet', output(() => ({address: walletAddress})), 'bond-address'],
	['to an address with a stake part', output(({address}) => ({address: withStake(address)})), 'bond-address'],
	['with junk', output(first => withJunk(first)), 'bond-tokens'],
	[
		'with a script on it',
		output<BondWorld>((_, {world}) => ({script: world.deployment.scripts.bridge})),
		'bond-script',
	],
	['with a lovelace less', adaLess(), 'bond-ada'],
	['with a datum field more', output(({datum}) => ({datum: longer(datum)})), 'bond-datum'],
	['under another constructor', output(({datum}) => ({datum: otherConstructor(datum)})), 'bond-datum'],
];

// Disputing

const PROVEN = provenForest();
const leafOf = (challenge: number): bigint =>
	challengeIndexes(crypto, {
		genesisHash: GENESIS_HASH,
		seed: PROVEN.seed,
		providerId: PROVIDER,
		epoch: Epoch(PROVEN.epoch),
		totalLeaves: FOREST.totalLeaves,
	})[challenge] as bigint;

type Disputing = {
	readonly change?: Change;
	readonly redeemer?: Partial<DisputeBond>;
	readonly datum?: Partial<DisputedBondDatum>;
	readonly stateRoot?: Uint8Array;
	readonly checkpoint?: (utxo: Utxo) => Utxo;
	readonly range?: {readonly fromMs: number; readonly toMs: number};
};

const disputing = (world: BondWorld, options: Disputing = {}): JudgedTransaction => {
	const {change = same, range = RANGE} = options;
	const bond = bondState(world, {exitAfterMs: 5});
	const standing = checkpointState(world.world, {stateRoot: PROVEN.stateRoot});
	const request = {checkpoint: standing.plan, forest: PROVEN, challenge: 3, challenger: CHALLENGER, range};
	const made = disputeBondPlan(crypto, world.deployment, bond.plan, request);
	if (!made.ok) throw new TypeError(made.error.code);
	const redeemer = disputeBondRedeemer.toData({...request, ...PROVEN, ...options.redeemer});
	const datum: DisputedBondDatum = {
		...bond.plan.datum,
		challenger: options.redeemer?.challenger ?? CHALLENGER,
		root: options.redeemer?.root ?? FOREST.root,
		totalLeaves: options.redeemer?.totalLeaves ?? FOREST.totalLeaves,
		leaf: leafOf(3),
		answerByMs: range.toMs + ANSWER_MS,
		...options.datum,
	};
	const plan = withRedeemer(redeemer)(
		changeOutput(made.value, 0, {datum: disputedBondDatum.toData(datum)}),
		world,
	);
	const checkpoint = checkpointState(world.world, {
		stateRoot: (options.stateRoot ?? PROVEN.stateRoot) as typeof PROVEN.stateRoot,
	}).utxo;
	return {
		plan: change(plan, world),
		utxos: [bond.utxo, options.checkpoint?.(checkpoint) ?? checkpoint, ...published(world)],
	};
};

test('anybody disputes one of the leaves that the side-chain drew of a proven forest', t =>
	accepts(t, world => disputing(world)));

const withoutUpper: Change = ({validToMs: _, ...plan}) => plan;

const DISPUTE_BAD: Bad<Disputing> = [
	...PLACES.map(([how, change, trace]) => [how, {change}, trace] as const),
	['of a leaf that was not drawn', {datum: {leaf: leafOf(3) + 1n}}, 'bond-datum'],
	['of a ninth challenge', {redeemer: {challenge: 8}}, 'dispute-challenge'],
	['so that the time to answer is short', {datum: {answerByMs: RANGE.toMs + ANSWER_MS - 1}}, 'bond-datum'],
	[
		'so that the time to answer is long',
		{range: {fromMs: NOW_MS, toMs: NOW_MS + 3_600_001}},
		'dispute-range',
	],
	['at no time', {change: withoutUpper}, undefined],
	['of a forest that the state does not have', {stateRoot: hashOf(9)}, 'dispute-proven'],
	['of an epoch in which it was another', {redeemer: {epoch: 8}}, 'dispute-proven'],
	['with a seed that nobody drew', {redeemer: {seed: hashOf(9)}}, 'dispute-proven'],
	['with more leaves than were proven', {redeemer: {totalLeaves: FOREST.totalLeaves + 1n}}, 'dispute-proven'],
	['of a forest without leaves', {redeemer: {totalLeaves: 0n}}, 'dispute-proven'],
	['by a short name', {redeemer: {challenger: CHALLENGER.slice(1) as typeof CHALLENGER}}, 'dispute-names'],
	[
		'under a checkpoint that is not read',
		{change: plan => ({...plan, read: plan.read.slice(0, 1)})},
		undefined,
	],
	[
		'under a checkpoint that somebody made up',
		{checkpoint: utxo => ({...utxo, output: {...utxo.output, assets: new Map([[JUNK, 1n]])}})},
		undefined,
	],
	[
		'of somebody else',
		{
			change: (plan, world) => {
				const other = bondState(world, {provider: hashOf(0x69), exitAfterMs: 5});
				return output(() => ({
					datum: disputedBondDatum.toData({
						...other.plan.datum,
						challenger: CHALLENGER,
						...FOREST,
						leaf: leafOf(3),
						answerByMs: RANGE.toMs + ANSWER_MS,
					}),
				}))(plan, world);
			},
		},
		'bond-datum',
	],
];

for (const [how, options, trace] of DISPUTE_BAD)
	test(`nothing is disputed ${how}`, t => refuses(t, world => disputing(world, options), trace));

test('attack: Merkle aliases – a row is in one place of the state only', async t => {
	await refuses(t, world => disputing(world, {redeemer: {index: PROVEN.index + 8}}), undefined);
	const sections = PROVEN.sections.slice(1);
	await refuses(t, world => disputing(world, {redeemer: {sections}}), 'dispute-proven');
});

test('attack: a root cut short, its last byte read as the number of leaves, is no row of the state', async t => {
	// 0x17 is 23 in CBOR: the row of 31 bytes of root and 23 leaves has the bytes of another row up to there.
	const root = FOREST.root.slice(0, 31) as typeof FOREST.root;
	await refuses(t, world => disputing(world, {redeemer: {root}}), 'dispute-names');
	const seed = PROVEN.seed.slice(1) as typeof PROVEN.seed;
	await refuses(t, world => disputing(world, {redeemer: {seed}}), 'dispute-names');
});

test('a second dispute waits until the first is over', t =>
	refuses(
		t,
		world => {
			const {plan, utxos} = disputing(world);
			const held = disputedState(world, {}, {number: 20}).utxo;
			return {plan, utxos: [held, ...utxos.slice(1)]};
		},
		'state',
	));

test('what the checkpoint does not say, or nobody drew, is not planned', t => {
	const {plan: bond} = bondState(tracedBond);
	const plan = (change: Partial<typeof PROVEN>, challenge = 0, stateRoot = PROVEN.stateRoot) => {
		const checkpoint = checkpointState(tracedBond.world, {stateRoot}).plan;
		const request = {
			checkpoint,
			forest: {...PROVEN, ...change},
			challenge,
			challenger: CHALLENGER,
			range: RANGE,
		};
		const made = disputeBondPlan(crypto, tracedBond.deployment, bond, request);
		return made.ok ? 'planned' : made.error;
	};
	t.is(plan({}), 'planned');
	t.deepEqual(plan({totalLeaves: 0n}), {code: 'DISPUTE_FOREST_EMPTY', epoch: 7});
	t.deepEqual(plan({}, 8), {code: 'DISPUTE_CHALLENGE_UNKNOWN', challenge: 8, challenges: 8});
	t.deepEqual(plan({}, 0, hashOf(9)), {code: 'DISPUTE_NOT_PROVEN', epoch: 7, period: 3});
	t.deepEqual(plan({index: 99}), {code: 'DISPUTE_NOT_PROVEN', epoch: 7, period: 3});
});

// Answering

type Answering = {
	readonly change?: Change;
	readonly redeemer?: (answer: AnswerDispute) => Partial<AnswerDispute>;
	readonly datum?: Partial<DisputedBondDatum>;
	readonly leaf?: bigint;
};

const answering = (world: BondWorld, options: Answering = {}): JudgedTransaction => {
	const {change = same, leaf = 50n} = options;
	const asked = disputedState(world, {leaf});
	const made = answerDisputePlan(crypto, world.deployment, asked.plan, openingOf(leaf));
	if (!made.ok) throw new TypeError(made.error.code);
	const answer = answerDisputeRedeemer.fromData(made.value.spend[0]?.redeemer ?? dataConstructor(0));
	if (!answer.ok) throw new TypeError(answer.error.code);
	const redeemer = answerDisputeRedeemer.toData({...answer.value, ...options.redeemer?.(answer.value)});
	return {
		plan: change(withRedeemer(redeemer)(made.value, world), world),
		utxos: [disputedState(world, {leaf, ...options.datum}).utxo, ...published(world)],
	};
};

test('anybody shows the leaf that was asked for', t => accepts(t, world => answering(world)));

test('every leaf of a forest can be shown: of odd trees, full ones, empty pieces, wherever they stand', t => {
	const {bond} = productionBond.deployment;
	fc.assert(
		fc.property(fc.bigInt({min: 0n, max: FOREST.totalLeaves - 1n}), leaf => {
			const transaction = answering(productionBond, {leaf});
			return scriptRuns(transaction).every(run => runScript(bond, transaction, run).accepted);
		}),
		{numRuns: 25},
	);
	t.pass();
});

const changedByte = (bytes: Uint8Array, at: number): Uint8Array =>
	bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
const changedFirst = (path: readonly Uint8Array[], at: number): readonly Uint8Array[] =>
	path.map((step, index) => (index === 0 ? changedByte(step, at) : step));

const ANSWER_BAD: Bad<Answering> = [
	...PLACES.map(([how, change, trace]) => [how, {change}, trace] as const),
	['with another leaf', {datum: {leaf: 10n}}, 'answer-leaf'],
	['with the leaf beside it', {datum: {leaf: 51n}}, 'answer-piece'],
	['with a byte that is another', {redeemer: ({leaf}) => ({leaf: changedByte(leaf, 7)})}, 'answer-piece'],
	['with a byte less', {redeemer: ({leaf}) => ({leaf: leaf.slice(1)})}, 'answer-length'],
	[
		'from a piece of another length',
		{redeemer: ({pieceLength}) => ({pieceLength: pieceLength - 1})},
		'answer-piece',
	],
	['with a sibling too many', {redeemer: ({leafPath}) => ({leafPath: [...leafPath, hashOf(1)]})}, undefined],
	['with a sibling too few', {redeemer: ({leafPath}) => ({leafPath: leafPath.slice(1)})}, undefined],
	[
		'with another sibling',
		{redeemer: ({leafPath}) => ({leafPath: changedFirst(leafPath, 0)})},
		'answer-piece',
	],
	['under another revision', {redeemer: ({revisionNo}) => ({revisionNo: revisionNo + 1n})}, 'answer-forest'],
	['under another agreement', {redeemer: () => ({agreementId: hashOf(3)})}, 'answer-forest'],
	['of another forest', {datum: {root: hashOf(3)}}, 'answer-forest'],
	['of a forest of another size', {datum: {totalLeaves: FOREST.totalLeaves + 1n}}, 'answer-forest'],
	[
		'with a short piece id',
		{redeemer: ({pieceId}) => ({pieceId: pieceId.slice(1) as typeof pieceId})},
		'answer-names',
	],
	[
		'with a short agreement id',
		{redeemer: ({agreementId}) => ({agreementId: agreementId.slice(1) as typeof agreementId})},
		'answer-names',
	],
	[
		'with a step that is cut short',
		{redeemer: ({agreementPath}) => ({agreementPath: agreementPath.map(step => step.slice(1))})},
		undefined,
	],
];

for (const [how, options, trace] of ANSWER_BAD)
	test(`no dispute is answered ${how}`, t => refuses(t, world => answering(world, options), trace));

test('attack: sum inflation – a sibling that counts more leaves than it has leads to another root', t =>
	refuses(
		t,
		world =>
			answering(world, {redeemer: ({agreementPath}) => ({agreementPath: changedFirst(agreementPath, 40)})}),
		'answer-forest',
	));

test('attack: a key shown in a second place – depths fall on the way up, and the side is the key’s own', async t => {
	const reversed = ({agreementPath}: AnswerDispute) => ({agreementPath: [...agreementPath].reverse()});
	const deeper = ({agreementPath}: AnswerDispute) => ({agreementPath: changedFirst(agreementPath, 0)});
	t.true(openingOf(50n).agreementPath.length > 1, 'there is an order to change');
	await refuses(t, world => answering(world, {redeemer: reversed}), undefined);
	await refuses(t, world => answering(world, {redeemer: deeper}), 'answer-forest');
});

test('what was not asked for is not planned', t => {
	const {plan: bond} = disputedState(tracedBond, {leaf: 50n});
	const made = answerDisputePlan(crypto, tracedBond.deployment, bond, openingOf(10n));
	t.like(made, {ok: false, error: {code: 'PROOF_LEAF_WRONG'}});
});

test('a bond of which nothing is asked is not answered for', t =>
	refuses(
		t,
		world => {
			const {plan, utxos} = answering(world);
			return {plan, utxos: [bondState(world, {}, {number: 21}).utxo, ...utxos.slice(1)]};
		},
		'state',
	));
