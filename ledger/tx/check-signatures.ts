import {isMember} from '#crypto/account-policy';
import {equalBytes, toHex} from '#kernel/bytes';
import type {AccountId} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {keyOf} from '../state/keys.ts';
import type {RuleContext} from './rule.ts';
import {signersOf} from './rules.ts';
import type {Witness} from './transaction.ts';
import type {TxError} from './tx-error.ts';

/** Whose signatures count for the sender, and how many there must be. */
type SenderKeys = {
	readonly owns: (verificationKey: Uint8Array) => boolean;
	readonly threshold: number;
};

const senderKeys = ({draft, env}: RuleContext, sender: AccountId | null): SenderKeys => {
	if (sender === null) return {owns: () => false, threshold: 0};
	const policy = draft.get('multisigs', keyOf(sender));
	return policy === undefined
		? {owns: key => equalBytes(env.crypto.blake2b224(key), sender), threshold: 1}
		: {owns: key => isMember(policy, key), threshold: policy.threshold};
};

/** A witness that nobody asked for: a stranger's, or one more of the sender's keys than are needed. */
const surplusWitness = (
	witnesses: readonly Witness[],
	isSigner: (verificationKey: Uint8Array) => boolean,
	{owns, threshold}: SenderKeys,
): Witness | undefined => {
	const stranger = witnesses.find(
		({verificationKey}) => !isSigner(verificationKey) && !owns(verificationKey),
	);
	if (stranger !== undefined) return stranger;
	const owners = witnesses.filter(({verificationKey}) => owns(verificationKey));
	return owners.length > threshold
		? owners.findLast(({verificationKey}) => !isSigner(verificationKey))
		: undefined;
};

/**
 * Everyone who must sign has signed the transaction's id, and nobody else: a surplus witness would let anyone make
 * another transaction of the same id.
 */
export const checkSignatures = (context: RuleContext): Result<void, TxError> => {
	const {env, transaction} = context;
	const {id, body, witnesses} = transaction;
	const signers = signersOf(context, body.action);
	if (!signers.ok) return signers;
	const keys = new Set(signers.value.map(toHex));
	const sender = senderKeys(context, body.sender);
	const surplus = surplusWitness(witnesses, key => keys.has(toHex(key)), sender);
	if (surplus !== undefined)
		return err({code: 'TX_SIGNATURE_SURPLUS', verificationKey: surplus.verificationKey});
	const owners = witnesses.filter(({verificationKey}) => sender.owns(verificationKey));
	if (body.sender !== null && owners.length < sender.threshold)
		return err({code: 'TX_SIGNATURE_MISSING', signer: body.sender});
	const missing = signers.value.find(
		key => !witnesses.some(({verificationKey}) => equalBytes(verificationKey, key)),
	);
	if (missing !== undefined) return err({code: 'TX_SIGNATURE_MISSING', signer: missing});
	const forged = witnesses.find(
		({signature, verificationKey}) => !env.crypto.verifyEd25519(signature, id, verificationKey),
	);
	return forged === undefined
		? ok(undefined)
		: err({code: 'TX_SIGNATURE_INVALID', verificationKey: forged.verificationKey});
};
