import {createNativeCrypto} from '#node/adapters/native-crypto';
import {type RepairReport, repairDatabase} from '#node/database-tools';
import type {Verb} from '../answer.ts';
import {dataDirOf, genesisOf} from '../database-options.ts';
import {stderrLog} from '../stderr-log.ts';

const stepText = (step: RepairReport['steps'][number]): string => {
	switch (step.kind) {
		case 'meta-written':
			return 'the file that says whose chain this is was written anew';
		case 'moved':
			return `${step.file} was moved aside`;
		case 'cut':
			return `cut before block ${step.fromBlockNo}: peers bring ${step.fromBlockNo} to ${step.lastBlockNo} again`;
		case 'required':
			return `block ${step.blockNo} had been final: only a chain with ${step.hash} will be taken`;
	}
};

export const repairDatabaseVerb: Verb = async (_words, options, signal) => {
	const report = await repairDatabase({
		dataDir: dataDirOf(options),
		genesis: genesisOf(options),
		crypto: await createNativeCrypto(),
		log: stderrLog(options),
		signal,
	});
	const {steps, movedTo, indexRebuilt, tipBlockNo} = report;
	const lines = [
		...steps.map(stepText),
		...(indexRebuilt ? ['the index was made anew'] : []),
		...(movedTo === null ? [] : [`what is damaged is in ${movedTo}: remove it when you need it no longer`]),
		steps.length === 0 && !indexRebuilt ? 'nothing had to be repaired' : 'repaired',
		tipBlockNo < 0
			? 'no block is left: peers bring all of them'
			: `the node goes on from block ${tipBlockNo}`,
	];
	return {data: report, text: lines.join('\n')};
};
