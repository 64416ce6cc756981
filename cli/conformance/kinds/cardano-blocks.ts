/**
 * JSON array of `{HeaderCbor, Eta0, BlockBodyCbor, Spk}` in hexadecimal (gouroboros' form): Eta0 is the epoch nonce,
 * Spk the slots per KES period, and the body an array of transactions [body, witnesses, auxiliary data or ""], each
 * again in hexadecimal.
 */
import {type BodySegments, bodyHash, bodySize} from '#consensus/block/body-hash';
import {checkBody} from '#consensus/block/check-body';
import {decodeHeader, type Header} from '#consensus/header/header';
import {checkVrfProof} from '#consensus/header/rules/check-vrf-proof';
import {validateCertificate} from '#consensus/header/validate-certificate';
import type {Crypto} from '#crypto/crypto';
import {concat, equalBytes, parseHex} from '#kernel/bytes';
import {decodeWith} from '#kernel/cbor/codec';
import {CborWriter} from '#kernel/cbor/writer';
import {Hash32} from '#kernel/hash';
import {cardanoParams} from '../cardano-params.ts';
import {hexField, judged, parsedField, verdictOf} from '../fields.ts';
import {parseExactJson, parsePositive} from '../json-exact.ts';
import {isJsonObject, type JsonObject} from '../json-file.ts';
import {type ConformanceCase, type ConformanceKind, fails, type Verdict, verdict} from '../kind.ts';

type Transaction = {
	readonly body: Uint8Array;
	readonly witnesses: Uint8Array;
	readonly auxiliary: Uint8Array | undefined;
};

const TRANSACTIONS_MAX = 10_000;
const BREAK = Uint8Array.of(0xff);
const INDEFINITE_LIST = Uint8Array.of(0x9f);
const INDEFINITE_MAP = Uint8Array.of(0xbf);

const readTransactions = (bytes: Uint8Array): readonly Transaction[] | undefined => {
	const decoded = decodeWith(
		bytes,
		reader => {
			const transactions: (Transaction | undefined)[] = [];
			const announced = reader.array(TRANSACTIONS_MAX);
			const isLast = (): boolean => (announced < 0 ? reader.break() : transactions.length === announced);
			while (!isLast()) {
				reader.arrayOf(3);
				const [body, witnesses, auxiliary] = [1, 2, 3].map(() => parseHex(reader.text(bytes.length)));
				transactions.push(
					body && witnesses && auxiliary
						? {body, witnesses, auxiliary: auxiliary.length === 0 ? undefined : auxiliary}
						: undefined,
				);
			}
			return transactions;
		},
		{canonical: false},
	);
	if (!decoded.ok || decoded.value.includes(undefined)) return undefined;
	return decoded.value.filter(transaction => transaction !== undefined);
};

const list = (items: readonly Uint8Array[], indefinite: boolean): Uint8Array =>
	indefinite
		? concat(INDEFINITE_LIST, ...items, BREAK)
		: concat(new CborWriter().array(items.length).finish(), ...items);

const auxiliaryMap = (transactions: readonly Transaction[], indefinite: boolean): Uint8Array => {
	const pairs = transactions.flatMap(({auxiliary}, index) =>
		auxiliary === undefined ? [] : [concat(new CborWriter().uint(index).finish(), auxiliary)],
	);
	return indefinite
		? concat(INDEFINITE_MAP, ...pairs, BREAK)
		: concat(new CborWriter().map(pairs.length).finish(), ...pairs);
};

/**
 * The vector lost how the four segments' own heads were written. Cardano's encoder writes definite lengths up to
 * 23 and indefinite ones beyond, other forgers choose otherwise: every choice is a body that may have been.
 */
const bodiesOf = (transactions: readonly Transaction[]): readonly BodySegments[] =>
	[false, true].flatMap(lists =>
		[false, true].map(
			(maps): BodySegments => [
				list(
					transactions.map(({body}) => body),
					lists,
				),
				list(
					transactions.map(({witnesses}) => witnesses),
					lists,
				),
				auxiliaryMap(transactions, maps),
				list([], false),
			],
		),
	);

const bodyComplaint = (crypto: Crypto, header: Header, bytes: Uint8Array): string | undefined => {
	const transactions = readTransactions(bytes);
	if (transactions === undefined) return 'BlockBodyCbor is not an array of transactions';
	const bodies = bodiesOf(transactions);
	const body = bodies.find(segments => equalBytes(bodyHash(crypto, segments), header.bodyHash)) ?? bodies[0];
	if (body === undefined) return 'no body';
	const outcome = checkBody(crypto, header, body);
	return outcome.ok ? undefined : `${outcome.error.code} (${bodySize(body)} bytes)`;
};

const complaintsAbout = (crypto: Crypto, entry: JsonObject): readonly (string | undefined)[] => {
	const decoded = decodeHeader(crypto, hexField(entry, 'HeaderCbor'), {canonical: false});
	if (!decoded.ok) return [decoded.error.code];
	const header = decoded.value;
	const slotsPerKesPeriod = parsedField(entry, 'Spk', 'a positive count', parsePositive);
	const certificate = validateCertificate({crypto, params: {...cardanoParams, slotsPerKesPeriod}}, header);
	const proof = checkVrfProof(crypto, Hash32(hexField(entry, 'Eta0', 32)), header);
	return [
		certificate.ok ? undefined : certificate.error.code,
		proof.ok ? undefined : proof.error.code,
		bodyComplaint(crypto, header, hexField(entry, 'BlockBodyCbor')),
	];
};

const check = (crypto: Crypto, entry: JsonObject): Verdict => {
	const complaints = complaintsAbout(crypto, entry);
	const expected = entry['expectedValid'] ?? entry['ExpectedValid'] ?? true;
	if (expected === true) return verdictOf(complaints);
	return verdict(
		complaints.some(complaint => complaint !== undefined),
		'must be refused, but passes',
	);
};

const isBlock = (value: unknown): value is JsonObject =>
	isJsonObject(value) && ['HeaderCbor', 'Eta0', 'BlockBodyCbor'].every(name => name in value);

export const cardanoBlocks: ConformanceKind = {
	name: 'Cardano blocks',
	recognise: (crypto, files) => {
		const found = files.flatMap(file => {
			const entries = parseExactJson(file);
			return Array.isArray(entries) && entries.some(isBlock) ? [{file, entries: entries as unknown[]}] : [];
		});
		const cases = found.flatMap(({file, entries}) =>
			entries.map(
				(entry, index): ConformanceCase => ({
					name: `${file.name}: ${isJsonObject(entry) ? String(entry['name'] ?? index) : index}`,
					check: () => judged(() => (isBlock(entry) ? check(crypto, entry) : fails('not a block'))),
				}),
			),
		);
		return {used: found.map(({file}) => file), cases};
	},
};
