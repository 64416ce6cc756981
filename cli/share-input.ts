/** Shares as users hand them in: links, and files. */
import {isShareLink, parseShareLink} from '#access/share';
import {readShareFile, SHARE_FILE_LENGTH_MAX, type SharedFile} from '#access/share-file';
import type {Hasher} from '#crypto/crypto';
import type {KeyBoxPorts} from '#crypto/key-box';
import {NodeError} from '#kernel/node-error';
import {createAead} from '#node/adapters/aead';
import {createKeyAgreement} from '#node/adapters/key-agreement';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {readBoundedFile} from '#node/adapters/private-file';
import {readKeyFile} from '#node/adapters/text-envelope';
import type {Options} from './answer.ts';

const EXPLANATIONS: Readonly<Record<string, string>> = {
	SHARE_LINK_MALFORMED: 'This is no whole link: copy all of it, with what stands behind the #, in quotes.',
	SHARE_LINK_ALTERED: 'A sign of the link was changed or left out: copy it again.',
	SHARE_FILE_MALFORMED: 'This is no whole share file: copy it again.',
	SHARE_FILE_ALTERED: 'A sign of the share file was changed: copy it again.',
	SHARE_FILE_OF_ANOTHER_KEY: 'The share file is sealed for another key: give that one with --key.',
};

const refused = (failure: {readonly code: string}): NodeError =>
	new NodeError({...failure, message: EXPLANATIONS[failure.code] ?? failure.code});

type ShareFilePorts = KeyBoxPorts & {readonly hasher: Hasher};

/** What `readShareFile` and its like need. */
export const shareFilePorts = async (): Promise<ShareFilePorts> => {
	const crypto = await createNativeCrypto();
	return {aead: createAead(), agreement: createKeyAgreement(), crypto, hasher: crypto};
};

const keyOf = async (options: Options): Promise<Uint8Array | undefined> =>
	typeof options['key'] === 'string'
		? readKeyFile(options['key'], 'PaymentSigningKeyShelley_ed25519')
		: undefined;

/** The share of a link, or of the file that --share names. Throws SHARE_LINK_…, SHARE_FILE_…, FILE_…. */
export const shareOf = async (link: string, options: Options): Promise<SharedFile> => {
	const ports = await shareFilePorts();
	const {share: file} = options;
	if (typeof file !== 'string' || isShareLink(link)) {
		const parsed = parseShareLink(ports.hasher, link.trim());
		if (!parsed.ok) throw refused(parsed.error);
		return {share: parsed.value, sealedRecord: new Uint8Array(0)};
	}
	const text = await readBoundedFile(file, {bytesMax: SHARE_FILE_LENGTH_MAX});
	const read = readShareFile(ports, await keyOf(options), text);
	if (!read.ok) throw refused(read.error);
	return read.value;
};
