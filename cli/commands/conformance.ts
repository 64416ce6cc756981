import {readFile} from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import type {Command} from 'commander';
import {NodeError} from '#kernel/node-error';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {type Answer, answers, type Options} from '../answer.ts';
import type {ConformanceCase, ConformanceFile} from '../conformance/kind.ts';
import {conformanceKinds} from '../conformance/kinds.ts';

const readGiven = async (name: string): Promise<ConformanceFile> => {
	try {
		return {name: path.basename(name), bytes: new Uint8Array(await readFile(name))};
	} catch (cause) {
		throw new NodeError(
			{code: 'FILE_UNREADABLE', message: `${name} cannot be read: give files, not folders, that exist.`},
			{cause},
		);
	}
};

type Failed = {readonly name: string; readonly why: string};

const judge = (cases: readonly ConformanceCase[]): readonly Failed[] =>
	cases.flatMap(({name, check}) => {
		const verdict = check();
		return verdict.ok ? [] : [{name, why: verdict.why}];
	});

const check = async (names: readonly string[], options: Options): Promise<Answer> => {
	const files = await Promise.all(names.map(readGiven));
	const crypto = await createNativeCrypto();
	const failed: Failed[] = [];
	const kinds: {kind: string; files: number; cases: number; failed: number}[] = [];
	const used = new Set<ConformanceFile>();
	for (const kind of conformanceKinds) {
		const recognised = kind.recognise(crypto, files);
		if (recognised.used.length === 0) continue;
		for (const file of recognised.used) used.add(file);
		const found = judge(recognised.cases);
		failed.push(...found);
		kinds.push({
			kind: kind.name,
			files: recognised.used.length,
			cases: recognised.cases.length,
			failed: found.length,
		});
	}
	for (const file of files)
		if (!used.has(file))
			failed.push({name: file.name, why: 'no kind of test vector that this program knows'});
	const passed = kinds.reduce((sum, kind) => sum + kind.cases - kind.failed, 0);
	if (failed.length > 0) process.exitCode = 1;
	const lines = [
		...(options['json'] === true
			? []
			: kinds.map(kind => `${kind.kind}: ${kind.cases} cases from ${kind.files} files`)),
		...failed.map(({name, why}) => `FAILED ${name}: ${why}`),
		`${passed} passed, ${failed.length} failed`,
	];
	return {data: {passed, failed: failed.length, kinds, failures: failed}, text: lines.join('\n')};
};

export const register = (noun: Command): void => {
	noun.argument('<file...>', 'vector files; the kind of each is told by its content');
	answers(noun, check);
};
