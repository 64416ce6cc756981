/** What a `NodeError` carries: a stable code, what to do in plain words, and data for the log. */
export type NodeErrorDetail = {
	/** `SUBJECT_PROBLEM`, listed in docs/errors.md. */
	readonly code: string;
	/** One sentence for the operator: what happened and what to do. */
	readonly message?: string;
	readonly [field: string]: unknown;
};

/** The world failed (disk, socket, peer, configuration): a coded exception, with its cause. */
export class NodeError extends Error {
	override readonly name = 'NodeError';
	readonly code: string;
	readonly detail: NodeErrorDetail;

	constructor(detail: NodeErrorDetail, options?: ErrorOptions) {
		super(detail.message ?? detail.code, options);
		this.code = detail.code;
		this.detail = detail;
	}
}
