import {randomBytes} from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import {signForAccount} from '#access/account-signature';
import {giveGrant, passGrant} from '#access/give-grant';
import {encodeGrantChain, type GrantChain, type GrantTerms, grantMessage, type LinkBody} from '#access/grant';
import {
	encodePieceProofs,
	encodePlacement,
	placementMessage,
	placementRoot,
	provePieces,
} from '#access/placement';
import {type Scope, WHOLE_ACCOUNT} from '#access/scope';
import type {Hash32} from '#kernel/hash';
import {Slot} from '#kernel/slot';
import type {PeerRequest} from '#transport/protocols/messages';
import {crypto} from '../../../support/crypto.ts';
import {hashOf, type Party, party} from '../../../support/ledger-chain.ts';
import {ada, bob, carol, dave} from '../../../support/ledger-genesis.ts';
import {openingOf, Peer, type Piece, pieceOf} from '../support/peer.ts';
import {at, StorageWorld} from '../support/storage-world.ts';

const bucket = hashOf('bucket');
const tag = (name: string): Uint8Array => hashOf(`tag ${name}`).slice(0, 16);
const docs: Scope = {bucket, path: [tag('docs')]};
const random = (length: number): Piece => pieceOf(new Uint8Array(randomBytes(length)));

/** Bob keeps three pieces with a provider; Carol is the one that he gives grants to. */
const start = async () => {
	const world = new StorageWorld();
	const provider = at(await world.addProviders(['east']), 0);
	world.ledger.send(bob, {kind: 'payer-deposit', amount: ada(1000)});
	const client = await Peer.dial(world, provider, bob);
	const agreementId = await client.open();
	const pieces = [random(5000), random(300), random(70_000)];
	await client.store(agreementId, pieces);
	const {genesisHash} = world.ledger.env;
	const terms = (change: Partial<GrantTerms> = {}): GrantTerms => ({
		audience: carol.verificationKey,
		rights: ['read'],
		scope: docs,
		notBefore: Slot(0),
		notAfter: Slot(500),
		sizeMax: null,
		...change,
	});
	const grant = (change: Partial<GrantTerms> = {}, giver: Party = bob): GrantChain =>
		giveGrant(
			crypto,
			{genesisHash, seed: giver.seed},
			{series: hashOf('series'), epochs: {account: 0, series: 0}, terms: terms(change)},
		);
	/** Bob's word, or somebody's, that these pieces are there; shown with a chain. */
	const shown = (
		chain: GrantChain,
		{scope = docs, of = pieces, by = bob}: {scope?: Scope; of?: readonly Piece[]; by?: Party} = {},
	): PeerRequest => {
		const ids = of.map(({pieceId}) => pieceId);
		const placement = {scope, root: placementRoot(crypto, ids)};
		const signature = signForAccount(crypto, by.seed, placementMessage(crypto, genesisHash, placement));
		return {
			kind: 'access',
			chain: encodeGrantChain(chain),
			placement: encodePlacement({...placement, signature}),
			pieces: encodePieceProofs(provePieces(crypto, ids, [...ids.keys()])),
		};
	};
	const only = (chain: GrantChain): PeerRequest => ({
		kind: 'access',
		chain: encodeGrantChain(chain),
		placement: new Uint8Array(0),
		pieces: new Uint8Array(0),
	});
	const get = ({pieceId, bytes}: Piece): PeerRequest => ({
		kind: 'get',
		agreementId,
		pieceId,
		offset: 0,
		length: bytes.length,
	});
	const dial = (who: Party): Promise<Peer> => Peer.dial(world, provider, who);
	return {world, provider, client, agreementId, pieces, genesisHash, terms, grant, shown, only, get, dial};
};

test('who has a grant reads the pieces that the owner has put there, and no others', async t => {
	const {world, provider, pieces, grant, shown, get, dial, agreementId} = await start();
	const reader = await dial(carol);
	const [one, two, three] = pieces as [Piece, Piece, Piece];
	t.is(await reader.outcome(get(one)), 'PEER_NOT_AUTHORISED');
	const {reply} = await reader.ask(shown(grant(), {of: [one, two]}));
	t.deepEqual(reply, {kind: 'admitted', notAfter: 500});
	const {body} = await reader.ask(get(one));
	t.true(Buffer.compare(body, one.bytes) === 0);
	t.is(await reader.outcome(get(three)), 'GRANT_SCOPE_EXCEEDED');
	const have = (pieceIds: readonly Hash32[]) => reader.outcome({kind: 'have', agreementId, pieceIds});
	t.is(await have([one.pieceId, two.pieceId]), 'held');
	t.is(await have([three.pieceId]), 'GRANT_SCOPE_EXCEEDED');
	t.is(await reader.outcome({kind: 'revision', agreementId}), 'GRANT_SCOPE_EXCEEDED');
	t.is(await (await dial(dave)).outcome(get(one)), 'PEER_NOT_AUTHORISED');
	await world.stop([provider]);
});

test('a provider refuses each bad grant with its code, and asks nobody', async t => {
	const {world, provider, genesisHash, terms, grant, shown, only, dial, pieces} = await start();
	const reader = await dial(carol);
	const refused = async (request: PeerRequest): Promise<string> => reader.outcome(request);
	t.is(await refused(only(grant({audience: dave.verificationKey}))), 'GRANT_AUDIENCE_WRONG');
	t.is(await refused(only(grant({notAfter: Slot(3)}))), 'GRANT_EXPIRED');
	t.is(await refused(only(grant({notBefore: Slot(400)}))), 'GRANT_NOT_YET_VALID');
	const forged = grant();
	const body = {...forged.root.body, owner: dave.account};
	t.is(await refused(only({...forged, root: {...forged.root, body}})), 'GRANT_SIGNATURE_INVALID');
	const toDave = grant({audience: dave.verificationKey});
	const wide: LinkBody = {
		kind: 'link',
		parent: grantMessage(crypto, genesisHash, toDave.root.body),
		terms: terms({rights: ['read', 'write']}),
	};
	const signature = crypto.signEd25519(dave.seed, grantMessage(crypto, genesisHash, wide));
	t.is(await refused(only({...toDave, links: [{body: wide, signature}]})), 'GRANT_WIDENED');
	const otherNetwork = giveGrant(
		crypto,
		{genesisHash: hashOf('other'), seed: bob.seed},
		{series: hashOf('series'), epochs: {account: 0, series: 0}, terms: terms()},
	);
	t.is(await refused(only(otherNetwork)), 'GRANT_SIGNATURE_INVALID');
	t.is(await refused({...only(grant()), chain: Uint8Array.of(1, 2)} as PeerRequest), 'GRANT_MALFORMED');
	t.is(await refused(shown(grant(), {by: carol})), 'PLACEMENT_SIGNATURE_INVALID');
	t.is(await refused(shown(grant(), {scope: {bucket, path: [tag('other')]}})), 'PLACEMENT_OUTSIDE_GRANT');
	const right = shown(grant()) as Extract<PeerRequest, {kind: 'access'}>;
	const proofs = provePieces(crypto, [hashOf('foreign'), at(pieces, 0).pieceId], [0]);
	t.is(await refused({...right, pieces: encodePieceProofs(proofs)}), 'PLACEMENT_PROOF_INVALID');
	t.is(await refused({...right, placement: Uint8Array.of(0)}), 'PLACEMENT_MALFORMED');
	await world.stop([provider]);
});

test('a grant is looked at with every request: it ends in its slot, and in the block that revokes it', async t => {
	const {world, provider, pieces, grant, shown, get, dial} = await start();
	const reader = await dial(carol);
	const piece = at(pieces, 0);
	t.is(await reader.outcome(shown(grant())), 'admitted');
	t.is(await reader.outcome(get(piece)), 'piece');
	world.ledger.send(bob, {kind: 'access-revoke', series: hashOf('another'), epoch: 1, until: Slot(500)});
	t.is(await reader.outcome(get(piece)), 'piece');
	world.ledger.send(bob, {kind: 'access-revoke', series: hashOf('series'), epoch: 1, until: Slot(500)});
	t.is(await reader.outcome(get(piece)), 'GRANT_REVOKED');
	t.is(await reader.outcome(shown(grant())), 'GRANT_REVOKED');
	await world.rollback(1);
	t.is(await reader.outcome(get(piece)), 'piece');
	world.ledger.send(bob, {kind: 'access-revoke', series: null, epoch: 1, until: null});
	t.is(await reader.outcome(get(piece)), 'GRANT_REVOKED');

	const other = await dial(dave);
	const short = {audience: dave.verificationKey, notAfter: Slot(world.nextSlot + 1)};
	const again = grant(short);
	const renewed: GrantChain = giveGrant(
		crypto,
		{genesisHash: world.ledger.env.genesisHash, seed: bob.seed},
		{...again.root.body, epochs: {account: 1, series: 0}},
	);
	t.is(await other.outcome(shown(again)), 'GRANT_REVOKED');
	t.is(await other.outcome(shown(renewed)), 'admitted');
	t.is(await other.outcome(get(piece)), 'piece');
	await world.forge();
	t.is(await other.outcome(get(piece)), 'GRANT_EXPIRED');
	await world.stop([provider]);
});

test('what was passed on through several hands is verified to its end', async t => {
	const {world, provider, pieces, genesisHash, terms, grant, shown, get, dial} = await start();
	const hands = [party('one'), party('two'), party('three')] as const;
	let chain = grant({audience: hands[0].verificationKey});
	for (const [index, {seed}] of hands.entries()) {
		const audience = (hands[index + 1] ?? carol).verificationKey;
		const passed = passGrant(crypto, {genesisHash, seed}, chain, terms({audience}));
		if (!passed.ok) return t.fail(passed.error.code);
		chain = passed.value;
	}
	const reader = await dial(carol);
	t.is(await reader.outcome(shown(chain)), 'admitted');
	t.is(await reader.outcome(get(at(pieces, 1))), 'piece');
	const middle = await dial(hands[1]);
	t.is(await middle.outcome(shown(chain)), 'GRANT_AUDIENCE_WRONG');
	await world.stop([provider]);
});

test('rights and the greatest size hold for what is brought as well', async t => {
	const {world, provider, agreementId, grant, only, get, pieces, dial} = await start();
	const writer = await dial(carol);
	const small = random(900);
	await writer.ask(only(grant({scope: WHOLE_ACCOUNT, rights: ['list']})));
	t.is(await writer.put(agreementId, small), 'GRANT_RIGHT_MISSING');
	t.is(await writer.outcome(get(at(pieces, 0))), 'GRANT_RIGHT_MISSING');
	await writer.ask(only(grant({scope: WHOLE_ACCOUNT, rights: ['write'], sizeMax: 1000})));
	t.is(await writer.put(agreementId, small), 'stored');
	t.is(await writer.put(agreementId, random(2049)), 'GRANT_SIZE_EXCEEDED');
	t.is(await writer.outcome(get(small)), 'GRANT_RIGHT_MISSING');
	await world.stop([provider]);
});

test('to take pieces out asks for a right of its own; the client signs in the end', async t => {
	const {world, provider, client, agreementId, pieces, grant, only, dial} = await start();
	const revision = await client.revisionRequest(agreementId, 2, {
		all: pieces.slice(0, 2),
		removed: pieces.slice(2),
	});
	const helper = await dial(carol);
	await helper.ask(only(grant({scope: WHOLE_ACCOUNT, rights: ['read', 'write']})));
	t.is(await helper.outcome(revision), 'GRANT_RIGHT_MISSING');
	await helper.ask(only(grant({scope: WHOLE_ACCOUNT, rights: ['delete']})));
	t.is(await helper.outcome(revision), 'revised');
	await world.stop([provider]);
});

test('somebody who may write all that an account has opens agreements for it', async t => {
	const {world, provider, client, grant, only, dial} = await start();
	const opening = client.transaction(openingOf(provider, {nonce: 7}));
	const request = {kind: 'agree', transaction: client.bodyBytes(opening)} as const;
	const helper = await dial(carol);
	t.is(await helper.outcome(request), 'OPENING_PEER_WRONG');
	await helper.ask(only(grant({rights: ['write']})));
	t.is(await helper.outcome(request), 'OPENING_PEER_WRONG');
	await helper.ask(only(grant({scope: WHOLE_ACCOUNT, rights: ['write']})));
	t.is(await helper.outcome(request), 'witness');
	await world.stop([provider]);
});

test('whatever bytes a peer presents, the provider answers with a code and lives', async t => {
	const {world, provider, grant, shown, get, pieces, dial} = await start();
	const reader = await dial(carol);
	const good = shown(grant()) as Extract<PeerRequest, {kind: 'access'}>;
	const bytes = fc.uint8Array({maxLength: 200});
	const altered = (field: Uint8Array): fc.Arbitrary<Uint8Array> =>
		fc.tuple(fc.nat(field.length - 1), fc.integer({min: 1, max: 255})).map(([index, change]) => {
			const copy = field.slice();
			copy[index] = (copy[index] as number) ^ change;
			return copy;
		});
	await fc.assert(
		fc.asyncProperty(
			fc.oneof(fc.uint8Array({minLength: 1, maxLength: 200}), altered(good.chain)),
			fc.oneof(bytes, altered(good.placement)),
			fc.oneof(bytes, altered(good.pieces)),
			async (chain, placement, proofs) => {
				const {reply} = await reader.ask({kind: 'access', chain, placement, pieces: proofs});
				t.true(reply.kind === 'refused' || reply.kind === 'admitted');
			},
		),
		{numRuns: 60},
	);
	t.is(await reader.outcome(good), 'admitted');
	t.is(await reader.outcome(get(at(pieces, 0))), 'piece');
	await world.stop([provider]);
});
