/** Why a proposal is made, in CIP-108's form: a JSON document that anybody can fetch, bound to the proposal by its hash. */
import {err, ok, type Result} from '#kernel/result';

export type Rationale = {
	readonly title: string;
	readonly abstract: string;
	readonly motivation: string;
	readonly rationale: string;
};

export type RationaleFailure =
	| {readonly code: 'RATIONALE_TOO_LONG'; readonly length: number; readonly lengthMax: number}
	| {readonly code: 'RATIONALE_NOT_JSON'}
	| {readonly code: 'RATIONALE_FIELD_WRONG'; readonly field: string; readonly problem: string};

/** Of a document, in characters; longer ones are not read. */
export const RATIONALE_LENGTH_MAX = 65_536;

/** CIP-108: so many characters of title and abstract. */
const LENGTHS: {readonly [Name in keyof Rationale]: number} = {
	title: 80,
	abstract: 2_500,
	motivation: RATIONALE_LENGTH_MAX,
	rationale: RATIONALE_LENGTH_MAX,
};

const objectOf = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
	typeof value === 'object' && value !== null && !Array.isArray(value)
		? (value as Readonly<Record<string, unknown>>)
		: undefined;

const parse = (text: string): unknown => {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
};

const wrong = (field: string, problem: string): Result<never, RationaleFailure> =>
	err({code: 'RATIONALE_FIELD_WRONG', field, problem});

/** What a document says, if it is one. */
export const readRationale = (text: string): Result<Rationale, RationaleFailure> => {
	const {length} = text;
	if (length > RATIONALE_LENGTH_MAX)
		return err({code: 'RATIONALE_TOO_LONG', length, lengthMax: RATIONALE_LENGTH_MAX});
	const document = objectOf(parse(text));
	if (document === undefined) return err({code: 'RATIONALE_NOT_JSON'});
	if (document['hashAlgorithm'] !== 'blake2b-256') return wrong('hashAlgorithm', 'is not "blake2b-256"');
	const body = objectOf(document['body']);
	if (body === undefined) return wrong('body', 'is missing');
	const read: Record<string, string> = {};
	for (const [name, lengthMax] of Object.entries(LENGTHS)) {
		const value = body[name];
		if (typeof value !== 'string' || value.trim() === '') return wrong(`body.${name}`, 'is missing');
		if (value.length > lengthMax) return wrong(`body.${name}`, `is longer than ${lengthMax} characters`);
		read[name] = value;
	}
	return ok(read as Rationale);
};
