/** challenge, sign and verify: who holds a pool's VRF key shows it to a web site (CIP-22). */
import {equalBytes, parseHex, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {readSigningKey, readVerificationKey} from '#node/adapters/key-files';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {createOsEntropy} from '#node/adapters/os-entropy';
import type {Options, Verb} from '../answer.ts';
import {cncliVerb, failed} from '../cncli/cncli-answer.ts';
import {challengeOf} from '../cncli/pool-vrf.ts';
import {flagOf} from '../count-option.ts';
import {textOption} from '../sending.ts';

const NONCE_BYTES = 64;
const PROOF_BYTES = 80;
const TEXT_LENGTH_MAX = 4_096;

const hexOption = (options: Options, name: string, bytes?: number): Uint8Array => {
	const text = textOption(options, name);
	const parsed = text.length <= TEXT_LENGTH_MAX ? parseHex(text) : undefined;
	if (parsed !== undefined && (bytes === undefined || parsed.length === bytes)) return parsed;
	throw new NodeError({
		code: 'OPTION_MALFORMED',
		message: `${flagOf(name)} wants ${bytes === undefined ? 'bytes' : `${bytes} bytes`} in hexadecimal.`,
	});
};

export const cncliChallenge: Verb = cncliVerb(async options => ({
	status: 'ok',
	domain: textOption(options, 'domain'),
	nonce: toHex(createOsEntropy().bytes(NONCE_BYTES)),
}));

export const cncliSign: Verb = cncliVerb(async options => {
	const crypto = await createNativeCrypto();
	const challenge = challengeOf(crypto, textOption(options, 'domain'), hexOption(options, 'nonce'));
	const {seed} = await readSigningKey(crypto, textOption(options, 'poolVrfSkey'), 'vrf');
	try {
		return {status: 'ok', signature: toHex(crypto.proveVrf(seed, challenge))};
	} finally {
		seed.fill(0);
	}
});

export const cncliVerify: Verb = cncliVerb(async options => {
	const crypto = await createNativeCrypto();
	const challenge = challengeOf(crypto, textOption(options, 'domain'), hexOption(options, 'nonce'));
	const key = await readVerificationKey(textOption(options, 'poolVrfVkey'), 'vrf');
	const registered = hexOption(options, 'poolVrfVkeyHash', 32);
	const hash = crypto.blake2b256(key);
	if (!equalBytes(hash, registered))
		return failed(
			`Hash of pool-vrf-vkey(${toHex(hash)}) did not match supplied pool-vrf-vkey-hash(${toHex(registered)})`,
		);
	const proven = crypto.verifyVrf(key, hexOption(options, 'signature', PROOF_BYTES), challenge);
	return proven === undefined ? failed('Signature failed to match!') : {status: 'ok'};
});
