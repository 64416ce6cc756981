import {randomInt} from 'node:crypto';
import process from 'node:process';

const asked = process.env['TEST_LUCK'] ?? '1';

/** What tests draw follows from this number: the same in each run, unless `TEST_LUCK` is another one or `random`. */
export const LUCK: number = asked === 'random' ? randomInt(1, 2 ** 31) : Number(asked);
