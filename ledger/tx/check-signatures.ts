import {equalBytes, toHex} from '#kernel/bytes';
import {err, ok, type Result} from '#kernel/result';
import type {RuleContext} from './rule.ts';
import {signersOf} from './rules.ts';
import type {TxError} from './tx-error.ts';

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
	const isSender = (verificationKey: Uint8Array): boolean =>
		body.sender !== null && equalBytes(env.crypto.blake2b224(verificationKey), body.sender);
	const surplus = witnesses.find(
		({verificationKey}) => !keys.has(toHex(verificationKey)) && !isSender(verificationKey),
	);
	if (surplus !== undefined)
		return err({code: 'TX_SIGNATURE_SURPLUS', verificationKey: surplus.verificationKey});
	if (body.sender !== null && !witnesses.some(({verificationKey}) => isSender(verificationKey)))
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
