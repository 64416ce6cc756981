import {equalBytes, fromHex, toHex} from '#kernel/bytes';
import {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {Epoch} from '#kernel/slot';
import {decodeSignedRevision, type SignedRevision} from '#ledger/agreements/revision';
import type {AgreementView} from '#node/ports/control-api';
import type {ForestView, ProviderView} from '#node/ports/provider-api';
import {decodeForestInclusion, verifyInclusion} from '#storage-proofs/forest-piece';
import type {SessionPool} from '#transport/session-pool';
import {isActive} from './active-agreement.ts';
import {type ChainClient, hashField, hexField} from './chain-client.ts';
import type {StorageClientPorts} from './client-ports.ts';
import {peerOf} from './find-providers.ts';

/**
 * kept: the provider has proven a forest with the newest revision that it signed; omitted: with an older one, or without
 * the agreement; waiting: no epoch since that revision is proven; silent: the provider does not answer; unknown: no
 * revision of the agreement is kept here.
 */
export type AuditVerdict = 'kept' | 'omitted' | 'waiting' | 'silent' | 'unknown';

export type AuditedAgreement = {
	readonly agreementId: Hash32;
	readonly provider: Hash32;
	readonly verdict: AuditVerdict;
	/** Of the revision that is kept here; 0 when there is none. */
	readonly revisionNo: number;
	/** The epoch that was looked at; null when none could be. */
	readonly epoch: Epoch | null;
	/** Whether the omission was claimed on the chain. */
	readonly claimed: boolean;
};

export type AuditContext = {
	readonly chain: ChainClient;
	readonly ports: Pick<StorageClientPorts, 'clock'>;
	readonly pool: SessionPool;
};

type Call = {readonly signal?: AbortSignal};
type Looked = {readonly verdict: AuditVerdict; readonly epoch: Epoch | null};

/** The newest proven epoch in which the provider must have had that revision. */
const epochToAudit = (
	{forests}: ProviderView,
	{startEpoch, endEpoch}: AgreementView,
	{revision}: SignedRevision,
): ForestView | undefined =>
	forests
		.filter(({epoch}) => epoch >= startEpoch && epoch < endEpoch && epoch >= revision.validFrom)
		.toSorted((a, b) => b.epoch - a.epoch)[0];

/** What the provider shows of a forest that it has proven; the chain knows the root of that forest. */
const look = async (
	{chain, ports, pool}: AuditContext,
	{revision}: SignedRevision,
	{provider, forest}: {readonly provider: ProviderView; readonly forest: ForestView},
	call: Call,
): Promise<AuditVerdict> => {
	const {agreementId, revisionNo} = revision;
	const operatorVk = hexField(provider.operatorVk, 'operator key', 32);
	const {endpoint, routes} = provider;
	const peer = peerOf({pool, clock: ports.clock}, {operatorVk, endpoint, routes});
	if (peer === undefined) return 'silent';
	try {
		const bytes = await peer.inclusion({agreementId, epoch: Epoch(forest.epoch)}, call);
		const inclusion = decodeForestInclusion(bytes);
		if (!inclusion.ok) return 'omitted';
		const committed = {root: hashField(forest.root, 'forest root'), totalLeaves: BigInt(forest.totalLeaves)};
		const held = verifyInclusion(chain.env.crypto, committed, agreementId, inclusion.value);
		return held.ok && inclusion.value.revisionNo >= BigInt(revisionNo) ? 'kept' : 'omitted';
	} catch (error) {
		call.signal?.throwIfAborted();
		if (!(error instanceof NodeError)) throw error;
		return error.detail['reason'] === 'AGREEMENT_NOT_COMMITTED' ? 'omitted' : 'silent';
	}
};

const auditOne = async (
	context: AuditContext,
	view: AgreementView,
	{signed, provider}: {readonly signed: SignedRevision; readonly provider: ProviderView | undefined},
	call: Call,
): Promise<Looked> => {
	const forest = provider && epochToAudit(provider, view, signed);
	if (provider === undefined || forest === undefined) return {verdict: 'waiting', epoch: null};
	const verdict = await look(context, signed, {provider, forest}, call);
	return {verdict, epoch: Epoch(forest.epoch)};
};

/** The newest revision of an agreement that is kept here as evidence. */
export const keptRevision = async (
	{revisions}: ChainClient,
	agreementId: string,
): Promise<SignedRevision | undefined> => {
	const bytes = await revisions?.load(agreementId);
	const signed = bytes && decodeSignedRevision(bytes);
	const isIts = signed?.ok === true && equalBytes(signed.value.revision.agreementId, fromHex(agreementId));
	return isIts ? signed.value : undefined;
};

/**
 * Asks the provider of each of the account's agreements for what it has committed to, and compares with what it has signed.
 * With `claim`, an omission is claimed on the chain: that takes a deposit, which comes back unless the provider can show that it had
 * the agreement.
 */
export const auditAgreements = async (
	context: AuditContext,
	{claim, ...call}: {readonly claim: boolean} & Call,
): Promise<readonly AuditedAgreement[]> => {
	const {chain} = context;
	const views = await chain.control.agreements({client: toHex(chain.account)}, call);
	const providers = new Map((await chain.control.providers(call)).map(view => [view.id, view]));
	const audited: AuditedAgreement[] = [];
	for (const view of views.filter(isActive)) {
		const signed = await keptRevision(chain, view.id);
		const looked: Looked =
			signed === undefined
				? {verdict: 'unknown', epoch: null}
				: await auditOne(context, view, {signed, provider: providers.get(view.provider)}, call);
		const {verdict, epoch} = looked;
		const claimed = claim && verdict === 'omitted' && epoch !== null && signed !== undefined;
		if (claimed) await chain.send({kind: 'omission-claim', epoch, revision: signed}, call);
		audited.push({
			agreementId: hashField(view.id, 'agreement id'),
			provider: Hash32(hexField(view.provider, 'provider id', 32)),
			revisionNo: signed?.revision.revisionNo ?? 0,
			...looked,
			claimed,
		});
	}
	return audited;
};
