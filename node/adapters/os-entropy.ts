import {randomBytes} from 'node:crypto';
import type {Entropy} from '#node/ports/entropy';

/** The operating system's generator. */
export const createOsEntropy = (): Entropy => ({bytes: length => new Uint8Array(randomBytes(length))});
