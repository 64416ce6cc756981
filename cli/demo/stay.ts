import {writeEnvironment} from '../devnet/environment.ts';
import type {NetworkStage} from './stage.ts';

/** Leaves the network up until Ctrl-C and says how to talk to it. */
export const stay = async (stage: NetworkStage, signal: AbortSignal): Promise<void> => {
	const {account, layout, relay, people, kupoUrl} = stage;
	const node = layout.node(relay.name);
	await writeEnvironment(stage);
	account.tell('staying', 'the network stays up; Ctrl-C ends it', {
		node,
		kupo: kupoUrl,
		customerKey: people.customer.keyFile,
		genesis: layout.genesis,
	});
	account.print(
		[
			'',
			'Talk to it from another terminal, in this folder:',
			`  . ${layout.environment}`,
			'  npx dcloud chain tip',
			'  npx dcloud provider list',
			`  npx dcloud account balance ${people.customer.keyFile}`,
			`  npx dcloud file list --key ${people.customer.keyFile}`,
			`Cardano: Kupo and Ogmios at ${kupoUrl}; contracts in ${layout.deployment}; genesis in ${layout.genesis}.`,
		].join('\n'),
	);
	if (!signal.aborted)
		await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), {once: true}));
};
