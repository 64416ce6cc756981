import test from 'ava';
import fc from 'fast-check';
import {decodeDeployment, encodeDeployment} from '#onchain/deployment';
import {production} from '../support/contract-world.ts';
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

test('any JSON decodes or fails with a code', t => {
	fc.assert(fc.property(fc.json(), json => !decodeDeployment(crypto, json).ok));
	t.pass();
});
