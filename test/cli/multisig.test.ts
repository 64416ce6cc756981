import {readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {mergeSigned, readPolicyFile} from '#cli/multisig';
import {type AccountPolicy, accountOfPolicy, policyCodec} from '#crypto/account-policy';
import {compareBytes, toHex} from '#kernel/bytes';
import {decode} from '#kernel/cbor/codec';
import {NodeError} from '#kernel/node-error';
import {decodeTransaction, type Transaction} from '#ledger/tx/transaction';
import {parseTextEnvelope} from '#node/adapters/text-envelope';
import {crypto} from '../support/crypto.ts';
import {LedgerChain, type Party, party} from '../support/ledger-chain.ts';
import {ada, alice, bob, testGenesis} from '../support/ledger-genesis.ts';
import {runCli} from '../support/run-cli.ts';
import {temporaryFolder} from '../support/temporary-folder.ts';

const run = async (
	t: ExecutionContext,
	folder: string,
	...words: readonly string[]
): Promise<Readonly<Record<string, unknown>>> => {
	const {code, stdout, stderr} = await runCli(folder, ...words, '--json');
	t.is(code, 0, stderr);
	return JSON.parse(stdout) as Record<string, unknown>;
};

const codeOf = async (folder: string, ...words: readonly string[]): Promise<unknown> => {
	const {stderr} = await runCli(folder, ...words, '--json');
	return (JSON.parse(stderr) as {readonly error: {readonly code: unknown}}).error.code;
};

const transactionIn = async (folder: string, file: string, chain: LedgerChain): Promise<Transaction> => {
	const envelope = parseTextEnvelope(await readFile(path.join(folder, file), 'utf8'));
	const decoded = envelope.ok && decodeTransaction(chain.env, envelope.value.cbor);
	if (decoded === false || !decoded.ok) throw new RangeError('not a transaction');
	return decoded.value;
};

test('two of three members sign copies of a draft on machines of their own, and the ledger takes it', async t => {
	const folder = await temporaryFolder(t);
	for (const name of ['anna', 'ben', 'cleo', 'dora'])
		await run(t, folder, 'account', 'create', '--out', name);
	const keys = ['cleo.vkey', 'anna.vkey', 'ben.vkey'];
	const make = ['account', 'multisig', 'make', '--threshold', '2', '--out'];
	const made = await run(t, folder, ...make, 'team', ...keys);
	t.like(made, {threshold: 2, keys: 3, file: 'team'});
	t.is((await run(t, folder, ...make, 'again', ...keys.toReversed()))['account'], made['account']);
	t.is(await codeOf(folder, ...make, 'team', ...keys), 'FILE_EXISTS');
	t.is(await codeOf(folder, ...make, 'one', 'anna.vkey'), 'MULTISIG_POLICY_BAD');
	t.is(await codeOf(folder, ...make, 'twice', 'anna.vkey', 'anna.vkey'), 'MULTISIG_POLICY_BAD');

	const chain = new LedgerChain(testGenesis());
	const genesisHash = toHex(chain.env.genesisHash);
	const account = String(made['account']);
	const action = JSON.stringify({kind: 'transfer', to: toHex(bob.account), amount: '1000000'});
	const build = ['tx', 'build', '--sender', account, '--action', action, '--witnesses', '2'];
	const offline = ['--sequence', '0', '--genesis-hash', genesisHash, '--out', 'draft'];
	await run(t, folder, ...build, ...offline);
	const sign = ['account', 'multisig', 'sign', '--multisig', 'team', '--genesis-hash', genesisHash];
	const copy = (who: string): readonly string[] => ['--tx', 'draft', '--key', `${who}.skey`, '--out', who];
	t.like(await run(t, folder, ...sign, ...copy('anna')), {signatures: 1, needed: 2});
	t.like(await run(t, folder, ...sign, ...copy('cleo')), {signatures: 1, needed: 2});
	t.is(await codeOf(folder, ...sign, ...copy('dora')), 'MULTISIG_KEY_UNKNOWN');
	t.is(await codeOf(folder, 'account', 'balance', 'team'), 'NODE_NOT_NAMED');

	const policy = await readPolicyFile(path.join(folder, 'team'));
	t.is(toHex(accountOfPolicy(crypto, policy)), account);
	chain.send(alice, {kind: 'transfer', to: accountOfPolicy(crypto, policy), amount: ada(10)});
	chain.send(alice, {kind: 'multisig-register', policy});
	const anna = await transactionIn(folder, 'anna', chain);
	const cleo = await transactionIn(folder, 'cleo', chain);
	chain.next(mergeSigned(crypto, policy, [anna, cleo]));
	t.like(chain.events.at(-1), {kind: 'transferred', to: bob.account});
	await writeFile(path.join(folder, 'spoilt'), await readFile(path.join(folder, 'anna.vkey')));
	t.is(await codeOf(folder, ...sign, '--tx', 'spoilt', '--key', 'anna.skey'), 'KEY_FILE_BAD');
});

const members = [party('m1'), party('m2'), party('m3')].sort((a, b) =>
	compareBytes(a.verificationKey, b.verificationKey),
) as [Party, Party, Party];
const policy: AccountPolicy = {threshold: 2, keys: members.map(({verificationKey}) => verificationKey)};

const signedBy = (chain: LedgerChain, signers: readonly Party[], amount = 1, of = policy): Transaction =>
	chain.sign(
		{
			sender: accountOfPolicy(crypto, of),
			sequence: 0,
			fee: ada(1),
			validFrom: null,
			validUntil: null,
			action: {kind: 'transfer', to: bob.account, amount: ada(amount)},
		},
		signers,
	);

test('signatures are put together from whatever copies there are, never more than are needed', t => {
	const chain = new LedgerChain(testGenesis());
	chain.send(alice, {kind: 'transfer', to: accountOfPolicy(crypto, policy), amount: ada(10)});
	chain.send(alice, {kind: 'multisig-register', policy});
	const copies = fc.array(fc.subarray(members), {minLength: 1, maxLength: 4});
	fc.assert(
		fc.property(copies, signers => {
			const parts = signers.map(each => signedBy(chain, each)) as [Transaction, ...Transaction[]];
			const enough = new Set(signers.flat()).size >= 2;
			if (!enough) {
				t.throws(() => mergeSigned(crypto, policy, parts), {message: /signatures are there/});
				return;
			}
			const merged = mergeSigned(crypto, policy, parts);
			t.is(merged.witnesses.length, 2);
			t.is(chain.refusal(merged), undefined);
		}),
		{numRuns: 40},
	);
});

test('parts that do not belong together are refused with a code', t => {
	const chain = new LedgerChain(testGenesis());
	const code = (...parts: [Transaction, ...Transaction[]]): string => {
		const error = t.throws(() => mergeSigned(crypto, policy, parts));
		return error instanceof NodeError ? error.code : 'none';
	};
	const [one, two] = members;
	t.is(code(signedBy(chain, [one]), signedBy(chain, [two], 2)), 'MULTISIG_DRAFTS_DIFFER');
	const other = signedBy(chain, [one, two], 1, {...policy, threshold: 1});
	t.is(code(other), 'MULTISIG_SENDER_WRONG');
	t.is(code(signedBy(chain, [one])), 'MULTISIG_SIGNATURES_TOO_FEW');
	const forged = {...signedBy(chain, [one]), witnesses: signedBy(chain, [one], 2).witnesses};
	t.is(code(forged), 'TX_SIGNATURE_INVALID');
});

test('whatever bytes a policy is read from, it is one or is refused', t => {
	fc.assert(
		fc.property(fc.uint8Array({maxLength: 100}), bytes => {
			t.notThrows(() => decode(policyCodec, bytes));
		}),
	);
});
