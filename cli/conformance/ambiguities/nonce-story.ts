import type {Nonce} from '#consensus/nonce/nonce';
import {genesisPraosState, type PraosState, tickPraos, updatePraos} from '#consensus/praos-state';
import type {Hasher} from '#crypto/crypto';
import {toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {parseRatio} from '#kernel/ratio';
import {Slot} from '#kernel/slot';
import {arrayField, hexField, objectField, parsedField, textField, verdictOf} from '../fields.ts';
import {isJsonObject, type JsonObject} from '../json-file.ts';
import {fails, type Verdict} from '../kind.ts';
import {countField} from './count-field.ts';

/** Whose certificate it is does not matter to nonces. */
const issuer = {
	issuerVk: new Uint8Array(32),
	operationalCertificate: {
		hotVk: new Uint8Array(32),
		counter: 0n,
		startPeriod: 0n,
		signature: new Uint8Array(64),
	},
};

const FREEZE_FACTORS = {'3': 3, '4': 4} as const;

const paramsOf = (entry: JsonObject) => ({
	k: countField(entry, 'k', 100_000),
	f: parsedField(entry, 'f', 'a fraction above 0', text => {
		const f = parseRatio(text);
		return f !== undefined && f.numerator > 0n ? f : undefined;
	}),
	epochLength: Math.max(1, countField(entry, 'epochLength')),
	candidateFreezeFactor: parsedField(
		entry,
		'freezeFactor',
		'3 or 4',
		text => FREEZE_FACTORS[text as '3' | '4'],
	),
});

const nonceText = (nonce: Nonce): string => (nonce === 'neutral' ? nonce : toHex(nonce));

const textsOf = (state: PraosState): Readonly<Record<string, string>> => ({
	epoch: String(state.epoch),
	active: nonceText(state.epochNonce),
	candidate: nonceText(state.candidateNonce),
	evolving: nonceText(state.evolvingNonce),
	lab: nonceText(state.labNonce),
	lastEpochBlock: nonceText(state.lastEpochBlockNonce),
});

/** Headers one after the other, the nonces after the last, and what another reading makes of them. */
export const checkNonceStory = (hasher: Hasher, entry: JsonObject): Verdict => {
	const params = paramsOf(entry);
	let state = genesisPraosState(Hash32(hexField(entry, 'genesisHash', 32)));
	for (const header of arrayField(entry, 'headers')) {
		if (!isJsonObject(header)) return fails('a header is not an object');
		const slot = Slot(countField(header, 'slot'));
		const prevHash =
			textField(header, 'prevHash') === 'neutral' ? null : Hash32(hexField(header, 'prevHash', 32));
		const vrfOutput = hexField(header, 'vrfOutput', 64);
		const ticked = tickPraos(hasher, params, state, slot);
		state = updatePraos(hasher, params, ticked, {slot, prevHash, vrfOutput, ...issuer});
	}
	const [expected, other] = [objectField(entry, 'expected'), objectField(entry, 'otherReading')];
	const actual = Object.entries(textsOf(state));
	return verdictOf([
		...actual.map(([name, value]) =>
			value === textField(expected, name) ? undefined : `${name} is ${value}`,
		),
		actual.every(([name, value]) => value === textField(other, name))
			? 'the other reading gives the same nonces'
			: undefined,
	]);
};
