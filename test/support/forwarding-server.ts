import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {Teardown} from './temporary-folder.ts';

export type Forwarded = {readonly status: number; readonly text: string};

/** A server on loopback before the one at `target`: `handle` may look, forward, or leave without an answer. */
export const forwardingServer = async (
	t: Teardown,
	target: string,
	handle: (body: string, forward: () => Promise<Forwarded>) => Promise<Forwarded | undefined>,
): Promise<string> => {
	const server = createServer((request, response) => {
		const parts: Buffer[] = [];
		request.on('data', (part: Buffer) => parts.push(part));
		request.on('end', async () => {
			const body = Buffer.concat(parts);
			const forward = async (): Promise<Forwarded> => {
				const answer = await fetch(target + (request.url ?? ''), {
					method: request.method ?? 'GET',
					headers: {'content-type': request.headers['content-type'] ?? 'application/json'},
					...(request.method === 'POST' ? {body} : {}),
				});
				return {status: answer.status, text: await answer.text()};
			};
			const answer = await handle(body.toString('utf8'), forward);
			if (answer === undefined) response.destroy();
			else response.writeHead(answer.status, {'content-type': 'application/json'}).end(answer.text);
		});
	});
	await new Promise<void>(resolve => {
		server.listen(0, '127.0.0.1', resolve);
	});
	t.teardown(
		() =>
			new Promise<void>(resolve => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	);
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
