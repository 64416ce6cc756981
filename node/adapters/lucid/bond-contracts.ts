import type {Hasher} from '#crypto/crypto';
import {defined} from '#kernel/assert';
import {equalBytes, toHex} from '#kernel/bytes';
import type {Hash28, Hash32} from '#kernel/hash';
import type {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import type {BondContract} from '#node/ports/bond-contract';
import type {BondDeployment} from '#onchain/bond-deployment';
import type {CardanoKey} from '#onchain/cardano/key-address';
import {type DisputedBondDatum, disputedBondDatum} from '#onchain/data/bond-data';
import {
	announceExitPlan,
	answerDisputePlan,
	type Bond,
	type DisputedBond,
	disputeBondPlan,
	keepBondPlan,
	leaveBondPlan,
	registerBondPlan,
	slashBondPlan,
} from '#onchain/plans/bond-plans';
import {claimIdOf} from '#onchain/plans/claim-plans';
import type {TimeRange} from '#onchain/plans/governance-plans';
import {rangeFrom, slotStart} from '#onchain/plans/time-range';
import type {TransactionPlan} from '#onchain/plans/transaction-plan';
import type {ProvenForest} from '#onchain/state-row';
import type {LeafOpening} from '#storage-proofs/forest-proof';
import {type BondReader, createBondReader} from './bond-reader.ts';
import type {ContractReader} from './contract-reader.ts';
import {walletOutput} from './deploy-contracts.ts';
import type {ExecutedTransaction, ExecuteOptions} from './execute-plan.ts';
import {type PlanRunner, planned, resumedFailure} from './plan-runner.ts';

export type Registered = {
	/** The bond's name. */
	readonly bond: Hash32;
	readonly transaction: ExecutedTransaction;
};
export type Disputed = {
	/** Of the bond as the transaction leaves it. */
	readonly datum: DisputedBondDatum;
	readonly transaction: ExecutedTransaction;
};
export type ExitAnnounced = {
	/** POSIX milliseconds. */
	readonly exitAfterMs: number;
	readonly transaction: ExecutedTransaction;
};

export type DisputeChoice = {
	readonly bond: Hash32;
	/** Under the checkpoint that stands on Cardano. */
	readonly forest: ProvenForest;
	/** Which of the epoch's challenges, from 0. */
	readonly challenge: number;
};

/**
 * What one wallet can do with bonds, each named after its NFT: of its own register, keep, announce an exit and leave; of anybody's
 * dispute, answer and slash. Verbs fail as those of `CardanoContracts` do, and with BOND_UNKNOWN, BOND_DISPUTED, BOND_NOT_DISPUTED,
 * BOND_OTHER_OWNER, BOND_OTHER_PROVIDER, BOND_STILL_ANSWERABLE, BOND_EXIT_TOO_EARLY and what the plans say.
 */
export type BondContracts = Omit<BondContract, 'answer'> & {
	readonly reader: BondReader;
	/** Of a claim that the wallet owns. Throws CARDANO_CLAIM_MISSING. */
	register(request: {readonly provider: Hash32}, options?: ExecuteOptions): Promise<Registered>;
	/** Adds ADA, or gives the bond to another owner. */
	keep(
		request: {readonly bond: Hash32; readonly more?: Lovelace; readonly owner?: Hash28},
		options?: ExecuteOptions,
	): Promise<ExecutedTransaction>;
	dispute(request: DisputeChoice, options?: ExecuteOptions): Promise<Disputed>;
	answer(
		request: {readonly bond: Hash32; readonly opening: LeafOpening},
		options?: ExecuteOptions,
	): Promise<ExecutedTransaction>;
	slash(request: {readonly bond: Hash32}, options?: ExecuteOptions): Promise<ExecutedTransaction>;
	announceExit(request: {readonly bond: Hash32}, options?: ExecuteOptions): Promise<ExitAnnounced>;
	leave(request: {readonly bond: Hash32}, options?: ExecuteOptions): Promise<ExecutedTransaction>;
};

type Place = {
	readonly kupoUrl: string;
	readonly deployment: BondDeployment;
	readonly wallet: CardanoKey;
	readonly runner: PlanRunner;
	/** Of the contracts that the bonds name. */
	readonly contracts: ContractReader;
};

const fail = (code: string, message: string, detail: Readonly<Record<string, unknown>> = {}): never => {
	throw new NodeError({...detail, code, message});
};

const at = (timeMs: number): string => new Date(timeMs).toISOString();

class LucidBonds implements BondContracts {
	readonly reader: BondReader;
	readonly #hasher: Hasher;
	readonly #place: Place;

	constructor(hasher: Hasher, place: Place) {
		this.#hasher = hasher;
		this.#place = place;
		this.reader = createBondReader(place.kupoUrl, place.deployment);
	}

	async disputesOf(
		provider: Hash32,
		{signal}: {readonly signal?: AbortSignal} = {},
	): Promise<readonly DisputedBond[]> {
		const {disputed} = await this.reader.all(signal);
		return disputed.filter(({datum}) => equalBytes(datum.provider, provider));
	}

	async register({provider}: {readonly provider: Hash32}, options: ExecuteOptions = {}): Promise<Registered> {
		const {deployment, contracts, wallet, runner, kupoUrl} = this.#place;
		const {signal} = options;
		let bond: Hash32 | undefined;
		const plan = async (): Promise<TransactionPlan> => {
			const [seed, claim] = await Promise.all([
				walletOutput({kupoUrl}, wallet.address, signal),
				contracts.claim(provider, signal),
			]);
			if (!equalBytes(claim.datum.ownerPkh, wallet.keyHash))
				fail(
					'BOND_OTHER_OWNER',
					'Another wallet owns this claim, and only its owner may put up a bond for it.',
				);
			bond = claimIdOf(this.#hasher, seed);
			const request = {seed, owner: wallet.keyHash, provider, claim: claim.ref};
			return registerBondPlan(this.#hasher, deployment, request);
		};
		const transaction = await runner.run(`bond behind provider ${toHex(provider)}`, plan, options);
		if (bond === undefined) throw resumedFailure(transaction);
		return {bond, transaction};
	}

	keep(
		{bond: name, ...change}: {readonly bond: Hash32; readonly more?: Lovelace; readonly owner?: Hash28},
		options: ExecuteOptions = {},
	): Promise<ExecutedTransaction> {
		const {deployment, runner} = this.#place;
		const {more = 0n, owner} = change;
		const given = owner === undefined ? '' : `, given to ${toHex(owner)}`;
		return runner.run(
			`bond ${toHex(name)} with ${more} lovelace more${given}`,
			async () => keepBondPlan(deployment, await this.#own(name, options.signal), change),
			options,
		);
	}

	async dispute(
		{bond: name, forest, challenge}: DisputeChoice,
		options: ExecuteOptions = {},
	): Promise<Disputed> {
		const {deployment, contracts, wallet, runner} = this.#place;
		const {signal} = options;
		let datum: DisputedBondDatum | undefined;
		const plan = async (): Promise<TransactionPlan> => {
			const [bond, checkpoint, range] = await Promise.all([
				this.reader.idle(name, signal),
				contracts.checkpoint(signal),
				this.#range(deployment.params.answerMs, signal),
			]);
			if (!equalBytes(bond.datum.provider, forest.provider))
				fail('BOND_OTHER_PROVIDER', 'This bond stands behind another provider than the evidence is of.');
			const request = {checkpoint, forest, challenge, challenger: wallet.keyHash, range};
			const made = planned(disputeBondPlan(this.#hasher, deployment, bond, request));
			datum = planned(disputedBondDatum.fromData(defined(made.outputs[0]?.datum, 'the bond goes on')));
			return made;
		};
		const purpose = `dispute of bond ${toHex(name)}: challenge ${challenge} of forest ${toHex(forest.root)}`;
		const transaction = await runner.run(purpose, plan, options);
		if (datum === undefined) throw resumedFailure(transaction);
		return {datum, transaction};
	}

	answer(
		{bond: name, opening}: {readonly bond: Hash32; readonly opening: LeafOpening},
		options: ExecuteOptions = {},
	): Promise<ExecutedTransaction> {
		const {deployment, runner} = this.#place;
		const plan = async (): Promise<TransactionPlan> => {
			const bond = await this.reader.disputed(name, options.signal);
			return planned(answerDisputePlan(this.#hasher, deployment, bond, opening));
		};
		return runner.run(`answer for bond ${toHex(name)}`, plan, options);
	}

	slash({bond: name}: {readonly bond: Hash32}, options: ExecuteOptions = {}): Promise<ExecutedTransaction> {
		const {deployment, runner} = this.#place;
		const plan = async (): Promise<TransactionPlan> => {
			const bond = await this.reader.disputed(name, options.signal);
			const {answerByMs} = bond.datum;
			if ((await this.#nowMs(options.signal)) < answerByMs)
				fail('BOND_STILL_ANSWERABLE', `It can be answered for until ${at(answerByMs)}.`, {answerByMs});
			return slashBondPlan(deployment, bond);
		};
		return runner.run(`slashing of bond ${toHex(name)}`, plan, options);
	}

	async announceExit(
		{bond: name}: {readonly bond: Hash32},
		options: ExecuteOptions = {},
	): Promise<ExitAnnounced> {
		const {deployment, runner} = this.#place;
		const {exitMs} = deployment.params;
		let exitAfterMs: number | undefined;
		const plan = async (): Promise<TransactionPlan> => {
			const bond = await this.#own(name, options.signal);
			const range = await this.#range(exitMs, options.signal);
			exitAfterMs = range.toMs + exitMs;
			return announceExitPlan(deployment, bond, range);
		};
		const transaction = await runner.run(`announced exit of bond ${toHex(name)}`, plan, options);
		if (exitAfterMs === undefined) throw resumedFailure(transaction);
		return {exitAfterMs, transaction};
	}

	leave({bond: name}: {readonly bond: Hash32}, options: ExecuteOptions = {}): Promise<ExecutedTransaction> {
		const {deployment, runner} = this.#place;
		const plan = async (): Promise<TransactionPlan> => {
			const bond = await this.#own(name, options.signal);
			const made = planned(leaveBondPlan(deployment, bond));
			const {exitAfterMs} = bond.datum;
			if ((await this.#nowMs(options.signal)) < exitAfterMs)
				fail('BOND_EXIT_TOO_EARLY', `The bond can be taken back from ${at(exitAfterMs)} on.`, {exitAfterMs});
			return made;
		};
		return runner.run(`return of bond ${toHex(name)}`, plan, options);
	}

	/** An idle bond that the wallet may sign for. */
	async #own(name: Hash32, signal: AbortSignal | undefined): Promise<Bond> {
		const bond = await this.reader.idle(name, signal);
		if (!equalBytes(bond.datum.owner, this.#place.wallet.keyHash))
			fail('BOND_OTHER_OWNER', 'Another wallet owns this bond, and only its owner may do that.');
		return bond;
	}

	async #nowMs(signal: AbortSignal | undefined): Promise<number> {
		return slotStart(this.#place.deployment.network, await this.reader.slot(signal));
	}

	/** From now on, soon over. */
	async #range(phaseMs: number, signal: AbortSignal | undefined): Promise<TimeRange> {
		const {network} = this.#place.deployment;
		const slot = await this.reader.slot(signal);
		// Slots longer than ten minutes exist only on devnets.
		const oneSlot = {fromMs: slotStart(network, slot), toMs: slotStart(network, slot + 1)};
		return rangeFrom(network, slot, {phaseMs}) ?? oneSlot;
	}
}

/** Works bonds with a wallet, through Kupo and Ogmios or the devnet. */
export const createBondContracts = (hasher: Hasher, place: Place): BondContracts =>
	new LucidBonds(hasher, place);
