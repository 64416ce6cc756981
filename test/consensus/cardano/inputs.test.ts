/** What operators give a relay: protocol states, stake distributions, genesis files. */
import {readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import {checkBody} from '#consensus/block/check-body';
import {type CardanoBlock, decodeCardanoBlock} from '#consensus/cardano/cardano-block';
import {CARDANO_NETWORKS} from '#consensus/cardano/cardano-network';
import {
	type CardanoParent,
	type CardanoRules,
	judgeCardanoHeader,
} from '#consensus/cardano/judge-cardano-header';
import {parsePoolId} from '#consensus/cardano/pool-id-text';
import {parseProtocolState} from '#consensus/cardano/protocol-state';
import {parseStakeDistribution} from '#consensus/cardano/stake-distribution';
import {decodeHeader} from '#consensus/header/header';
import {defined} from '#kernel/assert';
import {encodeBech32} from '#kernel/bech32';
import {fromHex, toHex} from '#kernel/bytes';
import {Hash28} from '#kernel/hash';
import {Ratio} from '#kernel/ratio';
import {BlockNo, Epoch, Slot} from '#kernel/slot';
import {parseShelleyGenesis} from '#node/adapters/cardano-relay/shelley-genesis';
import {headerIn} from '#node/services/cardano-relay/stored-header';
import {certificateRules, preprod, realBlocks, startParent} from '../../support/cardano-relay.ts';
import {crypto} from '../../support/crypto.ts';

const nonce = (byte: string): string => byte.repeat(32);
const pool = 'ab'.repeat(28);
const cli = {
	candidateNonce: nonce('01'),
	epochNonce: nonce('02'),
	evolvingNonce: nonce('03'),
	labNonce: nonce('04'),
	lastEpochBlockNonce: null,
	lastSlot: 70_070_331,
	oCertCounters: {[pool]: 7},
};
const parsed = parseProtocolState(preprod, JSON.stringify(cli));

test("cardano-cli's protocol state is read, with its older form of nonces", t => {
	t.true(parsed.ok);
	if (!parsed.ok) return;
	t.is(toHex(parsed.value.epochNonce as Uint8Array), cli.epochNonce);
	t.is(parsed.value.lastEpochBlockNonce, 'neutral');
	t.deepEqual(parsed.value.counters, new Map([[pool, 7n]]));
	t.is(parsed.value.epoch, Epoch(165));
	const older = {
		...cli,
		epochNonce: {tag: 'Nonce', contents: cli.epochNonce},
		lastEpochBlockNonce: {tag: 'NeutralNonce'},
	};
	t.deepEqual(parseProtocolState(preprod, JSON.stringify(older)), parsed);
});

test("Ogmios's answers are read, wrapped or not, with pools in bech32", t => {
	const ogmios = {
		tip: {slot: 70_070_331, id: nonce('aa'), ancestor: cli.labNonce},
		nonces: {
			result: {
				epochNonce: cli.epochNonce,
				candidateNonce: cli.candidateNonce,
				evolvingNonce: cli.evolvingNonce,
				lastEpochLastAncestor: 'neutral',
			},
		},
		operationalCertificates: {[encodeBech32('pool', fromHex(pool))]: 7},
	};
	t.deepEqual(parseProtocolState(preprod, JSON.stringify(ogmios)), parsed);
});

test('what is wrong in a protocol state is named', t => {
	const failureOf = (change: object): unknown => {
		const read = parseProtocolState(preprod, JSON.stringify({...cli, ...change}));
		return read.ok ? undefined : read.error;
	};
	t.deepEqual(failureOf({epochNonce: 'zz'}), {
		code: 'CARDANO_JSON_FIELD_WRONG',
		field: 'epochNonce',
		expected: '32 bytes in hexadecimal',
	});
	t.like(failureOf({lastSlot: 'origin'}), {field: 'lastSlot'});
	t.like(failureOf({oCertCounters: {nobody: 1}}), {field: 'oCertCounters.nobody', expected: 'a pool id'});
	t.like(failureOf({chainDepState: {}}), {field: 'chainDepState'});
	t.deepEqual(parseProtocolState(preprod, '{'), {ok: false, error: {code: 'CARDANO_JSON_MALFORMED'}});
});

test('a stake distribution gives shares and VRF keys; shares above the whole are refused', t => {
	const entry = (stake: string) => ({stake, vrf: nonce('05')});
	const read = parseStakeDistribution(
		JSON.stringify({[pool]: entry('1/4'), ['cd'.repeat(28)]: entry('3/4')}),
	);
	t.true(read.ok);
	if (read.ok) t.deepEqual(read.value.current.pool(Hash28(fromHex(pool)))?.stake, Ratio(1n, 4n));
	const over = parseStakeDistribution(
		JSON.stringify({[pool]: entry('1/2'), ['cd'.repeat(28)]: entry('3/4')}),
	);
	t.like(over, {ok: false, error: {code: 'CARDANO_JSON_FIELD_WRONG', field: 'stake'}});
	t.like(parseStakeDistribution(JSON.stringify({[pool]: {stake: 0.5, vrf: nonce('05')}})), {
		ok: false,
		error: {field: `${pool}.stake`},
	});
});

test('any JSON is read or refused with a code', t => {
	fc.assert(
		fc.property(fc.jsonValue(), json => {
			const text = JSON.stringify(json);
			for (const read of [
				parseProtocolState(preprod, text),
				parseStakeDistribution(text),
				parseShelleyGenesis(crypto, text),
			])
				if (!read.ok) t.regex(read.error.code, /^CARDANO_JSON_/);
		}),
		{numRuns: 200},
	);
});

test('a pool is named in hexadecimal or in bech32, and by nothing else', t => {
	const bytes = fromHex(pool);
	t.deepEqual(parsePoolId(pool), Hash28(bytes));
	t.deepEqual(parsePoolId(encodeBech32('pool', bytes)), Hash28(bytes));
	t.is(parsePoolId(encodeBech32('stake', bytes)), undefined);
	t.is(parsePoolId('pool1'), undefined);
});

const genesis = {
	activeSlotsCoeff: 0.05,
	epochLength: 500,
	maxKESEvolutions: 60,
	networkMagic: 42,
	securityParam: 10,
	slotLength: 0.2,
	slotsPerKESPeriod: 129_600,
	systemStart: '2026-01-02T03:04:05Z',
};

test('a network is made from its genesis file; what is wrong in it is named', t => {
	const read = parseShelleyGenesis(crypto, JSON.stringify(genesis));
	t.true(read.ok);
	if (!read.ok) return;
	t.like(read.value, {magic: 42, slots: {slotLengthMs: 200, systemStartMs: Date.UTC(2026, 0, 2, 3, 4, 5)}});
	t.like(read.value.params, {k: 10, f: Ratio(1n, 20n), epochLength: 500});
	for (const [field, value] of [
		['activeSlotsCoeff', 1.5],
		['epochLength', 0],
		['maxKESEvolutions', 65],
		['networkMagic', -1],
		['securityParam', '10'],
		['slotLength', 0],
		['systemStart', 'yesterday'],
	] as const)
		t.like(parseShelleyGenesis(crypto, JSON.stringify({...genesis, [field]: value})), {
			ok: false,
			error: {field},
		});
});

/** Two consecutive real headers of preprod and the nonces after the first of them (amaru's fixtures). */
const realHeader = (slot: number): Uint8Array =>
	new Uint8Array(readFileSync(`test/vectors/consensus/preprod_${slot}.cbor`));
const nonces = JSON.parse(readFileSync('test/vectors/consensus/preprod-nonces.json', 'utf8')) as Record<
	string,
	Record<string, string>
>;

const parentOf = (): CardanoParent => {
	const decoded = decodeHeader(crypto, realHeader(70_070_331), {canonical: false});
	const header = decoded.ok ? decoded.value : undefined;
	const {slot, hash, blockNo, prevHash} = defined(header, 'a real header');
	const after = defined(nonces['70070331'], 'its nonces');
	const state = parseProtocolState(
		preprod,
		JSON.stringify({
			candidateNonce: after['candidate'],
			epochNonce: after['active'],
			evolvingNonce: after['evolving'],
			labNonce: toHex(defined(prevHash ?? undefined, 'a parent')),
			lastEpochBlockNonce: null,
			lastSlot: slot,
			oCertCounters: {},
		}),
	);
	return {tip: {slot, hash, blockNo}, era: 'conway', state: state.ok ? state.value : startParent().state};
};

const proofRules: CardanoRules = {...certificateRules, wanted: 'proof', followsNonces: true};

test('a real Conway header is checked to its VRF proof, and the nonces after it are those of Cardano', t => {
	const sent = {tag: 6, bytes: realHeader(70_070_379)};
	const judged = judgeCardanoHeader(proofRules, parentOf(), sent);
	t.true(judged.ok, judged.ok ? '' : judged.error.code);
	if (!judged.ok) return;
	const after = defined(nonces['70070379'], 'its nonces');
	t.is(judged.value.level, 'proof');
	t.is(toHex(judged.value.state.evolvingNonce as Uint8Array), after['evolving'] ?? '');
	t.is(toHex(judged.value.state.candidateNonce as Uint8Array), after['candidate'] ?? '');
	const wrongNonce: CardanoParent = {
		...parentOf(),
		state: {...parentOf().state, epochNonce: parentOf().state.evolvingNonce},
	};
	t.like(judgeCardanoHeader(proofRules, wrongNonce, sent), {ok: false, error: {code: 'VRF_PROOF_INVALID'}});
});

test('the stake of the epoch takes a header to the last level, or refuses it', t => {
	const sent = {tag: 6, bytes: realHeader(70_070_379)};
	const decoded = decodeHeader(crypto, sent.bytes, {canonical: false});
	const header = defined(decoded.ok ? decoded.value : undefined, 'a real header');
	const view = (stake: Ratio): CardanoRules => ({
		...proofRules,
		wanted: 'leadership',
		stakeOf: () => ({pool: () => ({stake, vrfKeyHash: crypto.blake2b256(header.vrfVk)})}),
	});
	const counters = new Map([
		[toHex(crypto.blake2b224(header.issuerVk)), header.operationalCertificate.counter],
	]);
	const parent = {...parentOf(), state: {...parentOf().state, counters}};
	t.like(judgeCardanoHeader(view(Ratio(1n, 2n)), parent, sent), {ok: true, value: {level: 'leadership'}});
	t.like(judgeCardanoHeader(view(Ratio(1n, 10n ** 12n)), parent, sent), {
		ok: false,
		error: {code: 'HEADER_NOT_SLOT_LEADER'},
	});
	const tooLow = {ok: false, error: {code: 'CARDANO_TRUST_TOO_LOW', level: 'proof', demanded: 'leadership'}};
	t.like(judgeCardanoHeader({...proofRules, wanted: 'leadership'}, parent, sent), tooLow);
	// A snapshot of cardano-cli does not tell VRF keys: too little stake is refused, and enough of it is no leadership.
	const keyless = (stake: Ratio): CardanoRules => ({
		...proofRules,
		stakeOf: () => ({pool: () => ({stake, vrfKeyHash: undefined})}),
	});
	t.like(judgeCardanoHeader(keyless(Ratio(1n, 2n)), parent, sent), {ok: true, value: {level: 'proof'}});
	t.like(judgeCardanoHeader(keyless(Ratio(1n, 10n ** 12n)), parent, sent), {
		ok: false,
		error: {code: 'HEADER_NOT_SLOT_LEADER'},
	});
	t.like(judgeCardanoHeader({...keyless(Ratio(1n, 2n)), wanted: 'leadership'}, parent, sent), tooLow);
});

test('a tag of another era than the header, of an earlier one than the parent, of Byron or of the future is refused', t => {
	const [first] = realBlocks;
	const bytes = defined(first, 'block').header.bytes;
	const judge = (tag: number, parent = startParent()): unknown => {
		const judged = judgeCardanoHeader(certificateRules, parent, {tag, bytes});
		return judged.ok ? judged.value.era : judged.error;
	};
	t.is(judge(5), 'babbage');
	t.deepEqual(judge(4), {code: 'CARDANO_ERA_WRONG', tag: 4});
	t.like(judge(0), {code: 'CBOR_WRONG_LENGTH'});
	t.deepEqual(judge(7), {code: 'CARDANO_ERA_UNKNOWN', tag: 7});
	t.deepEqual(judge(5, {...startParent(), era: 'conway'}), {code: 'CARDANO_ERA_WRONG', tag: 5});
});

test('the public networks count slots and epochs as Cardano does', t => {
	t.deepEqual(
		CARDANO_NETWORKS.map(({name, magic}) => [name, magic]),
		[
			['mainnet', 764_824_073],
			['preprod', 1],
			['preview', 2],
		],
	);
	// Shelley began on mainnet at this moment.
	const [mainnet] = CARDANO_NETWORKS;
	const {slots, params} = defined(mainnet, 'mainnet');
	t.is(
		slots.systemStartMs + Number(params.eraStart?.slot ?? Slot(0)) * 1_000,
		Date.UTC(2020, 6, 29, 21, 44, 51),
	);
});

const mainnet = defined(
	CARDANO_NETWORKS.find(({name}) => name === 'mainnet'),
	'mainnet is known',
);

/** What is known of a block's parent: that it names it. */
const beforeBlock = ({slot, prevHash}: CardanoBlock['header']['header']): CardanoParent => ({
	tip: {slot: Slot(slot - 1), hash: defined(prevHash ?? undefined, 'a parent'), blockNo: BlockNo(0)},
	era: undefined,
	state: startParent().state,
});

for (const era of ['shelley', 'allegra', 'mary', 'alonzo'] as const)
	test(`a real block of ${era} is judged under its own tags, and no further than a proof would be`, t => {
		const bytes = new Uint8Array(readFileSync(`test/vectors/cardano/eras/${era}.block`));
		const block = decodeCardanoBlock(crypto, bytes);
		if (!block.ok) return t.fail(block.error.code);
		const {header, segments} = block.value;
		const {era: tag, bytes: headerBytes} = headerIn(bytes);
		const rules: CardanoRules = {...certificateRules, network: mainnet};
		const parent = beforeBlock(header.header);
		const sent = {tag, bytes: headerBytes};
		t.like(judgeCardanoHeader(rules, parent, sent), {ok: true, value: {era, level: 'certificate'}});
		t.deepEqual(checkBody(crypto, header.header, segments), {ok: true, value: undefined});
		// Leadership cannot be asked for before Babbage: a proof is what is missing.
		t.like(judgeCardanoHeader({...rules, wanted: 'leadership'}, parent, sent), {
			ok: false,
			error: {code: 'CARDANO_TRUST_TOO_LOW', level: 'certificate', demanded: 'proof'},
		});
		t.like(judgeCardanoHeader({...rules, followsNonces: true}, parent, sent), {
			ok: false,
			error: {code: 'VRF_PROOF_INVALID'},
		});
	});
