/**
 * A provider whose process was killed: whoever has its operator key goes on in its name, with other commitments and proofs
 * than it would have sent.
 */
import {check, type NetworkStage} from '#cli/demo/stage';
import type {Member} from '#cli/devnet/start-nodes';
import {witnessOf} from '#cli/wallet';
import {fromHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import type {Action} from '#ledger/tx/action';
import {encodeTransaction, feeFreeBody, signedTransaction, unsignedTransaction} from '#ledger/tx/transaction';

export type RogueProvider = {
	readonly name: string;
	/** Claim id in hexadecimal, and as bytes. */
	readonly id: string;
	readonly providerId: Hash32;
	/** Wire form of an action that is free of charge, signed by its operator. */
	sign(action: Action, proof?: Uint8Array): Promise<Uint8Array>;
};

/** Kills the process of provider number `index` and takes its key. */
export const takeOver = async (stage: NetworkStage, index: number): Promise<RogueProvider> => {
	const {people, claims, providers, network} = stage;
	const [member, id, person] = [providers[index], claims[index], people.providers[index]];
	check(member !== undefined && id !== undefined && person !== undefined, 'there is such a provider');
	member.started.kill('SIGKILL');
	await member.started.gone;
	return {
		name: member.name,
		id,
		providerId: fromHex(id) as Hash32,
		sign: async (action, proof) => {
			const unsigned = unsignedTransaction(network, feeFreeBody(action));
			const witness = await witnessOf(unsigned.id, person.operatorSeed);
			return encodeTransaction(signedTransaction(unsigned, [witness], proof ?? null));
		},
	};
};

/** What a node says to a transaction: a code, with the code inside where there is one, or `ACCEPTED`. */
const answerOf = async ({client}: Member, wire: Uint8Array): Promise<string> => {
	const answer = await client.submit(wire);
	if (answer.ok) return 'ACCEPTED';
	const inner = answer.error['error'] as {code?: string} | undefined;
	return inner?.code === undefined ? answer.error.code : `${answer.error.code} (${inner.code})`;
};

/** Every node that runs must refuse it with one of these codes. */
export const refusedByAll = async (
	{account}: NetworkStage,
	nodes: readonly Member[],
	{what, wire, codes}: {readonly what: string; readonly wire: Uint8Array; readonly codes: readonly string[]},
): Promise<void> => {
	const answers = await Promise.all(
		nodes.map(async node => [node.name, await answerOf(node, wire)] as const),
	);
	const different = [...new Set(answers.map(([, answer]) => answer))];
	account.tell('refused', `  ${what}: ${answers.length} nodes say ${different.join(', ')}`, {
		what,
		answers: Object.fromEntries(answers),
	});
	check(
		answers.every(([, answer]) => codes.some(code => answer.startsWith(code))),
		`every node refuses ${what}`,
		{answers: Object.fromEntries(answers), codes},
	);
};
