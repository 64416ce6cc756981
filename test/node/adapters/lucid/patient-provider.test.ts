/** What the SDK asks Kupo while it builds a transaction. */
import {Kupmios} from '@lucid-evolution/lucid';
import test, {type ExecutionContext} from 'ava';
import {patientProvider} from '#node/adapters/lucid/patient-provider';
import {forwardingServer} from '../../../support/forwarding-server.ts';
import {jsonServer} from '../../../support/json-server.ts';

const ADDRESS = 'addr_test1vz2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzerspjrlsz';

/** A Kupo at whose address nothing lies; it leaves the first so many questions without an answer. */
const kupo = async (t: ExecutionContext, silences: number, status = 200) => {
	const target = await jsonServer(t, () => [status, '[]']);
	const counted = {asked: 0};
	const url = await forwardingServer(t, target, async (_body, forward) => {
		counted.asked++;
		return counted.asked > silences ? forward() : undefined;
	});
	return {counted, provider: patientProvider(new Kupmios(url, url))};
};

test('a question that nobody answered is asked again, up to three times', async t => {
	const twice = await kupo(t, 2);
	t.deepEqual(await twice.provider.getUtxos(ADDRESS), []);
	t.is(twice.counted.asked, 3);
	const thrice = await kupo(t, 3);
	await t.throwsAsync(thrice.provider.getUtxos(ADDRESS), {message: /Transport error/});
	t.is(thrice.counted.asked, 3);
});

test('a wrong answer is not asked for again', async t => {
	const {counted, provider} = await kupo(t, 0, 404);
	await t.throwsAsync(provider.getUtxos(ADDRESS));
	t.is(counted.asked, 1);
});
