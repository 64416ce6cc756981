/** Writes onchain/plutus.json from the compiled contracts: `npm run build && node scripts/write-blueprint.mjs`. */
import {writeFileSync} from 'node:fs';
import {createNativeCrypto} from '../dist/node/adapters/native-crypto.js';
import {BLUEPRINT_PARAMS, BLUEPRINT_TOKEN_PARAMS, blueprintOf} from '../dist/onchain/plutus/blueprint.js';

const blueprint = blueprintOf(await createNativeCrypto(), BLUEPRINT_PARAMS, BLUEPRINT_TOKEN_PARAMS);
writeFileSync(
	new URL('../onchain/plutus.json', import.meta.url),
	`${JSON.stringify(blueprint, null, '\t')}\n`,
);
