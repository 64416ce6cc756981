import type {Command} from 'commander';
import {answers} from '../answer.ts';
import {withNode} from '../node-client.ts';
import {demoteNode, promoteNode} from './node-forging.ts';
import {runNode, withNodeRun} from './node-run.ts';
import {nodeStatus} from './node-status.ts';

export const register = (noun: Command): void => {
	answers(
		withNodeRun(noun.command('run').description('run a relay, or with keys a block producer')),
		runNode,
	);
	answers(
		withNode(noun.command('promote').description('let a standby forge (as SIGUSR2 does)')),
		promoteNode,
	);
	answers(
		withNode(noun.command('demote').description('let a block producer stand by: it signs nothing more')),
		demoteNode,
	);
	answers(withNode(noun.command('status').description('what a running node is doing')), nodeStatus);
};
