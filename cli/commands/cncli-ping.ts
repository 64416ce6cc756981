import {lookup} from 'node:dns/promises';
import {performance} from 'node:perf_hooks';
import {NodeError} from '#kernel/node-error';
import {openConnection} from '#relay/connection';
import {dialBearer, dialSocket} from '#relay/dial';
import {greetLocally} from '#relay/establish';
import {systemEnvironment} from '#relay/system-timer';
import {type Options, optionalText, type Verb} from '../answer.ts';
import {cncliVerb} from '../cncli/cncli-answer.ts';
import {countOption} from '../count-option.ts';

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

/** The same of the UNIX socket of a node on this machine, as `cardano-cli ping --unixsock`. */
const measureSocket = async (socket: string, magic: number, signal: AbortSignal): Promise<unknown> => {
	const startMs = performance.now();
	const bearer = await dialSocket(socket, {signal});
	const connectedMs = performance.now();
	const version = await greetLocally(bearer, magic, systemEnvironment, {signal});
	const agreedMs = performance.now();
	return {
		status: 'ok',
		socket,
		networkProtocolVersion: version,
		connectDurationMs: Math.round(connectedMs - startMs),
		handshakeDurationMs: Math.round(agreedMs - connectedMs),
		durationMs: Math.round(agreedMs - startMs),
	};
};

const ping = async (options: Options, signal: AbortSignal): Promise<unknown> => {
	const socket = optionalText(options, 'socket');
	const host = optionalText(options, 'host');
	if ((socket === undefined) === (host === undefined))
		throw new NodeError({code: 'OPTION_MISSING', message: 'Say --host, or --socket, and not both.'});
	const port = countOption(options, 'port', 65_535) ?? 0;
	const magic = countOption(options, 'networkMagic', WORD32_MAX) ?? 0;
	const seconds = countOption(options, 'timeoutSeconds', 3_600) ?? 0;
	const late = new NodeError({code: 'PING_LATE', message: 'connect timeout'});
	const limit = new AbortController();
	const timer = setTimeout(() => limit.abort(late), seconds * 1_000);
	const ends = AbortSignal.any([signal, limit.signal]);
	try {
		return await (host === undefined
			? measureSocket(socket ?? '', magic, ends)
			: measure({host, port, magic}, ends));
	} catch (error) {
		const where = host === undefined ? {socket} : {host, port};
		return {status: 'error', ...where, errorMessage: reasonOf(error)};
	} finally {
		clearTimeout(timer);
	}
};

export const cncliPing: Verb = cncliVerb(ping);
