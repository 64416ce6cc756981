/** What validators ask of a Plutus V3 script context (plutus-ledger-api, `PlutusLedgerApi.V3.Contexts`). */
import {
	add,
	divide,
	hash256,
	integerFrom,
	isLess,
	join,
	lengthOf,
	modulo,
	multiply,
	slice,
	verifies,
} from './arithmetic.ts';
import {
	all,
	asBytes,
	asInteger,
	asPairs,
	bind,
	bool,
	bs,
	bytesData,
	bytesOf,
	call,
	choose,
	constructorData,
	constructorOf,
	data,
	define,
	defineRecursive,
	type Expr,
	fail,
	field,
	fieldsOf,
	first,
	guard,
	head,
	headPair,
	int,
	integerOf,
	isEmpty,
	listData,
	pairsData,
	sameBytes,
	sameData,
	sameInteger,
	second,
	tail,
	tailPairs,
	truth,
	withFields,
} from './core.ts';

/** Positions in TxInfo. */
export const TX = {
	inputs: 0,
	referenceInputs: 1,
	outputs: 2,
	mint: 4,
	withdrawals: 6,
	validRange: 7,
	signatories: 8,
	redeemers: 9,
} as const;
/** Positions in TxOut. */
export const OUTPUT = {address: 0, value: 1, datum: 2, referenceScript: 3} as const;
/** Constructors of ScriptInfo, and of ScriptPurpose. */
export const PURPOSE = {minting: 0, spending: 1, rewarding: 2} as const;
/** Constructor of OutputDatum that holds the datum itself. */
const INLINE_DATUM = 2;
/** Constructor of Maybe that holds nothing. */
const NOTHING = 1;

/** The resolved output that a TxInInfo spends or reads. */
export const resolved = (input: Expr): Expr => field(input, 1);

/** (TxInInfos, reference) to the output; fails when it is not there. */
export const inputAt: Expr = defineRecursive([listData, data], data, (self, inputs, reference) =>
	bind(fieldsOf(head(inputs)), data, parts =>
		choose(data, sameData(head(parts), reference), head(tail(parts)), call(self, tail(inputs), reference)),
	),
);

/** (TxInInfos, reference) to whether it is spent. */
export const spends: Expr = defineRecursive([listData, data], bool, (self, inputs, reference) =>
	choose(
		bool,
		isEmpty(inputs),
		truth(false),
		choose(
			bool,
			sameData(field(head(inputs), 0), reference),
			truth(true),
			call(self, tail(inputs), reference),
		),
	),
);

const paysNone: Expr = defineRecursive([listData, data], bool, (self, outputs, address) =>
	choose(
		bool,
		isEmpty(outputs),
		truth(true),
		choose(
			bool,
			sameData(field(head(outputs), OUTPUT.address), address),
			truth(false),
			call(self, tail(outputs), address),
		),
	),
);

/** (outputs, address) to the one output there; fails on none and on several. */
export const onlyOutputTo: Expr = defineRecursive([listData, data], data, (self, outputs, address) =>
	bind(head(outputs), data, output =>
		choose(
			data,
			sameData(field(output, OUTPUT.address), address),
			guard(call(paysNone, tail(outputs), address), data, output),
			call(self, tail(outputs), address),
		),
	),
);

const quantityIn: Expr = defineRecursive([pairsData, bs], int, (self, names, name) =>
	choose(
		int,
		isEmpty(names),
		integerOf(0),
		bind(headPair(names), int, entry =>
			choose(
				int,
				sameBytes(asBytes(first(entry)), name),
				asInteger(second(entry)),
				call(self, tailPairs(names), name),
			),
		),
	),
);

const quantityUnder: Expr = defineRecursive([pairsData, bs, bs], int, (self, policies, policy, name) =>
	choose(
		int,
		isEmpty(policies),
		integerOf(0),
		bind(headPair(policies), int, entry =>
			choose(
				int,
				sameBytes(asBytes(first(entry)), policy),
				call(quantityIn, asPairs(second(entry)), name),
				call(self, tailPairs(policies), policy, name),
			),
		),
	),
);

/** (value, policy, name) to how much of it there is. */
export const quantityOf: Expr = define([data, bs, bs], int, (value, policy, name) =>
	call(quantityUnder, asPairs(value), policy, name),
);

/** Lovelace of an output's value, which always begins with it. */
export const lovelaceOf: Expr = define([data], int, value =>
	asInteger(second(headPair(asPairs(second(headPair(asPairs(value))))))),
);

/** Whether a value of an output holds lovelace and nothing else. */
export const holdsAdaOnly: Expr = define([data], bool, value => isEmpty(tailPairs(asPairs(value))));

/** Whether a value of an output holds lovelace and exactly one other asset. */
export const holdsOneAsset: Expr = define([data], bool, value =>
	bind(tailPairs(asPairs(value)), bool, policies =>
		all(isEmpty(tailPairs(policies)), isEmpty(tailPairs(asPairs(second(headPair(policies)))))),
	),
);

/** (value, policy) to the name of the value's only asset besides lovelace; fails when that is of another policy. */
export const ownAssetName: Expr = define([data, bs], bs, (value, policy) =>
	guard(
		call(holdsOneAsset, value),
		bs,
		bind(headPair(tailPairs(asPairs(value))), bs, entry =>
			guard(sameBytes(asBytes(first(entry)), policy), bs, asBytes(first(headPair(asPairs(second(entry)))))),
		),
	),
);

const holderIn = (outputOf: (item: Expr) => Expr): Expr =>
	defineRecursive([listData, bs, bs], data, (self, items, policy, name) =>
		bind(outputOf(head(items)), data, output =>
			choose(
				data,
				sameInteger(call(quantityOf, field(output, OUTPUT.value), policy, name), integerOf(1)),
				output,
				call(self, tail(items), policy, name),
			),
		),
	);

/** (TxInInfos, policy, name) to the output that holds one of it; fails when there is none. */
export const inputHolding: Expr = holderIn(resolved);
/** (outputs, policy, name) to the output that holds one of it; fails when there is none. */
export const outputHolding: Expr = holderIn(output => output);

/** The inline datum of an output; fails for any other. */
export const inlineDatum: Expr = define([data], data, output =>
	bind(field(output, OUTPUT.datum), data, datum =>
		guard(sameInteger(constructorOf(datum), integerOf(INLINE_DATUM)), data, field(datum, 0)),
	),
);
export const inlineDatumOf = (datum: Expr): Expr => constructorData(INLINE_DATUM, datum);

export const hasNoScript = (maybeScriptHash: Expr): Expr =>
	sameInteger(constructorOf(maybeScriptHash), integerOf(NOTHING));

export const scriptCredential = (hash: Expr): Expr => constructorData(1, bytesData(hash));

/** The address of a script without a stake part. */
export const scriptAddress: Expr = define([bs], data, hash =>
	constructorData(0, scriptCredential(hash), constructorData(NOTHING)),
);

/** Script hash in an address's payment part; fails for a key. */
export const scriptHashOf: Expr = define([data], bs, address =>
	bind(field(address, 0), bs, credential =>
		guard(sameInteger(constructorOf(credential), integerOf(1)), bs, asBytes(field(credential, 0))),
	),
);

/** The inclusive lower bound of a validity range in POSIX milliseconds; fails when there is none. */
export const validFrom: Expr = define([data], int, range =>
	bind(field(field(range, 0), 0), int, bound =>
		guard(sameInteger(constructorOf(bound), integerOf(1)), int, asInteger(field(bound, 0))),
	),
);

/** (list, item) to whether it is in there. */
export const contains: Expr = defineRecursive([listData, data], bool, (self, items, item) =>
	choose(
		bool,
		isEmpty(items),
		truth(false),
		choose(bool, sameData(head(items), item), truth(true), call(self, tail(items), item)),
	),
);

/** (pairs, key) to whether the key is in there. */
export const hasKey: Expr = defineRecursive([pairsData, data], bool, (self, pairs, key) =>
	choose(
		bool,
		isEmpty(pairs),
		truth(false),
		choose(bool, sameData(first(headPair(pairs)), key), truth(true), call(self, tailPairs(pairs), key)),
	),
);

/** (pairs, key) to the value of that key; fails when there is none. */
export const valueAt: Expr = defineRecursive([pairsData, data], data, (self, pairs, key) =>
	bind(headPair(pairs), data, entry =>
		choose(data, sameData(first(entry), key), second(entry), call(self, tailPairs(pairs), key)),
	),
);

type SumOptions = {
	readonly outputOf: (item: Expr) => Expr;
	/** Whether an output of the script is one that may be counted; else the script fails. */
	readonly acceptable: (address: Expr, output: Expr, script: Expr) => Expr;
};

/** (items, script hash, sum so far) to the lovelace at the script. */
const sumAtScript = ({outputOf, acceptable}: SumOptions): Expr =>
	defineRecursive([listData, bs, int], int, (self, items, script, sum) =>
		choose(
			int,
			isEmpty(items),
			sum,
			bind(outputOf(head(items)), int, output =>
				withFields(output, [OUTPUT.address, OUTPUT.value], int, (address, value) =>
					call(
						self,
						tail(items),
						script,
						choose(
							int,
							sameData(field(address, 0), scriptCredential(script)),
							guard(
								all(call(holdsAdaOnly, value), acceptable(address, output, script)),
								int,
								add(sum, call(lovelaceOf, value)),
							),
							sum,
						),
					),
				),
			),
		),
	);

/** Lovelace that a transaction takes from a script; every input there must hold ADA only. */
export const sumTaken: Expr = sumAtScript({outputOf: resolved, acceptable: () => truth(true)});

/** The datum of money that is nobody's deposit. */
export const reserveDatumTerm: Expr = constructorData(1);

/**
 * Lovelace that a transaction leaves at a script. Such an output must hold ADA only, have no stake part, no
 * reference script and the reserve's datum: change that looked like a deposit would buy credit a second time.
 */
export const sumLeft: Expr = sumAtScript({
	outputOf: output => output,
	acceptable: (address, output, script) =>
		withFields(output, [OUTPUT.datum, OUTPUT.referenceScript], bool, (datum, referenceScript) =>
			all(
				sameData(address, call(scriptAddress, script)),
				sameData(datum, inlineDatumOf(reserveDatumTerm)),
				hasNoScript(referenceScript),
			),
		),
});

/**
 * (node, index, path) to the Merkle root, as `#crypto/merkle-tree` has it. The index must be used up by the path:
 * otherwise one leaf could be claimed under 2^k indexes.
 */
export const merkleRootFrom: Expr = defineRecursive([bs, int, listData], bs, (self, node, index, path) =>
	choose(
		bs,
		isEmpty(path),
		guard(sameInteger(index, integerOf(0)), bs, node),
		bind(asBytes(head(path)), bs, sibling =>
			call(
				self,
				hash256(
					join(
						bytesOf(Uint8Array.of(1)),
						choose(
							bs,
							sameInteger(modulo(index, integerOf(2)), integerOf(0)),
							join(node, sibling),
							join(sibling, node),
						),
					),
				),
				divide(index, integerOf(2)),
				tail(path),
			),
		),
	),
);

const KEY_LENGTH = 32;
const WEIGHT_LENGTH = 8;

/**
 * (message, committee, offset, signatures, signed so far, total so far) to whether more than two thirds of the
 * committee's whole weight signed. The committee is packed as (key 32 | weight u64be) each; signatures stand in the
 * same order, empty where there is none. A signature that does not verify fails the script.
 */
export const hasQuorum: Expr = defineRecursive(
	[bs, bs, int, listData, int, int],
	bool,
	(self, message, committee, at, signatures, signed, total) =>
		choose(
			bool,
			isEmpty(signatures),
			all(
				sameInteger(lengthOf(committee), at),
				isLess(multiply(total, integerOf(2)), multiply(signed, integerOf(3))),
			),
			bind(integerFrom(slice(committee, add(at, integerOf(KEY_LENGTH)), WEIGHT_LENGTH)), bool, weight =>
				bind(asBytes(head(signatures)), bool, signature =>
					call(
						self,
						message,
						committee,
						add(at, integerOf(KEY_LENGTH + WEIGHT_LENGTH)),
						tail(signatures),
						choose(
							int,
							sameBytes(signature, bytesOf(new Uint8Array(0))),
							signed,
							choose(
								int,
								verifies(slice(committee, at, KEY_LENGTH), message, signature),
								add(signed, weight),
								fail(int),
							),
						),
						add(total, weight),
					),
				),
			),
		),
);
