import {lookup} from 'node:dns/promises';
import {performance} from 'node:perf_hooks';
import {NodeError} from '#kernel/node-error';
import {openConnection} from '#relay/connection';
import {dialBearer} from '#relay/dial';
import type {Options, Verb} from '../answer.ts';
import {cncliVerb} from '../cncli/cncli-answer.ts';
import {countOption} from '../count-option.ts';
import {textOption} from '../sending.ts';

const WORD32_MAX = 0xff_ff_ff_ff;

const reasonOf = (error: unknown): string => {
	if (!(error instanceof NodeError)) return error instanceof Error ? error.message : String(error);
	const {problem, code, message} = error.detail;
	return typeof problem === 'string' ? `${code}: ${problem}` : (message ?? code);
};

const measure = async (
	{host, port, magic}: {readonly host: string; readonly port: number; readonly magic: number},
	signal: AbortSignal,
): Promise<unknown> => {
	const startMs = performance.now();
	const {address} = await lookup(host);
	const foundMs = performance.now();
	const bearer = await dialBearer({host: address, port}, {signal});
	const connectedMs = performance.now();
	const connection = await openConnection(
		{
			bearer,
			direction: 'outbound',
			networkMagic: magic,
			initiatorOnly: true,
			peerSharing: false,
			handlers: () => ({}),
		},
		{signal},
	);
	const agreedMs = performance.now();
	connection.close();
	return {
		status: 'ok',
		host,
		port,
		networkProtocolVersion: connection.peer.version,
		dnsDurationMs: Math.round(foundMs - startMs),
		connectDurationMs: Math.round(connectedMs - foundMs),
		handshakeDurationMs: Math.round(agreedMs - connectedMs),
		durationMs: Math.round(agreedMs - startMs),
	};
};

const ping = async (options: Options, signal: AbortSignal): Promise<unknown> => {
	const host = textOption(options, 'host');
	const port = countOption(options, 'port', 65_535) ?? 0;
	const magic = countOption(options, 'networkMagic', WORD32_MAX) ?? 0;
	const seconds = countOption(options, 'timeoutSeconds', 3_600) ?? 0;
	const late = new NodeError({code: 'PING_LATE', message: 'connect timeout'});
	const limit = new AbortController();
	const timer = setTimeout(() => limit.abort(late), seconds * 1_000);
	try {
		return await measure({host, port, magic}, AbortSignal.any([signal, limit.signal]));
	} catch (error) {
		return {status: 'error', host, port, errorMessage: reasonOf(error)};
	} finally {
		clearTimeout(timer);
	}
};

export const cncliPing: Verb = cncliVerb(ping);
