/** Who takes part: customers with pieces at four providers, and one who plays together with, or against, some of them. */
import {check, type NetworkStage} from '#cli/demo/stage';
import type {PieceTreeKernel} from '#crypto/piece-tree-kernel';
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {Epoch} from '#kernel/slot';
import {createPieceTreeKernel} from '#node/adapters/piece-tree-kernel';
import type {EventLine} from '#node/ports/control-api';
import {leavesOf, openAccomplice, type Stored} from './accomplice.ts';

export const PHASE_MS_MAX = 450_000;
/** Which provider plays what. */
export const INFLATES = 6;
export const OMITS = 5;
export const LOSES = 3;
export const HONEST = 0;
/** Leaves of a customer's piece, of one's own, and what one's own agreement has room for. */
export const CUSTOMERS_LEAVES = 64;
export const OWN_LEAVES = 8;
export const OWN_CAPACITY = 576;

export const RIGHTFUL = 1;
export const OWN = 2;
const GARBAGE = 3;

export type Scene = {
	readonly stage: NetworkStage;
	readonly trees: PieceTreeKernel;
	/** Customers' pieces with each of the providers, by the place of the provider. */
	readonly customers: ReadonlyMap<number, Stored>;
	/** With the provider that inflates sums: its agreement with itself. */
	readonly own: Stored;
	/** With the honest one: pieces were brought, and none signed for. */
	readonly unsigned: Hash32;
	readonly epoch: Epoch;
};

const codeOf = async (work: Promise<unknown>): Promise<string> => {
	try {
		await work;
		return 'ACCEPTED';
	} catch (error) {
		if (error instanceof NodeError) return String(error.detail['reason'] ?? error.code);
		throw error;
	}
};

export const slotNow = async ({relay}: NetworkStage): Promise<number> =>
	(await relay.client.status()).currentSlot;

/** The first slot in which a commitment for an epoch is taken. */
export const commitFrom = ({network: {genesis}}: NetworkStage, epoch: number): number =>
	epoch * genesis.epochLength - genesis.epochLength / 10;

/** Slots between the blow and the window: enough to kill two processes. */
export const LEAD_SLOTS = 15;
/** Before the blow: enough for a transaction to come into a block, however busy the machine is. */
const POST_SLOTS = 30;

/** The first epoch that all these agreements count in and whose commitments are still to come. */
const epochToCome = async (stage: NetworkStage, agreements: readonly Hash32[]): Promise<Epoch> => {
	const views = await Promise.all(agreements.map(id => stage.relay.client.agreement(toHex(id))));
	let epoch = Math.max(...views.map(view => defined(view, 'it is on the chain').startEpoch));
	const slot = await slotNow(stage);
	while (commitFrom(stage, epoch) - LEAD_SLOTS - POST_SLOTS < slot) epoch++;
	return Epoch(epoch);
};

export const setUp = async (stage: NetworkStage): Promise<Scene> => {
	const {account, people, claims} = stage;
	const trees = await createPieceTreeKernel();
	const customer = await openAccomplice(stage, people.customer, trees);
	const cheat = await openAccomplice(stage, people.newcomer, trees);
	const idOf = (index: number): string => defined(claims[index], 'there is such a provider');
	try {
		const customers = new Map<number, Stored>();
		for (const index of [INFLATES, OMITS, LOSES, HONEST]) {
			const agreement = await customer.open(idOf(index), CUSTOMERS_LEAVES);
			customers.set(index, await customer.store(agreement, leavesOf(RIGHTFUL, CUSTOMERS_LEAVES)));
		}
		const own = await cheat.store(await cheat.open(idOf(INFLATES), OWN_CAPACITY), leavesOf(OWN, OWN_LEAVES));
		const agreement = await cheat.open(idOf(HONEST), CUSTOMERS_LEAVES);
		const honest = defined(customers.get(HONEST)?.pieces[0], 'it has a piece').pieceId;
		const garbage = leavesOf(GARBAGE, CUSTOMERS_LEAVES);
		const refusal = await codeOf(cheat.put(agreement, garbage, honest));
		account.tell('garbage', `garbage under the name of a piece, over TLS: ${refusal}`, {refusal});
		check(refusal === 'PIECE_ID_WRONG', 'a provider takes no garbage under the name of a piece');
		await cheat.put(agreement, garbage);
		const {agreementId: unsigned} = agreement;
		const all = [...customers.values(), own].map(({agreementId}) => agreementId);
		const epoch = await epochToCome(stage, [...all, unsigned]);
		account.tell('ready', `${all.length + 1} agreements are open; epoch ${epoch} is the one`, {epoch});
		return {stage, trees, customers, own, unsigned, epoch};
	} finally {
		customer.close();
		cheat.close();
	}
};

export const customersOf = ({customers}: Scene, index: number): Stored =>
	defined(customers.get(index), 'customers have pieces there');

export const ofEpoch =
	(kind: string, epoch: number, ids: readonly string[]) =>
	({event}: EventLine): string | undefined =>
		event.kind === kind && event['epoch'] === epoch && ids.includes(String(event['provider']))
			? String(event['provider'])
			: undefined;
