import test from 'ava';
import fc from 'fast-check';
import {signForPolicy} from '#access/account-signature';
import {passGrant} from '#access/give-grant';
import {
	decodeGrantChain,
	encodeGrantChain,
	GRANT_CHAIN_BYTES_MAX,
	GRANTS_MAX,
	type GrantChain,
	type GrantTerms,
	grantMessage,
	type LinkBody,
	type RootBody,
} from '#access/grant';
import {ALL_RIGHTS} from '#access/rights';
import {WHOLE_ACCOUNT} from '#access/scope';
import {checkLapse, verifyGrantChain, wideningOf} from '#access/verify-chain';
import {type AccountPolicy, accountOfPolicy} from '#crypto/account-policy';
import {compareBytes} from '#kernel/bytes';
import {Slot} from '#kernel/slot';
import {crypto} from '../support/crypto.ts';
import {hashOf, party} from '../support/ledger-chain.ts';
import {bucket, genesisHash, holder, owner, passed, rootOf, tag, terms} from './grants.ts';

const verify = (chain: GrantChain) => verifyGrantChain(crypto, genesisHash, chain);

/** A link as somebody makes it who does not look at what the link before says. */
const forced = (
	chain: GrantChain,
	next: GrantTerms,
	seed: Uint8Array = holder(chain.links.length).seed,
): GrantChain => {
	const before = chain.links.at(-1)?.body ?? chain.root.body;
	const parent = grantMessage(crypto, genesisHash, before);
	const body: LinkBody = {kind: 'link', parent, terms: next};
	const signature = crypto.signEd25519(seed, grantMessage(crypto, genesisHash, body));
	return {...chain, links: [...chain.links, {body, signature}]};
};

test('a grant gives what its account says, to one key', t => {
	const {series, epochs} = rootOf().root.body;
	t.deepEqual(verify(rootOf()), {
		ok: true,
		value: {...terms(), owner: owner.account, series, epochs},
	});
});

test('whoever has a grant passes less of it on, and what counts is the last link', t => {
	const narrow = {
		rights: ['read'],
		scope: {bucket, path: [tag('docs'), tag('a.txt')]},
		notBefore: Slot(20),
		notAfter: Slot(90),
		sizeMax: 10,
	} as const;
	const verified = verify(passed(passed(rootOf()), narrow));
	t.like(verified.ok ? verified.value : {}, {
		...narrow,
		owner: owner.account,
		audience: holder(2).verificationKey,
	});
});

test('a link that asks for more than the one before is refused, whatever it is more of', t => {
	const wider: readonly (readonly [string, Partial<GrantTerms>])[] = [
		['rights', {rights: ['read', 'write']}],
		['scope', {scope: {bucket, path: []}}],
		['scope', {scope: {bucket, path: [tag('other')]}}],
		['scope', {scope: {bucket: hashOf('other'), path: [tag('docs')]}}],
		['scope', {scope: WHOLE_ACCOUNT}],
		['not-before', {notBefore: Slot(9)}],
		['not-after', {notAfter: Slot(101)}],
		['size', {sizeMax: 1001}],
		['size', {sizeMax: null}],
	];
	for (const [by, change] of wider) {
		const next = terms({audience: holder(1).verificationKey, ...change});
		const refused: unknown = {ok: false, error: {code: 'GRANT_WIDENED', grant: 1, by}};
		t.deepEqual(verify(forced(rootOf(), next)) as unknown, refused);
		const giver = {genesisHash, seed: holder(0).seed};
		t.deepEqual(passGrant(crypto, giver, rootOf(), next) as unknown, refused);
	}
});

test("every signature of a chain is its own giver's", t => {
	const refused = (grant: number) => ({ok: false, error: {code: 'GRANT_SIGNATURE_INVALID', grant}}) as const;
	const next = terms({audience: holder(1).verificationKey});
	t.deepEqual(verify(forced(rootOf(), next, holder(5).seed)), refused(1));
	t.deepEqual(verify(forced(passed(rootOf()), next, holder(0).seed)), refused(2));
	const root = rootOf();
	const stolen: RootBody = {...root.root.body, owner: party('somebody else').account};
	t.deepEqual(verify({...root, root: {...root.root, body: stolen}}), refused(0));
	t.deepEqual(verifyGrantChain(crypto, hashOf('another network'), root), refused(0));
});

test('a link cannot be hung under another grant than the one that it was made for', t => {
	const wide = rootOf({terms: terms({rights: ALL_RIGHTS})});
	const {links} = passed(rootOf());
	t.deepEqual(verify({...wide, links}), {ok: false, error: {code: 'GRANT_PARENT_WRONG', grant: 1}});
});

test('a chain has eight grants at most', t => {
	let chain = rootOf();
	while (chain.links.length < GRANTS_MAX - 1) chain = passed(chain);
	t.true(verify(chain).ok);
	const next = terms({audience: holder(8).verificationKey});
	const error = {code: 'GRANT_CHAIN_TOO_LONG', grants: 9, grantsMax: 8} as const;
	t.deepEqual(passGrant(crypto, {genesisHash, seed: holder(7).seed}, chain, next), {ok: false, error});
	t.deepEqual(verify(forced(chain, next)), {ok: false, error});
});

test('a grant is good from its first slot to before its last one, under the epochs of its time', t => {
	const grant = {notBefore: Slot(10), notAfter: Slot(100), epochs: {account: 1, series: 2}};
	const at = (slot: number, current = grant.epochs) => checkLapse(grant, {slot: Slot(slot), current});
	t.deepEqual(at(10), {ok: true, value: undefined});
	t.deepEqual(at(99), {ok: true, value: undefined});
	t.deepEqual(at(9), {
		ok: false,
		error: {code: 'GRANT_NOT_YET_VALID', notBefore: Slot(10), slot: Slot(9)},
	});
	t.deepEqual(at(100), {ok: false, error: {code: 'GRANT_EXPIRED', notAfter: Slot(100), slot: Slot(100)}});
	const {epochs} = grant;
	for (const current of [
		{account: 2, series: 2},
		{account: 1, series: 3},
	])
		t.deepEqual(at(50, current), {ok: false, error: {code: 'GRANT_REVOKED', epochs, current}});
	const current = {account: 1, series: 1};
	t.deepEqual(at(50, current), {ok: false, error: {code: 'GRANT_EPOCH_UNKNOWN', epochs, current}});
});

test('an account of several keys gives grants with as many signatures as it asks for', t => {
	const members = [holder(1), holder(2), holder(3)].sort((a, b) =>
		compareBytes(a.verificationKey, b.verificationKey),
	);
	const policy: AccountPolicy = {threshold: 2, keys: members.map(each => each.verificationKey)};
	const body: RootBody = {...rootOf().root.body, owner: accountOfPolicy(crypto, policy)};
	const message = grantMessage(crypto, genesisHash, body);
	const [one, two] = members.map(({seed}) => seed) as [Uint8Array, Uint8Array];
	const signature = signForPolicy(crypto, policy, [two, one], message);
	t.true(verify({root: {body, signature}, links: []}).ok);
	if (signature.kind !== 'policy') return t.fail();
	const all = signature.signatures;
	const holds = (change: Partial<typeof signature>): boolean =>
		verify({root: {body, signature: {...signature, ...change}}, links: []}).ok;
	t.false(holds({signatures: all.slice(0, 1)}));
	t.false(holds({signatures: [...all.slice(0, 1), ...all.slice(0, 1)]}));
	t.false(holds({signatures: [...all].reverse()}));
	t.false(holds({policy: {...policy, threshold: 1}, signatures: all.slice(0, 1)}));
});

const arbitraryTerms: fc.Arbitrary<GrantTerms> = fc.record({
	audience: fc.constant(holder(1).verificationKey),
	rights: fc.subarray([...ALL_RIGHTS]),
	scope: fc.oneof(
		fc.constant(WHOLE_ACCOUNT),
		fc.record({
			bucket: fc.constantFrom(bucket, hashOf('other')),
			path: fc.array(fc.constantFrom(tag('a'), tag('b')), {maxLength: 3}),
		}),
	),
	notBefore: fc.nat(20).map(slot => Slot(slot)),
	notAfter: fc.nat(40).map(slot => Slot(slot)),
	sizeMax: fc.option(fc.nat(5)),
});

test('a chain holds exactly when no link is wider than the one before', t => {
	fc.assert(
		fc.property(arbitraryTerms, arbitraryTerms, (outer, inner) => {
			const root = rootOf({terms: {...outer, audience: holder(0).verificationKey}});
			t.is(verify(forced(root, inner)).ok, wideningOf(inner, outer) === undefined);
		}),
		{numRuns: 200},
	);
});

test('to be narrower is an order: each is within itself, and what is within is within what that is within', t => {
	fc.assert(
		fc.property(arbitraryTerms, arbitraryTerms, arbitraryTerms, (a, b, c) => {
			t.is(wideningOf(a, a), undefined);
			if (wideningOf(a, b) === undefined && wideningOf(b, c) === undefined) t.is(wideningOf(a, c), undefined);
		}),
	);
});

test('what was encoded is read back, and anything else is refused with a code', t => {
	const chain = passed(passed(rootOf()));
	const bytes = encodeGrantChain(chain);
	t.deepEqual(decodeGrantChain(bytes), {ok: true, value: chain});
	t.like(decodeGrantChain(new Uint8Array(GRANT_CHAIN_BYTES_MAX + 1)), {error: {code: 'GRANT_TOO_LONG'}});
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 600}), random => {
			t.like(decodeGrantChain(random), {ok: false, error: {code: 'GRANT_MALFORMED'}});
		}),
	);
	fc.assert(
		fc.property(fc.nat(bytes.length - 1), fc.integer({min: 1, max: 255}), (at, change) => {
			const altered = bytes.slice();
			altered[at] = (altered[at] as number) ^ change;
			const decoded = decodeGrantChain(altered);
			t.false(decoded.ok && verify(decoded.value).ok);
		}),
		{numRuns: 300},
	);
});
