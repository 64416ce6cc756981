/** Of a counter by code in what Prometheus scrapes: how often each code was counted. */
export const codesOf = (metrics: string, name: string): Readonly<Record<string, number>> =>
	Object.fromEntries(
		[...metrics.matchAll(new RegExp(`^${name}\\{code="(\\w+)"\\} (\\d+)$`, 'gm'))].map(
			([, code = '', count = '']) => [code, Number(count)] as const,
		),
	);
