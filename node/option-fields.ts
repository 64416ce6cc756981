/** Options that a node of our own chain and a relay of Cardano have alike, and what several of them are made of. */
import {z} from 'zod';

export const port: z.ZodCoercedNumber = z.coerce.number().int().min(0).max(65_535);
export const path: z.ZodString = z.string().min(1);

/** Where a process tells its figures to Prometheus. */
export const metricsHost: z.ZodType<string> = z
	.string()
	.min(1)
	.default('127.0.0.1')
	.describe('Address of the Prometheus endpoint: another one only where nobody else reaches it');

export const metricsPort: z.ZodType<number | 'none' | undefined> = port
	.or(z.literal('none'))
	.optional()
	.describe(
		'Port of the Prometheus endpoint; 0 takes a free one, none opens none; without it 12798 where that is free',
	);

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export const logLevel: z.ZodType<LogLevel> = z
	.enum(['debug', 'info', 'warn', 'error', 'silent'])
	.default('info')
	.describe('The least that is logged');
