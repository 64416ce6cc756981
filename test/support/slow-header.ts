/**
 * Judging headers as the specification is written: one rule after the other, no cache, the leader check in exact
 * arithmetic, VRF proofs by formulas on @noble/curves, BLAKE2b by @noble/hashes. What every fast path is compared with.
 * Ed25519 stays libsodium's: which signatures it takes is itself the rule.
 */
import {blake2b} from '@noble/hashes/blake2.js';
import type {Header} from '#consensus/header/header';
import type {HeaderError} from '#consensus/header/header-error';
import {checkBlockNumber} from '#consensus/header/rules/check-block-number';
import {checkCheckpoint} from '#consensus/header/rules/check-checkpoint';
import {checkCounter} from '#consensus/header/rules/check-counter';
import {checkKesPeriod} from '#consensus/header/rules/check-kes-period';
import {checkKesSignature} from '#consensus/header/rules/check-kes-signature';
import {checkLeader} from '#consensus/header/rules/check-leader';
import {checkOperationalCertificate} from '#consensus/header/rules/check-operational-certificate';
import {checkPool} from '#consensus/header/rules/check-pool';
import {checkPreviousHash} from '#consensus/header/rules/check-previous-hash';
import {checkProtocolVersion} from '#consensus/header/rules/check-protocol-version';
import {checkBodySize, checkHeaderSize} from '#consensus/header/rules/check-sizes';
import {checkSlot} from '#consensus/header/rules/check-slot';
import {checkVrfKey} from '#consensus/header/rules/check-vrf-key';
import {checkVrfProof} from '#consensus/header/rules/check-vrf-proof';
import type {HeaderContext} from '#consensus/header/validate-header';
import {type PraosState, tickPraos, updatePraos} from '#consensus/praos-state';
import {epochOf} from '#consensus/time';
import type {Crypto} from '#crypto/crypto';
import {concat, toHex} from '#kernel/bytes';
import {Hash28, Hash32} from '#kernel/hash';
import {err, ok, type Result} from '#kernel/result';
import {crypto} from './crypto.ts';
import {verifyVrfSlowly} from './vrf-reference.ts';

const answers = new Map<string, Uint8Array | undefined>();

/** Proofs are verified once: the answer depends on these bytes alone, and many cases have the same ones. */
const verifyVrfOnce: Crypto['verifyVrf'] = (...claim) => {
	const name = claim.map(part => toHex(part)).join(' ');
	if (!answers.has(name)) answers.set(name, verifyVrfSlowly(...claim));
	return answers.get(name);
};

/** How many different proofs were verified. */
export const proofsVerifiedSlowly = (): number => answers.size;

export const slowCrypto: Crypto = {
	blake2b256: (...parts) => Hash32(blake2b(concat(...parts), {dkLen: 32})),
	blake2b224: (...parts) => Hash28(blake2b(concat(...parts), {dkLen: 28})),
	verifyEd25519: crypto.verifyEd25519,
	verifyVrf: verifyVrfOnce,
};

type SlowContext = Omit<HeaderContext, 'crypto' | 'thresholds' | 'certificates'>;

export const validateHeaderSlowly = (
	{params, ledgerView, state, parent, checkpoints = new Map()}: SlowContext,
	header: Header,
): Result<PraosState, HeaderError> => {
	const poolId = slowCrypto.blake2b224(header.issuerVk);
	for (const rule of [
		() => checkBlockNumber(parent, header),
		() => checkSlot(parent, header),
		() => checkPreviousHash(parent, header),
		() => checkCheckpoint(checkpoints, header),
		() => checkProtocolVersion(params, header),
		() => checkHeaderSize(params, header),
		() => checkBodySize(params, header),
	]) {
		const outcome = rule();
		if (!outcome.ok) return outcome;
	}
	if (ledgerView === undefined)
		return err({code: 'LEDGER_VIEW_UNAVAILABLE', epoch: epochOf(params, header.slot)});
	const ticked = tickPraos(slowCrypto, params, state, header.slot);
	const pool = checkPool(ledgerView, poolId);
	for (const rule of [
		() => checkKesPeriod(params, header),
		() => checkOperationalCertificate(slowCrypto, header),
		() => checkKesSignature(slowCrypto, params, header),
		() => checkCounter(ticked, ledgerView, poolId, header),
		() => (pool.ok ? checkVrfKey(slowCrypto, pool.value, header) : pool),
		() => checkVrfProof(slowCrypto, ticked.epochNonce, header),
		() => (pool.ok ? checkLeader(slowCrypto, params, pool.value, header) : pool),
	]) {
		const outcome = rule();
		if (!outcome.ok) return outcome;
	}
	return ok(updatePraos(slowCrypto, params, ticked, header));
};
