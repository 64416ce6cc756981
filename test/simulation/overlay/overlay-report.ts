/** How many peers of the topic overlay are played, and how a figure of it is told. */
import type {OverlayFigure} from './play-overlay.ts';

export const OVERLAY_NODES = 10_000;
export const OVERLAY_NODES_SHORT = 1000;

export const figureLine = ({what, value, wanted, holds}: OverlayFigure): string =>
	`       ${holds ? '' : 'BROKEN: '}${what}: ${value}${wanted === undefined ? '' : ` (${wanted})`}`;
