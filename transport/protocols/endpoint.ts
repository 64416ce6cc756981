/** Where a peer listens: `host:port`, the host a DNS name, an IPv4 address, or an IPv6 address in brackets. */
export type Endpoint = {readonly host: string; readonly port: number};

/** A DNS name of 253 characters, a colon and five digits; brackets of an IPv6 address fit in too. */
export const ENDPOINT_BYTES_MAX = 260;

const NAME =
	/^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;
const ADDRESS_6 = /^[0-9A-Fa-f:.]{2,45}$/;
const PORT = /^[1-9][0-9]{0,4}$/;
const PORT_MAX = 65_535;

/** The endpoint that `text` names, or undefined when it names none. */
export const parseEndpoint = (text: string): Endpoint | undefined => {
	if (text.length > ENDPOINT_BYTES_MAX) return undefined;
	const colon = text.lastIndexOf(':');
	const port = text.slice(colon + 1);
	if (colon < 1 || !PORT.test(port) || Number(port) > PORT_MAX) return undefined;
	const host = text.slice(0, colon);
	if (host.startsWith('[') && host.endsWith(']')) {
		const address = host.slice(1, -1);
		return ADDRESS_6.test(address) ? {host: address, port: Number(port)} : undefined;
	}
	return NAME.test(host) ? {host, port: Number(port)} : undefined;
};

export const formatEndpoint = ({host, port}: Endpoint): string =>
	host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
