import type {Hasher} from '#crypto/crypto';
import type {ChannelParams} from '../channel-params.ts';
import type {PlutusScript} from '../plutus-script.ts';
import {channelScript} from '../validators/channel/channel.ts';
import type {ContractOptions} from './build-contracts.ts';
import {buildScript} from './build-script.ts';
import {silentCheck, tracedCheck} from './core.ts';

/** Compiles the script of payment channels. */
export const buildChannel = (
	hasher: Hasher,
	params: ChannelParams,
	{traced = false}: Pick<ContractOptions, 'traced'> = {},
): PlutusScript => buildScript(hasher, channelScript(params, traced ? tracedCheck : silentCheck));
