/** What runs in a verifying thread: batches in, answers out, in the same order. */
import {parentPort} from 'node:worker_threads';
import {verifyHeaderWork} from '#consensus/header/header-work';
import {CertificateCache} from '#consensus/opcert/certificate-cache';
import {defined} from '#kernel/assert';
import {createNativeCrypto} from '../native-crypto.ts';
import {decodeWork, encodeAnswers} from './work-codec.ts';

const port = defined(parentPort ?? undefined, 'this file is started as a worker');
const crypto = await createNativeCrypto();
const certificates = new CertificateCache();

port.on('message', (batch: Uint8Array<ArrayBuffer>) => {
	const results = decodeWork(batch).map(work => verifyHeaderWork(crypto, work, certificates));
	const answers = encodeAnswers(results);
	port.postMessage(answers, [answers.buffer]);
});
