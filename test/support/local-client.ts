/** A client of node-to-client that is written from the network specification alone: its own frames and its own CBOR over a UNIX socket. */
import {connect, type Socket} from 'node:net';
import {fromHex, toHex} from '#kernel/bytes';
import {CborReader} from '#kernel/cbor/reader';

/** Numbers of the mini-protocols. */
export const LOCAL = {handshake: 0, chainSync: 5, txSubmission: 6, stateQuery: 7, txMonitor: 9} as const;

export type Proposal = {readonly query?: boolean; readonly versions?: readonly number[]};

/** `[0, {versions from 16: [magic, query]}]` as cardano-cli offers it. */
export const proposalHex = (
	magic: number,
	{query = false, versions = [16, 17, 18, 19, 20]}: Proposal = {},
): string => {
	const short = magic < 24 ? '' : magic < 256 ? '18' : '1a';
	const number = `${short}${magic.toString(16).padStart(magic < 256 ? 2 : 8, '0')}`;
	const entries = versions.map(
		version => `19${(version | 0x80_00).toString(16)}82${number}${query ? 'f5' : 'f4'}`,
	);
	return `8200a${versions.length}${entries.join('')}`;
};

export type Item = number | bigint | string | boolean | null | readonly Item[];

const readItem = (reader: CborReader): Item => {
	const major = reader.peekMajor();
	if (major === 0) {
		const value = reader.uintBig();
		return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
	}
	if (major === 2) return toHex(reader.bytesOf(0, 1_000_000));
	if (major === 3) return reader.text(1_000);
	if (major === 4) {
		const length = reader.array();
		const items: Item[] = [];
		while (length < 0 ? !reader.break() : items.length < length) items.push(readItem(reader));
		return items;
	}
	if (reader.bytes[reader.position] === 0xc2) {
		reader.tag(2);
		return BigInt(`0x${toHex(reader.bytesOf(1, 16))}`);
	}
	return readEmbedded(reader);
};

/** CBOR in CBOR. */
const readEmbedded = (reader: CborReader): Item => {
	reader.tag(24);
	return `24(${toHex(reader.bytesOf(0, 1_000_000))})`;
};

/** One CBOR item; numbers beyond 2^53 are bigints, bytes are hexadecimal. */
export const itemOf = (hex: string | undefined): Item =>
	readItem(new CborReader(fromHex(hex ?? ''), {canonical: false}));

const isWhole = (bytes: Uint8Array): boolean => {
	try {
		new CborReader(bytes, {canonical: false}).skip();
		return true;
	} catch {
		return false;
	}
};

export class LocalClient {
	readonly #socket: Socket;
	#bytes: Buffer = Buffer.alloc(0);
	#wake: () => void = () => undefined;
	#ended = false as boolean;

	private constructor(socket: Socket) {
		this.#socket = socket;
		socket.on('data', (bytes: Buffer) => {
			this.#bytes = Buffer.concat([this.#bytes, bytes]);
			this.#wake();
		});
		socket.on('error', () => undefined);
		socket.on('close', () => {
			this.#ended = true;
			this.#wake();
		});
	}

	static connect(path: string): Promise<LocalClient> {
		return new Promise((resolve, reject) => {
			const socket = connect(path);
			socket.once('error', reject);
			socket.once('connect', () => resolve(new LocalClient(socket)));
		});
	}

	/** A message in one frame, in hexadecimal. */
	send(protocol: number, hex: string): void {
		const payload = fromHex(hex);
		const head = Buffer.alloc(8);
		head.writeUInt16BE(protocol, 4);
		head.writeUInt16BE(payload.length, 6);
		this.#socket.write(Buffer.concat([head, payload]));
	}

	/** The next message in hexadecimal; undefined when the server has hung up. */
	async receive(protocol: number): Promise<string | undefined> {
		const parts: Uint8Array[] = [];
		for (;;) {
			const payload = this.#frame(protocol);
			if (payload !== undefined) {
				parts.push(payload);
				const message = new Uint8Array(Buffer.concat(parts));
				if (isWhole(message)) return toHex(message);
			} else if (this.#ended) return undefined;
			else
				await new Promise<void>(resolve => {
					this.#wake = resolve;
				});
		}
	}

	ask(protocol: number, hex: string): Promise<string | undefined> {
		this.send(protocol, hex);
		return this.receive(protocol);
	}

	/** The item in the answer to a query of the acquired state. */
	async query(hex: string): Promise<string | undefined> {
		const answer = await this.ask(LOCAL.stateQuery, `8203${hex}`);
		return answer?.replace(/^8204/, '');
	}

	close(): void {
		this.#socket.destroy();
	}

	/** Frames of other protocols than the one that is asked are a fault of the server, which fails the test. */
	#frame(protocol: number): Uint8Array | undefined {
		if (this.#bytes.length < 8) return undefined;
		const length = this.#bytes.readUInt16BE(6);
		if (this.#bytes.length < 8 + length) return undefined;
		const from = this.#bytes.readUInt16BE(4);
		if (from !== (protocol | 0x80_00)) throw new TypeError(`a frame of ${from} where ${protocol} was asked`);
		const payload = new Uint8Array(this.#bytes.subarray(8, 8 + length));
		this.#bytes = this.#bytes.subarray(8 + length);
		return payload;
	}
}
