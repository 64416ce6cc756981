import type {Crypto} from '#crypto/crypto';
import {equalBytes, fromHex} from '#kernel/bytes';
import type {GenesisHash} from '#kernel/hash';
import {ok, type Result} from '#kernel/result';
import type {Slot} from '#kernel/slot';
import type {Told} from '#transport/protocols/overlay/messages';
import {type Neighbour, type Peer, peerOf} from '#transport/protocols/overlay/peer';
import {
	decodeProfile,
	type ProfileFailure,
	type ProfileRejection,
	verifyProfile,
} from '#transport/protocols/overlay/profile';

export type PeerBookPorts = {
	readonly crypto: Crypto;
	readonly genesisHash: GenesisHash;
	readonly currentSlot: () => Slot;
	/** No profile may hold for longer ahead. */
	readonly lifeSlotsMax: number;
};

type Verified = {readonly peer: Peer; readonly validUntilSlot: Slot};

const KEPT_MAX = 4096;

/** Profiles whose signatures were verified, so that each is verified once. */
export class PeerBook {
	readonly #ports: PeerBookPorts;
	readonly #byBytes = new Map<string, Verified>();

	constructor(ports: PeerBookPorts) {
		this.#ports = ports;
	}

	/** The peer that a profile speaks of. */
	read(signed: Uint8Array): Result<Peer, ProfileFailure | ProfileRejection> {
		const {crypto, genesisHash, currentSlot, lifeSlotsMax} = this.#ports;
		const decoded = decodeProfile(signed);
		if (!decoded.ok) return decoded;
		const {profile} = decoded.value;
		const peer = peerOf(crypto, profile, signed.slice());
		const known = this.#byBytes.get(peer.id);
		if (known !== undefined && equalBytes(known.peer.signed, signed) && known.validUntilSlot >= currentSlot())
			return ok(known.peer);
		const place = {slot: currentSlot(), lifeSlotsMax};
		const verified = verifyProfile(crypto, genesisHash, decoded.value, place);
		if (!verified.ok) return verified;
		this.#keep({peer, validUntilSlot: profile.validUntilSlot});
		return ok(peer);
	}

	#keep(verified: Verified): void {
		const {id, sequence} = verified.peer;
		const known = this.#byBytes.get(id);
		if (known !== undefined && known.peer.sequence > sequence) return;
		this.#byBytes.delete(id);
		this.#byBytes.set(id, verified);
		if (this.#byBytes.size > KEPT_MAX)
			for (const oldest of this.#byBytes.keys()) {
				this.#byBytes.delete(oldest);
				break;
			}
	}
}

/** What a peer told, as far as it is good, and whether any of it was forged or no profile at all. */
export type Admitted = {readonly entries: readonly Neighbour[]; readonly isForged: boolean};

/** Another clock than ours is no forgery. */
const HARMLESS: ReadonlySet<string> = new Set(['OVERLAY_PROFILE_EXPIRED', 'OVERLAY_PROFILE_LASTS_TOO_LONG']);

export const admit = (book: PeerBook, told: readonly Told[]): Admitted => {
	const entries: Neighbour[] = [];
	let isForged = false;
	for (const {profile, age} of told) {
		const peer = book.read(profile);
		if (peer.ok) entries.push({peer: peer.value, age});
		else if (!HARMLESS.has(peer.error.code)) isForged = true;
	}
	return {entries, isForged};
};

export const keyOf = ({id}: Pick<Peer, 'id'>): Uint8Array => fromHex(id);
