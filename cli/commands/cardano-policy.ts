import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {writeFileAtomically} from '#node/adapters/private-file';
import {addressText, enterpriseAddress} from '#onchain/cardano/address';
import {
	type NativeScript,
	nativeScriptHash,
	nativeScriptJson,
	parseNativeScript,
	signerHashes,
} from '#onchain/cardano/native-script';
import type {Options, Verb} from '../answer.ts';
import {walletVerificationKey} from '../cardano-access.ts';
import {readPolicy} from '../cardano-policy.ts';
import {countOption} from '../count-option.ts';

/** k of the keys in the order in which they are given. */
const policyOf = async (keys: readonly string[], required: number): Promise<NativeScript> => {
	const crypto = await createNativeCrypto();
	const hashes = await Promise.all(
		keys.map(async file => crypto.blake2b224(await walletVerificationKey(file))),
	);
	const scripts = hashes.map(hash => ({type: 'sig', keyHash: toHex(hash)}));
	const parsed = parseNativeScript({type: 'atLeast', required, scripts});
	if (parsed.ok) return parsed.value;
	throw new NodeError({
		...parsed.error,
		message: `--required is between 1 and the number of keys, and no key stands twice: ${parsed.error.code}.`,
	});
};

const keysOf = (options: Options): readonly string[] =>
	Array.isArray(options['key']) ? (options['key'] as readonly string[]) : [];

/** Makes a policy file of keys, or reads one; tells the address that they have together. */
export const policy: Verb = async ([file = ''], options) => {
	const keys = keysOf(options);
	const required = countOption(options, 'required');
	if ((required === undefined) !== (keys.length === 0))
		throw new NodeError({
			code: 'OPTION_MALFORMED',
			message: 'Give --key and --required together to make a file, or neither to read it.',
		});
	const isNew = required !== undefined;
	const script = isNew ? await policyOf(keys, required) : await readPolicy(file);
	if (isNew) {
		const text = `${JSON.stringify(nativeScriptJson(script), null, '\t')}\n`;
		await writeFileAtomically(file, text, {mode: 0o644, exclusive: true});
	}
	const hash = nativeScriptHash(await createNativeCrypto(), script);
	const network = options['mainnet'] === true ? 'mainnet' : 'testnet';
	const address = addressText(enterpriseAddress(network, {kind: 'script', hash}));
	const signers = signerHashes(script).map(each => toHex(each));
	return {
		data: {file, address, scriptHash: hash, signers},
		text: `${address}\n${signers.length} keys, script hash ${toHex(hash)}, in ${file}`,
	};
};
