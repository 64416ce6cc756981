/** `dcloud gov`: token holders on Cardano propose, vote and carry out what passed. */
import {readFile, writeFile} from 'node:fs/promises';
import type {Command} from 'commander';
import {NodeError} from '#kernel/node-error';
import {createNativeCrypto} from '#node/adapters/native-crypto';
import type {NetworkId} from '#onchain/cardano/address';
import {answers, optionalText, type Verb} from '../answer.ts';
import {withCardano, withKupo} from '../cardano-access.ts';
import {withDraft} from '../cardano-file.ts';
import {claimFileText, readAllocationList} from '../gov/allocation-list.ts';
import {parseTokens, tokensText} from '../gov/tokens.ts';
import {withNode} from '../node-client.ts';
import {textOption} from '../sending.ts';
import {claim, close, delegate, execute, lock, propose, sweepUnclaimed, vote, withdraw} from './gov-act.ts';
import {showParameters} from './gov-parameters.ts';
import {listProposals, showProposal, tally} from './gov-views.ts';

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

const withAct = (command: Command): Command =>
	withDraft(withCardano(command)).option(
		'--yes',
		'do it; without it the command only says what would happen',
	);

const allocations: Verb = async ([file = ''], options) => {
	const network = (optionalText(options, 'network') ?? 'testnet') as NetworkId;
	const expected = parseTokens(textOption(options, 'sum'));
	const text = await readFile(file, 'utf8').catch(error => {
		throw new NodeError({code: 'FILE_UNREADABLE', file, message: `${file} cannot be read.`}, {cause: error});
	});
	const list = readAllocationList(text, {network, expected});
	if (!list.ok) {
		const {code} = list.error;
		const lines = code === 'ALLOCATION_LINES_BAD' ? list.error.problems : [];
		const told = lines.map(({code: each, line, found}) => `line ${line}: ${each} (${found})`).join('; ');
		throw new NodeError({...list.error, message: `${file} cannot be used${told && `: ${told}`}.`, file});
	}
	const claims = claimFileText(await createNativeCrypto(), list.value);
	const out = optionalText(options, 'out');
	if (out !== undefined) await writeFile(out, claims);
	const {allocationRoot} = JSON.parse(claims) as {readonly allocationRoot: string};
	const {allocations: entries, sum} = list.value;
	return {
		data: {entries: entries.length, sum, allocationRoot, out: out ?? null},
		text: `${entries.length} keys get ${tokensText(sum)}; Merkle root ${allocationRoot}${out === undefined ? '' : `; claim file without handles in ${out}`}`,
	};
};

const registerVotes = (noun: Command): void => {
	answers(
		withKupo(noun.command('list').description('proposals, what was executed, locked tokens')),
		listProposals,
	);
	answers(
		withKupo(
			noun.command('show').description('one proposal in plain words').argument('<proposal>', 'its number'),
		),
		showProposal,
	);
	answers(
		withKupo(noun.command('tally').description('how a vote stands').argument('<proposal>', 'its number')),
		tally,
	);
	answers(
		withAct(
			noun
				.command('vote')
				.description('vote with locked tokens')
				.argument('<proposal>', 'its number')
				.argument('<vote>', 'yes, no or abstain'),
		),
		vote,
	);
	answers(
		withAct(
			noun
				.command('execute')
				.description('carry out what passed; anybody may')
				.argument('<proposal>', 'its number'),
		),
		execute,
	);
	answers(
		withAct(
			noun
				.command('close')
				.description('end what failed or expired; anybody may')
				.argument('<proposal>', 'its number'),
		),
		close,
	);
};

const registerTokens = (noun: Command): void => {
	answers(
		noun
			.command('allocations')
			.description('check an allocation list and write the claim file')
			.argument('<csv>', 'handle, address, amount in whole tokens')
			.requiredOption('--sum <tokens>', 'what the amounts must add up to, exactly')
			.option('--network <id>', 'mainnet or testnet', 'testnet')
			.option('--out <file>', 'write the claim file there: key hashes and amounts, no handles'),
		allocations,
	);
	answers(
		withAct(noun.command('claim').description('claim the tokens of an allocation')).requiredOption(
			'--claims <file>',
			'the published claim file',
		),
		claim,
	);
	answers(
		withAct(
			noun
				.command('sweep-unclaimed')
				.description('make what nobody has claimed in time the treasury’s; anybody may'),
		),
		sweepUnclaimed,
	);
	answers(
		withAct(
			noun.command('lock').description('lock tokens so that they can vote').argument('<tokens>', 'how many'),
		).option('--delegate <key hash>', 'who may vote with them too'),
		lock,
	);
	answers(
		withAct(noun.command('withdraw').description('withdraw locked tokens whose votes are over')),
		withdraw,
	);
	answers(
		withAct(noun.command('delegate').description('let another key vote with locked tokens')).requiredOption(
			'--to <key hash>',
			'payment key hash of the delegate',
		),
		delegate,
	);
};

const registerParameters = (noun: Command): void => {
	answers(
		withNode(
			noun
				.command('parameters')
				.description(
					'numbers in force, those that were voted and from which epoch, bounds, who changes them',
				),
		)
			.option('--deployment <file>', "record of the contracts on Cardano: shows governance's own numbers too")
			.option('--kupo-url <url>', 'Kupo, with --deployment'),
		showParameters,
	);
};

export const register = (noun: Command): void => {
	answers(
		withAct(noun.command('propose').description('put one effect to the vote'))
			.requiredOption('--rationale <file>', "why, in CIP-108's form")
			.requiredOption('--url <https>', 'where the same bytes are published')
			.option('--no-fetch', 'do not look whether they are')
			.option('--grant <address>', 'pay out of the treasury, with --amount and --tokens')
			.option('--amount <ada>', 'of a grant')
			.option('--tokens <n>', 'of a grant')
			.option(
				'--set <name=value>',
				'a parameter of the side-chain (docs/PARAMETERS.md); several times',
				collect,
			)
			.option('--from-epoch <n>', 'with --set: not before this epoch')
			.option('--upgrade <version>', 'a protocol version, with --at-epoch')
			.option('--at-epoch <n>', 'when the upgrade begins')
			.option('--setting <name=value>', 'a setting of governance itself; several times', collect)
			.option('--replace <contract=hash>', 'another script for treasury, bridge, checkpoint or registry')
			.option('--recover', 'replace a dead committee by that of the newest closed period, with --node')
			.option('--node <url>', 'the node that knows it'),
		propose,
	);
	registerParameters(noun);
	registerVotes(noun);
	registerTokens(noun);
};
