/** The revision of git that this program was built from, for `cardano_build_info`. */
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {environmentVariable} from './config.ts';

const UNKNOWN = 'unknown';
/** SHA-1, or SHA-256 of newer repositories. */
const REVISION = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const REFERENCE = /^ref: (refs\/[\w./-]{1,200})$/;
const LINK = /^gitdir: (.{1,4096})$/;

/** The file's text without its end; undefined when it cannot be read. */
const textOf = async (file: string): Promise<string | undefined> =>
	readFile(file, 'utf8').then(
		text => text.trim(),
		() => undefined,
	);

/** `.git` is a folder, or in a further work tree a file that names one. */
const gitFolderOf = async (root: string): Promise<string> => {
	const git = path.join(root, '.git');
	const [, linked] = LINK.exec((await textOf(git)) ?? '') ?? [];
	return linked === undefined ? git : path.resolve(root, linked);
};

/** Lines of `packed-refs` are a revision and a name. */
const packedRevision = (text: string, name: string): string | undefined =>
	text
		.split('\n')
		.find(line => line.endsWith(` ${name}`))
		?.split(' ')[0];

/** Of the checkout in that folder, without git (gitrepository-layout); undefined when it is none. */
export const checkoutRevision = async (root: string): Promise<string | undefined> => {
	const folder = await gitFolderOf(root);
	const head = await textOf(path.join(folder, 'HEAD'));
	if (head === undefined) return undefined;
	if (REVISION.test(head)) return head;
	const [, name] = REFERENCE.exec(head) ?? [];
	if (name === undefined || name.includes('..')) return undefined;
	const common = path.resolve(folder, (await textOf(path.join(folder, 'commondir'))) ?? '.');
	const found =
		(await textOf(path.join(common, name))) ??
		packedRevision((await textOf(path.join(common, 'packed-refs'))) ?? '', name);
	return found !== undefined && REVISION.test(found) ? found : undefined;
};

/** Above the sources is the checkout, above the compiled files one folder more. A package that was installed has no `.git` there. */
const ROOTS = ['..', '../..'];

/** DCLOUD_REVISION, which images are built with, or that of the checkout; `unknown` elsewhere. */
export const buildRevision = async (
	given: string | undefined = environmentVariable('DCLOUD_REVISION'),
): Promise<string> => {
	if (given !== undefined && /^[\w.-]{1,100}$/.test(given)) return given;
	for (const root of ROOTS) {
		const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), root);
		const isOurs = (await textOf(path.join(folder, 'package.json')))?.includes('"name": "dcloud"');
		if (isOurs === true) return (await checkoutRevision(folder)) ?? UNKNOWN;
	}
	return UNKNOWN;
};
