import type {Command} from 'commander';
import {answers} from '../answer.ts';
import {withNode} from '../node-client.ts';
import {runNode, withNodeRun} from './node-run.ts';
import {nodeStatus} from './node-status.ts';

export const register = (noun: Command): void => {
	answers(
		withNodeRun(noun.command('run').description('run a relay, or with keys a block producer')),
		runNode,
	);
	answers(withNode(noun.command('status').description('what a running node is doing')), nodeStatus);
};
