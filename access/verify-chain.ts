/** What a chain of grants is worth. Pure: whoever serves decides it alone, from the chain of blocks that it follows. */
import type {Crypto} from '#crypto/crypto';
import {equalBytes} from '#kernel/bytes';
import type {AccountId, GenesisHash, Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import type {Slot} from '#kernel/slot';
import {isSignedByAccount} from './account-signature.ts';
import {type AccessEpochs, GRANTS_MAX, type GrantChain, type GrantTerms, grantMessage} from './grant.ts';
import {isWithinRights} from './rights.ts';
import {isWithinScope} from './scope.ts';

/** What a good chain gives to whom. */
export type Access = GrantTerms & {
	readonly owner: AccountId;
	readonly series: Hash32;
	readonly epochs: AccessEpochs;
};

/** What a link asks for that the one before it does not have. */
export type Widening = 'rights' | 'scope' | 'not-before' | 'not-after' | 'size';

export type GrantRefused =
	| {readonly code: 'GRANT_CHAIN_TOO_LONG'; readonly grants: number; readonly grantsMax: number}
	/** `grant` counts from 0, the account's own. */
	| {readonly code: 'GRANT_WIDENED'; readonly grant: number; readonly by: Widening}
	| {readonly code: 'GRANT_PARENT_WRONG'; readonly grant: number}
	| {readonly code: 'GRANT_SIGNATURE_INVALID'; readonly grant: number};

export type GrantLapsed =
	| {readonly code: 'GRANT_NOT_YET_VALID'; readonly notBefore: Slot; readonly slot: Slot}
	| {readonly code: 'GRANT_EXPIRED'; readonly notAfter: Slot; readonly slot: Slot}
	| {readonly code: 'GRANT_REVOKED'; readonly epochs: AccessEpochs; readonly current: AccessEpochs}
	/** It names a number that the chain does not have yet. */
	| {readonly code: 'GRANT_EPOCH_UNKNOWN'; readonly epochs: AccessEpochs; readonly current: AccessEpochs};

/** By what `inner` is more than `outer`, if it is. */
export const wideningOf = (inner: GrantTerms, outer: GrantTerms): Widening | undefined => {
	if (!isWithinRights(inner.rights, outer.rights)) return 'rights';
	if (!isWithinScope(inner.scope, outer.scope)) return 'scope';
	if (inner.notBefore < outer.notBefore) return 'not-before';
	if (inner.notAfter > outer.notAfter) return 'not-after';
	const isLarger = outer.sizeMax !== null && (inner.sizeMax === null || inner.sizeMax > outer.sizeMax);
	return isLarger ? 'size' : undefined;
};

/** Everything but signatures: cheap, so it comes first. */
const checkNarrowing = (
	crypto: Pick<Crypto, 'blake2b256'>,
	genesisHash: GenesisHash,
	{root, links}: GrantChain,
): Result<readonly Hash32[], GrantRefused> => {
	const messages = [grantMessage(crypto, genesisHash, root.body)];
	let outer = root.body.terms;
	for (const [at, {body}] of links.entries()) {
		const grant = at + 1;
		const parent = messages[at];
		if (parent === undefined || !equalBytes(body.parent, parent))
			return err({code: 'GRANT_PARENT_WRONG', grant});
		const by = wideningOf(body.terms, outer);
		if (by !== undefined) return err({code: 'GRANT_WIDENED', grant, by});
		outer = body.terms;
		messages.push(grantMessage(crypto, genesisHash, body));
	}
	return ok(messages);
};

const forgedGrant = (
	crypto: Pick<Crypto, 'verifyEd25519' | 'blake2b224'>,
	{root, links}: GrantChain,
	messages: readonly Hash32[],
): number | undefined => {
	const [first, ...rest] = messages;
	if (first === undefined || !isSignedByAccount(crypto, root.body.owner, first, root.signature)) return 0;
	let giver = root.body.terms.audience;
	for (const [at, {body, signature}] of links.entries()) {
		const message = rest[at];
		if (message === undefined || !crypto.verifyEd25519(signature, message, giver)) return at + 1;
		giver = body.terms.audience;
	}
	return undefined;
};

/** Signed link by link, each narrower than the one before. Says nothing of time and revocation: `checkLapse` does. */
export const verifyGrantChain = (
	crypto: Pick<Crypto, 'verifyEd25519' | 'blake2b224' | 'blake2b256'>,
	genesisHash: GenesisHash,
	chain: GrantChain,
): Result<Access, GrantRefused> => {
	const grants = 1 + chain.links.length;
	if (grants > GRANTS_MAX) return err({code: 'GRANT_CHAIN_TOO_LONG', grants, grantsMax: GRANTS_MAX});
	const messages = checkNarrowing(crypto, genesisHash, chain);
	if (!messages.ok) return messages;
	const forged = forgedGrant(crypto, chain, messages.value);
	if (forged !== undefined) return err({code: 'GRANT_SIGNATURE_INVALID', grant: forged});
	const {owner, series, epochs, terms} = chain.root.body;
	return ok({...(chain.links.at(-1)?.body.terms ?? terms), owner, series, epochs});
};

/** Whether an access is good in a slot, with the numbers that the chain has for its owner and series then. */
export const checkLapse = (
	{notBefore, notAfter, epochs}: Pick<Access, 'notBefore' | 'notAfter' | 'epochs'>,
	{slot, current}: {readonly slot: Slot; readonly current: AccessEpochs},
): Result<void, GrantLapsed> => {
	if (slot < notBefore) return err({code: 'GRANT_NOT_YET_VALID', notBefore, slot});
	if (slot >= notAfter) return err({code: 'GRANT_EXPIRED', notAfter, slot});
	if (epochs.account < current.account || epochs.series < current.series)
		return err({code: 'GRANT_REVOKED', epochs, current});
	const isKnown = epochs.account === current.account && epochs.series === current.series;
	return isKnown ? ok(undefined) : err({code: 'GRANT_EPOCH_UNKNOWN', epochs, current});
};
