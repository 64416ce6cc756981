import type {Crypto, SecretCrypto} from '#crypto/crypto';
import {defined} from '#kernel/assert';
import {fromHex, parseHex, toHex} from '#kernel/bytes';
import {type AccountId, Hash32} from '#kernel/hash';
import {Lovelace} from '#kernel/lovelace';
import {NodeError} from '#kernel/node-error';
import {parseRatio} from '#kernel/ratio';
import {type Epoch, Slot} from '#kernel/slot';
import {epochOf, type LedgerEnv, ledgerEnv} from '#ledger/environment';
import {parseGenesisJson} from '#ledger/genesis/genesis';
import type {LedgerParameters} from '#ledger/genesis/parameters';
import {roomOf} from '#ledger/providers/room';
import {type ServiceOffer, serviceOffers} from '#ledger/service/service-offers';
import type {Action} from '#ledger/tx/action';
import {feeOfBody} from '#ledger/tx/fee';
import {
	encodeTransaction,
	signedTransaction,
	type UnsignedTransaction,
	unsignedTransaction,
	type Witness,
} from '#ledger/tx/transaction';
import type {Clock} from '#node/ports/clock';
import type {AgreementView, ControlClient} from '#node/ports/control-api';
import type {ProviderView, StandingView} from '#node/ports/provider-api';
import type {RevisionStore} from '#node/ports/revision-store';
import type {Traits} from '#pieces/placement';
import {readAttributes} from '#transport/protocols/provider-attributes';
import {readParameters} from '../control/read-parameters.ts';
import {traitsByProvider} from './provider-traits.ts';

/** What a customer or repairer asks of the node that it talks to. */
export type ControlPort = Pick<
	ControlClient,
	| 'status'
	| 'genesis'
	| 'parameters'
	| 'account'
	| 'submit'
	| 'transaction'
	| 'providers'
	| 'agreement'
	| 'agreements'
	| 'announcements'
	| 'channels'
	| 'head'
	| 'heads'
>;

/** How long a transaction that nobody else signs may take to come into a block. */
const VALID_SLOTS = 120;
const SEQUENCE_TRIES = 5;

export type ChainClientPorts = {
	readonly control: ControlPort;
	readonly crypto: Crypto & SecretCrypto;
	readonly clock: Clock;
	/** Where revisions are kept as evidence; nowhere unless given. */
	readonly revisions?: RevisionStore;
};

type Call = {readonly signal?: AbortSignal};
type Parties = {readonly owner: AccountId | undefined; readonly paidBy: AccountId | undefined};

const badAnswer = (what: string, text: unknown): NodeError =>
	new NodeError({code: 'CONTROL_BAD_ANSWER', message: `The node's ${what} makes no sense.`, text});

/** The bytes of a hexadecimal field of the node's answer. */
export const hexField = (text: string, what: string, length?: number): Uint8Array => {
	const bytes = parseHex(text);
	if (bytes === undefined || (length !== undefined && bytes.length !== length)) throw badAnswer(what, text);
	return bytes;
};

export const hashField = (text: string, what: string): Hash32 => Hash32(hexField(text, what, 32));

/** A decimal field of the node's answer. */
export const amountField = (text: unknown, what: string): bigint => {
	if (typeof text === 'number' && Number.isSafeInteger(text) && text >= 0) return BigInt(text);
	if (typeof text !== 'string' || !/^\d{1,30}$/.test(text)) throw badAnswer(what, text);
	return BigInt(text);
};

/**
 * The chain as somebody with one account key sees it, by way of a node's control API: makes, signs and submits
 * transactions with the right sequence and fee, and waits until they are in blocks.
 */
export class ChainClient {
	readonly env: LedgerEnv;
	readonly control: ControlPort;
	readonly #crypto: Crypto & SecretCrypto;
	readonly #clock: Clock;
	readonly #seed: Uint8Array;
	readonly verificationKey: Uint8Array;
	/** Whose files these are: the key's own account, or that of whoever gave it a grant, and then nothing can be sent. */
	readonly account: AccountId;
	/** Whose payer account the user wants to pay for new agreements; undefined: nobody was named. */
	readonly paidBy: AccountId | undefined;
	readonly revisions: RevisionStore | undefined;
	#parameters: LedgerParameters;
	/** In which they were read: they change with epochs only. */
	#epoch: Epoch | undefined;

	private constructor(
		{control, crypto, clock, revisions}: ChainClientPorts,
		env: LedgerEnv,
		parameters: LedgerParameters,
		{seed, owner, paidBy}: {readonly seed: Uint8Array} & Parties,
	) {
		this.env = env;
		this.#parameters = parameters;
		this.control = control;
		this.#crypto = crypto;
		this.#clock = clock;
		this.#seed = seed;
		this.revisions = revisions;
		this.verificationKey = crypto.ed25519VerificationKey(seed);
		this.account = owner ?? crypto.blake2b224(this.verificationKey);
		this.paidBy = paidBy;
	}

	/**
	 * `seed`: the account's Ed25519 key, 32 bytes. `owner`: of the files, when that is another account. `paidBy`: who pays for new
	 * agreements, when the user says so.
	 */
	static async open(
		ports: ChainClientPorts,
		seed: Uint8Array,
		{owner, paidBy, ...call}: Call & Partial<Parties> = {},
	): Promise<ChainClient> {
		const genesis = parseGenesisJson(await ports.control.genesis(call));
		if (!genesis.ok) throw badAnswer('genesis', genesis.error.code);
		const env = ledgerEnv(ports.crypto, genesis.value);
		return new ChainClient(ports, env, await readParameters(ports.control, call), {seed, owner, paidBy});
	}

	/** In force in the epoch in which `currentSlot` was asked for last. */
	get parameters(): LedgerParameters {
		return this.#parameters;
	}

	async currentSlot(call?: Call): Promise<Slot> {
		const slot = Slot((await this.control.status(call)).currentSlot);
		const epoch = epochOf(this.env.genesis, slot);
		if (epoch !== this.#epoch) this.#parameters = await readParameters(this.control, call);
		this.#epoch = epoch;
		return slot;
	}

	/** The sequence of the next transaction, those that wait in the node's mempool counted in. */
	async nextSequence(call?: Call): Promise<number> {
		const {nextSequence} = await this.control.account(toHex(this.account), call);
		return Number(amountField(nextSequence, 'account sequence'));
	}

	/** A body of this account for `action`. `witnesses`: how many keys sign, this one included. */
	prepare(
		action: Action,
		{
			sequence,
			validUntil,
			witnesses,
		}: {readonly sequence: number; readonly validUntil: Slot; readonly witnesses: number},
	): UnsignedTransaction {
		const plain = {sender: this.account, sequence, validFrom: null, validUntil, action};
		const fee = feeOfBody(this.#parameters, plain, witnesses);
		return unsignedTransaction(this.env, {...plain, fee});
	}

	witness(unsigned: UnsignedTransaction, seed: Uint8Array = this.#seed): Witness {
		return {
			verificationKey: this.#crypto.ed25519VerificationKey(seed),
			signature: this.#crypto.signEd25519(seed, unsigned.id),
		};
	}

	/** This account's signature on what is hashed already. */
	sign(hash: Uint8Array): Uint8Array {
		return this.#crypto.signEd25519(this.#seed, hash);
	}

	/** Signs with this account and submits. Throws TRANSACTION_REFUSED with the ledger's code as `reason`. */
	async submit(unsigned: UnsignedTransaction, others: readonly Witness[] = [], call?: Call): Promise<void> {
		const own = this.witness(unsigned);
		const rest = others.filter(({verificationKey}) => toHex(verificationKey) !== toHex(own.verificationKey));
		const wire = encodeTransaction(signedTransaction(unsigned, [own, ...rest]));
		const submitted = await this.control.submit(wire, call);
		if (submitted.ok) return;
		const {code, message, ...detail} = submitted.error;
		throw new NodeError({
			code: 'TRANSACTION_REFUSED',
			message: `The node refused the transaction: ${code}${message === undefined ? '' : ` (${message})`}.`,
			reason: code,
			action: unsigned.body.action.kind,
			detail,
		});
	}

	/** Makes a transaction of this account, sends it and waits until it is in a block. Throws TRANSACTION_REFUSED, TRANSACTION_LOST. */
	async send(action: Action, call?: Call): Promise<void> {
		for (let left = SEQUENCE_TRIES; ; left--) {
			const validUntil = Slot((await this.currentSlot(call)) + VALID_SLOTS);
			const sequence = await this.nextSequence(call);
			const unsigned = this.prepare(action, {sequence, validUntil, witnesses: 1});
			try {
				await this.submit(unsigned, [], call);
			} catch (error) {
				// Another device of the same account was faster.
				const isTaken = error instanceof NodeError && error.detail['reason'] === 'TX_SEQUENCE_WRONG';
				if (!isTaken || left === 0) throw error;
				continue;
			}
			await this.included([unsigned], call);
			return;
		}
	}

	/**
	 * Resolves when all these transactions are in blocks. Throws TRANSACTION_LOST when one's last slot has passed and it is
	 * in none.
	 */
	async included(transactions: readonly UnsignedTransaction[], call: Call = {}): Promise<void> {
		for (const {id, body} of transactions)
			await this.until(async () => {
				const {status} = await this.control.transaction(toHex(id), call);
				if (status === 'block') return true;
				const slot = await this.currentSlot(call);
				if (body.validUntil !== null && slot > body.validUntil + this.env.genesis.k)
					throw new NodeError({
						code: 'TRANSACTION_LOST',
						message: 'A transaction came into no block in time: try again.',
						txId: toHex(id),
						action: body.action.kind,
					});
				return false;
			}, call);
	}

	/** Looks once a slot until `holds` says yes. */
	async until(
		holds: () => Promise<boolean>,
		{signal = new AbortController().signal}: Call = {},
	): Promise<void> {
		while (!(await holds())) {
			signal.throwIfAborted();
			await this.#clock.waitUntil(this.#clock.now() + this.env.genesis.slotMs, {signal});
		}
	}

	async agreement(agreementId: Hash32, call?: Call): Promise<AgreementView | undefined> {
		return await this.control.agreement(toHex(agreementId), call);
	}
}

/** A provider that can be reached, as its row and its announcement say. */
export type ReachableProvider = {
	readonly id: Hash32;
	readonly operatorVk: Uint8Array;
	/** Where it answers over TLS, if anywhere. */
	readonly endpoint: string | null;
	/** Where libp2p reaches it. */
	readonly routes: readonly string[];
	/** What it still takes in. */
	readonly freeLeaves: number;
	readonly freeBond: Lovelace;
	readonly storePrice: Lovelace;
	readonly minTermEpochs: number;
	readonly accepting: boolean;
	/** What it has in common with others. */
	readonly traits: Traits;
	/** How good it is known to be, in thousandths; 0: nothing is to be given to it. */
	readonly score: bigint;
	/** What it promises about giving pieces back, and for how much more. */
	readonly service: readonly ServiceOffer[];
};

/** Of a provider that is vetted what it proves at least; of a new one what one has to expect. */
const scoreOf = ({suspended, vettingEpochsLeft, lowerBound, expectation}: StandingView): bigint => {
	if (suspended) return 0n;
	const text = vettingEpochsLeft === 0 ? lowerBound : expectation;
	const known = parseRatio(text);
	if (known === undefined) throw badAnswer('reputation', text);
	return (1000n * known.numerator) / known.denominator;
};

const reachable = (view: ProviderView, traits: ReadonlyMap<string, Traits>): ReachableProvider | undefined =>
	view.endpoint === null && view.routes.length === 0
		? undefined
		: {
				id: hashField(view.id, 'provider id'),
				operatorVk: hexField(view.operatorVk, 'operator key', 32),
				endpoint: view.endpoint,
				routes: view.routes,
				freeLeaves: roomOf({
					capacityLeaves: Number(amountField(view.capacityLeaves, 'capacity')),
					usedLeaves: Number(amountField(view.usedLeaves, 'used capacity')),
				}),
				freeBond: Lovelace(amountField(view.bondFree, 'free bond')),
				storePrice: Lovelace(amountField(view.storePrice, 'store price')),
				minTermEpochs: view.minTermEpochs,
				accepting: view.accepting,
				traits: defined(traits.get(view.id), 'every provider has traits'),
				score: scoreOf(view.reputation),
				service: serviceOffers(readAttributes(view.attributes).service),
			};

export const reachableProviders = async (
	control: ControlPort,
	call?: Call,
): Promise<readonly ReachableProvider[]> => {
	const views = await control.providers(call);
	const traits = traitsByProvider(views);
	return views.flatMap(view => reachable(view, traits) ?? []);
};

export const agreementIdField = (view: AgreementView): Hash32 => Hash32(fromHex(view.id));
