import type {StorageAttack} from '../storage-attack.ts';
import {censoring} from './censoring.ts';
import {dilution} from './dilution.ts';
import {equivocation} from './equivocation.ts';
import {garbageRepair} from './garbage-repair.ts';
import {grinding} from './grinding.ts';
import {manyIdentities} from './many-identities.ts';
import {omission} from './omission.ts';
import {outsourcing} from './outsourcing.ts';
import {selfDealing} from './self-dealing.ts';
import {staleCloseByClient, staleCloseByProvider} from './stale-close.ts';
import {subsidisedSelfDealing} from './subsidised-self-dealing.ts';
import {sumInflation} from './sum-inflation.ts';
import {thinStorage} from './thin-storage.ts';
import {falseClaims, unseenOmission} from './unseen-omission.ts';
import {unsignedPieces} from './unsigned-pieces.ts';
import {falseDemands, withheldPieces} from './withheld-pieces.ts';

/** In the order of docs/ATTACKS.md. */
export const storageAttacks: readonly StorageAttack[] = [
	thinStorage,
	outsourcing,
	manyIdentities,
	selfDealing,
	subsidisedSelfDealing,
	dilution,
	grinding,
	omission,
	unseenOmission,
	falseClaims,
	sumInflation,
	staleCloseByProvider,
	staleCloseByClient,
	equivocation,
	censoring,
	unsignedPieces,
	garbageRepair,
	withheldPieces,
	falseDemands,
];
