/** The topic overlay's requests between real libp2p nodes: the key that asks is proven, and who is gone is noticed. */
import test from 'ava';
import {toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {openOverlayStreams} from '#transport/libp2p/overlay-streams';
import {addressesOf, machine} from './support/machine.ts';

const NETWORK = 'test';

test('each side knows whose key asks, over one connection that both use', async t => {
	const first = machine(t, {network: NETWORK, staysUp: true, listen: ['/ip4/127.0.0.1/tcp/0']});
	const hold = await first.host.hold();
	const echo = async (peer: Uint8Array, request: Uint8Array) => Uint8Array.of(...request, peer[0] ?? 0);
	const server = await openOverlayStreams(
		first.host,
		{answer: echo, met: () => undefined},
		{network: NETWORK, options: first.options},
	);
	const second = machine(t, {network: NETWORK, bootstrap: addressesOf(hold)});
	let meet: (key: Uint8Array) => void = () => undefined;
	const met = new Promise<Uint8Array>(resolve => {
		meet = resolve;
	});
	const refusing = async (): Promise<Uint8Array> => {
		throw new NodeError({code: 'OVERLAY_BUSY'});
	};
	const client = await openOverlayStreams(
		second.host,
		{answer: refusing, met: key => meet(key)},
		{network: NETWORK, options: second.options},
	);
	t.is(toHex(await met), toHex(first.key));
	t.deepEqual(client.speakers().map(toHex), [toHex(first.key)]);
	// No routes: the connection that stands is used.
	const answer = await client.ask({key: first.key, routes: []}, Uint8Array.of(7));
	t.deepEqual([...answer], [7, second.key[0]]);
	const refused = await t.throwsAsync(server.ask({key: second.key, routes: []}, Uint8Array.of(7)), {
		instanceOf: NodeError,
	});
	t.like(refused?.detail, {code: 'TRANSPORT_PEER_ABORTED', reason: 'OVERLAY_BUSY'});
	t.true(server.routes().some(route => route.startsWith('/ip4/127.0.0.1/tcp/')));
	await server.stop();
	await hold.release();
	await first.host.close();
	await t.throwsAsync(client.ask({key: first.key, routes: []}, Uint8Array.of(7)), {instanceOf: NodeError});
	await client.stop();
});
