import {type Codec, list, nullable, record, uint, variant} from '#kernel/cbor/codec';
import {type LedgerParameters, parametersForm} from '../genesis/parameters.ts';
import {EPOCH_MAX} from '../limits.ts';
import {type ParameterChange, parameterChangeCodec} from './parameter-change.ts';

/** What a passed proposal will do when its time has come. */
export type Enactment = {
	/** Number of the proposal on Cardano. */
	readonly proposal: number;
	/** The period in which it was reported: it enters once that period's checkpoint stands on Cardano. */
	readonly period: number;
	readonly effect: EnactmentEffect;
};

export type EnactmentEffect =
	| {readonly kind: 'parameters'; readonly change: ParameterChange}
	| {readonly kind: 'upgrade'; readonly version: number; readonly activationEpoch: number};

/** What governance has made of the rules. There is no row before the first report. */
export type Governance = {
	readonly protocolVersion: number;
	/** In force; null: those of the genesis still are. */
	readonly parameters: LedgerParameters | null;
	/** In the order in which Cardano reported them. */
	readonly waiting: readonly Enactment[];
};

/** More than this does not wait: each of them took a vote of millions of tokens. */
export const WAITING_MAX = 32;

const enactmentCodec: Codec<Enactment> = record({
	proposal: uint(),
	period: uint(),
	effect: variant({
		parameters: [0, {change: parameterChangeCodec}],
		upgrade: [1, {version: uint(), activationEpoch: uint(EPOCH_MAX)}],
	}) as Codec<EnactmentEffect>,
});

export const governanceCodec: Codec<Governance> = record({
	protocolVersion: uint(),
	parameters: nullable(parametersForm.cbor),
	waiting: list(enactmentCodec, WAITING_MAX),
});
