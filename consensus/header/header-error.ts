import type {BlockNumberFailure} from './rules/check-block-number.ts';
import type {CheckpointFailure} from './rules/check-checkpoint.ts';
import type {CounterFailure} from './rules/check-counter.ts';
import type {KesPeriodFailure} from './rules/check-kes-period.ts';
import type {KesSignatureFailure} from './rules/check-kes-signature.ts';
import type {LeaderFailure} from './rules/check-leader.ts';
import type {OperationalCertificateFailure} from './rules/check-operational-certificate.ts';
import type {PoolFailure} from './rules/check-pool.ts';
import type {PreviousHashFailure} from './rules/check-previous-hash.ts';
import type {ProtocolVersionFailure} from './rules/check-protocol-version.ts';
import type {SizeFailure} from './rules/check-sizes.ts';
import type {SlotFailure} from './rules/check-slot.ts';
import type {VrfKeyFailure} from './rules/check-vrf-key.ts';
import type {VrfProofFailure} from './rules/check-vrf-proof.ts';

/** How the header does not continue the chain. */
export type EnvelopeError =
	| BlockNumberFailure
	| SlotFailure
	| PreviousHashFailure
	| CheckpointFailure
	| ProtocolVersionFailure
	| SizeFailure;

/** How the header was not signed by whom it should be. */
export type CertificateError =
	| KesPeriodFailure
	| OperationalCertificateFailure
	| KesSignatureFailure
	| CounterFailure;

/** How the issuer was not entitled to the slot. */
export type LeadershipError = PoolFailure | VrfKeyFailure | VrfProofFailure | LeaderFailure;

export type HeaderError =
	| EnvelopeError
	| CertificateError
	| LeadershipError
	/** The stake snapshot of the header's epoch is not known: it lies too far ahead. Not the header's fault. */
	| {readonly code: 'LEDGER_VIEW_UNAVAILABLE'; readonly epoch: number};
