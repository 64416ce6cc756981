/** Moves bytes over bare streams, one after the other, and tells how fast. */
import process from 'node:process';
import {defined} from '#kernel/assert';
import {type BareRates, type BareTask, rawLibp2pStream, rawTlsStream} from './raw-stream.ts';

const {places, bytes}: BareTask = JSON.parse(defined(process.argv[2], 'what is to be moved'));
const rates: BareRates = {
	tlsPut: await rawTlsStream(places, 'put', bytes),
	tlsGet: await rawTlsStream(places, 'get', bytes),
	libp2pPut: await rawLibp2pStream(places, 'put', bytes),
	libp2pGet: await rawLibp2pStream(places, 'get', bytes),
};
process.send?.(rates);
process.disconnect();
