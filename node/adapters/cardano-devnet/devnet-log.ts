import {
	closeSync,
	existsSync,
	fsyncSync,
	ftruncateSync,
	mkdirSync,
	openSync,
	readFileSync,
	rmSync,
	writeFileSync,
	writeSync,
} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {parseHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';

/** What happened on the devnet, in order: enough to make every block again. */
export type DevnetEvent =
	/** `slot` is that of the block which the transaction went into. */
	| {readonly kind: 'transaction'; readonly slot: number; readonly bytes: Uint8Array}
	/** Every block after `slot` was undone; or, where slots pass by hand, every block up to `slot` was made. */
	| {readonly kind: 'rollback' | 'advance'; readonly slot: number};

export type DevnetGenesis = {
	readonly zeroTimeMs: number;
	readonly slotLengthMs: number;
	readonly networkMagic: number;
	readonly funds: readonly {readonly address: string; readonly lovelace: string}[];
};

const FILE = 'cardano-devnet.log';
const LOCK = 'cardano-devnet.lock';
const NEWLINE = 0x0a;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isGenesis = (value: unknown): value is DevnetGenesis => {
	if (typeof value !== 'object' || value === null) return false;
	const genesis = value as Record<keyof DevnetGenesis, unknown>;
	return (
		isCount(genesis.zeroTimeMs) &&
		isCount(genesis.slotLengthMs) &&
		genesis.slotLengthMs > 0 &&
		isCount(genesis.networkMagic) &&
		Array.isArray(genesis.funds) &&
		genesis.funds.every(fund => typeof fund?.address === 'string' && /^\d{1,20}$/.test(fund?.lovelace))
	);
};

const parseEvent = (value: unknown): DevnetEvent | undefined => {
	if (!Array.isArray(value) || value.length !== 3 || !isCount(value[1])) return undefined;
	const [kind, slot, hex] = value as [unknown, number, unknown];
	if (kind === 'rollback' || kind === 'advance') return {kind, slot};
	const bytes = typeof hex === 'string' ? parseHex(hex) : undefined;
	return kind === 'transaction' && bytes !== undefined ? {kind, slot, bytes} : undefined;
};

const parseJson = (text: string): unknown => {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
};

const corrupt = (file: string, line: number): NodeError =>
	new NodeError({
		code: 'CARDANO_DEVNET_LOG_CORRUPT',
		message: `Line ${line} of ${file} is not a devnet event: restore the file or start with an empty data folder.`,
		file,
		line,
	});

const isAlive = (pid: number): boolean => {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
};

/** One process at a time writes the log; the lock of a dead one is taken over. */
const lock = (dataDir: string): void => {
	const file = path.join(dataDir, LOCK);
	const owner = existsSync(file) ? Number(readFileSync(file, 'utf8')) : Number.NaN;
	if (Number.isSafeInteger(owner) && owner > 0 && owner !== process.pid && isAlive(owner))
		throw new NodeError({
			code: 'CARDANO_DEVNET_DATA_IN_USE',
			message: `Process ${owner} already runs a Cardano devnet in ${dataDir}: stop it or choose another folder.`,
			dataDir,
			pid: owner,
		});
	writeFileSync(file, String(process.pid));
};

/**
 * The devnet's state on disk: a line of JSON for the genesis and one for each event, synced before it is answered
 * for. A crash can tear the last line only, and a torn line was never answered for, so it is cut off.
 */
export class DevnetLog {
	readonly genesis: DevnetGenesis;
	/** As they stood on disk at the start. */
	readonly events: readonly DevnetEvent[];
	readonly #dataDir: string;
	readonly #file: number;
	#position: number;

	/** `createGenesis` is asked when there is no log yet. */
	constructor(dataDir: string, createGenesis: () => DevnetGenesis) {
		this.#dataDir = dataDir;
		mkdirSync(dataDir, {recursive: true});
		lock(dataDir);
		const name = path.join(dataDir, FILE);
		const content = existsSync(name) ? readFileSync(name) : Buffer.alloc(0);
		const whole = content.subarray(0, content.lastIndexOf(NEWLINE) + 1);
		const lines = whole.toString('utf8').split('\n').slice(0, -1);
		this.#file = openSync(name, existsSync(name) ? 'r+' : 'w+', 0o600);
		ftruncateSync(this.#file, whole.length);
		this.#position = whole.length;
		const genesis: unknown = lines.length === 0 ? createGenesis() : parseJson(lines[0] as string);
		if (!isGenesis(genesis)) throw corrupt(name, 1);
		this.genesis = genesis;
		if (lines.length === 0) this.#write(genesis);
		this.events = lines.slice(1).map((line, index) => {
			const event = parseEvent(parseJson(line));
			if (event === undefined) throw corrupt(name, index + 2);
			return event;
		});
	}

	/** Returns once the event is on disk. */
	append(event: DevnetEvent): void {
		const hex = event.kind === 'transaction' ? Buffer.from(event.bytes).toString('hex') : '';
		this.#write([event.kind, event.slot, hex]);
	}

	close(): void {
		closeSync(this.#file);
		rmSync(path.join(this.#dataDir, LOCK), {force: true});
	}

	#write(line: unknown): void {
		const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
		try {
			for (let done = 0; done < bytes.length; )
				done += writeSync(this.#file, bytes, done, bytes.length - done, this.#position + done);
			fsyncSync(this.#file);
		} catch (cause) {
			ftruncateSync(this.#file, this.#position);
			throw new NodeError(
				{
					code: 'CARDANO_DEVNET_WRITE_FAILED',
					message: `The devnet cannot write to ${this.#dataDir}: free some space or choose another folder.`,
					dataDir: this.#dataDir,
				},
				{cause},
			);
		}
		this.#position += bytes.length;
	}
}
