import type {StorageAttack} from '../storage-attack.ts';
import {censoring} from './censoring.ts';
import {dilution} from './dilution.ts';
import {grinding} from './grinding.ts';
import {manyIdentities} from './many-identities.ts';
import {outsourcing} from './outsourcing.ts';
import {selfDealing} from './self-dealing.ts';
import {thinStorage} from './thin-storage.ts';

/** In the order of docs/ATTACKS.md. */
export const storageAttacks: readonly StorageAttack[] = [
	thinStorage,
	outsourcing,
	manyIdentities,
	selfDealing,
	dilution,
	grinding,
	censoring,
];
