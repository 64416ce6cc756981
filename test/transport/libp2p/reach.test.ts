/** Peers that nobody can dial, browsers' transports, and discovery: real nodes, real sockets. */
import {randomBytes} from 'node:crypto';
import test, {type ExecutionContext} from 'ava';
import {toHex} from '#kernel/bytes';
import {bodyOf, type Listener, type RequestHandler, type Session} from '#transport/transport';
import {ownPort} from '../../support/own-port.ts';
import {failureOf} from '../support/failure-of.ts';
import {addressesOf, LOOPBACK, type Machine, machine, untilNode} from './support/machine.ts';

const echo: RequestHandler = async ({peer, head, body}) =>
	head[0] === 0xff ? {head: peer} : {head, body: bodyOf(body.slice())};

const MIB = 1024 * 1024;

/** Resolves when the listener can be reached by a route of that form. */
const routesWith = (listener: Listener, part: string): Promise<readonly string[]> =>
	new Promise(resolve => {
		const look = (): void => {
			const routes = (listener.routes ?? []).filter(route => route.includes(part));
			if (routes.length > 0) resolve(routes);
		};
		listener.onRoutes?.(look);
		look();
	});

const carries = async (session: Session, bytes: Uint8Array): Promise<boolean> => {
	const {body} = await session.request(
		{head: Uint8Array.of(1), body: bodyOf(bytes)},
		{bodyBytesMax: bytes.length},
	);
	return Buffer.compare(body, bytes) === 0;
};

/** A relay, and a peer behind a router that is reached through it. */
const behindRouter = async (t: ExecutionContext, relayBytesMax: number) => {
	const relay = machine(t, {relayBytesMax, listen: ['/ip4/127.0.0.1/tcp/0']});
	const relayHold = await relay.host.hold();
	const hidden = machine(t, {behindNat: true, bootstrap: addressesOf(relayHold), listen: ['/p2p-circuit']});
	const listener = await hidden.transport.listen(LOOPBACK, echo);
	const routes = await routesWith(listener, '/p2p-circuit');
	const close = async (): Promise<void> => {
		await listener.close();
		await relayHold.release();
	};
	return {relay, relayHold, hidden, listener, routes, close};
};

const connectionTo = (near: Machine, key: Uint8Array): Promise<string> =>
	near.host.hold().then(async ({node, release}) => {
		const found = node
			.getConnections()
			.find(
				({remotePeer}) =>
					remotePeer.toString().length > 0 &&
					toHex(remotePeer.publicKey?.raw ?? new Uint8Array(0)) === toHex(key),
			);
		await release();
		return found === undefined ? 'none' : found.limits === undefined ? 'direct' : 'relayed';
	});

test('a peer behind a router is met through a relay, dials back, and pieces go straight', async t => {
	const {hidden, routes, close} = await behindRouter(t, 128 * 1024);
	t.true(routes.every(route => route.endsWith('/p2p-circuit')));
	const port = await ownPort(t);
	// A name is taken for a public address, where 127.0.0.1 is not.
	const near = machine(t, {
		listen: [`/ip4/127.0.0.1/tcp/${port}`],
		announce: [`/dns4/localhost/tcp/${port}`],
	});
	const session = await near.transport.connect({key: hidden.key, routes});
	t.is(await connectionTo(near, hidden.key), 'direct');
	t.is(toHex((await session.request({head: Uint8Array.of(0xff)})).head), toHex(near.key));
	t.true(await carries(session, new Uint8Array(randomBytes(3 * MIB))));
	session.close();
	await close();
});

test('where no direct way is found, a relay that carries little is refused with a code', async t => {
	const {hidden, routes, close} = await behindRouter(t, 128 * 1024);
	const near = machine(t, {directMs: 500, listen: ['/ip4/127.0.0.1/tcp/0']});
	const failure = await failureOf(near.transport.connect({key: hidden.key, routes}));
	t.is(failure.code, 'TRANSPORT_ONLY_RELAYED');
	await close();
});

test('where no direct way is found, a relay that carries enough carries pieces', async t => {
	const {hidden, routes, close} = await behindRouter(t, 64 * MIB);
	const near = machine(t);
	const session = await near.transport.connect({key: hidden.key, routes});
	t.is(await connectionTo(near, hidden.key), 'relayed');
	t.true(await carries(session, new Uint8Array(randomBytes(3 * MIB))));
	session.close();
	await close();
});

test('a relay that ends takes its routes with it', async t => {
	const {relayHold, listener, hidden} = await behindRouter(t, 128 * 1024);
	const hold = await hidden.host.hold();
	const gone = untilNode(hold, 'self:peer:update', () => listener.routes?.length === 0);
	await relayHold.release();
	await gone;
	t.deepEqual(listener.routes, []);
	await listener.close();
	await hold.release();
});

test('a route of somebody else is not followed to another key', async t => {
	const far = machine(t);
	const listener = await far.transport.listen(LOOPBACK, echo);
	const [route = ''] = listener.routes ?? [];
	const other = machine(t);
	const hold = await far.host.hold();
	const near = machine(t);
	const named = {key: other.key, routes: [`${route}/p2p/${hold.node.peerId}`]};
	t.is((await failureOf(near.transport.connect(named))).code, 'TRANSPORT_ENDPOINT_UNKNOWN');
	const unnamed = {key: other.key, routes: [route]};
	t.is((await failureOf(near.transport.connect(unnamed))).code, 'TRANSPORT_PEER_KEY_WRONG');
	await listener.close();
	await hold.release();
});

test('pieces go over a WebSocket, as browsers dial', async t => {
	const far = machine(t, {listen: ['/ip4/127.0.0.1/tcp/0/ws']});
	const listener = await far.transport.listen(LOOPBACK, echo);
	const routes = await routesWith(listener, '/ws');
	t.is(routes.length, 1);
	const session = await machine(t).transport.connect({key: far.key, routes});
	t.is(toHex(session.peer), toHex(far.key));
	t.true(await carries(session, new Uint8Array(randomBytes(3 * MIB))));
	session.close();
	await listener.close();
});

test('pieces go over WebRTC, which browsers dial without a certificate', async t => {
	const far = machine(t, {webrtc: true, listen: ['/ip4/127.0.0.1/udp/0/webrtc-direct']});
	const listener = await far.transport.listen(LOOPBACK, echo);
	const routes = await routesWith(listener, '/webrtc-direct');
	t.true(routes.every(route => route.includes('/certhash/')));
	const session = await machine(t, {webrtc: true}).transport.connect({key: far.key, routes});
	t.is(toHex(session.peer), toHex(far.key));
	t.true(await carries(session, new Uint8Array(randomBytes(MIB))));
	session.close();
	await listener.close();
});

test('a peer of whom only the key is known, or whose routes are outdated, is found through others', async t => {
	const network = 'test';
	const first = machine(t, {network, staysUp: true, listen: ['/ip4/127.0.0.1/tcp/0']});
	const firstHold = await first.host.hold();
	const bootstrap = addressesOf(firstHold);
	const far = machine(t, {network, staysUp: true, bootstrap});
	const listener = await far.transport.listen(LOOPBACK, echo);
	await untilNode(firstHold, 'peer:identify', () => firstHold.node.getPeers().length > 0);
	const near = machine(t, {network, bootstrap});
	const session = await near.transport.connect({key: far.key});
	t.is(toHex(session.peer), toHex(far.key));
	session.close();
	const outdated = [`/ip4/127.0.0.1/tcp/${await ownPort(t)}`];
	const other = machine(t, {network, bootstrap});
	const again = await other.transport.connect({key: far.key, routes: outdated});
	t.is(toHex(again.peer), toHex(far.key));
	again.close();
	await listener.close();
	await firstHold.release();
});
