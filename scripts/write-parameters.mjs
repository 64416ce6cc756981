/** Writes docs/PARAMETERS.md from the code: `npm run build && node scripts/write-parameters.mjs`. */
import {writeFileSync} from 'node:fs';
import {parametersDocument} from '../dist/cli/parameters-document.js';

writeFileSync(new URL('../docs/PARAMETERS.md', import.meta.url), parametersDocument());
