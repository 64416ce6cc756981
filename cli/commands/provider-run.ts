import path from 'node:path';
import type {Command} from 'commander';
import {LEAF_BYTES} from '#crypto/piece-tree-kernel';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {EPOCH_MAX} from '#ledger/limits';
import {readKeyFile} from '#node/adapters/text-envelope';
import {startNode} from '#node/compose';
import type {NodeConfig} from '#node/config';
import {readPricePolicy} from '#node/price-policy-file';
import {type ProvideStorageOptions, provideStorage, SCRUB_DAYS} from '#node/provider-service';
import type {AnnouncedAttribute} from '#transport/protocols/announcement';
import {type Endpoint, parseEndpoint} from '#transport/protocols/endpoint';
import {ATTRIBUTE_NAMES, attributeForm, attributeOf} from '#transport/protocols/provider-attributes';
import type {Options, Verb} from '../answer.ts';
import {countOption} from '../count-option.ts';
import {textOption} from '../sending.ts';
import {parseLeaves} from '../size.ts';
import {version} from '../version.ts';
import {parseAmount, parseId} from '../wallet.ts';
import {keepRunning, nodeConfig, withNodeRun} from './node-run.ts';

const SCRUB_DAYS_MAX = 365;

/** The options of a node, and what makes it a provider. */
export const withProviderRun = (command: Command): Command =>
	withNodeRun(command)
		.requiredOption('--operator-key <file>', 'operator signing key of the provider')
		.requiredOption('--provider <id>', 'claim id on Cardano: the id of the provider')
		.option('--pieces-address <host:port>', 'where pieces are served; port 0 takes a free one', '127.0.0.1:0')
		.option('--egress-price <amount>', 'lovelace or ADA per GiB that is downloaded, paid by voucher', '0')
		.option(
			'--settle-key <file>',
			'account that pays for settling vouchers (default: that of the operator key)',
		)
		.option(
			'--announce <host:port>',
			'where others reach it, when that is not where it listens; "none" when nobody can dial it',
		)
		.option('--price <amount>', 'per GiB and epoch, brought onto the chain (default: as registered)')
		.option('--min-term <epochs>', 'shortest agreement, brought onto the chain (default: as registered)')
		.option('--capacity <size>', 'what it offers, brought onto the chain (default: as registered)')
		.option('--scrub-days <days>', 'in how many days every piece is read once', '14')
		.option(
			'--io-budget <size>',
			'what looking at pieces and compaction may read and write a second',
			'32MiB',
		)
		.option('--keep-free <size>', 'what pieces leave free of the disk', '256MiB')
		.option('--no-loss-reports', 'do not report lost pieces: you do it yourself, or are caught')
		.option('--operator <name>', 'announced: who runs it, the same name for all of one house')
		.option('--asn <number>', 'announced: autonomous system of its address')
		.option('--region <code>', 'announced: country in two letters or a part of one, such as de or us-east')
		.option(
			'--service <offers>',
			'promised: classes of giving back with surcharges in per cent, as "standard+20 fast+50"',
		);

/** What it says of itself. Throws OPTION_MALFORMED. */
const attributeOptions = (options: Options): readonly AnnouncedAttribute[] =>
	ATTRIBUTE_NAMES.flatMap(name => {
		const given = options[name];
		if (typeof given !== 'string') return [];
		const value = attributeOf(name, given);
		if (value !== undefined) return {name, value};
		throw new NodeError({
			code: 'OPTION_MALFORMED',
			message: `--${name}: "${given}" is not ${attributeForm(name)}.`,
		});
	});

const endpointOption = (options: Options, name: string): Endpoint | undefined => {
	const text = options[name];
	if (typeof text !== 'string') return undefined;
	// Port 0, any free one, is an address to listen on and none to be reached at.
	const endpoint = parseEndpoint(text.replace(/:0$/, ':1'));
	if (endpoint !== undefined) return text.endsWith(':0') ? {...endpoint, port: 0} : endpoint;
	throw new NodeError({
		code: 'OPTION_MALFORMED',
		message: `"${text}" is not an address such as 127.0.0.1:4000.`,
	});
};

/** Null: it is reached by libp2p's routes only. */
const announcedOption = (options: Options, {p2pBehindNat}: NodeConfig): Endpoint | null | undefined => {
	if (options['announce'] === 'none') return null;
	return endpointOption(options, 'announce') ?? (p2pBehindNat ? null : undefined);
};

/** What the configuration says of new agreements. Throws AMOUNT_MALFORMED, SIZE_MALFORMED, OPTION_MALFORMED. */
const termsOptions = (options: Options): ProvideStorageOptions['terms'] => {
	const {price, capacity} = options;
	const minTermEpochs = countOption(options, 'minTerm', EPOCH_MAX);
	return {
		...(typeof price === 'string' && {storePrice: parseAmount(price)}),
		...(minTermEpochs !== undefined && {minTermEpochs}),
		...(typeof capacity === 'string' && {capacityLeaves: parseLeaves(capacity)}),
	};
};

const upkeepOptions = (
	options: Options,
): Pick<ProvideStorageOptions, 'scrubDays' | 'ioBytesPerSecond' | 'reserveBytes' | 'reportLosses'> => ({
	scrubDays: Math.max(1, countOption(options, 'scrubDays', SCRUB_DAYS_MAX) ?? SCRUB_DAYS),
	// Below this nothing would ever be looked at.
	ioBytesPerSecond: Math.max(65_536, parseLeaves(textOption(options, 'ioBudget')) * LEAF_BYTES),
	reserveBytes: parseLeaves(textOption(options, 'keepFree')) * LEAF_BYTES,
	reportLosses: options['lossReports'] !== false,
});

export const runProvider: Verb = async (_words, options, signal) => {
	const config = await nodeConfig(options);
	const terms = termsOptions(options);
	const operatorSeed = await readKeyFile(
		textOption(options, 'operatorKey'),
		'DCloudOperatorSigningKey_ed25519',
	);
	const settleKey = options['settleKey'];
	const settleSeed =
		typeof settleKey === 'string'
			? await readKeyFile(settleKey, 'PaymentSigningKeyShelley_ed25519')
			: undefined;
	const announced = announcedOption(options, config);
	const extend = provideStorage({
		providerId: parseId<Hash32>(textOption(options, 'provider'), 32, 'A claim id'),
		operatorSeed,
		listen: endpointOption(options, 'piecesAddress') ?? {host: '127.0.0.1', port: 0},
		...(announced !== undefined && {announced}),
		attributes: attributeOptions(options),
		pricePolicy: () => readPricePolicy(config.dataDir),
		piecesFolder: path.join(config.dataDir, 'pieces'),
		vouchersFolder: path.join(config.dataDir, 'vouchers'),
		egressPrice: parseAmount(textOption(options, 'egressPrice')),
		...(settleSeed && {settleSeed}),
		...upkeepOptions(options),
		...(terms && {terms}),
	});
	return keepRunning(() => startNode(config, {extend, version}), config, signal);
};
