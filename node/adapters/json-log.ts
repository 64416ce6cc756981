import {mkdirSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {type Logger, pino, stdTimeFunctions} from 'pino';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {Log, LogFields} from '#node/ports/log';
import {LogLimiter} from './log-limiter.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Bytes become hex, big integers decimal, errors their code, message and cause. Depth is bounded. */
const loggable = (value: unknown, depth: number): unknown => {
	if (value instanceof Uint8Array) return toHex(value.subarray(0, 64));
	if (typeof value === 'bigint') return value.toString();
	if (value instanceof Error) return errorFields(value, depth);
	if (typeof value !== 'object' || value === null) return value;
	if (depth === 0) return '…';
	if (Array.isArray(value)) return value.slice(0, 32).map(item => loggable(item, depth - 1));
	return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, loggable(item, depth - 1)]));
};

const errorFields = (error: Error, depth: number): unknown => ({
	...(error instanceof NodeError ? {code: error.code} : {code: error.name, stack: error.stack}),
	message: error.message,
	...(error.cause !== undefined && depth > 0 && {cause: loggable(error.cause, depth - 1)}),
});

/** Who asked for everything, and what needs a human, is not limited. */
const isLimited = {debug: false, info: true, warn: true, error: false} as const;

const wrap = (logger: Logger, now: () => number): Log => {
	const limiter = new LogLimiter();
	const write =
		(level: 'debug' | 'info' | 'warn' | 'error') =>
		(message: string, fields: LogFields = {}): void => {
			if (!logger.isLevelEnabled(level)) return;
			const dropped = isLimited[level] ? limiter.admit(message, now()) : 0;
			if (dropped === undefined) return;
			logger[level](loggable(dropped === 0 ? fields : {...fields, dropped}, 4), message);
		};
	return {
		debug: write('debug'),
		info: write('info'),
		warn: write('warn'),
		error: write('error'),
		child: domain => wrap(logger.child({domain}), now),
	};
};

/**
 * JSON lines `{level, time, name, domain, …fields, msg}` to a file, or to standard output. Of what says the same again and
 * again only the first lines of each ten seconds are written; the next has `dropped`, how many are missing.
 */
export const createJsonLog = ({
	name,
	level,
	file,
	now = Date.now,
}: {
	readonly name: string;
	readonly level: LogLevel;
	/** Undefined: standard output. */
	readonly file?: string | undefined;
	/** Milliseconds since 1970. */
	readonly now?: () => number;
}): {readonly log: Log; readonly close: () => void} => {
	if (file !== undefined) mkdirSync(path.dirname(file), {recursive: true});
	// Synchronous writes: the last line before a crash is the one that is wanted.
	const destination = pino.destination(
		file === undefined ? {dest: process.stdout.fd, sync: true} : {dest: file, sync: true, mode: 0o600},
	);
	// A log that cannot be written (full disk) must not end the node, whose own writes tell of it.
	destination.on('error', () => undefined);
	const logger = pino(
		{
			level,
			base: {name},
			timestamp: stdTimeFunctions.isoTime,
			formatters: {level: label => ({level: label})},
		},
		destination,
	);
	return {log: wrap(logger, now), close: () => destination.flushSync()};
};
