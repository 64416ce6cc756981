/** The end of claims on the devnet: 24 months pass by hand. */
import test from 'ava';
import {defined} from '#kernel/assert';
import {Lovelace} from '#kernel/lovelace';
import {openCardanoIndex} from '#node/adapters/cardano-index';
import {addressText} from '#onchain/cardano/address';
import {dataConstructor} from '#onchain/cardano/plutus-data';
import {addressToData} from '#onchain/data/address-data';
import {DEFAULT_SETTINGS} from '#onchain/data/governance-data';
import {grantEffect} from '#onchain/data/governance-effect';
import {TOKEN_SUPPLY} from '#onchain/data/token-data';
import {governanceOf} from '#onchain/governance-deployment';
import {scriptAddress} from '#onchain/plans/deploy-plan';
import {sweepUnclaimedPlan} from '#onchain/plans/sweep-unclaimed-plan';
import {slotStart} from '#onchain/plans/time-range';
import {tokenUnit} from '#onchain/plans/token-plans';
import {CLAIM_TIME_MS} from '#onchain/token-params';
import {changeOutput, longer, walletAddress} from '../../../support/contract-world.ts';
import {
	ADA,
	ALLOCATED,
	ALLOCATIONS,
	CLAIM_UNTIL_MS,
	governanceDevnet,
	TOKENS,
} from '../../../support/governance-devnet.ts';
import {refusedOnDevnet} from '../../../support/refused-on-devnet.ts';
import {hashOf} from '../../../support/side-chain.ts';

const HOUR_MS = 3_600_000n;
const CLAIMED = 7_000_000n * TOKENS;

test('what nobody has claimed after 24 months becomes the treasury’s, by anybody, and a passed grant pays it', async t => {
	const {devnet, operator, holders, pass} = await governanceDevnet(t, {traced: true});
	const [first, second, third] = holders;
	const deployment = defined(governanceOf(devnet.deployment), 'somebody governs');
	const {reader} = operator.governance;
	const unit = tokenUnit(deployment);
	const sweepingAt = async (nowMs: number) => {
		const plan = sweepUnclaimedPlan(deployment, await reader.pot(), nowMs);
		if (!plan.ok) throw new TypeError(plan.error.code);
		return plan.value;
	};
	const now = async () => slotStart(deployment.network, await reader.slot());

	await first.governance.claimTokens(ALLOCATIONS);
	await t.throwsAsync(operator.governance.sweepUnclaimed(), {code: 'CLAIMS_STILL_OPEN'});
	const early = {...(await sweepingAt(CLAIM_UNTIL_MS + 1)), validFromMs: await now()};
	await refusedOnDevnet(t, operator, early, 'sweep-early');
	await pass(CLAIM_TIME_MS.usual + 1);

	await second.governance.claimTokens(ALLOCATIONS);
	const left = TOKEN_SUPPLY - CLAIMED;
	t.like(await reader.pot(), {tokens: left, datum: {unclaimed: ALLOCATED - CLAIMED}});
	const sweeping = await sweepingAt(await now());
	const less = changeOutput(sweeping, 0, {assets: new Map([[unit, left - 1n]])});
	await refusedOnDevnet(t, operator, less, 'sweep-tokens');
	const treasury = scriptAddress('testnet', devnet.deployment.scripts.treasury.hash);
	const locked = {address: treasury, lovelace: 2n * ADA, assets: new Map([[unit, left]])};
	const emptied = changeOutput(sweeping, 0, {assets: new Map()});
	const away = {...emptied, outputs: [...emptied.outputs, locked]};
	await refusedOnDevnet(t, operator, away, 'sweep-tokens');
	const longerDatum = changeOutput(sweeping, 0, {datum: longer(sweeping.outputs[0]?.datum)});
	await refusedOnDevnet(t, operator, longerDatum, 'sweep-datum');

	await operator.governance.sweepUnclaimed();
	t.like(await reader.pot(), {tokens: left, datum: {unclaimed: 0n}});
	await t.throwsAsync(third.governance.claimTokens(ALLOCATIONS), {code: 'CLAIMS_OVER'});
	await t.throwsAsync(operator.governance.sweepUnclaimed(), {code: 'CLAIMS_OVER'});

	const effect = grantEffect.toData({
		address: defined(addressToData(walletAddress), 'an address'),
		lovelace: Lovelace(2n * ADA),
		tokens: left,
		datum: dataConstructor(0),
	});
	const provenance = {source: 3, amount: 50n * ADA, rate: 1_000_000n, reference: new Uint8Array(32)};
	await operator.contracts.depositToTreasury({amount: Lovelace(50n * ADA), provenance});
	for (const [index, {governance}] of [first, second].entries())
		await governance.lockStake({tokens: BigInt(4 - index) * 1_000_000n * TOKENS});
	const anchor = {anchorHash: hashOf(1), anchorUrl: new Uint8Array(30)};
	const {id: proposal} = await operator.governance.propose({...anchor, effect});
	for (const {governance} of [first, second]) await governance.vote({proposal, vote: 'yes'});
	const {voteMs, timelockMs} = DEFAULT_SETTINGS;
	await pass(voteMs + timelockMs + HOUR_MS);
	await operator.governance.execute({proposal});
	t.is((await reader.pot()).tokens, 0n);
	const received = await openCardanoIndex(devnet.url).matches(
		addressText(walletAddress),
		'unspent',
		undefined,
	);
	t.true(received.some(({units}) => units.get(unit) === left));
});
