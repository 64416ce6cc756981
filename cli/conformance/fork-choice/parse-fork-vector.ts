import {parse} from 'yaml';
import {err, ok, type Result} from '#kernel/result';
import {decodeUtf8} from '#kernel/utf8';
import {
	FORK_VECTOR_FORMAT,
	type ForkVector,
	type ForkVectorFailure,
	type VectorBlock,
	type VectorEvent,
	type VectorExpectation,
	type VectorStep,
} from './fork-vector.ts';
import {
	BadVector,
	bigNatural,
	type Fields,
	fieldsOf,
	has,
	list,
	named,
	natural,
	optionalNatural,
	optionalText,
	text,
} from './yaml-fields.ts';

/** Also bounds how deep YAML can nest. */
const FILE_BYTES_MAX = 65_536;
const BLOCKS_MAX = 1_000;
const STEPS_MAX = 2_000;
const K_MAX = 100_000;
/** Far ahead of any real time, and so that slots times lengths stay exact. */
const SLOT_LENGTH_MS_MAX = 60_000;
const SLOT_MAX = 2 ** 32;
const BLOCK_NUMBER_MAX = 2 ** 32;
const NAME_OF_NOTHING = 'origin';
const EVENTS = ['tick', 'header', 'body', 'invalidate', 'checkpoint'] as const;

type Blocks = ReadonlyMap<string, VectorBlock>;

const readYaml = (bytes: Uint8Array): unknown => {
	const source = decodeUtf8(bytes);
	if (source === undefined) throw new BadVector({code: 'FORK_VECTOR_NOT_YAML', problem: 'it is not UTF-8'});
	try {
		// No aliases: a few of them make a file of a kilobyte into gigabytes.
		return parse(source, {
			mapAsMap: true,
			intAsBigInt: true,
			maxAliasCount: 0,
			version: '1.2',
			logLevel: 'error',
		});
	} catch (error) {
		const problem = error instanceof Error ? (error.message.split('\n')[0] ?? '') : '';
		throw new BadVector({code: 'FORK_VECTOR_NOT_YAML', problem}, {cause: error});
	}
};

const blockOf = (blocks: Blocks, fields: Fields, name: string): VectorBlock => {
	const block = text(fields, name);
	const found = blocks.get(block);
	if (found !== undefined) return found;
	throw new BadVector({code: 'FORK_VECTOR_BLOCK_UNKNOWN', place: `${fields.place}.${name}`, block});
};

const placeIn = (blocks: Blocks, fields: Fields, name: string): VectorBlock | 'origin' | undefined => {
	if (!has(fields, name)) return undefined;
	return text(fields, name) === NAME_OF_NOTHING ? NAME_OF_NOTHING : blockOf(blocks, fields, name);
};

const readBlocks = (top: Fields): Blocks => {
	const blocks = new Map<string, VectorBlock>();
	for (const [name, value] of named(top, 'blocks', BLOCKS_MAX)) {
		const place = `blocks.${name}`;
		const fields = fieldsOf(value, place, ['parent', 'slot', 'blockNo', 'issuer', 'counter', 'vrf']);
		if (name === NAME_OF_NOTHING)
			throw new BadVector({code: 'FORK_VECTOR_MALFORMED', place, wanted: 'another name'});
		// Parents come before children, so that there is no circle.
		const parent = placeIn(blocks, fields, 'parent');
		blocks.set(name, {
			name,
			parent: parent === undefined || parent === 'origin' ? undefined : parent.name,
			slot: natural(fields, 'slot', SLOT_MAX),
			blockNo: optionalNatural(fields, 'blockNo', BLOCK_NUMBER_MAX),
			issuer: optionalText(fields, 'issuer') ?? name,
			counter: has(fields, 'counter') ? bigNatural(fields, 'counter', 2n ** 64n - 1n) : 0n,
			vrf: has(fields, 'vrf') ? bigNatural(fields, 'vrf', 2n ** 512n - 1n) : 0n,
		});
	}
	return blocks;
};

const readEvent = (blocks: Blocks, fields: Fields): VectorEvent => {
	const [kind, ...others] = EVENTS.filter(name => has(fields, name));
	if (kind === undefined || others.length > 0)
		throw new BadVector({
			code: 'FORK_VECTOR_MALFORMED',
			place: fields.place,
			wanted: `one of ${EVENTS.join(', ')}`,
		});
	if (kind === 'tick') return {kind, nowMs: natural(fields, kind)};
	const block = blockOf(blocks, fields, kind);
	return kind === 'checkpoint' ? {kind, block, number: optionalNatural(fields, 'number')} : {kind, block};
};

const readExpectation = (blocks: Blocks, fields: Fields): VectorExpectation => ({
	tip: placeIn(blocks, fields, 'tip'),
	immutable: placeIn(blocks, fields, 'immutable'),
	result: optionalText(fields, 'result'),
	rollback: optionalNatural(fields, 'rollback'),
});

const readSteps = (top: Fields, blocks: Blocks): readonly VectorStep[] =>
	list(top, 'steps', STEPS_MAX).map((value, index) => {
		const keys = [...EVENTS, 'number', 'tip', 'immutable', 'result', 'rollback'];
		const fields = fieldsOf(value, `steps[${index}]`, keys);
		return {event: readEvent(blocks, fields), expected: readExpectation(blocks, fields)};
	});

const readVector = (value: unknown): ForkVector => {
	const top = fieldsOf(value, 'file', ['format', 'title', 'about', 'k', 'slotLengthMs', 'blocks', 'steps']);
	if (text(top, 'format') !== FORK_VECTOR_FORMAT)
		throw new BadVector({
			code: 'FORK_VECTOR_MALFORMED',
			place: 'file.format',
			wanted: FORK_VECTOR_FORMAT,
		});
	const blocks = readBlocks(top);
	const steps = readSteps(top, blocks);
	const last = steps.at(-1)?.expected;
	if (last?.tip === undefined || last.immutable === undefined)
		throw new BadVector({
			code: 'FORK_VECTOR_MALFORMED',
			place: `steps[${steps.length - 1}]`,
			wanted: 'tip and immutable',
		});
	return {
		title: text(top, 'title'),
		k: natural(top, 'k', K_MAX),
		slotLengthMs: has(top, 'slotLengthMs') ? natural(top, 'slotLengthMs', SLOT_LENGTH_MS_MAX) : 1000,
		blocks,
		steps,
	};
};

/** Reads a vector file; nothing that its bytes can say makes it throw. */
export const parseForkVector = (bytes: Uint8Array): Result<ForkVector, ForkVectorFailure> => {
	if (bytes.length > FILE_BYTES_MAX)
		return err({code: 'FORK_VECTOR_TOO_LARGE', bytes: bytes.length, bytesMax: FILE_BYTES_MAX});
	try {
		return ok(readVector(readYaml(bytes)));
	} catch (error) {
		if (error instanceof BadVector) return err(error.failure);
		throw error;
	}
};
