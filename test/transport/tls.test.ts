import {randomBytes, X509Certificate} from 'node:crypto';
import {once} from 'node:events';
import {type ConnectionOptions, connect as connectTls} from 'node:tls';
import test from 'ava';
import {toHex} from '#kernel/bytes';
import {identityOfSeed, keyOfCertificate} from '#transport/identity';
import {RateLimiter} from '#transport/rate-limiter';
import {createTlsTransport} from '#transport/tls';
import {bodyOf} from '#transport/transport';
import {failureOf} from './support/failure-of.ts';
import {createManualTimer} from './support/manual-timer.ts';

const HOST = {host: '127.0.0.1', port: 0};
const seedOf = (): Uint8Array => new Uint8Array(randomBytes(32));

test('a certificate is signed by the key it carries, and is the same each time', t => {
	const seed = seedOf();
	const identity = identityOfSeed(seed);
	const certificate = new X509Certificate(identity.certificatePem);
	t.true(certificate.verify(certificate.publicKey));
	t.true(certificate.checkIssued(certificate));
	t.is(certificate.subject, `CN=${toHex(identity.key)}`);
	t.is(toHex(keyOfCertificate(certificate) ?? new Uint8Array(0)), toHex(identity.key));
	t.deepEqual(identityOfSeed(seed), identity);
});

test('the key of RFC 8032 test 1 comes out of its seed', t => {
	const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
	t.is(
		toHex(identityOfSeed(new Uint8Array(seed)).key),
		'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
	);
});

test('no certificate and no key is taken for an Ed25519 key', t => {
	t.is(keyOfCertificate(undefined), undefined);
});

/** Dials a listener in a way of its own; resolves when the connection is gone. */
const dialBadly = async (overrides: ConnectionOptions): Promise<number> => {
	let served = 0;
	const listener = await createTlsTransport(seedOf()).listen(HOST, async ({head}) => {
		served++;
		return {head};
	});
	const socket = connectTls({
		...HOST,
		port: listener.endpoint.port,
		rejectUnauthorized: false,
		ALPNProtocols: ['dcloud/1'],
		...overrides,
	});
	socket.on('error', () => undefined);
	// A request, in case anybody listens.
	socket.write(new Uint8Array(13));
	await new Promise(resolve => socket.on('close', resolve));
	await listener.close();
	return served;
};

test('a client without certificate gets nothing', async t => {
	t.is(await dialBadly({}), 0);
});

test('a client with TLS 1.2 gets nothing', async t => {
	const {privateKeyPem, certificatePem} = identityOfSeed(seedOf());
	t.is(await dialBadly({key: privateKeyPem, cert: certificatePem, maxVersion: 'TLSv1.2'}), 0);
});

test('a client of another protocol gets nothing', async t => {
	const {privateKeyPem, certificatePem} = identityOfSeed(seedOf());
	t.is(await dialBadly({key: privateKeyPem, cert: certificatePem, ALPNProtocols: ['http/1.1']}), 0);
});

test('no more sockets are opened than allowed', async t => {
	const far = createTlsTransport(seedOf());
	const near = createTlsTransport(seedOf(), {socketsMax: 1});
	const listener = await far.listen(HOST, async ({head}) => ({head}));
	const address = {endpoint: listener.endpoint, key: far.key};
	const session = await near.connect(address);
	t.deepEqual((await failureOf(near.connect(address))).detail, {
		code: 'TRANSPORT_SOCKETS_EXHAUSTED',
		socketsMax: 1,
	});
	session.close();
	await listener.close();
});

test('a handshake that does not end is given up', async t => {
	const {createServer} = await import('node:net');
	const silent = createServer(() => undefined).listen(0, '127.0.0.1');
	await once(silent, 'listening');
	const {port} = silent.address() as {port: number};
	// The time-out comes at once.
	const near = createTlsTransport(seedOf(), {
		after: (_delay, callback) => {
			setImmediate(callback);
			return () => undefined;
		},
	});
	const failure = await failureOf(
		near.connect({endpoint: {host: '127.0.0.1', port}, key: new Uint8Array(32)}),
	);
	t.is(failure.code, 'TRANSPORT_CONNECT_TIMEOUT');
	silent.close();
});

test('a download that is held back to a rate comes whole, and no faster than that', async t => {
	const rate = 256 * 1024;
	const timer = createManualTimer();
	const far = createTlsTransport(seedOf());
	const near = createTlsTransport(seedOf(), {downlink: new RateLimiter(rate, timer.after)});
	const bytes = new Uint8Array(randomBytes(4 * rate));
	const listener = await far.listen(HOST, async ({head}) => ({head, body: bodyOf(bytes)}));
	const session = await near.connect({endpoint: listener.endpoint, key: far.key});
	let isDone = false;
	const answered = session.request({head: Uint8Array.of(1)}, {bodyBytesMax: bytes.length}).finally(() => {
		isDone = true;
	});
	let elapsedMs = 0;
	while (!isDone) {
		for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
		timer.advance(50);
		elapsedMs += 50;
	}
	t.is(Buffer.compare((await answered).body, bytes), 0);
	t.true(elapsedMs >= ((bytes.length - rate) / rate) * 1000, `${elapsedMs} ms`);
	session.close();
	await listener.close();
});
