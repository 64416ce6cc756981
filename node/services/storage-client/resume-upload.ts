/** An upload that broke off is gone on with, as far as its agreements and pieces are still there. */
import {pieceLeafCount} from '#crypto/piece-id';
import {equalBytes, toHex} from '#kernel/bytes';
import {NodeError} from '#kernel/node-error';
import type {UploadPlan, UploadSoFar} from '#pieces/manifest/upload-record';
import {pieceLengthOf} from '#pieces/segment/segment-layout';
import type {HeldPiece} from '#storage-proofs/agreement-trie';
import {PIECES_PER_MESSAGE_MAX} from '#transport/protocols/messages';
import {isActive} from './active-agreement.ts';
import {hashField, reachableProviders} from './chain-client.ts';
import type {ClientAgreement, ProviderWithPeer} from './client-agreements.ts';
import {peerOf} from './find-providers.ts';
import {knownAgreement} from './known-agreement.ts';
import type {FileContext, Placing, PutOptions} from './put-file.ts';
import {segmentsKept} from './uploads.ts';

type Call = {readonly signal?: AbortSignal};
type Known = ReadonlyMap<string, readonly HeldPiece[]>;

/** Whether the file that is to be stored now may be the one that the plan was made for. */
const fits = (
	plan: UploadPlan,
	{source, epochs, code, segmentBytes, repairerVk}: PutOptions,
	ownKey: Uint8Array,
): boolean =>
	plan.size === source.length &&
	(epochs === undefined || plan.epochs === epochs) &&
	(segmentBytes === undefined || plan.segmentBytes === segmentBytes) &&
	(code === undefined || (plan.code.k === code.k && plan.code.total === code.total)) &&
	equalBytes(plan.repairerVk, repairerVk ?? ownKey);

/** The pieces that the upload brought to one of its agreements. */
const broughtTo = ({plan, segments}: UploadSoFar, holder: number): readonly HeldPiece[] =>
	[...segments.values()].flatMap(({plaintextLength, pieces}) =>
		pieces
			.filter(piece => piece.holder === holder)
			.map(({pieceId}) => ({
				pieceId,
				leaves: pieceLeafCount(pieceLengthOf(plan.code.k, plaintextLength)),
			})),
	);

const agreementsLeft = async (
	{chain, pool, ports}: FileContext,
	soFar: UploadSoFar,
	known: Known,
	call: Call,
): Promise<readonly ClientAgreement[]> => {
	const providers = new Map<string, ProviderWithPeer>();
	for (const provider of await reachableProviders(chain.control, call)) {
		const peer = peerOf({pool, clock: ports.clock}, provider);
		if (peer !== undefined) providers.set(toHex(provider.id), {...provider, peer});
	}
	const views = new Map(
		(await chain.control.agreements({client: toHex(chain.account)}, call)).map(view => [view.id, view]),
	);
	const left = await Promise.all(
		soFar.plan.holders.map(async ({agreementId, providerId}, holder) => {
			const view = views.get(toHex(agreementId));
			const provider = providers.get(toHex(providerId));
			if (view === undefined || provider === undefined || !isActive(view)) return undefined;
			const before = known.get(view.id) ?? [];
			// The pieces of stored files, or also those of this upload.
			const possible = [before, [...before, ...broughtTo(soFar, holder)]];
			const agreement = await knownAgreement(chain, {view, peer: provider.peer}, possible, call);
			return agreement && {...agreement, provider};
		}),
	);
	return left.filter(agreement => agreement !== undefined);
};

/** Which of these pieces the provider of an agreement has; none if it does not say. */
const piecesThere =
	(call: Call) =>
	async (
		{agreementId, peer}: ClientAgreement,
		pieceIds: readonly Uint8Array[],
	): Promise<ReadonlySet<string>> => {
		const there = new Set<string>();
		try {
			for (let start = 0; start < pieceIds.length; start += PIECES_PER_MESSAGE_MAX) {
				const asked = pieceIds
					.slice(start, start + PIECES_PER_MESSAGE_MAX)
					.map(id => hashField(toHex(id), 'id'));
				const lengths = await peer.have(agreementId, asked, call);
				for (const [at, length] of lengths.entries())
					if (length !== undefined) there.add(toHex(asked[at] as Uint8Array));
			}
		} catch (error) {
			call.signal?.throwIfAborted();
			if (!(error instanceof NodeError)) throw error;
		}
		return there;
	};

/** Undefined when too little is left of it, or the file is another one: then it is begun anew. */
export const resumeUpload = async (
	context: FileContext,
	options: PutOptions,
	{soFar, known}: {readonly soFar: UploadSoFar; readonly known: Known},
): Promise<Placing | undefined> => {
	const {plan} = soFar;
	if (plan.name !== options.name || !fits(plan, options, context.chain.verificationKey)) return undefined;
	const call = {...(options.signal && {signal: options.signal})};
	const agreements = await agreementsLeft(context, soFar, known, call);
	if (agreements.length < plan.code.optimal) return undefined;
	const {kind: _, ...rest} = plan;
	const earlier = await segmentsKept(soFar, agreements, piecesThere(call));
	return {...rest, agreements, earlier};
};
