import type {Command} from 'commander';
import {
	type CustomerTransportConfig,
	explainCustomerTransport,
	readCustomerTransport,
} from '#node/transport-config';
import type {Options} from './answer.ts';

/** Adds what a customer may say of its connections, from the one place that checks and explains it. */
export const withTransport = (command: Command): Command => {
	for (const {flag, variable, description, defaultValue, isSwitch} of explainCustomerTransport()) {
		const fallback = defaultValue === undefined ? '' : `; default ${defaultValue}`;
		command.option(
			isSwitch ? `${flag} [yes|no]` : `${flag} <value>`,
			`${description} (${variable}${fallback})`,
		);
	}
	return command.option(
		'--config <file>',
		'JSON file with options of connections by their names in camel case',
	);
};

/** What flags, environment and file say. Throws CONFIG_…. */
export const transportConfig = (options: Options): Promise<CustomerTransportConfig> => {
	const known = new Set<string>(explainCustomerTransport().map(({name}) => name));
	const flags = Object.fromEntries(Object.entries(options).filter(([name]) => known.has(name)));
	const {config} = options;
	return readCustomerTransport({flags, ...(typeof config === 'string' && {configFile: config})});
};
