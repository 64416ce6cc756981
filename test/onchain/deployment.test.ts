import test from 'ava';
import fc from 'fast-check';
import {toHex} from '#kernel/bytes';
import {BOND_TERMS, bondParamsOf} from '#onchain/bond-params';
import {DEFAULT_SETTINGS} from '#onchain/data/governance-data';
import {decodeDeployment, encodeDeployment} from '#onchain/deployment';
import {BLUEPRINT_TOKEN_PARAMS} from '#onchain/plutus/blueprint';
import {buildBond} from '#onchain/plutus/build-bond';
import {buildGovernance} from '#onchain/plutus/build-governance';
import {production, refOf} from '../support/contract-world.ts';
import {crypto} from '../support/crypto.ts';

const text = encodeDeployment(production.deployment);

test('a deployment comes back as it was written', t => {
	t.deepEqual(decodeDeployment(crypto, text), {ok: true, value: production.deployment});
});

test('refuses what is not JSON, fields that are missing or wrong, and a script under another hash', t => {
	const changed = (from: string | RegExp, to: string) => decodeDeployment(crypto, text.replace(from, to));
	t.deepEqual(decodeDeployment(crypto, '{'), {ok: false, error: {code: 'DEPLOYMENT_NOT_JSON'}});
	t.deepEqual(decodeDeployment(crypto, 'null'), {
		ok: false,
		error: {code: 'DEPLOYMENT_WRONG_SHAPE', field: ''},
	});
	t.deepEqual(changed('"version": 1', '"version": 2'), {
		ok: false,
		error: {code: 'DEPLOYMENT_WRONG_SHAPE', field: 'version'},
	});
	t.deepEqual(changed('"periodMs": 1000', '"periodMs": -1'), {
		ok: false,
		error: {code: 'DEPLOYMENT_WRONG_SHAPE', field: 'params.periodMs'},
	});
	t.deepEqual(changed('"index": 0', '"index": "0"'), {
		ok: false,
		error: {code: 'DEPLOYMENT_WRONG_SHAPE', field: 'params.seed.index'},
	});
	t.deepEqual(changed(/("treasury": \{\s+"hash": ")..../, '$1ffff'), {
		ok: false,
		error: {code: 'DEPLOYMENT_WRONG_SCRIPT', script: 'treasury'},
	});
});

test('a deployment with governance comes back as it was written, and refuses a script under another hash', t => {
	const {token, governance} = buildGovernance(crypto, BLUEPRINT_TOKEN_PARAMS);
	const reference = refOf(9);
	const governed = {
		...production.deployment,
		governance: {
			params: BLUEPRINT_TOKEN_PARAMS,
			settings: DEFAULT_SETTINGS,
			token: {...token, reference},
			governance: {...governance, reference},
		},
	};
	const written = encodeDeployment(governed);
	t.deepEqual(decodeDeployment(crypto, written), {ok: true, value: governed});
	const hash = toHex(governance.hash);
	t.deepEqual(decodeDeployment(crypto, written.replace(hash, `ffff${hash.slice(4)}`)), {
		ok: false,
		error: {code: 'DEPLOYMENT_WRONG_SCRIPT', script: 'governance'},
	});
	t.deepEqual(decodeDeployment(crypto, written.replace('"quorum"', '"quota"')), {
		ok: false,
		error: {code: 'DEPLOYMENT_WRONG_SHAPE', field: 'governance.settings.quorum'},
	});
});

test('a deployment with bonds comes back as it was written, and refuses a script under another hash', t => {
	const script = {
		...buildBond(crypto, bondParamsOf(production.deployment.scripts, BOND_TERMS)),
		reference: refOf(9),
	};
	const bonded = {...production.deployment, bonds: {terms: BOND_TERMS, script}};
	const written = encodeDeployment(bonded);
	t.deepEqual(decodeDeployment(crypto, written), {ok: true, value: bonded});
	const hash = toHex(script.hash);
	t.deepEqual(decodeDeployment(crypto, written.replace(hash, `ffff${hash.slice(4)}`)), {
		ok: false,
		error: {code: 'DEPLOYMENT_WRONG_SCRIPT', script: 'bonds'},
	});
	t.deepEqual(
		decodeDeployment(crypto, written.replace('"reward": "5000000"', '"reward": "99999999999999999999"')),
		{
			ok: false,
			error: {code: 'DEPLOYMENT_WRONG_SHAPE', field: 'bonds.reward'},
		},
	);
});

test('any JSON decodes or fails with a code', t => {
	fc.assert(fc.property(fc.json(), json => !decodeDeployment(crypto, json).ok));
	t.pass();
});
