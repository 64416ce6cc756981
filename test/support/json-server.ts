import {createServer, type IncomingMessage} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {Teardown} from './temporary-folder.ts';

/** What a route answers: a status and a text. */
export type JsonReply = readonly [status: number, text: string];

/** A server on loopback that answers every request as `reply` says. */
export const jsonServer = async (
	t: Teardown,
	reply: (url: string, body: string, request: IncomingMessage) => JsonReply,
): Promise<string> => {
	const server = createServer((request, response) => {
		let body = '';
		request.on('data', (part: Buffer) => {
			body += part.toString('utf8');
		});
		request.on('end', () => {
			const [status, text] = reply(request.url ?? '', body, request);
			response.writeHead(status, {'content-type': 'application/json', connection: 'close'}).end(text);
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
