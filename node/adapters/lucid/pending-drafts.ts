/** Transactions that build on each other and are all signed elsewhere: each is drafted as if those before it were in a block. */
import type {Credential, OutRef, Provider, UTxO} from '@lucid-evolution/lucid';
import type {Deliver, DraftTransaction} from './execute-plan.ts';
import type {WatchedAccess} from './lucid-session.ts';
import {providerWith} from './provider-with.ts';

type LucidModule = typeof import('@lucid-evolution/lucid');

/** Drafts that nobody has submitted yet, in the order in which they are to be. */
export type PendingDrafts = readonly DraftTransaction[];

const keyOf = ({txHash, outputIndex}: OutRef): string => `${txHash}#${outputIndex}`;

/** What the drafts will leave unspent, and all that they spend. */
const effectOf = (
	{CML, coreToOutRef, coreToUtxo}: LucidModule,
	drafts: PendingDrafts,
): {readonly outputs: readonly UTxO[]; readonly spent: ReadonlySet<string>} => {
	const bodies = drafts.map(({cbor}) => CML.Transaction.from_cbor_hex(cbor).body());
	const spent = new Set<string>();
	const outputs: UTxO[] = [];
	for (const body of bodies) {
		const [inputs, made, id] = [body.inputs(), body.outputs(), CML.hash_transaction(body)];
		for (let index = 0; index < inputs.len(); index++) spent.add(keyOf(coreToOutRef(inputs.get(index))));
		for (let index = 0; index < made.len(); index++) {
			const input = CML.TransactionInput.new(id, BigInt(index));
			outputs.push(coreToUtxo(CML.TransactionUnspentOutput.new(input, made.get(index))));
		}
	}
	return {outputs: outputs.filter(output => !spent.has(keyOf(output))), spent};
};

/** What `provider` will answer once the drafts are in blocks. `drafts` may grow. */
export const withDrafts = (module: LucidModule, provider: Provider, drafts: PendingDrafts): Provider => {
	const laidOver = (there: readonly UTxO[], isAsked: (output: UTxO) => boolean): UTxO[] => {
		const {outputs, spent} = effectOf(module, drafts);
		return [...there.filter(output => !spent.has(keyOf(output))), ...outputs.filter(isAsked)];
	};
	const isAt =
		(where: string | Credential) =>
		({address}: UTxO): boolean =>
			typeof where === 'string'
				? address === where
				: module.getAddressDetails(address).paymentCredential?.hash === where.hash;
	return providerWith(provider, {
		getUtxos: async where => laidOver(await provider.getUtxos(where), isAt(where)),
		getUtxosWithUnit: async (where, unit) => {
			const there = await provider.getUtxosWithUnit(where, unit);
			return laidOver(there, output => isAt(where)(output) && Object.hasOwn(output.assets, unit));
		},
		getUtxosByOutRef: async references => {
			const wanted = new Set(references.map(keyOf));
			const there = await provider.getUtxosByOutRef(references);
			return laidOver(there, output => wanted.has(keyOf(output)));
		},
	});
};

/** For a wallet whose key is elsewhere: what is delivered counts for the transactions after it. */
export const inSequence = (
	access: WatchedAccess,
	deliver: Deliver,
): {readonly access: WatchedAccess; readonly deliver: Deliver} => {
	const pending: DraftTransaction[] = [];
	return {
		access: {...access, pending},
		deliver: async draft => {
			await deliver(draft);
			pending.push(draft);
		},
	};
};
