import type {Bench} from './bench.ts';

/** What `npm run bench` runs, in this order. */
export const allBenches: readonly Bench[] = [];
