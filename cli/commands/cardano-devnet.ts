import path from 'node:path';
import process from 'node:process';
import {NodeError} from '#kernel/node-error';
import {startCardanoDevnet} from '#node/adapters/cardano-devnet/start-cardano-devnet';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {writeFileAtomically} from '#node/adapters/private-file';
import type {Answer, Options} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {leaveParent, untilStopped} from '../running.ts';
import {textOption} from '../sending.ts';
import {parseAmount} from '../wallet.ts';

/** What the devnet says when it is ready, in DATA/cardano.json. */
export type CardanoReady = {
	readonly pid: number;
	/** Kupo's routes and Ogmios's RPC are both here. */
	readonly url: string;
	/** Where Ogmios is, if it is elsewhere: on other networks than the devnet. */
	readonly ogmiosUrl?: string;
	readonly networkMagic: number;
	readonly zeroTimeMs: number;
	readonly slotLengthMs: number;
};

const fundOf = (text: string): {address: string; lovelace: bigint} => {
	const [address, amount] = text.split('=');
	if (address === undefined || amount === undefined)
		throw new NodeError({code: 'OPTION_MALFORMED', message: `--fund wants ADDRESS=AMOUNT, not "${text}".`});
	return {address, lovelace: parseAmount(amount)};
};

export const runCardanoDevnet = async (
	_words: readonly string[],
	options: Options,
	signal: AbortSignal,
): Promise<Answer> => {
	const dataDir = textOption(options, 'data');
	const funds = Array.isArray(options['fund']) ? (options['fund'] as readonly string[]) : [];
	const devnet = await startCardanoDevnet({
		hasher: await createNativeCrypto(),
		dataDir,
		port: countOption(options, 'port', 65_535) ?? 0,
		funds: funds.map(fundOf),
	});
	const ready: CardanoReady = {
		pid: process.pid,
		url: devnet.url,
		networkMagic: devnet.networkMagic,
		zeroTimeMs: devnet.zeroTimeMs,
		slotLengthMs: devnet.slotLengthMs,
	};
	await writeFileAtomically(path.join(dataDir, 'cardano.json'), JSON.stringify(ready));
	process.stderr.write(
		`Cardano devnet at ${devnet.url} (Kupo and Ogmios), a block a second; Ctrl-C stops it.\n`,
	);
	await untilStopped(signal);
	await devnet.stop();
	leaveParent();
	return {data: ready, text: 'the Cardano devnet has stopped'};
};
