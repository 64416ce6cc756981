/**
 * Module hooks that load the node's code a second time with one line changed: `file:…/node/x.js?mutant=…` and all that it
 * imports of node, consensus and ledger. What else there is (kernel, crypto, relay) is shared with the honest nodes.
 */
import {readFile} from 'node:fs/promises';
import {fileURLToPath} from 'node:url';

/** What is changed: `find` stands exactly once in the compiled file. */
export type Change = {readonly file: string; readonly find: string; readonly replace: string};

type Resolved = {url: string; format?: string | null; shortCircuit?: boolean};
type Loaded = {format: string; source?: string | Uint8Array; shortCircuit?: boolean};
type Context = {readonly parentURL?: string | undefined};

const PARAMETER = 'mutant';
const changed = /\/dist\/(?:node|consensus|ledger)\/[^?]+\.js$/;

export const mutantUrl = (url: string, changes: readonly Change[]): string =>
	`${url}?${PARAMETER}=${encodeURIComponent(JSON.stringify(changes))}`;

const queryOf = (url: string | undefined): string | undefined => {
	const at = url?.indexOf(`?${PARAMETER}=`) ?? -1;
	return at < 0 ? undefined : url?.slice(at);
};

export const resolve = async (
	specifier: string,
	context: Context,
	nextResolve: (specifier: string, context: Context) => Promise<Resolved>,
): Promise<Resolved> => {
	const resolved = await nextResolve(specifier, context);
	const query = queryOf(context.parentURL);
	return query !== undefined && changed.test(resolved.url)
		? {...resolved, url: resolved.url + query}
		: resolved;
};

export const load = async (
	url: string,
	context: object,
	nextLoad: (url: string, context: object) => Promise<Loaded>,
): Promise<Loaded> => {
	const query = queryOf(url);
	if (query === undefined) return nextLoad(url, context);
	const [plain = ''] = url.split('?');
	const changes: readonly Change[] = JSON.parse(decodeURIComponent(query.slice(PARAMETER.length + 2)));
	const ours = changes.filter(({file}) => plain.endsWith(`/dist/${file}`));
	if (ours.length === 0) return nextLoad(url, context);
	let source = await readFile(fileURLToPath(plain), 'utf8');
	for (const {find, replace} of ours) source = source.replace(find, () => replace);
	return {format: 'module', source, shortCircuit: true};
};
