import type {ConformanceKind} from './kind.ts';

/** Every kind that `dcloud conformance` knows; a file is used by every kind that recognises it. */
export const conformanceKinds: readonly ConformanceKind[] = [];
