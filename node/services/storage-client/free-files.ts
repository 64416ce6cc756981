/** Takes what is of no use any more out of agreements, so that there is room for what comes next, and forgets it. */
import {defined} from '#kernel/assert';
import {toHex} from '#kernel/bytes';
import type {AgreementView} from '#node/ports/control-api';
import type {Manifest} from '#pieces/manifest/manifest';
import {WRAPPED_KEY_BYTES} from '#pieces/manifest/wrapped-key';
import {pieceLengthOf} from '#pieces/segment/segment-layout';
import type {HeldPiece} from '#storage-proofs/agreement-trie';
import {findLeaf} from '#storage-proofs/trie/trie';
import {isActive, isVacated} from './active-agreement.ts';
import {reachableProviders} from './chain-client.ts';
import {piecesByAgreement} from './client-agreements.ts';
import {copyTextLength} from './copies.ts';
import {peerOf} from './find-providers.ts';
import {knownAgreement} from './known-agreement.ts';
import type {ProviderPeer} from './provider-peer.ts';
import type {FileContext} from './put-file.ts';
import {reviseAgreements} from './revise-agreements.ts';

type Call = {readonly signal?: AbortSignal};

export type Freed = {
	readonly files: number;
	/** Signed out by both sides. */
	readonly pieces: number;
	/**
	 * Still in agreements: their providers do not answer, or hold what another device put there, or were vacated. Tried again
	 * next time.
	 */
	readonly left: number;
};

type Part = {
	/** What this device knows to be in the agreement, and what of it is to stay. */
	readonly all: readonly HeldPiece[];
	readonly rest: readonly HeldPiece[];
	readonly view: AgreementView | undefined;
	readonly peer: ProviderPeer | undefined;
};

/** How many pieces were signed out, or undefined when they are still there. */
const signOut = async (
	{chain}: FileContext,
	{all, rest, view, peer}: Part,
	call: Call,
): Promise<number | undefined> => {
	// What has ended holds nothing. What is vacated still has to be shown to have been there, when it is repaired.
	if (view === undefined) return 0;
	if (!isActive(view)) return isVacated(view) ? undefined : 0;
	if (peer === undefined) return undefined;
	// An earlier try may have got as far as the signatures.
	const agreement = await knownAgreement(chain, {view, peer}, [all, rest], call);
	if (agreement === undefined) return undefined;
	const staying = new Set(rest.map(({pieceId}) => toHex(pieceId)));
	const removed = all
		.map(({pieceId}) => pieceId)
		.filter(id => !staying.has(toHex(id)) && findLeaf(agreement.trie, id) !== undefined);
	const {declined} = await reviseAgreements(chain, [{agreement, pieces: [], removed}], call);
	return declined.length === 0 ? removed.length : undefined;
};

/** Whether a manifest is only a record of pieces that are still to be taken out. */
export const isRemainder = ({wrappedFileKey}: Manifest): boolean => wrappedFileKey.every(byte => byte === 0);

/** A record of the pieces that are still in agreements: what else the manifest said is forgotten, keys first of all. */
const remainder = (
	manifest: Manifest,
	isLeft: (agreementId: Uint8Array) => boolean,
): Manifest | undefined => {
	const {holders, code} = manifest;
	const segments = manifest.segments.flatMap(({plaintextLength, pieces}) => {
		const left = pieces.filter(({holder}) =>
			isLeft(defined(holders[holder], 'a piece has a holder').agreementId),
		);
		const length = pieceLengthOf(code.k, plaintextLength);
		return left.length === 0
			? []
			: {
					plaintextLength: copyTextLength(length),
					wrappedKey: new Uint8Array(WRAPPED_KEY_BYTES),
					pieces: left.map((piece, index) => ({...piece, index})),
				};
	});
	const total = Math.max(0, ...segments.map(({pieces}) => pieces.length));
	if (total === 0) return undefined;
	return {
		...manifest,
		size: segments.reduce((sum, {plaintextLength}) => sum + plaintextLength, 0),
		sha256: new Uint8Array(manifest.sha256.length),
		wrappedFileKey: new Uint8Array(manifest.wrappedFileKey.length),
		code: {k: 1, repairAt: 1, optimal: total, total},
		segments,
	};
};

const partsOf = async (
	{ports, pool, chain}: FileContext,
	{all, rest}: {readonly all: readonly Manifest[]; readonly rest: readonly Manifest[]},
	touched: ReadonlySet<string>,
	call: Call,
): Promise<ReadonlyMap<string, Part>> => {
	const views = new Map(
		(await chain.control.agreements({client: toHex(chain.account)}, call)).map(view => [view.id, view]),
	);
	const peers = new Map(
		(await reachableProviders(ports.control, call)).map(provider => [
			toHex(provider.id),
			peerOf({pool, clock: ports.clock}, provider),
		]),
	);
	const [before, after] = [piecesByAgreement(all), piecesByAgreement(rest)];
	return new Map(
		[...touched].map(id => {
			const view = views.get(id);
			const peer = view && peers.get(view.provider);
			return [id, {all: before.get(id) ?? [], rest: after.get(id) ?? [], view, peer}];
		}),
	);
};

/** Files of this device's own list. Who cannot be reached keeps nobody from the others; its pieces stay on record. */
export const freeFiles = async (
	context: FileContext,
	names: readonly string[],
	call: Call = {},
): Promise<Freed> => {
	const {manifests} = context;
	const gone = new Set(names);
	const all = await Promise.all((await manifests.names()).map(name => manifests.load(name)));
	const going = all.filter(({name}) => gone.has(name));
	if (going.length === 0) return {files: 0, pieces: 0, left: 0};
	const rest = all.filter(({name}) => !gone.has(name));
	const touched = new Set(going.flatMap(({holders}) => holders.map(({agreementId}) => toHex(agreementId))));
	const parts = await partsOf(context, {all, rest}, touched, call);
	const outcomes = await Promise.allSettled(
		[...parts].map(async ([id, part]) => [id, await signOut(context, part, call)] as const),
	);
	// When one is called off, the others have ended as well: nobody signs for somebody who has gone.
	const done = new Map(
		outcomes.map(outcome => {
			if (outcome.status === 'rejected') throw outcome.reason;
			return outcome.value;
		}),
	);
	let left = 0;
	for (const manifest of going) {
		const after = remainder(manifest, agreementId => done.get(toHex(agreementId)) === undefined);
		if (after === undefined) await manifests.remove(manifest.name);
		else await manifests.save(after);
		left += after?.segments.reduce((sum, {pieces}) => sum + pieces.length, 0) ?? 0;
	}
	const pieces = [...done.values()].reduce<number>((sum, count) => sum + (count ?? 0), 0);
	return {files: going.length, pieces, left};
};
