/** Claims whose owner is a native script: keys together act by spending an output that their script guards. */
import test, {type ExecutionContext} from 'ava';
import {concat} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {enterpriseAddress} from '#onchain/cardano/address';
import {dataConstructor} from '#onchain/cardano/plutus-data';
import {claimDatum} from '#onchain/data/claim-data';
import {claimIdOf} from '#onchain/plans/claim-plans';
import {emptyPlan, type TransactionPlan} from '#onchain/plans/transaction-plan';
import {
	ADA,
	claimState,
	OWNER,
	production,
	refOf,
	traced,
	type World,
	walletAddress,
} from '../../support/contract-world.ts';
import {crypto} from '../../support/crypto.ts';
import {runScript} from '../../support/plutus-machine.ts';
import {type JudgedTransaction, scriptRuns} from '../../support/script-context.ts';
import {unanimous} from '../../support/script-verdict.ts';

const CLAIM_ID = claimIdOf(crypto, refOf(60));
const OWNERS = Hash28(new Uint8Array(28).fill(0x44));
const SHARED = refOf(70);
const sharedAddress = enterpriseAddress('testnet', {kind: 'script', hash: OWNERS});
const stakePart = new Uint8Array(28).fill(0xee);

/** The claim of the owners goes on with more claimed, beside an output at `address`, spent unless `plan` says otherwise. */
const withdrawal = (
	world: World,
	address: Uint8Array,
	plan: (spending: TransactionPlan) => TransactionPlan = same => same,
): JudgedTransaction => {
	const claim = claimState(world, CLAIM_ID, {ownerPkh: OWNERS});
	const datum = claimDatum.toData({...claim.plan.datum, claimed: Lovelace(9n * ADA)});
	const spending: TransactionPlan = {
		...emptyPlan,
		spend: [{ref: claim.plan.ref, redeemer: dataConstructor(0)}, {ref: SHARED}],
		outputs: [{...claim.utxo.output, datum}],
	};
	const utxos = [claim.utxo, {ref: SHARED, output: {address, lovelace: 2n * ADA}}];
	return {plan: plan(spending), utxos};
};

const verdict = (world: World, transaction: JudgedTransaction) => {
	const {registry} = world.deployment.scripts;
	const [run] = scriptRuns(transaction);
	return run === undefined ? undefined : runScript(registry, transaction, run);
};

const accepts = async (t: ExecutionContext, address: Uint8Array): Promise<void> => {
	t.true(verdict(traced, withdrawal(traced, address))?.accepted);
	await unanimous(t, [production.deployment.scripts.registry], withdrawal(production, address), true);
};

const refuses = async (
	t: ExecutionContext,
	address: Uint8Array,
	plan?: (spending: TransactionPlan) => TransactionPlan,
): Promise<void> => {
	t.like(verdict(traced, withdrawal(traced, address, plan)), {accepted: false, logs: ['owner']});
	await unanimous(t, [production.deployment.scripts.registry], withdrawal(production, address, plan), false);
};

test('owners act together by spending an output of their script, whatever its stake part', async t => {
	await accepts(t, sharedAddress);
	await accepts(t, concat(Uint8Array.of(0x10), OWNERS, stakePart));
});

test('a claim of several keys does not change beside an output of a key with the hash of their script', async t => {
	await refuses(t, enterpriseAddress('testnet', {kind: 'key', hash: OWNERS}));
});

test('a claim of several keys does not change beside an output that only stakes with their script', async t => {
	await refuses(t, concat(Uint8Array.of(0x30), OWNER, OWNERS));
});

test("a claim of several keys does not change beside another script's output, or when theirs is only read or made", async t => {
	await refuses(t, enterpriseAddress('testnet', {kind: 'script', hash: OWNER}));
	const claimOnly = (plan: TransactionPlan): TransactionPlan => ({...plan, spend: plan.spend.slice(0, 1)});
	await refuses(t, sharedAddress, plan => ({...claimOnly(plan), read: [SHARED]}));
	await refuses(t, walletAddress, plan => ({
		...claimOnly(plan),
		outputs: [...plan.outputs, {address: sharedAddress, lovelace: 2n * ADA}],
	}));
});

test('a claim of several keys does not change for the signature of another key', async t => {
	await refuses(t, walletAddress, plan => ({...plan, signers: [OWNER]}));
});
