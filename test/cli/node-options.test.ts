import test from 'ava';
import {runCli} from '../support/run-cli.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

test('a node with a Cardano wallet says what handing checkpoints in needs, unless it is not to', async t => {
	const folder = await temporaryFolder(t);
	const codeOf = async (...words: readonly string[]): Promise<unknown> => {
		const run = ['node', 'run', '--data-dir', 'data', '--genesis', 'none.json', '--cardano-wallet', 'x.skey'];
		const {stderr} = await runCli(folder, ...run, ...words, '--json');
		return (JSON.parse(stderr) as {error: {code: string}}).error.code;
	};
	t.is(await codeOf(), 'CONFIG_SUBMISSION_INCOMPLETE');
	t.is(await codeOf('--no-submit'), 'FILE_NOT_FOUND', 'there is no genesis');
});
