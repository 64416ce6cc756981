/** `dcloud account multisig`: accounts that several keys own together. */
import type {Command} from 'commander';
import {type AccountPolicy, accountOfPolicy, isMember} from '#crypto/account-policy';
import {compareBytes, toHex} from '#kernel/bytes';
import type {GenesisHash} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {WITNESSES_MAX} from '#ledger/limits';
import type {Action} from '#ledger/tx/action';
import {encodeTransaction, signedTransaction, type Transaction} from '#ledger/tx/transaction';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import {readKeyFile} from '#node/adapters/text-envelope';
import {parseAction} from '../action-json.ts';
import {allowanceFor} from '../allowance.ts';
import {type Answer, answers, type Options, type Verb} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {checkedPolicy, mergeSigned, readPolicyFile, signersOf, writePolicyFile} from '../multisig.ts';
import {openNode, withNode} from '../node-client.ts';
import {send, textOption, withSender} from '../sending.ts';
import {actionText, readTransactionFile, signingSeeds, writeTransactionFile} from '../transaction-file.ts';
import {draftTransaction, networkOf, parseId, submitWire, waitForTransaction, witnessOf} from '../wallet.ts';

/** A day where a slot is a second: members sign when they find the time. */
const SLOTS_DEFAULT = 86_400;
const SLOTS_MAX = 2 ** 32;

const policyOf = (options: Options): Promise<AccountPolicy> =>
	readPolicyFile(textOption(options, 'multisig'));

const make: Verb = async (files, options): Promise<Answer> => {
	const crypto = await createNativeCrypto();
	const keys = await Promise.all(
		files.map(file => readKeyFile(file, 'PaymentVerificationKeyShelley_ed25519')),
	);
	const threshold = countOption(options, 'threshold') ?? 0;
	const policy = checkedPolicy({threshold, keys: keys.toSorted(compareBytes)});
	const out = textOption(options, 'out');
	await writePolicyFile(out, policy);
	const account = toHex(accountOfPolicy(crypto, policy));
	return {
		data: {account, threshold, keys: keys.length, file: out},
		text: `account ${account}: any ${threshold} of ${keys.length} keys sign for it\nit can receive now; to send, it is registered once (dcloud account multisig register ${out})`,
	};
};

const register: Verb = ([file = ''], options, signal) =>
	send(options, signal, async ({network}) => {
		const policy = await readPolicyFile(file);
		const account = toHex(accountOfPolicy(network.crypto, policy));
		return {
			action: {kind: 'multisig-register', policy},
			say: `account ${account} sends with ${policy.threshold} of ${policy.keys.length} signatures`,
		};
	});

/** What --allow says with its two others, or --action. */
const draftedAction = async (options: Options): Promise<Action> =>
	typeof options['allow'] === 'string'
		? allowanceFor(options['allow'], options)
		: parseAction(await actionText(options));

const draft: Verb = async (_words, options): Promise<Answer> => {
	const [node, crypto, policy] = await Promise.all([
		openNode(options),
		createNativeCrypto(),
		policyOf(options),
	]);
	const others = countOption(options, 'cosigners', WITNESSES_MAX - policy.threshold) ?? 0;
	const unsigned = await draftTransaction(node, await networkOf(crypto, node), {
		sender: accountOfPolicy(crypto, policy),
		action: await draftedAction(options),
		witnesses: policy.threshold + others,
		validSlots: countOption(options, 'slots', SLOTS_MAX) ?? SLOTS_DEFAULT,
	});
	const out = textOption(options, 'out');
	await writeTransactionFile(out, {...unsigned, witnesses: [], proof: null});
	return {
		data: {txId: unsigned.id, file: out, needed: policy.threshold},
		text: `transaction ${toHex(unsigned.id)} in ${out}: ${policy.threshold} members have to sign it`,
	};
};

/** Of --genesis-hash, so that members can sign on machines without a network; else of the node. */
const genesisHashOf = async (options: Options): Promise<GenesisHash> => {
	if (typeof options['genesisHash'] === 'string')
		return parseId<GenesisHash>(options['genesisHash'], 32, 'A genesis hash');
	const [node, crypto] = await Promise.all([openNode(options), createNativeCrypto()]);
	return (await networkOf(crypto, node)).genesisHash;
};

const sign: Verb = async (_words, options): Promise<Answer> => {
	const [crypto, policy] = await Promise.all([createNativeCrypto(), policyOf(options)]);
	const file = textOption(options, 'tx');
	const transaction = await readTransactionFile(file, await genesisHashOf(options));
	const {threshold} = policy;
	const added = await Promise.all((await signingSeeds(options)).map(seed => witnessOf(transaction.id, seed)));
	const stranger = added.find(({verificationKey}) => !isMember(policy, verificationKey));
	if (stranger !== undefined)
		throw new NodeError({
			code: 'MULTISIG_KEY_UNKNOWN',
			message: 'A key of --key is none of the account: others sign with "dcloud tx sign".',
			verificationKey: stranger.verificationKey,
		});
	const all = new Map(
		[...transaction.witnesses, ...added].map(witness => [toHex(witness.verificationKey), witness]),
	);
	const signed = signedTransaction(transaction, [...all.values()], transaction.proof);
	const given = signersOf(crypto, policy, signed).members.length;
	const out = typeof options['out'] === 'string' ? options['out'] : file;
	await writeTransactionFile(out, signed);
	return {
		data: {txId: signed.id, file: out, signatures: given, needed: threshold},
		text: `transaction ${toHex(signed.id)} in ${out} has ${given} of ${threshold} signatures`,
	};
};

const submit: Verb = async (files, options, signal): Promise<Answer> => {
	const [node, crypto, policy] = await Promise.all([
		openNode(options),
		createNativeCrypto(),
		policyOf(options),
	]);
	const {genesisHash} = await networkOf(crypto, node);
	const parts = await Promise.all(files.map(file => readTransactionFile(file, genesisHash)));
	const merged = mergeSigned(crypto, policy, parts as [Transaction, ...Transaction[]]);
	const txId = await submitWire(node, encodeTransaction(merged));
	if (options['wait'] === false) return {data: {txId}, text: `the node has transaction ${txId}`};
	const block = await waitForTransaction(node, txId, {signal});
	return {
		data: {txId, ...block},
		text: `transaction ${txId} is in block ${block.blockNo} (slot ${block.slot})`,
	};
};

const withPolicy = (command: Command): Command =>
	command.requiredOption('--multisig <file>', 'the file of the account, that "make" wrote');

export const registerMultisig = (noun: Command): void => {
	const multisig = noun
		.command('multisig')
		.description('accounts that several keys own together: any k of n sign');
	answers(
		multisig
			.command('make')
			.description('the id and file of an account, from its verification keys; nothing is sent')
			.argument('<keys...>', 'files of the verification keys, in any order')
			.requiredOption('--threshold <k>', 'how many of them sign')
			.requiredOption('--out <file>', 'a file for all members; it holds no secret'),
		make,
	);
	answers(
		withSender(
			multisig.command('register').description('let an account send; anyone may pay for it'),
		).argument('<file>', 'the file of the account'),
		register,
	);
	answers(
		withPolicy(withNode(multisig.command('draft').description('a transaction for the members to sign')))
			.option('--action <json>', 'what it does, as for "dcloud tx build"')
			.option('--allow <account>', 'instead: let that account store at the cost of what is set aside')
			.option(
				'--rate-max <amount>',
				'with --allow: for all its agreements together, an epoch; 0 withdraws it',
			)
			.option('--until <epoch>', 'with --allow: none of them is paid beyond this epoch')
			.requiredOption('--out <file>', 'where it goes')
			.option('--slots <n>', 'for how many slots from now it can be submitted', String(SLOTS_DEFAULT))
			.option('--cosigners <n>', 'how many besides members sign', '0'),
		draft,
	);
	answers(
		withPolicy(
			withNode(multisig.command('sign').description('sign as a member: one after the other, or each a copy')),
		)
			.requiredOption('--tx <file>', 'the transaction')
			.requiredOption('--key <file...>', 'signing keys of members')
			.option('--genesis-hash <hash>', 'names the network: then no node is asked')
			.option('--out <file>', 'default: the same file'),
		sign,
	);
	answers(
		withPolicy(
			withNode(
				multisig
					.command('submit')
					.description('put together what members signed, and hand it to a node')
					.argument('<files...>', 'the transaction, or copies of it that were signed apart'),
			),
		).option('--no-wait', 'return when the node has it'),
		submit,
	);
};
