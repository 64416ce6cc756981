/** Accounts of several keys: their policy in a file, and what their members have signed put together. */
import {
	type AccountPolicy,
	accountOfPolicy,
	isMember,
	policyCodec,
	policyProblem,
} from '#crypto/account-policy';
import type {Crypto} from '#crypto/crypto';
import {equalBytes, toHex} from '#kernel/bytes';
import {decode, encode} from '#kernel/cbor/codec';
import type {AccountId} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {signedTransaction, type Transaction, type Witness} from '#ledger/tx/transaction';
import {readTextEnvelope, writeTextEnvelope} from '#node/adapters/text-envelope';

export const MULTISIG_ENVELOPE = 'DCloudMultisig';

const refuse = (code: string, message: string, detail: object = {}): NodeError =>
	new NodeError({...detail, code, message});

/** Throws MULTISIG_POLICY_BAD. */
export const checkedPolicy = (policy: AccountPolicy): AccountPolicy => {
	const problem = policyProblem(policy);
	if (problem === undefined) return policy;
	throw refuse(
		'MULTISIG_POLICY_BAD',
		'An account of several keys has 2 to 16 different ones, and a threshold of 1 to 6 that they can reach.',
		{problem},
	);
};

/** A file that every member may have: it holds no secret. Throws FILE_EXISTS. */
export const writePolicyFile = async (file: string, policy: AccountPolicy): Promise<void> =>
	writeTextEnvelope(file, {
		type: MULTISIG_ENVELOPE,
		description: `${policy.threshold} of ${policy.keys.length} keys`,
		cbor: encode(policyCodec, policy),
	});

/** Throws MULTISIG_POLICY_BAD, KEY_FILE_BAD and FILE_…. */
export const readPolicyFile = async (file: string): Promise<AccountPolicy> => {
	const {cbor} = await readTextEnvelope(file, MULTISIG_ENVELOPE);
	const decoded = decode(policyCodec, cbor);
	if (decoded.ok) return checkedPolicy(decoded.value);
	throw refuse('MULTISIG_POLICY_BAD', `${file} does not hold the policy of an account.`, {
		file,
		failure: decoded.error,
	});
};

export type Signers = {
	readonly account: AccountId;
	/** Of members, good ones. */
	readonly members: readonly Witness[];
	/** Of others, whom the action needs besides. */
	readonly others: readonly Witness[];
};

/** Whose good signatures a transaction of the account has. Throws MULTISIG_SENDER_WRONG, TX_SIGNATURE_INVALID. */
export const signersOf = (crypto: Crypto, policy: AccountPolicy, transaction: Transaction): Signers => {
	const account = accountOfPolicy(crypto, policy);
	const {id, body, witnesses} = transaction;
	if (body.sender === null || !equalBytes(body.sender, account))
		throw refuse('MULTISIG_SENDER_WRONG', 'The transaction is of another account than the policy is.', {
			sender: body.sender,
			account,
		});
	const forged = witnesses.find(each => !crypto.verifyEd25519(each.signature, id, each.verificationKey));
	if (forged !== undefined)
		throw refuse('TX_SIGNATURE_INVALID', 'A signature does not hold for the transaction.', {
			verificationKey: forged.verificationKey,
		});
	return {
		account,
		members: witnesses.filter(({verificationKey}) => isMember(policy, verificationKey)),
		others: witnesses.filter(({verificationKey}) => !isMember(policy, verificationKey)),
	};
};

/**
 * One transaction with as many members' signatures as the account asks for, from what several have signed apart. Throws
 * MULTISIG_DRAFTS_DIFFER, MULTISIG_SIGNATURES_TOO_FEW, MULTISIG_SENDER_WRONG, TX_SIGNATURE_INVALID.
 */
export const mergeSigned = (
	crypto: Crypto,
	policy: AccountPolicy,
	[first, ...rest]: readonly [Transaction, ...Transaction[]],
): Transaction => {
	if (rest.some(({id}) => !equalBytes(id, first.id)))
		throw refuse('MULTISIG_DRAFTS_DIFFER', 'These files are not of one transaction.');
	const all = [first, ...rest].map(each => signersOf(crypto, policy, each));
	const distinct = (witnesses: readonly Witness[]): readonly Witness[] => [
		...new Map(witnesses.map(each => [toHex(each.verificationKey), each])).values(),
	];
	const members = distinct(all.flatMap(each => each.members));
	const others = distinct(all.flatMap(each => each.others));
	const {threshold} = policy;
	if (members.length < threshold)
		throw refuse(
			'MULTISIG_SIGNATURES_TOO_FEW',
			`${members.length} of the ${threshold} signatures are there that the account asks for.`,
			{signatures: members.length, needed: threshold},
		);
	return signedTransaction(first, [...members.slice(0, threshold), ...others], first.proof);
};
