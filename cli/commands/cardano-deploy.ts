import {readFile} from 'node:fs/promises';
import {equalBytes, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import {genesisHashOf, periodMsOf} from '#ledger/genesis/genesis';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {readKeyFile} from '#node/adapters/text-envelope';
import {optionalText, type Verb} from '../answer.ts';
import {deployOnCardano, prepareContracts} from '../devnet/cardano-side.ts';
import {ada, byteSize} from '../format.ts';
import {genesisCommittee, readCardanoNetwork, readTerms} from '../genesis-place.ts';
import {textOption} from '../sending.ts';
import {checkedGenesis} from './genesis.ts';

/** Puts the contracts that a genesis names on Cardano, with ADA for all its credits. */
export const deploy: Verb = async (_words, options) => {
	const file = textOption(options, 'genesis');
	const genesis = checkedGenesis(await readFile(file, 'utf8'), file);
	const crypto = await createNativeCrypto();
	const seed = await readKeyFile(textOption(options, 'wallet'), 'PaymentSigningKeyShelley_ed25519');
	const access = {
		crypto,
		ready: await readCardanoNetwork(textOption(options, 'cardanoNetwork')),
		operator: {seed},
	};
	const prepared = await prepareContracts(access, genesisCommittee(crypto, genesis), {
		systemStartMs: genesis.systemStartMs,
		periodMs: periodMsOf(genesis),
		governance: await readTerms(optionalText(options, 'governance')),
	});
	if (!equalBytes(prepared.section.checkpointScriptHash, genesis.cardano.checkpointScriptHash))
		throw new NodeError({
			code: 'GENESIS_CONTRACTS_DIFFER',
			message: `${file} names other contracts: the wallet has spent the output that they were made for, or it is another wallet. Make the genesis anew.`,
			file,
		});
	const backing = genesis.accounts.reduce((sum: bigint, {balance}) => sum + balance, 0n);
	const out = textOption(options, 'out');
	const genesisHash = genesisHashOf(crypto, genesis);
	const {receipt} = await deployOnCardano(access, {deployment: out}, prepared, {genesisHash, backing});
	return {
		data: {...receipt, genesisHash, backing, deployment: out},
		text: `deployed for genesis ${toHex(genesisHash)} in transaction ${receipt.txId} (${byteSize(receipt.bytes)}, fee ${ada(receipt.fee)}); ${ada(backing)} back its credits; record in ${out}`,
	};
};
