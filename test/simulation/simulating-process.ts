import {type ChildProcess, fork} from 'node:child_process';

/**
 * Short-lived garbage is most of what a simulated network makes: it gets room, and it is collected where it is made,
 * because the other cores simulate networks of their own.
 */
const ENGINE_OPTIONS = ['--single-threaded-gc', '--max-semi-space-size=64'];

/** A process that simulates beside others, one a core. It hears and tells structured clones. */
export const simulatingProcess = (
	script: URL,
	options: {readonly argv?: readonly string[]} = {},
): ChildProcess => fork(script, options.argv ?? [], {execArgv: ENGINE_OPTIONS, serialization: 'advanced'});
