import {Argument, type Command} from 'commander';
import {answers} from '../answer.ts';
import {completionScript, SHELLS} from '../completion.ts';

/** The program has loaded every noun when this one is asked for. */
export const register = (noun: Command): void => {
	answers(
		noun.addArgument(new Argument('<shell>', 'whose script to print').choices(SHELLS)),
		async ([word]) => {
			const shell = SHELLS.find(each => each === word) ?? 'bash';
			const script = completionScript(noun.parent ?? noun, shell);
			return {data: {shell, script}, text: script.trimEnd()};
		},
	);
};
