/** Step 11: holders of the governance token vote on Cardano, and what they passed is paid out of the treasury. */
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {encodeUtf8} from '#kernel/utf8';
import type {GovernanceContracts} from '#node/adapters/lucid/governance-contracts';
import {parseAddress} from '#onchain/cardano/address';
import {dataConstructor, type PlutusData} from '#onchain/cardano/plutus-data';
import {addressToData} from '#onchain/data/address-data';
import type {Vote} from '#onchain/data/governance-data';
import {grantEffect} from '#onchain/data/governance-effect';
import {RATE_ONE, TREASURY_SOURCE} from '#onchain/data/money-data';
import {devnetAllocations, TOKEN, tokenHolders} from '../../devnet/governance.ts';
import type {Person} from '../../devnet/people.ts';
import {ada} from '../../format.ts';
import {check, type NetworkStage} from '../stage.ts';
import {until} from '../until.ts';

const GIFT = 3_000_000_000n;
/** Less than the tenth of the treasury that may be granted in a period. */
const GRANT = 250_000_000n;
const VOTES: readonly Vote[] = ['yes', 'yes', 'no'];
const RIPE_MS_MAX = 600_000;

/** What the grant is for, in the form of CIP-108. */
const RATIONALE = JSON.stringify({
	'@context': {CIP108: 'https://github.com/cardano-foundation/CIPs/blob/master/CIP-0108/README.md#'},
	hashAlgorithm: 'blake2b-256',
	body: {
		title: 'Pay for the rehearsal of repairs',
		abstract: 'The repairer of this devnet rebuilds what a lost provider held.',
		motivation: 'Somebody has to, and a bounty pays for the pieces only.',
		rationale: 'A twelfth of the treasury at most.',
		references: [],
	},
});

const governanceOf = (stage: NetworkStage, person: Person): GovernanceContracts =>
	defined(stage.cardano.contractsOf(person).governance, 'a devnet is governed');

const fails = async (
	stage: NetworkStage,
	what: string,
	code: string,
	attempt: () => Promise<unknown>,
): Promise<void> => {
	try {
		await attempt();
	} catch (error) {
		if (!(error instanceof NodeError) || error.code !== code) throw error;
		stage.account.tell('refused', `${what}: ${code}`, {what, code});
		return;
	}
	check(false, `${what} fails with ${code}`);
};

const millions = (amount: bigint): string => `${amount / (1_000_000n * TOKEN)} million DCG`;

const grantTo = (stage: NetworkStage, person: Person): PlutusData => {
	const address = parseAddress(stage.cardano.contractsOf(person).wallet.address);
	const recipient = address.ok ? addressToData(address.value) : undefined;
	return grantEffect.toData({
		address: defined(recipient, 'a wallet has an address'),
		lovelace: Lovelace(GRANT),
		tokens: 0n,
		datum: dataConstructor(0),
	});
};

/** Tokens are claimed one after the other, because all come out of one output, and locked at once. */
const lockTokens = async (stage: NetworkStage): Promise<void> => {
	const allocations = devnetAllocations(stage.crypto, stage.people);
	const holders = tokenHolders(stage.people);
	for (const {owner} of holders) await governanceOf(stage, owner).claimTokens(allocations);
	await Promise.all(holders.map(({owner, amount}) => governanceOf(stage, owner).lockStake({tokens: amount})));
	stage.account.tell(
		'locked',
		`three holders claimed ${holders.map(({amount}) => millions(amount)).join(', ')} by Merkle proofs, and locked them to vote`,
		{tokens: holders.map(({amount}) => amount)},
	);
};

export type Passed = {readonly proposal: number; readonly executableAtMs: number};

const castVotes = async (stage: NetworkStage, proposal: number): Promise<Passed> => {
	for (const [index, {owner, amount}] of tokenHolders(stage.people).entries()) {
		const vote = VOTES[index] ?? 'abstain';
		const {transaction} = await governanceOf(stage, owner).vote({proposal, vote});
		stage.account.tell(
			'vote',
			`the owner of ${stage.people.producers[index]?.name} votes ${vote} with ${millions(amount)} (fee ${ada(transaction.fee)})`,
			{
				vote,
				amount,
				txId: toHex(transaction.txId),
			},
		);
	}
	const {proposals} = await governanceOf(stage, stage.people.operator).reader.state();
	const datum = defined(proposals.find(each => each.datum.id === proposal)?.datum, 'the proposal is there');
	const [first, second, third] = tokenHolders(stage.people).map(({amount}) => amount);
	check(datum.yes === (first ?? 0n) + (second ?? 0n) && datum.no === third, 'every vote is counted', {
		...datum,
	});
	return {proposal, executableAtMs: datum.executableAtMs};
};

/** The treasury gets a gift, holders claim and lock tokens, one proposes, all vote. */
export const voteOnGrant = async (stage: NetworkStage): Promise<Passed> => {
	const {account, cardano, crypto, people} = stage;
	const provenance = {
		source: TREASURY_SOURCE.gift,
		amount: GIFT,
		rate: RATE_ONE,
		reference: new Uint8Array(0),
	};
	await cardano.contractsOf(people.operator).depositToTreasury({amount: Lovelace(GIFT), provenance});
	account.tell('gift', `a gift of ${ada(GIFT)} to the treasury, for others to decide about`, {
		lovelace: GIFT,
	});
	await lockTokens(stage);
	const {id, transaction} = await governanceOf(stage, people.operator).propose({
		effect: grantTo(stage, people.repairer),
		anchorHash: crypto.blake2b256(encodeUtf8(RATIONALE)),
		anchorUrl: encodeUtf8('https://dcloud.example/proposals/rehearsal.json'),
	});
	account.tell(
		'proposed',
		`proposal ${id}: ${ada(GRANT)} out of the treasury for the repairer (deposit 100 ADA, fee ${ada(transaction.fee)})`,
		{proposal: id, txId: toHex(transaction.txId)},
	);
	const passed = await castVotes(stage, id);
	await fails(stage, 'to carry it out before the timelock is over', 'PROPOSAL_NOT_EXECUTABLE', () =>
		governanceOf(stage, people.operator).execute({proposal: id}),
	);
	return passed;
};

/** What was passed leaves the treasury, once. */
export const payGrant = async (stage: NetworkStage, {proposal, executableAtMs}: Passed): Promise<void> => {
	const {account, cardano, people, figures, signal} = stage;
	const operator = governanceOf(stage, people.operator);
	await until(
		'the timelock of the proposal is over',
		RIPE_MS_MAX,
		signal,
		async () => Date.now() > executableAtMs + 2_000,
	);
	const [treasury, wallet] = await Promise.all([
		cardano.treasuryBalance(),
		cardano.walletBalance(people.repairer),
	]);
	const {txId, size, fee} = await operator.execute({proposal});
	const [left, received] = await Promise.all([
		cardano.treasuryBalance(),
		cardano.walletBalance(people.repairer),
	]);
	check(treasury - left === GRANT && received - wallet === GRANT, 'the treasury paid exactly the grant', {
		treasury,
		left,
		wallet,
		received,
	});
	account.tell(
		'granted',
		`proposal ${proposal} carried out: ${ada(GRANT)} went from the treasury to the repairer, which leaves ${ada(left)} (${size} bytes, fee ${ada(fee)})`,
		{proposal, txId: toHex(txId), treasury: left},
	);
	await fails(stage, 'the same grant once more', 'PROPOSAL_UNKNOWN', () => operator.execute({proposal}));
	figures.push(['grant on Cardano', `${ada(GRANT)} voted for by 7 of 9 million DCG, fee ${ada(fee)}`]);
};
