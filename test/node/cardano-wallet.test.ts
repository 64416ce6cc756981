import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import {writeKeyFile} from '#node/adapters/text-envelope';
import {openCardanoWallet} from '#node/cardano-wallet';
import {readConfig} from '#node/config';
import {BOND_TERMS, bondParamsOf} from '#onchain/bond-params';
import {type Deployment, encodeDeployment} from '#onchain/deployment';
import {buildBond} from '#onchain/plutus/build-bond';
import {production, refOf} from '../support/contract-world.ts';
import {crypto} from '../support/crypto.ts';
import {hashOf} from '../support/ledger-chain.ts';
import {type Teardown, temporaryFolder} from '../support/temporary-folder.ts';

const open = async (t: Teardown, deployment: Deployment, {submit}: {readonly submit: boolean}) => {
	const folder = await temporaryFolder(t);
	const [record, wallet] = ['deployment.json', 'wallet.skey'].map(name => path.join(folder, name));
	await writeFile(record as string, encodeDeployment(deployment));
	await writeKeyFile(wallet as string, 'PaymentSigningKeyShelley_ed25519', new Uint8Array(32).fill(5));
	const flags = {
		dataDir: folder,
		genesis: 'genesis.json',
		cardanoWallet: wallet,
		deployment: record,
		kupoUrl: 'http://127.0.0.1:1',
		submit,
	};
	const config = await readConfig({flags, environment: {}});
	return (genesisHash: Deployment['genesisHash']) => openCardanoWallet(crypto, config, genesisHash);
};

test('a wallet that is not to hand checkpoints in answers for bonds all the same', async t => {
	const {deployment} = production;
	const bond = buildBond(crypto, bondParamsOf(deployment.scripts, BOND_TERMS));
	const bonds = {terms: BOND_TERMS, script: {...bond, reference: refOf(9)}};
	const wallet = await (await open(t, {...deployment, bonds}, {submit: false}))(deployment.genesisHash);
	t.false(wallet?.submits);
	t.is(wallet?.bonds?.answerMs, BOND_TERMS.answerMs);
	const without = await (await open(t, deployment, {submit: true}))(deployment.genesisHash);
	t.true(without?.submits);
	t.is(without?.bonds, undefined);
});

test('the record of another side-chain is refused', async t => {
	const opened = await open(t, production.deployment, {submit: true});
	await t.throwsAsync(opened(hashOf('another chain')), {code: 'DEPLOYMENT_OTHER_CHAIN'});
});
