import test from 'ava';
import {effectView} from '#cli/gov/effect-text';
import {wantedEffect} from '#cli/gov/wanted-effect';
import {Hash32} from '#kernel/hash';
import {cardanoKey} from '#onchain/cardano/key-address';
import {DEFAULT_SETTINGS} from '#onchain/data/governance-data';
import {crypto} from '../support/crypto.ts';

const committeeHash = Hash32(new Uint8Array(32).fill(5));
const recovery = async () => ({period: 4, committeeHash});
const context = {network: 'testnet', settings: DEFAULT_SETTINGS, recovery} as const;
const {address} = cardanoKey(crypto, 'testnet', new Uint8Array(32).fill(1));
const elsewhere = cardanoKey(crypto, 'mainnet', new Uint8Array(32).fill(1)).address;
const shown = async (options: Record<string, string | boolean | readonly string[]>) =>
	effectView(await wantedEffect(options, context), 'testnet');

test('each effect that can be asked for says in plain words what it does', async t => {
	t.like(await shown({grant: address, amount: '12ADA', tokens: '1.5'}), {
		kind: 'grant',
		words: `the treasury pays 12.000000 ADA and 1.5 DCG to ${address}`,
	});
	t.like(await shown({set: ['lockEpochs=20', 'storageFee=1/10', 'missPenaltyEpochs=1,2']}), {
		kind: 'side-chain-parameters',
		details: {fromEpoch: 0, values: {lockEpochs: 20, storageFee: '1/10', missPenaltyEpochs: [1, 2]}},
	});
	t.like(await shown({upgrade: '11', atEpoch: '90'}), {
		kind: 'protocol-upgrade',
		details: {version: 11, activationEpoch: 90},
	});
	t.like(await shown({setting: ['quorum=7']}), {
		kind: 'settings',
		words:
			'governance itself goes by: quorum 0.000007 DCG, voteMs 7 days, timelockMs 3 days, expiryMs 14 days, deposit 100.000000 ADA, capPerMille 100 ‰ of the treasury, capPeriodMs 30 days, recoveryVoteMs 14 days',
		details: {settings: {...DEFAULT_SETTINGS, quorum: 7n}},
	});
	t.like(await shown({replace: `bridge=${'ab'.repeat(28)}`}), {
		kind: 'script-replacement',
		details: {contract: 'bridge'},
	});
	t.like(await shown({recover: true}), {kind: 'committee-recovery', details: {period: 4, committeeHash}});
});

for (const [name, options, code] of [
	['none', {}, 'PROPOSAL_OPTIONS_WRONG'],
	['two', {upgrade: '11', atEpoch: '1', recover: true}, 'PROPOSAL_OPTIONS_WRONG'],
	['a grant of nothing', {grant: address}, 'PROPOSAL_OPTIONS_WRONG'],
	['a grant to nowhere', {grant: 'addr1', amount: '1ADA'}, 'PROPOSAL_OPTIONS_WRONG'],
	['a grant on another network', {grant: elsewhere, amount: '5ADA'}, 'PROPOSAL_OPTIONS_WRONG'],
	['an unknown parameter', {set: ['colour=1']}, 'PROPOSAL_OPTIONS_WRONG'],
	['a parameter of another form', {set: ['lockEpochs=many']}, 'PROPOSAL_OPTIONS_WRONG'],
	['a parameter out of bounds', {set: ['lockEpochs=0']}, 'CHANGE_OUT_OF_BOUNDS'],
	['an upgrade without an epoch', {upgrade: '11'}, 'PROPOSAL_OPTIONS_WRONG'],
	['a setting that locks governance', {setting: ['quorum=0']}, 'PROPOSAL_OPTIONS_WRONG'],
	['a script that is none', {replace: 'bridge=12'}, 'PROPOSAL_OPTIONS_WRONG'],
] as const)
	test(`a proposal is not made: ${name}`, async t => {
		await t.throwsAsync(wantedEffect(options, context), {code});
	});
