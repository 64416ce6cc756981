/** How work goes to a verifying thread and its answers come back: fixed fields one after the other, one buffer a batch. */
import type {HeaderWork, HeaderWorkFailure, VrfWork} from '#consensus/header/header-work';
import {accepted} from '#consensus/header/rules/accepted';
import {assert} from '#kernel/assert';
import {Hash32} from '#kernel/hash';
import {err, type Result} from '#kernel/result';

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const KES_SIGNATURE_BYTES = 448;
const VRF_PROOF_BYTES = 80;
const VRF_OUTPUT_BYTES = 64;
/** Has-VRF flag, evolution, length of the header body, then certificate and KES signature. */
const ITEM_BYTES = 1 + 4 + 4 + 2 * KEY_BYTES + 2 * 8 + SIGNATURE_BYTES + KES_SIGNATURE_BYTES;
const VRF_BYTES = 2 * KEY_BYTES + VRF_PROOF_BYTES + VRF_OUTPUT_BYTES;

/** Both ends of the buffer are this file, so that what does not fit is a bug. */
class Cursor {
	readonly bytes: Uint8Array<ArrayBuffer>;
	readonly #view: DataView;
	#at = 0;

	constructor(bytes: Uint8Array<ArrayBuffer>) {
		this.bytes = bytes;
		this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	get isAtEnd(): boolean {
		return this.#at === this.bytes.length;
	}

	#advance(length: number): number {
		const at = this.#at;
		assert(at + length <= this.bytes.length, 'a batch of header work ends too early');
		this.#at = at + length;
		return at;
	}

	write(part: Uint8Array, length: number): void {
		assert(part.length === length, 'a part of header work has its length');
		this.bytes.set(part, this.#advance(length));
	}

	writeUint8(value: number): void {
		this.#view.setUint8(this.#advance(1), value);
	}

	writeUint32(value: number): void {
		this.#view.setUint32(this.#advance(4), value);
	}

	writeUint64(value: bigint): void {
		this.#view.setBigUint64(this.#advance(8), value);
	}

	/** A view, no copy. */
	read(length: number): Uint8Array {
		const at = this.#advance(length);
		return this.bytes.subarray(at, at + length);
	}

	readUint8(): number {
		return this.#view.getUint8(this.#advance(1));
	}

	readUint32(): number {
		return this.#view.getUint32(this.#advance(4));
	}

	readUint64(): bigint {
		return this.#view.getBigUint64(this.#advance(8));
	}
}

const bytesOf = ({bodyBytes, vrf}: HeaderWork): number =>
	ITEM_BYTES + bodyBytes.length + (vrf === undefined ? 0 : VRF_BYTES);

const writeWork = (cursor: Cursor, work: HeaderWork): void => {
	const {issuerVk, operationalCertificate, kesEvolution, bodyBytes, kesSignature, vrf} = work;
	cursor.writeUint8(vrf === undefined ? 0 : 1);
	cursor.write(issuerVk, KEY_BYTES);
	cursor.write(operationalCertificate.hotVk, KEY_BYTES);
	cursor.writeUint64(operationalCertificate.counter);
	cursor.writeUint64(operationalCertificate.startPeriod);
	cursor.write(operationalCertificate.signature, SIGNATURE_BYTES);
	cursor.writeUint32(kesEvolution);
	cursor.writeUint32(bodyBytes.length);
	cursor.write(bodyBytes, bodyBytes.length);
	cursor.write(kesSignature, KES_SIGNATURE_BYTES);
	if (vrf === undefined) return;
	cursor.write(vrf.vrfVk, KEY_BYTES);
	cursor.write(vrf.vrfProof, VRF_PROOF_BYTES);
	cursor.write(vrf.vrfOutput, VRF_OUTPUT_BYTES);
	cursor.write(vrf.alpha, KEY_BYTES);
};

const readVrf = (cursor: Cursor): VrfWork => ({
	vrfVk: cursor.read(KEY_BYTES),
	vrfProof: cursor.read(VRF_PROOF_BYTES),
	vrfOutput: cursor.read(VRF_OUTPUT_BYTES),
	alpha: Hash32(cursor.read(KEY_BYTES)),
});

const readWork = (cursor: Cursor): HeaderWork => {
	const hasVrf = cursor.readUint8() === 1;
	return {
		issuerVk: cursor.read(KEY_BYTES),
		operationalCertificate: {
			hotVk: cursor.read(KEY_BYTES),
			counter: cursor.readUint64(),
			startPeriod: cursor.readUint64(),
			signature: cursor.read(SIGNATURE_BYTES),
		},
		kesEvolution: cursor.readUint32(),
		bodyBytes: cursor.read(cursor.readUint32()),
		kesSignature: cursor.read(KES_SIGNATURE_BYTES),
		vrf: hasVrf ? readVrf(cursor) : undefined,
	};
};

/** A buffer of its own, to be transferred. */
export const encodeWork = (batch: readonly HeaderWork[]): Uint8Array<ArrayBuffer> => {
	const cursor = new Cursor(new Uint8Array(batch.reduce((sum, work) => sum + bytesOf(work), 0)));
	for (const work of batch) writeWork(cursor, work);
	return cursor.bytes;
};

/** Views into `bytes`. */
export const decodeWork = (bytes: Uint8Array<ArrayBuffer>): readonly HeaderWork[] => {
	const cursor = new Cursor(bytes);
	const batch: HeaderWork[] = [];
	while (!cursor.isAtEnd) batch.push(readWork(cursor));
	return batch;
};

type WorkResult = Result<undefined, HeaderWorkFailure>;

/** By their place in an answer; the first stands for work that holds. */
const ANSWERS = [
	undefined,
	'OPCERT_SIGNATURE_INVALID',
	'KES_SIGNATURE_INVALID',
	'VRF_PROOF_INVALID',
	'VRF_OUTPUT_WRONG',
] as const satisfies readonly (HeaderWorkFailure['code'] | undefined)[];

const answerBytes = (result: WorkResult): number =>
	1 + (!result.ok && result.error.code === 'VRF_OUTPUT_WRONG' ? VRF_OUTPUT_BYTES : 0);

/** A byte for each piece of work, and after it what the asker cannot know. */
export const encodeAnswers = (results: readonly WorkResult[]): Uint8Array<ArrayBuffer> => {
	const cursor = new Cursor(new Uint8Array(results.reduce((sum, result) => sum + answerBytes(result), 0)));
	for (const result of results) {
		cursor.writeUint8(result.ok ? 0 : ANSWERS.indexOf(result.error.code));
		if (!result.ok && result.error.code === 'VRF_OUTPUT_WRONG')
			cursor.write(result.error.proven, VRF_OUTPUT_BYTES);
	}
	return cursor.bytes;
};

const readAnswer = (cursor: Cursor, {issuerVk, kesEvolution}: HeaderWork): WorkResult => {
	const code = ANSWERS[cursor.readUint8()];
	switch (code) {
		case undefined:
			return accepted;
		case 'OPCERT_SIGNATURE_INVALID':
			return err({code, issuerVk});
		case 'KES_SIGNATURE_INVALID':
			return err({code, evolution: kesEvolution});
		case 'VRF_PROOF_INVALID':
			return err({code});
		case 'VRF_OUTPUT_WRONG':
			return err({code, proven: cursor.read(VRF_OUTPUT_BYTES).slice()});
	}
};

/** The answers to `batch`, as failures that name what the work named. */
export const decodeAnswers = (
	batch: readonly HeaderWork[],
	bytes: Uint8Array<ArrayBuffer>,
): readonly WorkResult[] => {
	const cursor = new Cursor(bytes);
	const results = batch.map(work => readAnswer(cursor, work));
	assert(cursor.isAtEnd, 'as many answers as pieces of work');
	return results;
};
