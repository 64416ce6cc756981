/**
 * Grants: an account says that the holder of a key may do something with what is its own, from one slot to another; that
 * holder may pass less on to another key, and so on. Every link is signed over
 *
 *     blake2b256("dcloud/grant/v1" | genesisHash | canonical body)
 *
 * and names the link before it by that hash, so that it cannot be hung under another one.
 */
import type {Hasher} from '#crypto/crypto';
import {bytes, type Codec, decode, encode, list, nullable, record, uint, variant} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {AccountId, GenesisHash, Hash32} from '#kernel/hash';
import {err, type Result} from '#kernel/result';
import type {Slot} from '#kernel/slot';
import {encodeUtf8} from '#kernel/utf8';
import {type AccountSignature, accountSignatureCodec} from './account-signature.ts';
import {type Right, rightsCodec} from './rights.ts';
import {type Scope, scopeCodec} from './scope.ts';

export type GrantTerms = {
	/** Whoever proves to hold this Ed25519 key, 32 bytes. */
	readonly audience: Uint8Array;
	readonly rights: readonly Right[];
	readonly scope: Scope;
	/** The first slot in which it is good. */
	readonly notBefore: Slot;
	/** The first slot in which it is not good any more. */
	readonly notAfter: Slot;
	/** Of an object, in bytes: a provider gives and takes no piece that is longer. null: any. */
	readonly sizeMax: number | null;
};

/** What the chain says of revocation; a grant is good while it names the numbers that the chain has. */
export type AccessEpochs = {readonly account: number; readonly series: number};

export type GrantBody =
	| {
			readonly kind: 'root';
			readonly owner: AccountId;
			/** What can be revoked by itself: all grants that name it. */
			readonly series: Hash32;
			readonly epochs: AccessEpochs;
			readonly terms: GrantTerms;
	  }
	/** By the audience of the link before. */
	| {readonly kind: 'link'; readonly parent: Hash32; readonly terms: GrantTerms};

export type RootBody = Extract<GrantBody, {readonly kind: 'root'}>;
export type LinkBody = Extract<GrantBody, {readonly kind: 'link'}>;

export type GrantChain = {
	readonly root: {readonly body: RootBody; readonly signature: AccountSignature};
	readonly links: readonly {readonly body: LinkBody; readonly signature: Uint8Array}[];
};

/** Grants in a chain, the root included. */
export const GRANTS_MAX = 8;
/** Chains that are too long are read, up to here, so that they can be refused for that. */
const LINKS_READ_MAX = 32;
/** A policy of 16 keys with 6 signatures, and links of the greatest length. */
export const GRANT_CHAIN_BYTES_MAX = 16_384;

const DOMAIN = encodeUtf8('dcloud/grant/v1');

const termsCodec: Codec<GrantTerms> = record({
	audience: bytes(32),
	rights: rightsCodec,
	scope: scopeCodec,
	notBefore: uint<Slot>(),
	notAfter: uint<Slot>(),
	sizeMax: nullable(uint()),
});

const bodyCodec: Codec<GrantBody> = variant({
	root: [
		0,
		{
			owner: bytes<AccountId>(28),
			series: bytes<Hash32>(32),
			epochs: record({account: uint(), series: uint()}),
			terms: termsCodec,
		},
	],
	link: [1, {parent: bytes<Hash32>(32), terms: termsCodec}],
});

/** A body of one kind only, in the form that is signed. */
const bodyOf = <K extends GrantBody['kind']>(kind: K): Codec<Extract<GrantBody, {readonly kind: K}>> => ({
	write: (writer, body) => bodyCodec.write(writer, body),
	read: reader => {
		const at = reader.position;
		const body = bodyCodec.read(reader);
		return body.kind === kind
			? (body as Extract<GrantBody, {readonly kind: K}>)
			: reader.stop('CBOR_UNKNOWN_VARIANT', at);
	},
});

const chainCodec: Codec<GrantChain> = record({
	root: record({body: bodyOf('root'), signature: accountSignatureCodec}),
	links: list(record({body: bodyOf('link'), signature: bytes(64)}), LINKS_READ_MAX),
});

/** What the giver of a grant signs, and what the next link names it by. */
export const grantMessage = (
	hasher: Pick<Hasher, 'blake2b256'>,
	genesisHash: GenesisHash,
	body: GrantBody,
): Hash32 => hasher.blake2b256(DOMAIN, genesisHash, encode(bodyCodec, body));

export type GrantMalformed =
	| {readonly code: 'GRANT_MALFORMED'; readonly failure: CborFailure}
	| {readonly code: 'GRANT_TOO_LONG'; readonly length: number; readonly lengthMax: number};

export const encodeGrantChain = (chain: GrantChain): Uint8Array => encode(chainCodec, chain);

/** Judges the form only. */
export const decodeGrantChain = (chain: Uint8Array): Result<GrantChain, GrantMalformed> => {
	if (chain.length > GRANT_CHAIN_BYTES_MAX)
		return err({code: 'GRANT_TOO_LONG', length: chain.length, lengthMax: GRANT_CHAIN_BYTES_MAX});
	const decoded = decode(chainCodec, chain);
	return decoded.ok ? decoded : err({code: 'GRANT_MALFORMED', failure: decoded.error});
};

/** The grant that a chain ends with. */
export const lastGrant = ({root, links}: GrantChain): GrantBody => links.at(-1)?.body ?? root.body;
