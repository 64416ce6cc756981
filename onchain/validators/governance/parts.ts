/** What the governance script's actions share. Each is judged once for the whole transaction. */
import type {Hash28} from '#kernel/hash';
import {encodeUtf8} from '#kernel/utf8';
import {GOVERNOR_NFT_NAME} from '../../data/governance-data.ts';
import {TOKEN_NAME} from '../../data/token-data.ts';
import {bigEndian, isAtMost, join, subtract} from '../../plutus/arithmetic.ts';
import {
	all,
	asBytes,
	asList,
	asPairs,
	bind,
	bool,
	bs,
	bytesData,
	bytesOf,
	type Check,
	call,
	choose,
	constructorData,
	data,
	define,
	defineRecursive,
	type Expr,
	field,
	first,
	head,
	headPair,
	integerOf,
	isEmpty,
	listData,
	sameBytes,
	sameData,
	sameInteger,
	tail,
	tailPairs,
	truth,
} from '../../plutus/core.ts';
import {
	hasKey,
	OUTPUT,
	quantityOf,
	resolved,
	scriptCredential,
	validFrom,
	valueAt,
} from '../../plutus/std.ts';
import {inputsAt, outputsAt, validTo} from '../../plutus/transaction-shape.ts';

export type GovernanceParams = {
	/** Policy of the governance token. The governor NFT is minted beside the supply, so once. */
	readonly token: Hash28;
};

/** The transaction and what it is judged by, as terms. */
export type Action = {
	readonly params: GovernanceParams;
	readonly check: Check;
	readonly own: Expr;
	readonly redeemer: Expr;
	readonly inputs: Expr;
	readonly references: Expr;
	readonly outputs: Expr;
	readonly mint: Expr;
	readonly range: Expr;
	readonly signatories: Expr;
};

export const GOVERNOR: Expr = bytesOf(GOVERNOR_NFT_NAME);
const PROPOSAL = bytesOf(encodeUtf8('PROPOSAL'));
const TOKEN = bytesOf(TOKEN_NAME);

/** An hour: a validity range no wider tells the time well enough. */
const RANGE_MS_MAX = 3_600_000;

/** proposal id to the name of its NFT. */
export const proposalNameOf = (id: Expr): Expr => join(PROPOSAL, bigEndian(id, 8));

export const outputNumber = (outputs: Expr, position: number): Expr => {
	let rest = asList(outputs);
	for (let index = 0; index < position; index++) rest = tail(rest);
	return head(rest);
};

/** How many outputs of the script the transaction spends and makes. */
export const touches = (a: Action, taken: number, left: number): Expr =>
	all(
		sameInteger(call(inputsAt, asList(a.inputs), scriptCredential(a.own)), integerOf(taken)),
		sameInteger(call(outputsAt, asList(a.outputs), scriptCredential(a.own)), integerOf(left)),
	);

export const mintsNothing = (a: Action): Expr =>
	choose(bool, call(hasKey, asPairs(a.mint), bytesData(a.own)), truth(false), truth(true));

/** (mint, policy) to the name of the only token under the policy that is minted or burnt. */
const onlyName: Expr = define([data, bs], bs, (mint, policy) =>
	bind(asPairs(call(valueAt, asPairs(mint), bytesData(policy))), bs, names =>
		choose(bs, isEmpty(tailPairs(names)), asBytes(first(headPair(names))), bytesOf(new Uint8Array(0))),
	),
);

/** So many of that name under the script's policy, and nothing else under it. */
export const mintsOnly = (mint: Expr, own: Expr, name: Expr, quantity: number): Expr =>
	all(
		sameBytes(call(onlyName, mint, own), name),
		sameInteger(call(quantityOf, mint, own, name), integerOf(quantity)),
	);

export const tokensIn = (value: Expr, {params}: Pick<Action, 'params'>): Expr =>
	call(quantityOf, value, bytesOf(params.token), TOKEN);

/** (TxInInfos, script hash) to the output of the script that holds no NFT of it; fails when there is none. */
export const stakeInput: Expr = defineRecursive([listData, bs], data, (self, inputs, own) =>
	bind(resolved(head(inputs)), data, output =>
		choose(
			data,
			all(
				sameData(field(field(output, OUTPUT.address), 0), scriptCredential(own)),
				choose(
					bool,
					call(hasKey, asPairs(field(output, OUTPUT.value)), bytesData(own)),
					truth(false),
					truth(true),
				),
			),
			output,
			call(self, tail(inputs), own),
		),
	),
);

/** The range is narrow, so that its end is about now. */
export const isPrompt = (range: Expr): Expr =>
	isAtMost(subtract(call(validTo, range), call(validFrom, range)), integerOf(RANGE_MS_MAX));

/** The address of a key without a stake part. */
export const keyAddress = (keyHash: Expr): Expr =>
	constructorData(0, constructorData(0, keyHash), constructorData(1));
