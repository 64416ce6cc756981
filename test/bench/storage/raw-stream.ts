import {performance} from 'node:perf_hooks';
import {connect} from 'node:tls';
import {identityOfSeed} from '#transport/identity';
import {tlsCredentials} from '#transport/tls-options';
import {party} from '../../support/ledger-chain.ts';
import {RAW_UNIT_BYTES} from './provider-messages.ts';

const CHUNK_BYTES = 256 * 1024;

/** Bytes a second of one bare TLS stream to a provider's process. `bytes` is a multiple of 4 MiB. */
export const rawStream = (port: number, direction: 'put' | 'get', bytes: number): Promise<number> =>
	new Promise((resolve, reject) => {
		const credentials = tlsCredentials(identityOfSeed(party('raw client').seed));
		const socket = connect({...credentials, host: '127.0.0.1', port}, () => {
			const start = performance.now();
			let received = 0;
			socket.on('data', part => {
				received += part.length;
			});
			socket.on('close', () => {
				const moved = direction === 'put' ? bytes : received;
				resolve(moved / ((performance.now() - start) / 1000));
			});
			if (direction === 'get') {
				socket.write(Uint8Array.of(bytes / RAW_UNIT_BYTES));
				return;
			}
			const chunk = new Uint8Array(CHUNK_BYTES);
			let left = bytes / CHUNK_BYTES;
			const send = (): void => {
				while (left-- > 0) if (!socket.write(chunk)) break;
				if (left < 0) socket.end();
				else socket.once('drain', send);
			};
			send();
		});
		socket.on('error', reject);
	});
