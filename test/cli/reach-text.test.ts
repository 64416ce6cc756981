import test from 'ava';
import {reachFacts, reachWord} from '#cli/commands/reach-text';

const ENDPOINT = '203.0.113.7:4001';
const ROUTES = ['/ip4/203.0.113.7/tcp/4002/ws', '/dns4/relay.example/tcp/4002/p2p/12D3/p2p-circuit'];

test('a provider is listed by its endpoint, or as one that is reached otherwise, or as unknown', t => {
	t.is(reachWord({endpoint: ENDPOINT, routes: ROUTES}), ENDPOINT);
	t.is(reachWord({endpoint: null, routes: ROUTES}), 'by libp2p');
	t.is(reachWord({endpoint: null, routes: []}), 'unknown');
});

test('every route of a provider is shown, and what it means that it has no endpoint', t => {
	const routes = ROUTES.map(route => ['by libp2p', route] as const);
	t.deepEqual(reachFacts({endpoint: ENDPOINT, routes: ROUTES}), [['endpoint', ENDPOINT], ...routes]);
	t.deepEqual(reachFacts({endpoint: null, routes: ROUTES}), [
		['endpoint', 'none: it is reached by libp2p'],
		...routes,
	]);
	t.deepEqual(reachFacts({endpoint: null, routes: []}), [['endpoint', 'not announced']]);
});
