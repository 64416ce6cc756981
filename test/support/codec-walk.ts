/** Finds out what a codec can hold, by letting it read from a reader that says yes to everything and takes notes. */
import type {Codec} from '#kernel/cbor/codec';
import type {CborReader} from '#kernel/cbor/reader';

/** A place where the length is the writer's to choose, in bytes. */
export type Variable = {readonly kind: 'text' | 'bytes'; readonly max: number};

export type Walk = {
	/** What the codec read, in one of its forms. */
	readonly value: unknown;
	readonly variable: readonly Variable[];
	/** The lengths of all strings of one length. */
	readonly fixed: readonly number[];
};

/** The number and the length of a variant, in the order in which variants are met. */
type Script = readonly (readonly [number: number, length: number])[];

class Refused extends Error {}
class Unscripted extends Error {}

const NUMBERS = 64;
const LENGTHS = 24;

const readerOf = (script: Script, word: string) => {
	const variable: Variable[] = [];
	const fixed: number[] = [];
	let met = 0;
	let expected: number | undefined;
	const reader = {
		position: 0,
		bytes: new Uint8Array(0),
		stop: (): never => {
			throw new Refused();
		},
		uint: (max: number = Number.MAX_SAFE_INTEGER): number => {
			const number = expected;
			expected = undefined;
			return number ?? Math.min(1, max);
		},
		uintBig: (): bigint => 1n,
		int: (): number => 1,
		bytesOf: (min: number, max: number = min): Uint8Array => {
			if (min === max) fixed.push(min);
			else variable.push({kind: 'bytes', max});
			return new Uint8Array(min);
		},
		text: (max: number): string => {
			variable.push({kind: 'text', max});
			return word;
		},
		/** A list says how long it may be; a variant does not. */
		array: (max?: number): number => {
			if (max !== undefined) return 1;
			const choice = script[met++];
			if (choice === undefined) throw new Unscripted();
			expected = choice[0];
			return choice[1];
		},
		arrayOf: (): void => undefined,
		bool: (): boolean => true,
		null: (): boolean => false,
		skip: (): Uint8Array => {
			variable.push({kind: 'bytes', max: Number.POSITIVE_INFINITY});
			return new Uint8Array(0);
		},
	};
	return {reader: reader as unknown as CborReader, variable, fixed};
};

/** Every form that values of a codec take. `word` is what texts read as. */
export const walkCodec = (codec: Codec<unknown>, word = 'test'): readonly Walk[] => {
	const walks: Walk[] = [];
	const visit = (script: Script): void => {
		const {reader, variable, fixed} = readerOf(script, word);
		try {
			walks.push({value: codec.read(reader), variable, fixed});
		} catch (error) {
			if (error instanceof Refused) return;
			if (!(error instanceof Unscripted)) throw error;
			for (let number = 0; number < NUMBERS; number++)
				for (let length = 1; length <= LENGTHS; length++) visit([...script, [number, length]]);
		}
	};
	visit([]);
	return walks;
};
