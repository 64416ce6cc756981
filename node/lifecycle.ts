/** Starts parts in order and stops them in reverse, whatever fails in between. */

export type Stoppable = {readonly stop: () => Promise<void> | void};

export type Lifecycle = {
	/** Runs a start; what it returns is stopped later. When it fails, everything started before is stopped. */
	start<T extends Stoppable>(name: string, start: () => T | Promise<T>): Promise<T>;
	/** Something to be stopped in its turn. */
	add(name: string, stop: Stoppable['stop']): void;
	/** Stops all, the last one first, each once; waits for every one. Rejects with the first failure after that. */
	stop(): Promise<void>;
};

export const createLifecycle = (report: (name: string, error: unknown) => void): Lifecycle => {
	const parts: {readonly name: string; readonly stop: Stoppable['stop']}[] = [];
	let stopping: Promise<void> | undefined;

	const stopAll = async (): Promise<void> => {
		const failures: unknown[] = [];
		for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
			try {
				await part.stop();
			} catch (error) {
				failures.push(error);
				report(part.name, error);
			}
		}
		if (failures.length > 0) throw failures[0];
	};
	const stop = (): Promise<void> => {
		stopping ??= stopAll();
		return stopping;
	};
	return {
		start: async (name, start) => {
			try {
				const part = await start();
				parts.push({name, stop: () => part.stop()});
				return part;
			} catch (error) {
				// The failure to start is what counts; what stopping adds has been reported.
				await stop().catch(() => undefined);
				throw error;
			}
		},
		add: (name, stopPart) => {
			parts.push({name, stop: stopPart});
		},
		stop,
	};
};
