/** Compiles each AssemblyScript kernel to dist/wasm/<name>.wasm. `kernel.json` beside index.as.ts may hold more asc flags. */
import {existsSync, mkdirSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import asc from 'assemblyscript/asc';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
mkdirSync('dist/wasm', {recursive: true});

for (const folder of ['crypto/wasm', 'pieces/wasm'].filter(existsSync))
	for (const name of readdirSync(folder)) {
		const entry = `${folder}/${name}/index.as.ts`;
		if (!existsSync(entry)) continue;
		const flagsFile = `${folder}/${name}/kernel.json`;
		const flags = existsSync(flagsFile) ? JSON.parse(readFileSync(flagsFile, 'utf8')) : [];
		const {error, stderr} = await asc.main([
			entry,
			'--outFile',
			`dist/wasm/${name}.wasm`,
			'-O3',
			'--noAssert',
			'--runtime',
			'stub',
			...flags,
		]);
		if (error) {
			process.stderr.write(`WASM_BUILD_FAILED: ${entry}\n${stderr.toString()}\n${error.message}\n`);
			process.exit(1);
		}
	}
