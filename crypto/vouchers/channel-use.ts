import type {GenesisHash, Hash32} from '#kernel/hash';
import {encodeUtf8} from '#kernel/utf8';
import type {Hasher} from '../crypto.ts';

const DOMAIN = encodeUtf8('dcloud/channel-use/v1');

export type ChannelUse = {
	readonly genesisHash: GenesisHash;
	readonly channelId: Hash32;
	/** The transport key of whoever downloads, 32 bytes: proven anew with every connection. */
	readonly downloaderVk: Uint8Array;
	/** The transport key of whoever serves, 32 bytes. */
	readonly serverVk: Uint8Array;
};

/**
 * What the channel's payer key signs before anybody is served on the channel: that this downloader may, from this
 * server. Without it, strangers could use up the step that a payer has not paid yet.
 */
export const channelUseMessage = (
	hasher: Pick<Hasher, 'blake2b256'>,
	{genesisHash, channelId, downloaderVk, serverVk}: ChannelUse,
): Hash32 => hasher.blake2b256(DOMAIN, genesisHash, channelId, downloaderVk, serverVk);
