import type {NetworkStage} from '../stage.ts';

const MIB = 2 ** 20;

export type MemoryUse = {
	readonly processes: number;
	readonly totalMiB: number;
	readonly providerMiBMax: number;
	readonly providerMiBMean: number;
};

/** What the nodes say of their resident memory; Cardano's process and this one are not counted. */
export const memoryOf = async ({relays, producers, providers}: NetworkStage): Promise<MemoryUse> => {
	const resident = async ({client}: NetworkStage['relay']): Promise<number> =>
		(await client.status()).memory.residentBytes / MIB;
	const others = await Promise.all([...relays, ...producers].map(resident));
	const own = await Promise.all(providers.map(resident));
	const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
	return {
		processes: others.length + own.length,
		totalMiB: Math.round(sum(others) + sum(own)),
		providerMiBMax: Math.round(Math.max(0, ...own)),
		providerMiBMean: Math.round(sum(own) / Math.max(1, own.length)),
	};
};

export const tellMemory = async (stage: NetworkStage): Promise<void> => {
	const memory = await memoryOf(stage);
	stage.account.tell(
		'memory',
		`memory: ${memory.totalMiB} MiB in ${memory.processes} nodes; a provider takes ${memory.providerMiBMean} MiB, ${memory.providerMiBMax} at most`,
		memory,
	);
};
