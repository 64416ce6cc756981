/** Headers of Byron: as ouroboros-consensus's golden files have them, and made with genesis keys of our own, each field of them altered. */
import {readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {decodeByronBlock} from '#consensus/cardano/byron-block';
import {parseByronGenesis} from '#consensus/cardano/byron-genesis';
import {type ByronHeader, decodeByronHeader} from '#consensus/cardano/byron-header';
import {genesisByronState, tickByron} from '#consensus/cardano/byron-state';
import {CARDANO_NETWORKS, type CardanoNetwork, withByron} from '#consensus/cardano/cardano-network';
import {originParent, parentOf, startInByron} from '#consensus/cardano/cardano-parent';
import {judgeByronHeader} from '#consensus/cardano/judge-byron-header';
import {judgeCardanoBlock} from '#consensus/cardano/judge-cardano-block';
import {
	type CardanoParent,
	type CardanoRules,
	type JudgedHeader,
	judgeCardanoHeader,
} from '#consensus/cardano/judge-cardano-header';
import {hashOfSent, headerOfBlock} from '#consensus/cardano/sent-header';
import {isPreferred} from '#consensus/chain/chain-selection';
import {fromHex, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {Epoch, Slot} from '#kernel/slot';
import {
	type ByronKey,
	before,
	boundary,
	byronGenesis,
	byronGenesisJson,
	byronKey,
	byronOrigin,
	certify,
	delegates,
	issuers,
	K,
	lastOf,
	MAGIC,
	type MainChanges,
	main,
	mains,
	transaction,
} from '../../support/byron.ts';
import {certificateRules, preprod} from '../../support/cardano-relay.ts';
import {crypto} from '../../support/crypto.ts';
import type {ServedBlock} from '../../support/relay/chain.ts';

/** `[0, header]`, as chain-sync has it. */
const golden = (name: string): Uint8Array =>
	new Uint8Array(readFileSync(`test/vectors/relay/n2n-golden/Header_Byron_${name}`)).slice(2);

const decoded = (sent: Uint8Array): ByronHeader => {
	const header = decodeByronHeader(crypto, sent);
	if (!header.ok) throw new TypeError(header.error.code);
	return header.value;
};

const network: CardanoNetwork = withByron(
	{
		...preprod,
		name: 'test',
		magic: MAGIC,
		byron: undefined,
		eraEpochs: [],
		params: {...preprod.params, k: K},
	},
	byronGenesis(),
	3,
);
const rules: CardanoRules = {...certificateRules, network, followsNonces: true, wanted: 'leadership'};

const judge = (
	parent: CardanoParent,
	{header: {era, bytes}}: ServedBlock,
	by: CardanoRules = rules,
): unknown => {
	const judged = judgeCardanoHeader(by, parent, {tag: era, bytes});
	return judged.ok ? judged.value.level : judged.error;
};

const take = (parent: CardanoParent, block: ServedBlock): JudgedHeader => {
	const {era: tag, bytes} = block.header;
	const header = judgeCardanoHeader(rules, parent, {tag, bytes});
	if (!header.ok) throw new TypeError(header.error.code);
	const judged = judgeCardanoBlock(rules, parent, header.value, block.bytes);
	if (!judged.ok) throw new TypeError(judged.error.code);
	return judged.value;
};

const bodyFailure = (parent: CardanoParent, block: ServedBlock): unknown => {
	const {era: tag, bytes} = block.header;
	const header = judgeCardanoHeader(rules, parent, {tag, bytes});
	if (!header.ok) return header.error;
	const judged = judgeCardanoBlock(rules, parent, header.value, block.bytes);
	return judged.ok ? undefined : judged.error;
};

const follow = (blocks: readonly ServedBlock[], from: CardanoParent = originParent(network)): CardanoParent =>
	blocks.reduce((parent, block) => parentOf(take(parent, block)), from);

const first = boundary(byronOrigin(), 0);
const start = follow([first]);
const flipped = (bytes: Uint8Array, at = 5): Uint8Array =>
	bytes.map((byte, index) => (index === Math.min(at, bytes.length - 1) ? byte ^ 1 : byte));

test('golden headers are read, their signatures hold, and a hash covers the kind', t => {
	const facts = {genesisHash: '', k: 10, slotLengthMs: 20_000, keys: undefined};
	const golds = {magic: 55_550_001, byron: facts};
	for (const [name, kind, level] of [
		['EBB', 'boundary', 'chain'],
		['regular', 'main', 'certificate'],
	] as const) {
		const header = decoded(golden(name));
		t.like(header, {kind, networkMagic: 55_550_001, epoch: 0});
		const parent = {
			hash: header.prevHash,
			blockNo: undefined,
			slot: -1,
			isBoundary: undefined,
			state: undefined,
		};
		t.like(judgeByronHeader(crypto, golds, parent, header), {ok: true, value: {level}});
	}
	const bytes = golden('EBB').slice(9);
	t.is(toHex(decoded(golden('EBB')).hash), toHex(crypto.blake2b256(Uint8Array.of(0x82, 0, ...bytes))));
});

test('a boundary block and main blocks are judged from the first one on, at the level that was reached', t => {
	t.is(judge(originParent(network), first), 'chain');
	const block = main(before(first), 0);
	t.is(judge(start, block), 'leadership');
	// Of a chain that is taken up in the middle nobody knows which delegations are in force.
	const {slot, hash} = first.point;
	const middle = startInByron(network, {slot, hash});
	t.is(judge(middle, block, {...rules, wanted: 'proof'}), 'certificate');
	t.deepEqual(judge(middle, block), {
		code: 'CARDANO_TRUST_TOO_LOW',
		level: 'certificate',
		demanded: 'leadership',
	});
	const unkeyed = {...network, byron: network.byron && {...network.byron, keys: undefined}};
	t.is(judge(originParent(unkeyed), first, {...rules, network: unkeyed}), 'chain');
	t.deepEqual(judge(start, block, {...rules, network: {...network, byron: undefined}}), {
		code: 'CARDANO_ERA_UNKNOWN',
		tag: 0,
	});
});

test('each field of a main header that is altered is refused with its code', t => {
	const parent = before(first);
	const stranger = byronKey('stranger', 0);
	const [issuer, other] = issuers as [ByronKey, ByronKey];
	const [delegate, otherDelegate] = delegates as [ByronKey, ByronKey];
	const honest = certify(issuer, delegate, 0);
	const refused = (changes: MainChanges, slot = 0): unknown => {
		const failure = judge(start, main(parent, slot, {key: 0, ...changes}));
		return typeof failure === 'string' ? failure : (failure as {code: string}).code;
	};
	t.is(refused({}), 'leadership');
	for (const [code, changes] of [
		['BYRON_MAGIC_OTHER', {magic: 1}],
		['BYRON_DIFFICULTY_WRONG', {difficulty: 2}],
		['BYRON_ISSUER_NOT_GENESIS', {certificate: certify(stranger, delegate, 0)}],
		['BYRON_CERTIFICATE_INVALID', {leaderVk: other.vk}],
		['BYRON_CERTIFICATE_INVALID', {certificate: {...honest, epoch: 1}}],
		['BYRON_CERTIFICATE_INVALID', {certificate: {...honest, signature: flipped(honest.signature)}}],
		['BYRON_CERTIFICATE_INVALID', {certificate: {...honest, delegateVk: otherDelegate.vk}}],
		['BYRON_SIGNATURE_INVALID', {signatureOf: flipped}],
		['BYRON_SIGNATURE_INVALID', {delegate: otherDelegate, certificate: honest}],
		['BYRON_SIGNER_NOT_DELEGATE', {delegate: stranger}],
		['BYRON_SIGNER_NOT_DELEGATE', {delegate: otherDelegate}],
	] as const)
		t.is(refused(changes), code, JSON.stringify(Object.keys(changes)));
	const item = (hex: string): Uint8Array => fromHex(hex);
	const proofAt = 1;
	const [, proof] = (decoded(main(parent, 0).header.bytes) as Extract<ByronHeader, {kind: 'main'}>).signed
		.fields;
	for (const [index, field] of [
		[proofAt, flipped(proof as Uint8Array, 10)],
		[2, item('820001')],
		[4, fromHex(`8483000001826a63617264616e6f2d736c01a05820${'00'.repeat(32)}`)],
	] as const)
		t.is(refused({sentFields: {[index]: field}}), 'BYRON_SIGNATURE_INVALID', String(index));
	t.is(refused({sentFields: {0: fromHex(`5820${'00'.repeat(32)}`)}}), 'BYRON_PARENT_OTHER');
	t.is(refused({sentFields: {3: item('8102')}}), 'BYRON_DIFFICULTY_WRONG');
	t.is(refused({sentFields: {2: item('82001864')}}), 'BYRON_SLOT_IN_EPOCH_WRONG');
	t.deepEqual(judge(start, boundary(parent, 0)), {code: 'BYRON_DIFFICULTY_WRONG', found: 0, expected: 1});
	t.deepEqual(judge(start, boundary({...parent, difficulty: 1}, 0)), {
		code: 'BYRON_SLOT_NOT_AFTER_PARENT',
		slot: 0,
		parentSlot: 0,
	});
	t.is(judge(start, boundary({...parent, difficulty: 1}, 1)), 'chain');
	t.deepEqual(judge(start, main(parent, 300)), {code: 'CARDANO_ERA_WRONG', tag: 0});
	t.deepEqual(judge({...start, era: 'shelley'}, main(parent, 0)), {code: 'CARDANO_ERA_WRONG', tag: 0});
});

test('slots go up, but a boundary block shares its own with the block after it', t => {
	const one = main(before(first), 0);
	const parent = follow([one], start);
	t.deepEqual(judge(parent, main(before(one), 0)), {
		code: 'BYRON_SLOT_NOT_AFTER_PARENT',
		slot: 0,
		parentSlot: 0,
	});
	const border = boundary(before(one), 1);
	t.is(judge(parent, border), 'chain');
	t.is(judge(follow([border], parent), main(before(border), 100)), 'leadership');
	// It has the number of the block before it, and is preferred to it.
	const choice = {...one.tip, issuerVk: new Uint8Array(), counter: 0n, vrfOutput: new Uint8Array()};
	t.true(isPreferred(choice, {...choice, isBoundary: true}));
	t.false(isPreferred({...choice, isBoundary: true}, choice));
	t.false(isPreferred(choice, choice));
});

test('a key signs 22 of 100 of the last k blocks and no more', t => {
	// Of ten blocks that is two.
	const blocks = mains(before(first), [0, 7]);
	const parent = follow(blocks, start);
	t.deepEqual(judge(parent, main(before(lastOf(blocks)), 14)), {
		code: 'BYRON_SIGNER_TOO_OFTEN',
		signed: 3,
		allowed: 2,
	});
	const more = [...blocks, ...mains(before(lastOf(blocks)), [15, 16, 17, 18, 19, 20, 22, 23])];
	// Nine blocks after its first one, that one has left the window with the next.
	t.is(judge(follow(more, start), main(before(lastOf(more)), 28)), 'leadership');
});

test('a delegation in a body is in force 2k slots later, once a key and epoch, and lets the old delegate sign no more', t => {
	const [issuer] = issuers as [ByronKey];
	const fresh = byronKey('fresh', 0);
	const certificate = certify(issuer, fresh, 1);
	const block = main(before(first), 3, {body: {certificates: [certificate]}});
	const parent = follow([block], start);
	const by = (delegate: ByronKey | undefined, slot: number): unknown =>
		judge(parent, main(before(block), slot, {key: 0, ...(delegate && {delegate})}));
	t.like(by(fresh, 22), {code: 'BYRON_SIGNER_NOT_DELEGATE'});
	t.is(by(undefined, 22), 'leadership');
	t.is(by(fresh, 23), 'leadership');
	t.deepEqual(by(undefined, 23), {code: 'BYRON_SIGNER_NOT_DELEGATE', slot: 23});
	const again = (change: Partial<typeof certificate>): unknown =>
		bodyFailure(parent, main(before(block), 4, {body: {certificates: [{...certificate, ...change}]}}));
	t.deepEqual(again({}), {code: 'BYRON_DELEGATION_TWICE', epoch: 1});
	t.deepEqual(again({epoch: 0}), {code: 'BYRON_DELEGATION_TWICE', epoch: 0});
	t.deepEqual(again({epoch: 2}), {code: 'BYRON_DELEGATION_EPOCH_WRONG', epoch: 2, current: 0});
	t.deepEqual(again({issuerVk: fresh.vk}), {code: 'BYRON_DELEGATION_NOT_GENESIS'});
	t.deepEqual(again({issuerVk: (issuers[1] as ByronKey).vk}), {code: 'BYRON_DELEGATION_INVALID'});
	// A key signs for one genesis key only.
	const shared = main(before(block), 5, {body: {certificates: [certify(issuers[1] as ByronKey, fresh, 1)]}});
	const later = follow([shared], parent).byron;
	t.deepEqual(later && tickByron(later, {k: K}, 90).delegates[1]?.delegateVk, (delegates[1] as ByronKey).vk);
});

test('a body that is not the one that the header promises is refused, part by part', t => {
	const parent = before(first);
	const body = {transactions: [0, 1, 2, 3, 4].map(transaction), certificates: [], updates: [fromHex('80')]};
	t.is(bodyFailure(start, main(parent, 0, {body})), undefined);
	const {transactions} = body;
	for (const [part, change] of [
		['transactions', {transactions: transactions.slice(1)}],
		['transactions', {transactions: transactions.with(4, transaction(9))}],
		['witnesses', {transactions: transactions.with(4, {...transaction(4), witnesses: fromHex('8100')})}],
		['delegation', {certificates: [certify(issuers[0] as ByronKey, byronKey('fresh', 0), 1)]}],
		['update', {updates: [fromHex('81f6')]}],
	] as const)
		t.deepEqual(bodyFailure(start, main(parent, 0, {body, sentBody: {...body, ...change}})), {
			code: 'BYRON_BODY_PROOF_WRONG',
			part,
		});
	t.deepEqual(bodyFailure(originParent(network), boundary(byronOrigin(), 0, {sentBody: fromHex('9f40ff')})), {
		code: 'BYRON_BODY_PROOF_WRONG',
		part: 'boundary',
	});
	const tooLong = new Uint8Array(5 + 2_000_001);
	tooLong.set(fromHex('5a001e8481'));
	t.like(bodyFailure(start, main(parent, 0, {body: {updates: [tooLong]}})), {code: 'BYRON_BLOCK_TOO_LONG'});
	const block = main(parent, 0);
	const header = judgeCardanoHeader(rules, start, {tag: 0, bytes: block.header.bytes});
	t.true(header.ok);
	if (!header.ok) return;
	t.deepEqual(judgeCardanoBlock(rules, start, header.value, main(parent, 1).bytes), {
		ok: false,
		error: {code: 'CARDANO_BLOCK_OTHER'},
	});
});

test('headers are found in blocks in the form that chain-sync has, and a later era begins where Byron ends', t => {
	const block = main(before(first), 0);
	for (const each of [first, block]) {
		const sent = headerOfBlock(each.bytes);
		t.deepEqual(sent.ok && sent.value, {tag: 0, bytes: each.header.bytes});
		t.is(
			toHex(hashOfSent(crypto, {tag: 0, bytes: each.header.bytes}) ?? new Uint8Array()),
			toHex(each.point.hash),
		);
	}
	t.is(hashOfSent(crypto, {tag: 0, bytes: fromHex('80')}), undefined);
	const parent = originParent(network);
	t.is(parent.state.epoch, Epoch(3));
	t.deepEqual(parent.state.epochNonce, Hash32(fromHex(network.shelleyGenesisHash)));
	t.is(network.params.eraStart?.slot, Slot(300));
});

test('a genesis file is read whatever its layout, its hash is of what it says, and its delegations are signed', t => {
	const json = byronGenesisJson();
	const hashes = [
		JSON.stringify(json),
		JSON.stringify(Object.fromEntries(Object.entries(json).reverse()), null, '\t'),
	].map(text => {
		const parsed = parseByronGenesis(crypto, text);
		return parsed.ok ? parsed.value.hash : parsed.error.code;
	});
	t.is(hashes[0], byronGenesis().hash);
	t.is(hashes[1], hashes[0]);
	const [[id, entry] = ['', {}]] = Object.entries(
		json['heavyDelegation'] as Record<string, Record<string, unknown>>,
	);
	const wrong = (change: Record<string, unknown>): unknown => {
		const parsed = parseByronGenesis(crypto, JSON.stringify({...json, ...change}));
		return parsed.ok ? undefined : parsed.error;
	};
	t.like(wrong({heavyDelegation: {[id]: {...entry, omega: 1}}}), {field: `heavyDelegation.${id}.cert`});
	t.like(wrong({heavyDelegation: {[id]: {...entry, issuerPk: 'AA=='}}}), {
		field: `heavyDelegation.${id}.issuerPk`,
	});
	t.like(wrong({protocolConsts: {k: 0, protocolMagic: 1}}), {field: 'protocolConsts.k'});
	t.like(wrong({blockVersionData: {slotDuration: 20_000}}), {field: 'slotDuration'});
	t.like(wrong({startTime: 'now'}), {code: 'CARDANO_JSON_FIELD_WRONG'});
	for (const {name, byron} of CARDANO_NETWORKS) {
		const state = genesisByronState(byron?.keys ?? []);
		t.is(new Set(state.delegates.map(each => toHex(each.delegateVk))).size, name === 'preview' ? 0 : 7);
	}
});

test('bytes that are no header or block of Byron are coded failures, never exceptions', t => {
	const block = main(before(first), 0, {body: {transactions: [transaction(1)]}});
	const decoders = [
		[golden('EBB'), decodeByronHeader],
		[golden('regular'), decodeByronHeader],
		[first.bytes, decodeByronBlock],
		[block.bytes, decodeByronBlock],
	] as const;
	for (const [sent, decode] of decoders)
		fc.assert(
			fc.property(fc.nat(), fc.nat({max: 255}), fc.nat(), (at, byte, cut) => {
				const damaged = sent.slice(0, 1 + (cut % sent.length));
				damaged[at % damaged.length] = byte;
				const outcome = decode(crypto, damaged);
				t.true(outcome.ok || outcome.error.code.startsWith('CBOR_'));
			}),
			{numRuns: 300},
		);
});
