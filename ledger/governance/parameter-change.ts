/**
 * New values for some parameters: [first epoch, [[number of the parameter, value], …]], canonical CBOR. Token holders vote on these
 * bytes; Cardano only keeps them, so that everything about them is checked here.
 */
import {type Codec, decode, encode} from '#kernel/cbor/codec';
import type {CborFailure} from '#kernel/cbor/failure';
import type {CborReader} from '#kernel/cbor/reader';
import {err, ok, type Result} from '#kernel/result';
import {type LedgerParameters, parameterForms} from '../genesis/parameters.ts';
import {EPOCH_MAX} from '../limits.ts';
import {outOfBounds, type ParameterName, parameterNames, parameterRegistry} from './parameter-registry.ts';

export type ParameterChange = {
	/** Not before this epoch begins; later when the checkpoint takes longer. */
	readonly fromEpoch: number;
	/** At least one. */
	readonly values: Partial<LedgerParameters>;
};

export type ChangeFailure =
	/** Other bytes than a change has: from other software, or by mistake. */
	| {readonly code: 'CHANGE_MALFORMED'; readonly failure: CborFailure}
	| {readonly code: 'CHANGE_OUT_OF_BOUNDS'; readonly parameter: ParameterName; readonly problem: string};

const namesIn = (values: Partial<LedgerParameters>): readonly ParameterName[] =>
	parameterNames.filter(name => values[name] !== undefined);

const codecOf = (name: ParameterName): Codec<unknown> => parameterForms[name].cbor as Codec<unknown>;

const readValues = (reader: CborReader): Partial<LedgerParameters> => {
	const start = reader.position;
	const count = reader.array(parameterNames.length);
	if (count === 0) reader.stop('CBOR_WRONG_LENGTH', start);
	const values: Record<string, unknown> = {};
	let last = -1;
	for (let index = 0; index < count; index++) {
		const at = reader.position;
		reader.arrayOf(2);
		const number = reader.uint();
		if (number === last) reader.stop('CBOR_DUPLICATE_KEY', at);
		if (number < last) reader.stop('CBOR_NOT_CANONICAL', at);
		last = number;
		const name = parameterNames.find(each => parameterRegistry[each].number === number);
		if (name === undefined) return reader.stop('CBOR_UNKNOWN_VARIANT', at);
		values[name] = codecOf(name).read(reader);
	}
	return values as Partial<LedgerParameters>;
};

export const parameterChangeCodec: Codec<ParameterChange> = {
	write: (writer, {fromEpoch, values}) => {
		const names = namesIn(values);
		writer.array(2).uint(fromEpoch).array(names.length);
		for (const name of names) {
			writer.array(2).uint(parameterRegistry[name].number);
			codecOf(name).write(writer, values[name]);
		}
	},
	read: reader => {
		reader.arrayOf(2);
		return {fromEpoch: reader.uint(EPOCH_MAX), values: readValues(reader)};
	},
};

const checkBounds = (change: ParameterChange): Result<ParameterChange, ChangeFailure> => {
	const problem = outOfBounds(change.values);
	return problem === undefined ? ok(change) : err({code: 'CHANGE_OUT_OF_BOUNDS', ...problem});
};

/** The change that token holders voted on, if it is one. */
export const decodeChange = (bytes: Uint8Array): Result<ParameterChange, ChangeFailure> => {
	const decoded = decode(parameterChangeCodec, bytes);
	return decoded.ok ? checkBounds(decoded.value) : err({code: 'CHANGE_MALFORMED', failure: decoded.error});
};

/** For a proposal; `values` has at least one. */
export const encodeChange = (change: ParameterChange): Result<Uint8Array, ChangeFailure> => {
	const checked = checkBounds(change);
	return checked.ok ? ok(encode(parameterChangeCodec, change)) : checked;
};
