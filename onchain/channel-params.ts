/** What the channel script is compiled for. It names no side-chain: the same script serves all of them. */
export type ChannelParams = {
	/** 0 on test networks, 1 on mainnet: a voucher of one is worth nothing on the other. */
	readonly networkId: number;
	/** From when the funder closes until the rest goes back: the payee settles in it. */
	readonly windowMs: number;
};
