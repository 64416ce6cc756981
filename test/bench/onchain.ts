/** What transactions with our contracts cost on Cardano, and how fast the devnet takes transactions. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fromHex} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';
import {DevnetLedger} from '#node/adapters/cardano-devnet/devnet-ledger';
import {startCardanoDevnet} from '#node/adapters/cardano-devnet/start-cardano-devnet';
import {BOND_TERMS} from '#onchain/bond-params';
import {enterpriseAddress} from '#onchain/cardano/address';
import {cardanoKey} from '#onchain/cardano/key-address';
import {buildBond} from '#onchain/plutus/build-bond';
import {buildChannel} from '#onchain/plutus/build-channel';
import {buildContracts} from '#onchain/plutus/build-contracts';
import {buildGovernance} from '#onchain/plutus/build-governance';
import {allBudgets} from '../support/contract-budgets.ts';
import {crypto} from '../support/crypto.ts';
import {plainPayment} from '../support/payment.ts';
import type {Teardown} from '../support/temporary-folder.ts';
import {type Bench, type Figure, lessIsBetter, moreIsBetter} from './bench.ts';

/** Runs what a test would run, and cleans up as a test would. */
const withTeardown = async <T>(run: (t: Teardown) => Promise<T>): Promise<T> => {
	const undo: (() => unknown)[] = [];
	try {
		return await run({teardown: step => void undo.push(step)});
	} finally {
		for (const step of undo.reverse()) await step();
	}
};

/** What Cardano's mainnet allows one transaction, and what the project allows itself of fees. */
const CPU_MAX = {name: 'Cardano’s limit', value: 10_000_000_000};
const MEMORY_MAX = {name: 'Cardano’s limit', value: 14_000_000};
const BYTES_MAX = {name: 'Cardano’s limit', value: 16_384};
const feeMax = (transaction: string) => ({
	name: 'our limit',
	value: transaction.startsWith('claim-') ? 350_000 : 1_000_000,
});
/** Of what runs no script nothing can be divided by. */
const beside = (value: number, limit: {readonly name: string; readonly value: number}) =>
	value === 0 ? undefined : limit;

const contractCosts = async (): Promise<Figure[]> => {
	const budgets = await withTeardown(allBudgets);
	return budgets.flatMap(({transaction, cpu, memory, bytes, fee}) => [
		lessIsBetter(`onchain/${transaction}/cpu`, 'steps', cpu, beside(cpu, CPU_MAX)),
		lessIsBetter(`onchain/${transaction}/mem`, 'units', memory, beside(memory, MEMORY_MAX)),
		lessIsBetter(`onchain/${transaction}/bytes`, 'bytes', bytes, beside(bytes, BYTES_MAX)),
		lessIsBetter(`onchain/${transaction}/fee`, 'lovelace', fee, beside(fee, feeMax(transaction))),
	]);
};

/** All scripts: longer than that nobody should wait for a deployment. */
const COMPILE_MS_MAX = {name: 'our limit', value: 30_000};

/** Each compiles from nothing, as a deployment does it; in production builds. */
const compileTimes = async (): Promise<Figure[]> => {
	const hash = (length: number): Uint8Array => new Uint8Array(length).fill(1);
	const seed = {txId: Hash32(hash(32)), index: 0};
	const script = Hash28(hash(28));
	const checkpoint = {
		seed,
		genesisCommitteeHash: Hash32(hash(32)),
		systemStartMs: 0,
		periodMs: 1,
		networkMagic: 1,
	};
	const token = {seed, allocationRoot: Hash32(hash(32)), allocated: 1n, claimUntilMs: 1};
	const bond = {...BOND_TERMS, checkpoint: script, registry: script, treasury: script};
	const builds: readonly (readonly [name: string, build: () => unknown])[] = [
		['contracts', () => buildContracts(crypto, checkpoint, {governance: script})],
		['governance', () => buildGovernance(crypto, token)],
		['bond', () => buildBond(crypto, bond)],
		['channel', () => buildChannel(crypto, {networkId: 0, windowMs: 1})],
	];
	const figures = builds.map(([name, build]) => {
		const start = performance.now();
		build();
		return {name, ms: performance.now() - start};
	});
	const all = figures.reduce((sum, {ms}) => sum + ms, 0);
	return [
		...figures.map(({name, ms}) => lessIsBetter(`onchain/compile/${name}`, 'ms', ms)),
		lessIsBetter('onchain/compile/all', 'ms', all, COMPILE_MS_MAX),
	];
};

const SEED = new Uint8Array(32).fill(4);
const PAYMENTS = 200;
const FUND = 10_000_000_000n;
const FEE = 200_000n;
const TIME = {zeroTimeMs: 1_780_000_000_000, slotLengthMs: 1_000};

/** Payments of a wallet to itself, each spending the one before. */
const paymentChain = (address: Uint8Array): readonly {id: Uint8Array; cbor: string}[] => {
	const payments: {id: Uint8Array; cbor: string}[] = [];
	let input: {txId: Uint8Array; index: number} = {txId: new Uint8Array(32), index: 0};
	for (let count = 1; count <= PAYMENTS; count++) {
		const outputs = [{address, lovelace: FUND - FEE * BigInt(count)}];
		const payment = plainPayment({seed: SEED, input, outputs, fee: FEE});
		payments.push(payment);
		input = {txId: payment.id, index: 0};
	}
	return payments;
};

const perSecond = (count: number, startMs: number): number => (count * 1000) / (performance.now() - startMs);

const ledgerAlone = (address: Uint8Array): number => {
	const ledger = new DevnetLedger([{address, lovelace: FUND}], TIME);
	ledger.setSlot(1);
	const payments = paymentChain(address);
	const start = performance.now();
	for (const {id, cbor} of payments) {
		const judged = ledger.submit(fromHex(cbor), id as Parameters<DevnetLedger['submit']>[1]);
		if (!judged.ok) throw new TypeError(judged.error.reason);
	}
	return perSecond(PAYMENTS, start);
};

const overHttp = async (address: Uint8Array): Promise<number> => {
	const dataDir = await mkdtemp(path.join(tmpdir(), 'dcloud-bench-'));
	const {address: text} = cardanoKey(crypto, 'testnet', SEED);
	const funds = [{address: text, lovelace: FUND}];
	const devnet = await startCardanoDevnet({
		hasher: crypto,
		dataDir,
		port: 0,
		funds,
		...TIME,
		manualSlots: true,
	});
	try {
		const payments = paymentChain(address);
		const start = performance.now();
		for (const {cbor} of payments) {
			const params = {transaction: {cbor}};
			const response = await fetch(devnet.url, {
				method: 'POST',
				headers: {'content-type': 'application/json'},
				body: JSON.stringify({jsonrpc: '2.0', method: 'submitTransaction', params, id: 1}),
			});
			if (response.status !== 200) throw new TypeError(await response.text());
		}
		return perSecond(PAYMENTS, start);
	} finally {
		await devnet.stop();
		await rm(dataDir, {recursive: true, force: true});
	}
};

const devnetTransactions = async (): Promise<Figure[]> => {
	const {keyHash} = cardanoKey(crypto, 'testnet', SEED);
	const address = enterpriseAddress('testnet', {kind: 'key', hash: keyHash});
	ledgerAlone(address);
	const alone = {name: 'the ledger alone, nothing on disk', value: ledgerAlone(address)};
	return [moreIsBetter('onchain/devnet-tx', 'tx/s', await overHttp(address), alone)];
};

export const onchainBenches: readonly Bench[] = [
	{name: 'onchain', run: contractCosts},
	{name: 'onchain/compile', run: compileTimes},
	{name: 'onchain/devnet-tx', run: devnetTransactions},
];
