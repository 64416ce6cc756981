import {viewMemory, type WasmMemory} from './wasm-memory.ts';

/** What crypto/wasm/vrf exports, once instantiated. */
export type VrfWasm = {
	readonly memory: WasmMemory;
	init(): void;
	proofPointer(): number;
	keyPointer(): number;
	betaPointer(): number;
	/** 1 when the proof holds. */
	verify(alphaBytes: number): number;
	forgetKeys(): void;
};

export type VrfVerifier = {
	/** As `Crypto.verifyVrf`. */
	verifyVrf(verificationKey: Uint8Array, proof: Uint8Array, alpha: Uint8Array): Uint8Array | undefined;
	/** Drops what is remembered of keys; only the time of the next verification changes. */
	forgetKeys(): void;
};

const KEY_BYTES = 32;
const PROOF_BYTES = 80;
const BETA_BYTES = 64;

/** `wasm` must be a fresh instance of the kernel, for this verifier alone. */
export const createVrfVerifier = (wasm: VrfWasm): VrfVerifier => {
	wasm.init();
	const proofAt = wasm.proofPointer();
	const keyAt = wasm.keyPointer();
	const betaAt = wasm.betaPointer();
	return {
		verifyVrf: (verificationKey, proof, alpha) => {
			if (verificationKey.length !== KEY_BYTES || proof.length !== PROOF_BYTES) return undefined;
			const memory = viewMemory(wasm.memory, keyAt + KEY_BYTES + alpha.length);
			memory.set(proof, proofAt);
			memory.set(verificationKey, keyAt);
			memory.set(alpha, keyAt + KEY_BYTES);
			if (wasm.verify(alpha.length) !== 1) return undefined;
			return memory.slice(betaAt, betaAt + BETA_BYTES);
		},
		forgetKeys: () => wasm.forgetKeys(),
	};
};
