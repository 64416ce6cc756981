/** KES periods as an operator meets them: which one it is now, and when a certificate ends. */
import type {Command} from 'commander';
import {kesPeriodOf, slotAt} from '#consensus/time';
import type {Crypto} from '#crypto/crypto';
import {NodeError} from '#kernel/node-error';
import {Slot} from '#kernel/slot';
import type {Genesis} from '#ledger/genesis/genesis';
import {createSystemClock} from '#node/adapters/system-clock';
import {readGenesis} from '#node/read-inputs';
import type {Options} from './answer.ts';
import {countOption} from './count-option.ts';

export type KesTime = {
	/** Of the clock of this machine. */
	readonly period: number;
	readonly maxKesEvolutions: number;
	/** When a period begins, in milliseconds since 1970. */
	startMs(period: number): number;
};

const PERIOD_MAX = 1e15;

const kesTimeOf = (genesis: Genesis): KesTime => {
	const {systemStartMs, slotMs, slotsPerKesPeriod, maxKesEvolutions} = genesis;
	const now = slotAt({systemStartMs, slotLengthMs: slotMs}, createSystemClock().now());
	return {
		period: kesPeriodOf(genesis, now ?? Slot(0)),
		maxKesEvolutions,
		startMs: period => systemStartMs + period * slotsPerKesPeriod * slotMs,
	};
};

export const withGenesis = (command: Command): Command =>
	command.option('--genesis <file>', 'genesis file of the network: it tells the KES period of this time');

export const withPeriod = (command: Command): Command =>
	withGenesis(command).option(
		'--kes-period <n>',
		'KES period in which the certificate starts (default: the current one, by --genesis)',
	);

/** Of the network that `--genesis` names. Throws GENESIS_BAD, FILE_…. */
export const kesTimeOption = async (crypto: Crypto, options: Options): Promise<KesTime | undefined> => {
	const {genesis} = options;
	if (typeof genesis !== 'string') return undefined;
	return kesTimeOf((await readGenesis(crypto, genesis)).genesis);
};

/** The period that `--kes-period` says, or that it is now. Throws OPTION_MISSING, OPTION_MALFORMED, GENESIS_BAD. */
export const startPeriodOption = async (crypto: Crypto, options: Options): Promise<number> => {
	const given = countOption(options, 'kesPeriod', PERIOD_MAX);
	if (given !== undefined) return given;
	const time = await kesTimeOption(crypto, options);
	if (time !== undefined) return time.period;
	throw new NodeError({
		code: 'OPTION_MISSING',
		message: 'Say when the certificate starts: --genesis FILE for now, or --kes-period N.',
	});
};
