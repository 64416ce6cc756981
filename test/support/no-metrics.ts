import type {Metrics} from '#node/ports/metrics';

/** Figures that nobody reads. */
export const noMetrics: Metrics = {
	increment: () => undefined,
	count: () => undefined,
	set: () => undefined,
	observe: () => undefined,
};
