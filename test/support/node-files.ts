/** The files of a small network whose only pool leads half of all slots, as the CLI would make them. */
import {mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {Lovelace} from '#kernel/lovelace';
import {Ratio} from '#kernel/ratio';
import {type Genesis, genesisToJson} from '#ledger/genesis/genesis';
import {createCounterFile, issueCertificateFile} from '#node/adapters/certificate-files';
import {createKeyFiles} from '#node/adapters/key-files';
import {createOsEntropy} from '#node/adapters/os-entropy';
import {crypto} from './crypto.ts';
import {ada, testGenesis} from './ledger-genesis.ts';

export type NodeFiles = {
	readonly genesis: string;
	readonly producerFlags: {
		readonly vrfKey: string;
		readonly kesKey: string;
		readonly certificate: string;
		readonly checkpointKey: string;
	};
	/** Writes a topology with one peer. */
	readonly topologyTo: (port: number) => Promise<string>;
};

const ports = {crypto, entropy: createOsEntropy()};

export type NodeFilesOptions = {
	/** Real time: short, so that blocks come soon. */
	readonly slotMs?: number;
	readonly systemStartMs?: number;
	/** What else is different in its genesis. */
	readonly adapt?: (genesis: Genesis) => Genesis;
};

export const makeNodeFiles = async (
	folder: string,
	{slotMs = 40, systemStartMs = Date.now(), adapt = same => same}: NodeFilesOptions = {},
): Promise<NodeFiles> => {
	await mkdir(folder, {recursive: true});
	const at = (name: string): string => path.join(folder, name);
	const pair = (name: string) => ({
		signingKeyFile: at(`${name}.skey`),
		verificationKeyFile: at(`${name}.vkey`),
	});
	const coldVk = await createKeyFiles(ports, 'cold', pair('cold'));
	const vrfVk = await createKeyFiles(ports, 'vrf', pair('vrf'));
	await createKeyFiles(ports, 'kes', pair('kes'));
	const checkpointVk = await createKeyFiles(ports, 'checkpoint', pair('checkpoint'));
	const account = crypto.blake2b224(await createKeyFiles(ports, 'account', pair('account')));
	await createCounterFile(at('cold.counter'), coldVk);
	const files = {
		kesVerificationKeyFile: at('kes.vkey'),
		coldSigningKeyFile: at('cold.skey'),
		counterFile: at('cold.counter'),
		certificateFile: at('node.cert'),
	};
	await issueCertificateFile(crypto, files, 0);
	const genesis = testGenesis({
		slotMs,
		systemStartMs,
		accounts: [{account, balance: ada(1000), pool: crypto.blake2b224(coldVk)}],
		pools: [
			{
				coldVk,
				vrfKeyHash: crypto.blake2b256(vrfVk),
				checkpointVk,
				rewardAccount: account,
				cost: Lovelace(0n),
				margin: Ratio(0n, 1n),
			},
		],
	});
	await writeFile(at('genesis.json'), genesisToJson(adapt(genesis)));
	return {
		genesis: at('genesis.json'),
		producerFlags: {
			vrfKey: at('vrf.skey'),
			kesKey: at('kes.skey'),
			certificate: at('node.cert'),
			checkpointKey: at('checkpoint.skey'),
		},
		topologyTo: async port => {
			const file = at(`topology-${port}.json`);
			const accessPoints = [{address: '127.0.0.1', port}];
			await writeFile(
				file,
				JSON.stringify({
					localRoots: [{accessPoints, advertise: true, valency: 1}],
					publicRoots: [],
					useLedgerAfterSlot: -1,
				}),
			);
			return file;
		},
	};
};
