/** A promise and how to keep it. */
export const deferred = (): {readonly promise: Promise<void>; readonly resolve: () => void} => {
	let resolve: () => void = () => undefined;
	const promise = new Promise<void>(done => {
		resolve = done;
	});
	return {promise, resolve};
};
