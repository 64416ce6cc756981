/**
 * JSON array of headers from Shelley to Alonzo with what their chain knew: `{name, network, tpraosHeader, hash,
 * epochNonce}`, bytes in hexadecimal; `stake` (a fraction) if a pool made it, else a genesis delegate did; `before`
 * and `after`: `{epoch, active, candidate, evolving, lab, lastEpochBlock}`, the nonces on both sides of it.
 */
import {decodeTPraosHeader, type TPraosHeader} from '#consensus/header/tpraos-header';
import {validateCertificate} from '#consensus/header/validate-certificate';
import {type TPraosIssuer, validateTPraosLeadership} from '#consensus/header/validate-tpraos-leadership';
import type {Nonce} from '#consensus/nonce/nonce';
import {type PraosState, tickPraos, updateTPraos} from '#consensus/praos-state';
import {epochOf} from '#consensus/time';
import type {Crypto} from '#crypto/crypto';
import {Hash32} from '#kernel/hash';
import {parseRatio} from '#kernel/ratio';
import {Epoch} from '#kernel/slot';
import {cardanoParams, networkParams} from '../cardano-params.ts';
import {difference, hexField, objectField, parsedField, textField, verdictOf} from '../fields.ts';
import type {JsonObject} from '../json-file.ts';
import {type ConformanceKind, fails, type Verdict} from '../kind.ts';
import {jsonCases} from './json-cases.ts';

const NONCES = {
	active: 'epochNonce',
	candidate: 'candidateNonce',
	evolving: 'evolvingNonce',
	lab: 'labNonce',
	lastEpochBlock: 'lastEpochBlockNonce',
} as const;

const EPOCH_MAX = 1_000_000;

const nonceField = (state: JsonObject, name: string): Nonce =>
	textField(state, name) === 'neutral' ? 'neutral' : Hash32(hexField(state, name, 32));

const epochField = (state: JsonObject): Epoch => {
	const parse = (text: string): number | undefined => (/^\d{1,7}$/.test(text) ? Number(text) : undefined);
	return Epoch(Math.min(EPOCH_MAX, parsedField({epoch: String(state['epoch'])}, 'epoch', 'an epoch', parse)));
};

const stateField = (entry: JsonObject, name: string): PraosState => {
	const state = objectField(entry, name);
	return {
		epochNonce: nonceField(state, 'active'),
		candidateNonce: nonceField(state, 'candidate'),
		evolvingNonce: nonceField(state, 'evolving'),
		labNonce: nonceField(state, 'lab'),
		lastEpochBlockNonce: nonceField(state, 'lastEpochBlock'),
		counters: new Map(),
		lastSlot: undefined,
		epoch: epochField(state),
	};
};

const bytesOf = (nonce: Nonce): Uint8Array => (nonce === 'neutral' ? new Uint8Array(0) : nonce);

const nonceComplaints = (
	crypto: Crypto,
	entry: JsonObject,
	header: TPraosHeader,
): readonly (string | undefined)[] => {
	const [before, wanted] = [stateField(entry, 'before'), stateField(entry, 'after')];
	const params = {...cardanoParams, ...networkParams(textField(entry, 'network'), before.epoch)};
	const ticked = tickPraos(crypto, params, before, header.slot);
	const after = updateTPraos(crypto, params, ticked, header);
	const complaints = Object.entries(NONCES).map(([name, field]) =>
		difference(name, bytesOf(after[field]), bytesOf(wanted[field])),
	);
	const epoch = epochOf(params, header.slot);
	return [...complaints, epoch === wanted.epoch ? undefined : `the epoch is ${epoch}`];
};

const check = (crypto: Crypto, entry: JsonObject): Verdict => {
	const decoded = decodeTPraosHeader(crypto, hexField(entry, 'tpraosHeader'));
	if (!decoded.ok) return fails(decoded.error.code);
	const header = decoded.value;
	const vrfKeyHash = crypto.blake2b256(header.vrfVk);
	const issuer: TPraosIssuer =
		'stake' in entry
			? {kind: 'pool', vrfKeyHash, stake: parsedField(entry, 'stake', 'a fraction', parseRatio)}
			: {kind: 'genesis delegate', vrfKeyHash};
	const epochNonce = Hash32(hexField(entry, 'epochNonce', 32));
	const context = {crypto, params: cardanoParams, epochNonce, issuer};
	const outcomes = [
		validateCertificate({crypto, params: cardanoParams}, header),
		validateTPraosLeadership(context, header),
	];
	return verdictOf([
		difference('the hash', header.hash, hexField(entry, 'hash', 32)),
		...outcomes.map(outcome => (outcome.ok ? undefined : outcome.error.code)),
		...('before' in entry ? nonceComplaints(crypto, entry, header) : []),
	]);
};

export const tpraosHeaders: ConformanceKind = jsonCases(
	'TPraos headers and nonces',
	entry => ['tpraosHeader', 'hash', 'epochNonce'].every(name => name in entry),
	check,
);
