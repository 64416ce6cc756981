#!/usr/bin/env node
/** The way in: `dcloud <noun> <verb>`. A noun's code is loaded only when the noun is used. */
import process from 'node:process';
import {runProgram} from './program.ts';

// Whoever reads us may stop reading: `dcloud … | head` is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runProgram(process.argv.slice(2));
