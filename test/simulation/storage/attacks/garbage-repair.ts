/** A repairer takes over a lost agreement, hands in garbage and asks for the bounty. */

import {pieceLeafCount} from '#crypto/piece-id';
import {defined} from '#kernel/assert';
import {equalBytes} from '#kernel/bytes';
import type {AccountId, Hash32} from '#kernel/hash';
import {Epoch} from '#kernel/slot';
import {decodeSignedRevision} from '#ledger/agreements/revision';
import {keyOf} from '#ledger/state/keys';
import {encodeTransaction} from '#ledger/tx/transaction';
import {type AgreementTrie, agreementTrieOf} from '#storage-proofs/agreement-trie';
import {decodeForestInclusion, encodeForestPieceProof, proveForestPiece} from '#storage-proofs/forest-piece';
import {encodePieceProof, provePiece} from '#storage-proofs/piece-proof';
import {Peer, type Piece, pieceOf as peerPieceOf} from '../../../node/services/support/peer.ts';
import type {WorldProvider} from '../../../node/services/support/storage-world.ts';
import {crypto} from '../../../support/crypto.ts';
import {ada, alice} from '../../../support/ledger-genesis.ts';
import {pieceOf} from '../../../support/ledger-storage.ts';
import {closeFileWorld, createFileWorld, type FileWorld, holderNamed, repairerParty} from '../file-world.ts';
import {type Outcome, problemsOf, type StorageAttack} from '../storage-attack.ts';
import {wealthOf} from '../wealth.ts';

/** What the lost provider held. */
const lostPieces = ({
	ticket,
	stored,
}: FileWorld): {readonly id: Hash32; readonly pieces: readonly Hash32[]} => {
	const id = defined(stored.holders[0], 'there are holders').agreementId;
	const pieces = ticket.segments.flatMap(segment =>
		segment.pieces
			.filter(({holder}) => equalBytes(ticket.holders[holder]?.agreementId ?? new Uint8Array(0), id))
			.map(({pieceId}) => pieceId),
	);
	return {id, pieces};
};

const trieOf = (pieces: readonly Hash32[], leaves: number): AgreementTrie => {
	const trie = agreementTrieOf(pieces.map(pieceId => ({pieceId, leaves})));
	return trie.ok ? trie.value : null;
};

/** Epochs pass until its agreements are vacated. */
const lose = async ({world}: FileWorld, provider: WorldProvider): Promise<void> => {
	await provider.service.stop();
	for (let epochs = 0; world.ledger.eventsOf('agreement-vacated').length === 0 && epochs < 5; epochs++)
		await world.advanceTo(world.ledger.slotAt(world.ledger.epoch + 1, 1));
};

const play = async (): Promise<Outcome> => {
	const scene = await createFileWorld();
	const {world, providers, ticket} = scene;
	const {ledger} = world;
	ledger.send(alice, {kind: 'transfer', to: repairerParty.account as AccountId, amount: ada(10)});
	const lost = holderNamed(scene, 0);
	const {id: vacated, pieces} = lostPieces(scene);
	const wanted = defined(pieces[0], 'it held a piece');
	await lose(scene, lost);
	const bounty = ledger.state.agreements.get(keyOf(vacated))?.vacancy?.bountyTotal ?? 0n;
	const before = wealthOf(ledger.state, {accounts: [repairerParty]});

	// Any provider will do, because it does not mean to bring the piece.
	const taker = defined(
		providers.find(provider => provider !== lost),
		'there are others',
	);
	const peer = await Peer.dial(world, taker, repairerParty);
	const row = defined(ledger.state.agreements.get(keyOf(vacated)), 'it is vacated');
	const pieceLength = defined(ticket.segments[0], 'there are segments').pieceLength;
	const pieceLeaves = pieceLeafCount(pieceLength);
	await peer.open({
		repairOf: vacated,
		capacityLeaves: pieceLeaves,
		rate: row.rate,
		endEpoch: row.endEpoch,
		repairerVk: repairerParty.verificationKey,
	});
	const {agreementId: successor} = defined(ledger.eventsOf('agreement-opened').at(-1), 'opened');
	const garbage: Piece = peerPieceOf(pieceOf('garbage', pieceLength));
	const underItsName = await peer.put(successor, {pieceId: wanted, bytes: garbage.bytes});
	await peer.put(successor, garbage);
	const revised = await peer.revise(successor, 1, {
		all: [garbage],
		added: [garbage],
		change: {repairerVk: repairerParty.verificationKey},
	});
	const epoch = Epoch(Math.max(row.startEpoch, world.ledger.epoch + 1));
	await world.advanceTo(ledger.slotAt(epoch, 9));
	const proven = ledger.eventsOf('proven').some(event => equalBytes(event.provider, taker.id));

	// The last revision of what was lost, then the claim, for the lost piece and for the garbage.
	const revisions = ticket.revisions.map(decodeSignedRevision);
	const last = revisions.find(each => each.ok && equalBytes(each.value.revision.agreementId, vacated));
	if (last?.ok === true) ledger.send(repairerParty, {kind: 'revision-post', revision: last.value});
	const {reply} = await peer.ask({kind: 'inclusion', agreementId: successor, epoch});
	const inclusion = reply.kind === 'inclusion' ? decodeForestInclusion(reply.inclusion) : undefined;
	const held = trieOf([garbage.pieceId], pieceLeaves);
	const shown =
		inclusion?.ok === true ? proveForestPiece(crypto, inclusion.value, held, garbage.pieceId) : undefined;
	const successorProof = shown === undefined ? new Uint8Array(0) : encodeForestPieceProof(shown);
	const known = provePiece(crypto, trieOf(pieces, pieceLeaves), wanted);
	const vacatedProof = known === undefined ? new Uint8Array(0) : encodePieceProof(known);
	const claims = [wanted, garbage.pieceId].map(pieceId => {
		const claim = {
			kind: 'repair-claim',
			vacated,
			successor,
			pieceId,
			pieceLeaves,
			vacatedProof,
			successorProof,
			epoch,
		} as const;
		const sent = world.submit(encodeTransaction(ledger.transaction(repairerParty, claim)));
		return sent.ok ? 'paid' : `${sent.error.code} ${String((sent.error as {readonly of?: string}).of)}`;
	});
	const after = wealthOf(ledger.state, {accounts: [repairerParty]});
	await closeFileWorld(scene, [lost]);
	return {
		found: 'at once by the provider, and again by the ledger when the bounty is claimed',
		chance: 'certain',
		payoff: after - before,
		problems: problemsOf({
			'there is a bounty to be had': bounty > 0n,
			'a provider takes no garbage under the name of a piece': underItsName === 'PIECE_ID_WRONG',
			'garbage under its own name is kept and proven': revised === 'revised' && proven,
			'the lost piece is not in what was proven': claims[0] === 'REPAIR_PROOF_INVALID successor',
			'garbage was not in what was lost': claims[1] === 'REPAIR_PROOF_INVALID vacated',
			'nobody got a bounty': ledger.eventsOf('bounty-paid').length === 0,
		}),
	};
};

export const garbageRepair: StorageAttack = {
	name: 'garbage-repair',
	about:
		'A repairer takes over a lost agreement, has garbage stored instead of the piece, and claims the bounty.',
	rule: 'A bounty is paid for a piece of the same id in the last revision of the lost agreement and in a proven forest of the new one.',
	play,
};
