#!/usr/bin/env node
/** The way in: `dcloud <noun> <verb>`. A noun's code is loaded only when the noun is used. */
import process from 'node:process';
import {runProgram} from './program.ts';

process.exitCode = await runProgram(process.argv.slice(2));
