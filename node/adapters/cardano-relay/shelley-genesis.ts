/** A network that is made from its own shelley-genesis.json: testnets of operators, and the file of a public one compared. */
import {CARDANO_LIMITS, type CardanoNetwork} from '#consensus/cardano/cardano-network';
import {
	countField,
	fieldsOf,
	type JsonFieldFailure,
	type JsonFields,
	readJsonText,
	wrongField,
} from '#consensus/cardano/json-fields';
import type {Hasher} from '#crypto/crypto';
import {parseUtc} from '#income/utc-time';
import {toHex} from '#kernel/bytes';
import {parseRatio, type Ratio} from '#kernel/ratio';
import type {Result} from '#kernel/result';
import {Epoch, Slot} from '#kernel/slot';
import {encodeUtf8} from '#kernel/utf8';

const WORD32_MAX = 0xff_ff_ff_ff;
const KES_PERIODS_MAX = 64;

/** A decimal as the file has it; 17 digits name every double, so that nothing is lost. */
const shareField = (fields: JsonFields, name: string): Ratio => {
	const ratio = typeof fields[name] === 'number' ? parseRatio(String(fields[name])) : undefined;
	if (ratio !== undefined && ratio.numerator > 0n && ratio.numerator <= ratio.denominator) return ratio;
	return wrongField(name, 'a share above 0 and at most 1');
};

const positiveField = (fields: JsonFields, name: string, max?: number): number =>
	countField(fields, name, max) || wrongField(name, 'more than 0');

/** blake2b-256 of the file's bytes: what cardano-node's configuration calls ShelleyGenesisHash. */
export const shelleyGenesisHash = (hasher: Hasher, text: string): string =>
	toHex(hasher.blake2b256(encodeUtf8(text)));

/** A network without Byron epochs, as test networks are: slot 0 is Shelley's first. */
export const parseShelleyGenesis = (hasher: Hasher, text: string): Result<CardanoNetwork, JsonFieldFailure> =>
	readJsonText(text, json => {
		const fields = fieldsOf(json, 'shelley genesis');
		const systemStart = fields['systemStart'];
		const systemStartMs = typeof systemStart === 'string' ? parseUtc(systemStart) : undefined;
		return {
			name: `testnet ${countField(fields, 'networkMagic', WORD32_MAX)}`,
			magic: countField(fields, 'networkMagic', WORD32_MAX),
			shelleyGenesisHash: shelleyGenesisHash(hasher, text),
			params: {
				...CARDANO_LIMITS,
				k: positiveField(fields, 'securityParam', WORD32_MAX),
				f: shareField(fields, 'activeSlotsCoeff'),
				epochLength: positiveField(fields, 'epochLength', WORD32_MAX),
				slotsPerKesPeriod: positiveField(fields, 'slotsPerKESPeriod', WORD32_MAX),
				maxKesEvolutions: positiveField(fields, 'maxKESEvolutions', KES_PERIODS_MAX),
				eraStart: {slot: Slot(0), epoch: Epoch(0)},
			},
			slots: {
				systemStartMs: systemStartMs ?? wrongField('systemStart', 'a time such as 2022-10-25T00:00:00Z'),
				slotLengthMs: slotLengthMs(fields),
			},
			eraEpochs: [],
		};
	});

const slotLengthMs = (fields: JsonFields): number => {
	const ratio =
		typeof fields['slotLength'] === 'number' ? parseRatio(String(fields['slotLength'])) : undefined;
	if (ratio === undefined || ratio.numerator === 0n) return wrongField('slotLength', 'seconds above 0');
	const ms = (ratio.numerator * 1_000n) / ratio.denominator;
	return ms * ratio.denominator === ratio.numerator * 1_000n && ms <= 1_000_000n
		? Number(ms)
		: wrongField('slotLength', 'whole milliseconds');
};
