import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {buildRevision, checkoutRevision} from '#node/revision';
import {temporaryFolder} from '../support/temporary-folder.ts';

const REVISION = '0123456789abcdef0123456789abcdef01234567';
const OTHER = 'f'.repeat(40);

const write = async (folder: string, file: string, text: string): Promise<void> => {
	const whole = path.join(folder, file);
	await mkdir(path.dirname(whole), {recursive: true});
	await writeFile(whole, text);
};

test('the revision of a checkout is that of its head: detached, of a branch, or of one whose name is packed', async t => {
	const folder = await temporaryFolder(t);
	await write(folder, '.git/HEAD', `${REVISION}\n`);
	t.is(await checkoutRevision(folder), REVISION);
	await write(folder, '.git/HEAD', 'ref: refs/heads/some/branch\n');
	t.is(await checkoutRevision(folder), undefined);
	await write(
		folder,
		'.git/packed-refs',
		`# pack-refs with: peeled\n${OTHER} refs/heads/other\n${REVISION} refs/heads/some/branch\n^${OTHER}\n`,
	);
	t.is(await checkoutRevision(folder), REVISION);
	await write(folder, '.git/refs/heads/some/branch', `${OTHER}\n`);
	t.is(await checkoutRevision(folder), OTHER);
});

test('a further work tree has its own head and the names of the repository', async t => {
	const folder = await temporaryFolder(t);
	await write(folder, 'tree/.git', `gitdir: ${folder}/main/.git/worktrees/tree\n`);
	await write(folder, 'main/.git/worktrees/tree/HEAD', 'ref: refs/heads/topic\n');
	await write(folder, 'main/.git/worktrees/tree/commondir', '../..\n');
	await write(folder, 'main/.git/refs/heads/topic', `${REVISION}\n`);
	t.is(await checkoutRevision(path.join(folder, 'tree')), REVISION);
});

test('what is no checkout, or is damaged, has no revision', async t => {
	const folder = await temporaryFolder(t);
	t.is(await checkoutRevision(folder), undefined);
	for (const head of ['', 'nonsense', 'ref: ../../etc/passwd', 'ref: refs/../../secret', `${REVISION}00`]) {
		await write(folder, '.git/HEAD', head);
		t.is(await checkoutRevision(folder), undefined, head);
	}
	await write(folder, '.git/HEAD', 'ref: refs/heads/main');
	await write(folder, '.git/refs/heads/main', 'not a revision');
	t.is(await checkoutRevision(folder), undefined);
});

test('an image says what it was built with; what is no revision is not believed', async t => {
	t.is(await buildRevision(REVISION), REVISION);
	t.is(await buildRevision('v1.2-3-gabcdef'), 'v1.2-3-gabcdef');
	// Here there is a checkout or, where somebody unpacked the sources, none.
	t.regex(await buildRevision('$REVISION'), /^(?:[0-9a-f]{40}|[0-9a-f]{64}|unknown)$/);
	t.regex(await buildRevision('a"b'), /^(?:[0-9a-f]{40}|[0-9a-f]{64}|unknown)$/);
});
