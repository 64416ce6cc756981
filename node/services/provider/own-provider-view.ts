import {toHex} from '#kernel/bytes';
import type {OwnProviderView} from '#node/ports/provider-api';
import type {ProviderStatus} from './provider.ts';
import type {UpkeepView} from './upkeep/upkeep.ts';

/** What a provider knows of itself and its disk, as the control API tells it. */
export const ownProviderView = (
	{providerId, endpoint, connections, pieces, bytes, lastFailure}: ProviderStatus,
	{disk, scrub, losses, compactedBytes}: UpkeepView,
): OwnProviderView => ({
	provider: toHex(providerId),
	endpoint,
	connections,
	pieces,
	bytes,
	lastFailure,
	disk: {
		state: disk.state,
		freeBytes: disk.free,
		totalBytes: disk.total,
		reserveBytes: disk.reserve,
		failures: disk.failures,
		lastFailureMs: disk.lastFailureMs,
	},
	scrub: {
		startedMs: scrub.startedMs,
		finishedMs: scrub.finishedMs,
		nextMs: scrub.nextMs,
		pieces: scrub.pieces,
		bytes: scrub.bytes,
		damaged: scrub.damaged,
		isBehind: scrub.isBehind,
	},
	losses: losses.map(({agreementId, pieceId, code}) => ({
		agreement: toHex(agreementId),
		piece: toHex(pieceId),
		code,
	})),
	compactedBytes,
});
