import {ThresholdCache} from '#consensus/leader/threshold-cache';
import {CertificateCache} from '#consensus/opcert/certificate-cache';
import type {ConsensusParams} from '#consensus/params';
import type {SlotClock} from '#consensus/time';
import type {LedgerEnv} from '#ledger/environment';
import {BODY_BYTES_MAX} from '#ledger/limits';

/** A network as its genesis makes it: what every judgement of a block needs. */
export type ChainNetwork = {
	readonly env: LedgerEnv;
	readonly params: ConsensusParams;
	readonly slots: SlotClock;
	readonly thresholds: ThresholdCache;
	/** Certificates whose signatures hold: each is verified once, not with every header. */
	readonly certificates: CertificateCache;
};

/** Cardano's limit; our headers have about 860 bytes. */
const HEADER_BYTES_MAX = 1100;

export const chainNetwork = (env: LedgerEnv): ChainNetwork => {
	const {k, f, epochLength, slotsPerKesPeriod, maxKesEvolutions, systemStartMs, slotMs} = env.genesis;
	return {
		env,
		params: {
			k,
			f,
			epochLength,
			slotsPerKesPeriod,
			maxKesEvolutions,
			protocolVersionMax: env.protocolVersionMax,
			headerBytesMax: HEADER_BYTES_MAX,
			bodyBytesMax: BODY_BYTES_MAX,
		},
		slots: {systemStartMs, slotLengthMs: slotMs},
		thresholds: new ThresholdCache(),
		certificates: new CertificateCache(),
	};
};
