/** What a relay reads besides messages: queries and proposals on its socket, headers and blocks of Cardano, its owner's files. */
import {readFileSync} from 'node:fs';
import {decodeByronHeader} from '#consensus/cardano/byron-header';
import {decodeCardanoBlock} from '#consensus/cardano/cardano-block';
import {decodeEraHeader} from '#consensus/cardano/judge-cardano-header';
import {parseProtocolState} from '#consensus/cardano/protocol-state';
import {parseStakeDistribution} from '#consensus/cardano/stake-distribution';
import {fromHex} from '#kernel/bytes';
import type {Result} from '#kernel/result';
import {decodeUtf8, encodeUtf8} from '#kernel/utf8';
import {parsePeerSnapshot} from '#relay/peer-snapshot';
import {answerLocalProposal, localVersionTable} from '#relay/protocols/handshake/node-to-client';
import {decodeLocalQuery} from '#relay/protocols/local-state-query/queries';
import {parseTopology} from '#relay/topology';
import {preprod, realBlocks} from '../support/cardano-relay.ts';
import {crypto} from '../support/crypto.ts';
import {codeOf, type Decoder} from './decoders.ts';

const BLOCKS = 20;
/** Babbage's, as chain-sync counts eras. */
const ERA_TAG = 5;

const nonce = 'ab'.repeat(32);
const pool = 'cd'.repeat(28);

const FILES: readonly (readonly [
	name: string,
	parse: (text: string) => Result<unknown, {readonly code: string}>,
	content: unknown,
])[] = [
	[
		'topology',
		parseTopology,
		{
			bootstrapPeers: [{address: 'bootstrap.example', port: 3_001}],
			localRoots: [
				{
					accessPoints: [{address: '192.0.2.1', port: 3_001}],
					advertise: true,
					trustable: true,
					valency: 1,
				},
			],
			publicRoots: [{accessPoints: [{address: '2001:db8::1', port: 3_001}], advertise: false}],
			useLedgerAfterSlot: 0,
		},
	],
	[
		'peer snapshot',
		parsePeerSnapshot,
		{
			version: 2,
			slotNo: 128_908_821,
			bigLedgerPools: [
				{accumulatedStake: 0.4, relativeStake: 0.4, relays: [{address: '192.0.2.1', port: 3_001}]},
			],
		},
	],
	[
		'protocol state',
		text => parseProtocolState(preprod, text),
		{
			candidateNonce: nonce,
			epochNonce: nonce,
			evolvingNonce: nonce,
			labNonce: nonce,
			lastEpochBlockNonce: null,
			lastSlot: 70_070_331,
			oCertCounters: {[pool]: 7},
		},
	],
	['stake distribution', parseStakeDistribution, {[pool]: {stake: '1/4', vrf: nonce}}],
];

const fileDecoders = (): readonly Decoder[] =>
	FILES.map(([name, parse, content]) => ({
		name,
		corpus: [encodeUtf8(JSON.stringify(content)), encodeUtf8(JSON.stringify(content, undefined, '\t'))],
		read: bytes => {
			const text = decodeUtf8(bytes);
			return text === undefined ? 'FILE_NOT_UTF8' : codeOf(parse(text));
		},
	}));

const QUERIES: Readonly<Record<string, string>> = {
	systemStart: '8101',
	chainBlockNo: '8102',
	chainPoint: '8103',
	eraHistory: '820082028100',
	currentEra: '820082028101',
	eraStart: '82008301810005',
	ledgerTip: '8200820082058100',
	epochNo: '8200820082058101',
};

/** `[0, header]`, as chain-sync has it. */
const byronHeaders = (): readonly Uint8Array[] =>
	['EBB', 'regular'].map(name =>
		new Uint8Array(readFileSync(`test/vectors/relay/n2n-golden/Header_Byron_${name}`)).slice(2),
	);

export const inputDecoders = (): readonly Decoder[] => {
	const [localVersion] = localVersionTable({networkMagic: 1, query: false});
	const proposal = [true, false].flatMap(query =>
		localVersionTable({networkMagic: 1, query}).map(({data}) => data),
	);
	const blocks = realBlocks.slice(0, BLOCKS);
	return [
		{
			name: 'node-to-client version data',
			corpus: proposal,
			read: data => {
				const {outcome} = answerLocalProposal(1, [{version: localVersion?.version ?? 0, data}]);
				return outcome.ok || outcome.error.code === 'HANDSHAKE_QUERIED' ? undefined : outcome.error.code;
			},
		},
		{
			name: 'local query',
			corpus: Object.values(QUERIES).map(fromHex),
			read: bytes => codeOf(decodeLocalQuery(bytes)),
		},
		{
			name: 'Byron header',
			corpus: byronHeaders(),
			read: bytes => codeOf(decodeByronHeader(crypto, bytes)),
		},
		{
			name: 'Cardano header',
			corpus: blocks.map(({header}) => header.bytes),
			read: bytes => codeOf(decodeEraHeader(crypto, {tag: ERA_TAG, bytes})),
		},
		{
			name: 'Cardano block',
			corpus: blocks.map(({bytes}) => bytes),
			read: bytes => codeOf(decodeCardanoBlock(crypto, bytes)),
		},
		...fileDecoders(),
	];
};
