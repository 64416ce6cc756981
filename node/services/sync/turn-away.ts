import {NodeError} from '#kernel/node-error';
import type {Log} from '#node/ports/log';
import type {Metrics} from '#node/ports/metrics';
import {type Address, addressText} from '#relay/bearer/bearer';

/** Tells of a peer that came no further than the handshake, or was one too many. */
export const turnAway = (
	{log, metrics}: {readonly log: Log; readonly metrics: Metrics},
	remote: Address,
	error: unknown,
): void => {
	metrics.count('dcloud_peers_refused_total', error instanceof NodeError ? error.code : 'BUG');
	log.debug('peer refused', {peer: addressText(remote), error});
};
