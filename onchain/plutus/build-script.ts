import {Cbor, CborBytes, UPLCEncoder, UPLCProgram, UPLCVersion} from '@harmoniclabs/plu-ts';
import {productionOptions} from '@harmoniclabs/plu-ts-onchain/dist/IR/toUPLC/CompilerOptions.js';
import type {Hasher} from '#crypto/crypto';
import type {PlutusScript} from '../plutus-script.ts';
import type {Expr} from './core.ts';

const PLUTUS_V3 = Uint8Array.of(3);

/** Compiles a term. Traces stay where the term has them, which only traced builds do. */
export const buildScript = (hasher: Hasher, term: Expr): PlutusScript => {
	// Delayed hoists are miscompiled as other lets are.
	const options = {...productionOptions, delayHoists: false, removeTraces: false};
	const program = new UPLCProgram(new UPLCVersion(1, 1, 0), term.toUPLC(0, options) as never);
	const flat = UPLCEncoder.compile(program).toBuffer().buffer;
	const bytes = Uint8Array.from(Cbor.encode(new CborBytes(flat)).toBuffer());
	return {bytes, hash: hasher.blake2b224(PLUTUS_V3, bytes)};
};
