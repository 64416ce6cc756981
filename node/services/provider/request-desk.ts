import type {SecretCrypto} from '#crypto/crypto';
import {identifyPiece, pieceLeafCount} from '#crypto/piece-id';
import {LEAF_BYTES, type PieceTreeKernel} from '#crypto/piece-tree-kernel';
import {equalBytes, toHex} from '#kernel/bytes';
import type {Hash32} from '#kernel/hash';
import {NodeError} from '#kernel/node-error';
import {err, type Failure, ok, type Result} from '#kernel/result';
import type {Epoch} from '#kernel/slot';
import type {Agreement} from '#ledger/agreements/agreement';
import {findActiveAgreement, findAgreement} from '#ledger/agreements/find-agreement';
import {decodeRevision} from '#ledger/agreements/revision';
import type {ServiceOffer} from '#ledger/service/service-offers';
import {keyOf} from '#ledger/state/keys';
import {decodeTransactionBody, type UnsignedTransaction} from '#ledger/tx/transaction';
import type {Log} from '#node/ports/log';
import type {PieceStore} from '#node/ports/piece-store';
import {encodeForestInclusion} from '#storage-proofs/forest-piece';
import {BODY_BYTES_MAX} from '#transport/protocols/frames';
import {decodeRequest, encodeReply, type PeerReply, type PeerRequest} from '#transport/protocols/messages';
import {type BodySource, bodyOf, type IncomingRequest, type OutgoingMessage} from '#transport/transport';
import {AccessDesk, type Wanted} from './access-desk.ts';
import type {AgreementShelf} from './agreement-shelf.ts';
import {describeFailure} from './describe-failure.ts';
import {rememberInclusion} from './forest-memory.ts';
import {OpeningDesk} from './opening-desk.ts';
import type {ProviderChain} from './provider-chain.ts';
import {RevisionDesk} from './revision-desk.ts';
import {ServiceDesk} from './service-desk.ts';
import type {Till} from './till.ts';
import type {DiskWatch} from './upkeep/disk-watch.ts';

type RequestOf<K extends PeerRequest['kind']> = Extract<PeerRequest, {readonly kind: K}>;
type Answer = {readonly reply: PeerReply; readonly body?: BodySource};
type Answered = Promise<Result<Answer, Failure>>;

export type RequestDeskPorts = {
	readonly chain: ProviderChain;
	readonly store: PieceStore;
	readonly shelf: AgreementShelf;
	/** Undefined: downloads are free and no vouchers are taken. */
	readonly till?: Till;
	readonly crypto: SecretCrypto;
	readonly trees: Pick<PieceTreeKernel, 'pieceTree'>;
	/** Undefined: agreements are made without a look at the disk. */
	readonly disk?: Pick<DiskWatch, 'refusal'>;
	readonly log: Log;
};

export type RequestDeskOptions = {
	readonly providerId: Hash32;
	/** Ed25519, 32 bytes. */
	readonly operatorSeed: Uint8Array;
	/** What it promises about giving pieces back; nothing unless given. */
	readonly service?: readonly ServiceOffer[];
};

/** Staged and held pieces together may take this many times the capacity, so that all can be replaced at once. */
const STORED_PER_CAPACITY = 2;

/** Answers what clients and repairers ask of a provider. */
export class RequestDesk {
	readonly #ports: RequestDeskPorts;
	readonly #options: RequestDeskOptions;
	readonly #openings: OpeningDesk;
	readonly #access: AccessDesk;
	readonly #revisions: RevisionDesk;
	readonly #services: ServiceDesk;

	constructor(ports: RequestDeskPorts, options: RequestDeskOptions) {
		this.#ports = ports;
		this.#options = options;
		this.#access = new AccessDesk(ports.chain);
		this.#openings = new OpeningDesk(ports.chain, options.providerId, this.#access);
		this.#revisions = new RevisionDesk(ports, options.operatorSeed);
		this.#services = new ServiceDesk(ports.chain, options);
	}

	async answer({peer, head, body}: IncomingRequest): Promise<OutgoingMessage> {
		const request = decodeRequest(head);
		const answered = request.ok ? await this.#judged(peer, request.value, body) : request;
		if (answered.ok) {
			const {reply, body: answer} = answered.value;
			return {head: encodeReply(reply), ...(answer && {body: answer})};
		}
		const {code} = answered.error;
		this.#ports.log.debug('request refused', {code, kind: request.ok ? request.value.kind : null});
		return {
			head: encodeReply({kind: 'refused', reason: code, detail: describeFailure(answered.error)}),
		};
	}

	async #judged(peer: Uint8Array, request: PeerRequest, body: Uint8Array): Answered {
		try {
			return await this.#dispatch(peer, request, body);
		} catch (error) {
			if (!(error instanceof NodeError)) throw error;
			this.#ports.log.error('request failed', {kind: request.kind, ...error.detail});
			// What the disk said is this provider's affair.
			return err({code: error.code});
		}
	}

	#dispatch(peer: Uint8Array, request: PeerRequest, body: Uint8Array): Answered {
		switch (request.kind) {
			case 'agree':
				return this.#agree(peer, request);
			case 'put':
				return this.#put(peer, request, body);
			case 'get':
				return this.#get(peer, request);
			case 'revise':
				return this.#revise(peer, request);
			case 'revision':
				return this.#revision(peer, request);
			case 'inclusion':
				return this.#inclusion(peer, request);
			case 'have':
				return this.#have(peer, request);
			case 'channel':
				return this.#channel(peer, request);
			case 'pay':
				return this.#pay(request);
			case 'promise':
				return this.#promise(peer, request);
			case 'access':
				return this.#present(peer, request);
		}
	}

	async #agree(peer: Uint8Array, {transaction}: RequestOf<'agree'>): Answered {
		const unsigned = decodeTransactionBody(this.#ports.chain.env, transaction);
		if (!unsigned.ok) return unsigned;
		const {action} = unsigned.value.body;
		if (action.kind !== 'agreement-open' && action.kind !== 'agreement-renew')
			return err({code: 'OPENING_ACTION_WRONG', action: action.kind});
		const refusal = await this.#diskRefusal(this.#openings.wantedLeaves(action));
		if (refusal !== undefined) return err(refusal);
		const taken = this.#openings.consider(peer, unsigned.value, action);
		return taken.ok ? ok({reply: this.#witness(unsigned.value)}) : taken;
	}

	/** What the ledger says is promised and what is wanted now have to fit the disk, whatever capacity is offered. */
	async #diskRefusal(wantedLeaves: number): Promise<Failure | undefined> {
		const {chain, disk} = this.#ports;
		const promised = chain.state().get('providers', keyOf(this.#options.providerId))?.usedLeaves ?? 0;
		return await disk?.refusal((promised + wantedLeaves) * LEAF_BYTES);
	}

	async #promise(peer: Uint8Array, {transaction}: RequestOf<'promise'>): Answered {
		const unsigned = decodeTransactionBody(this.#ports.chain.env, transaction);
		if (!unsigned.ok) return unsigned;
		const taken = this.#services.consider(peer, unsigned.value);
		return taken.ok ? ok({reply: this.#witness(unsigned.value)}) : taken;
	}

	async #put(peer: Uint8Array, {agreementId, pieceId}: RequestOf<'put'>, bytes: Uint8Array): Answered {
		const agreement = this.#mayWrite(peer, agreementId, [{right: 'write', bytes: bytes.length}]);
		if (!agreement.ok) return agreement;
		const {chain, trees, store, shelf} = this.#ports;
		if (!equalBytes(identifyPiece(chain.env.crypto, trees, bytes), pieceId))
			return err({code: 'PIECE_ID_WRONG', pieceId});
		const {capacityLeaves} = agreement.value;
		return await shelf.change(agreementId, async (): Answered => {
			if ((await store.find(agreementId, pieceId)) !== undefined) return ok({reply: {kind: 'stored'}});
			const storedLeaves = (await store.usage(agreementId)).leaves + pieceLeafCount(bytes.length);
			if (storedLeaves > STORED_PER_CAPACITY * capacityLeaves)
				return err({code: 'AGREEMENT_FULL', storedLeaves, capacityLeaves});
			await store.put(agreementId, pieceId, bytes);
			return ok({reply: {kind: 'stored'}});
		});
	}

	async #get(peer: Uint8Array, {agreementId, pieceId, offset, length}: RequestOf<'get'>): Answered {
		const agreement = this.#mayRead(peer, agreementId, [{right: 'read', pieceId, bytes: length}]);
		if (!agreement.ok) return agreement;
		const reader = await this.#ports.store.open(agreementId, pieceId);
		if (reader === undefined) return err({code: 'PIECE_UNKNOWN', pieceId});
		if (offset + length > reader.length || length > BODY_BYTES_MAX)
			return err({code: 'PIECE_RANGE_OUTSIDE', offset, length, pieceLength: reader.length});
		const reply: PeerReply = {kind: 'piece', pieceLength: reader.length};
		if (length === 0) return ok({reply, body: bodyOf(new Uint8Array(0))});
		const charged = this.#ports.till?.charge(peer, length);
		if (charged?.ok === false) return charged;
		return ok({reply, body: {length, read: (from, wanted) => reader.read(offset + from, wanted)}});
	}

	async #revise(peer: Uint8Array, request: RequestOf<'revise'>): Answered {
		const revision = decodeRevision(request.revision);
		if (!revision.ok) return revision;
		const agreement = this.#mayWrite(peer, revision.value.agreementId, [
			...(request.added.length > 0 ? [{right: 'write'} as const] : []),
			...request.removed.map(pieceId => ({right: 'delete', pieceId}) as const),
		]);
		if (!agreement.ok) return agreement;
		const signature = await this.#revisions.sign(agreement.value, {...request, revision: revision.value});
		return signature.ok ? ok({reply: {kind: 'revised', signature: signature.value}}) : signature;
	}

	async #revision(peer: Uint8Array, {agreementId}: RequestOf<'revision'>): Answered {
		const agreement = this.#mayRead(peer, agreementId, [{right: 'list', whole: true}]);
		if (!agreement.ok) return agreement;
		const {newest} = await this.#ports.shelf.book(agreementId);
		return ok({reply: {kind: 'revision', signed: newest.signed ?? new Uint8Array(0)}});
	}

	async #inclusion(peer: Uint8Array, {agreementId, epoch}: RequestOf<'inclusion'>): Answered {
		const agreement = this.#mayRead(peer, agreementId, [{right: 'list', whole: true}]);
		if (!agreement.ok) return agreement;
		const {providerId} = this.#options;
		const wanted = {providerId, agreementId, epoch: epoch as Epoch};
		const inclusion = await rememberInclusion(this.#ports, wanted);
		if (inclusion === undefined) return err({code: 'AGREEMENT_NOT_COMMITTED', epoch});
		return ok({reply: {kind: 'inclusion', inclusion: encodeForestInclusion(inclusion)}});
	}

	async #have(peer: Uint8Array, {agreementId, pieceIds}: RequestOf<'have'>): Answered {
		const wanted = pieceIds.map(pieceId => ({right: 'list', pieceId}) as const);
		const agreement = this.#mayRead(peer, agreementId, wanted);
		if (!agreement.ok) return agreement;
		const lengths: number[] = [];
		for (const pieceId of pieceIds) {
			const piece = await this.#ports.store.find(agreementId, pieceId);
			lengths.push(piece === undefined ? 0 : piece.length + 1);
		}
		return ok({reply: {kind: 'held', lengths}});
	}

	async #channel(peer: Uint8Array, use: RequestOf<'channel'>): Answered {
		const opened = this.#ports.till?.open(peer, use) ?? err({code: 'PAYMENT_NOT_TAKEN'});
		return opened.ok ? ok({reply: {kind: 'till', ...opened.value}}) : opened;
	}

	async #pay({voucher}: RequestOf<'pay'>): Answered {
		const paid = (await this.#ports.till?.pay(voucher)) ?? err({code: 'PAYMENT_NOT_TAKEN'});
		return paid.ok ? ok({reply: {kind: 'paid', ...paid.value}}) : paid;
	}

	async #present(peer: Uint8Array, presented: RequestOf<'access'>): Answered {
		const admitted = this.#access.present(peer, presented);
		return admitted.ok ? ok({reply: {kind: 'admitted', notAfter: admitted.value}}) : admitted;
	}

	#witness({id}: UnsignedTransaction): PeerReply {
		const {crypto} = this.#ports;
		const {operatorSeed} = this.#options;
		return {
			kind: 'witness',
			verificationKey: crypto.ed25519VerificationKey(operatorSeed),
			signature: crypto.signEd25519(operatorSeed, id),
		};
	}

	#isClient(peer: Uint8Array, {client}: Agreement): boolean {
		return equalBytes(this.#ports.chain.env.crypto.blake2b224(peer), client);
	}

	/** The client of an agreement, the repairer of one that takes over from another, or who has a grant. */
	#mayWrite(peer: Uint8Array, agreementId: Hash32, wanted: readonly Wanted[]): Result<Agreement, Failure> {
		const found = findActiveAgreement(this.#ports.chain.state(), agreementId);
		if (!found.ok) return found;
		const repairs = found.value.repairOf !== null && equalBytes(peer, found.value.repairerVk);
		return this.#allowed(peer, {agreementId, isParty: repairs, wanted}, found.value);
	}

	/** The client, the repairer whom the client has named, or who has a grant. */
	#mayRead(peer: Uint8Array, agreementId: Hash32, wanted: readonly Wanted[]): Result<Agreement, Failure> {
		const found = findAgreement(this.#ports.chain.state(), agreementId);
		if (!found.ok) return found;
		const repairs = equalBytes(peer, found.value.repairerVk);
		return this.#allowed(peer, {agreementId, isParty: repairs, wanted}, found.value);
	}

	#allowed(
		peer: Uint8Array,
		{
			agreementId,
			isParty,
			wanted,
		}: {readonly agreementId: Hash32; readonly isParty: boolean; readonly wanted: readonly Wanted[]},
		agreement: Agreement,
	): Result<Agreement, Failure> {
		if (!equalBytes(agreement.provider, this.#options.providerId))
			return err({code: 'AGREEMENT_OF_ANOTHER_PROVIDER', agreementId: toHex(agreementId)});
		if (isParty || this.#isClient(peer, agreement)) return ok(agreement);
		if (!this.#access.knows(peer, agreement.client))
			return err({code: 'PEER_NOT_AUTHORISED', agreementId: toHex(agreementId)});
		const granted = this.#access.allows(peer, agreement.client, wanted);
		return granted.ok ? ok(agreement) : granted;
	}
}
