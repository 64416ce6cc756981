const DEPTH_MAX = 1024;

/** Cardano's bytes are taken as they come. */
export const cardanoCbor: {readonly canonical: false; readonly depthMax: number} = {
	canonical: false,
	depthMax: DEPTH_MAX,
};
