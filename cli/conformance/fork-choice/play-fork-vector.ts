/** Tells a story to the fork choice that the node runs, and compares. */
import {ForkChoice} from '#consensus/chain/fork-choice';
import type {ForkHeader} from '#consensus/chain/fork-node';
import {checkBlockNumber} from '#consensus/header/rules/check-block-number';
import {checkCheckpoint} from '#consensus/header/rules/check-checkpoint';
import {checkSlot} from '#consensus/header/rules/check-slot';
import type {Hasher} from '#crypto/crypto';
import {defined} from '#kernel/assert';
import {equalBytes, parseHex} from '#kernel/bytes';
import type {HeaderHash} from '#kernel/hash';
import type {Tip} from '#kernel/point';
import type {Result} from '#kernel/result';
import {BlockNo, Slot} from '#kernel/slot';
import {encodeUtf8} from '#kernel/utf8';
import type {ForkVector, VectorBlock, VectorEvent, VectorStep} from './fork-vector.ts';

type Story = {
	readonly forks: ForkChoice<ForkHeader>;
	readonly headers: ReadonlyMap<VectorBlock, ForkHeader>;
};

const hashOf = (hasher: Hasher, name: string): HeaderHash => hasher.blake2b256(encodeUtf8(name));

const headersOf = (hasher: Hasher, {blocks}: ForkVector): ReadonlyMap<VectorBlock, ForkHeader> => {
	const headers = new Map<VectorBlock, ForkHeader>();
	for (const block of blocks.values()) {
		const {name, parent, slot, blockNo, issuer, counter, vrf} = block;
		const above = parent === undefined ? undefined : headers.get(defined(blocks.get(parent), 'it is read'));
		headers.set(block, {
			hash: hashOf(hasher, name),
			prevHash: above?.hash ?? null,
			blockNo: BlockNo(blockNo ?? (above === undefined ? 0 : above.blockNo + 1)),
			slot: Slot(slot),
			issuerVk: hashOf(hasher, `issuer ${issuer}`),
			counter,
			vrfOutput: defined(parseHex(vrf.toString(16).padStart(128, '0')), 'a number is hexadecimal'),
		});
	}
	return headers;
};

const headerOf = ({headers}: Story, block: VectorBlock): ForkHeader =>
	defined(headers.get(block), 'every block has a header');

const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.error.code);

/** The rules of a header that need no signature: what the fork choice itself takes for granted. */
const considerHeader = ({forks}: Story, header: ForkHeader): string => {
	const placed = forks.place(header);
	if (!placed.ok) return placed.error.code;
	if (placed.value === 'known') return 'known';
	const above = header.prevHash === null ? undefined : forks.find(header.prevHash);
	const parent: Tip = above ?? forks.immutableTip;
	for (const check of [
		checkBlockNumber(parent, header),
		checkSlot(parent, header),
		checkCheckpoint(forks.checkpoints, header),
	])
		if (!check.ok) return check.error.code;
	forks.addHeader(header, header);
	return 'ok';
};

const considerBody = ({forks}: Story, {hash}: ForkHeader): string => {
	if (forks.find(hash) === undefined)
		return forks.refusalOf(hash) === undefined ? 'CHAIN_HEADER_UNKNOWN' : 'CHAIN_BLOCK_REFUSED_BEFORE';
	forks.addBody(hash);
	return 'ok';
};

const happen = (story: Story, event: VectorEvent): string => {
	const {forks} = story;
	switch (event.kind) {
		case 'tick':
			forks.tick(event.nowMs);
			return 'ok';
		case 'header':
			return considerHeader(story, headerOf(story, event.block));
		case 'body':
			return considerBody(story, headerOf(story, event.block));
		case 'invalidate':
			forks.invalidate(headerOf(story, event.block).hash, {code: 'FORK_VECTOR_INVALIDATES'});
			return 'ok';
		case 'checkpoint': {
			const {blockNo, hash} = headerOf(story, event.block);
			return codeOf(forks.checkpoint(BlockNo(event.number ?? blockNo), hash));
		}
	}
};

/** Goes over to whatever is better; how many blocks were taken back. */
const select = ({forks}: Story): number => {
	let rollback = 0;
	for (let step = forks.next(); step !== undefined; step = forks.next()) {
		rollback += step.rollback;
		forks.switchTo(defined(step.branch.at(-1), 'a branch has a block').hash);
	}
	forks.settle();
	return rollback;
};

const nameOf = ({headers}: Story, tip: Tip): string => {
	if (tip === 'origin') return 'origin';
	for (const [{name}, {hash}] of headers) if (equalBytes(hash, tip.hash)) return name;
	return 'a block that is not in the file';
};

const complaintsOf = (
	story: Story,
	{expected}: VectorStep,
	result: string,
	rollback: number,
): readonly string[] => {
	const {forks} = story;
	const compare = (what: string, actual: Tip, wanted: VectorBlock | 'origin' | undefined): string[] => {
		if (wanted === undefined) return [];
		const same =
			wanted === 'origin' || actual === 'origin'
				? wanted === actual
				: equalBytes(actual.hash, headerOf(story, wanted).hash);
		const name = wanted === 'origin' ? wanted : wanted.name;
		return same ? [] : [`${what} is ${nameOf(story, actual)}, not ${name}`];
	};
	const wanted = expected.result ?? 'ok';
	return [
		...(result === wanted ? [] : [`the result is ${result}, not ${wanted}`]),
		...compare('the tip', forks.tip, expected.tip),
		...compare('the immutable tip', forks.immutableTip, expected.immutable),
		...(expected.rollback === undefined || expected.rollback === rollback
			? []
			: [`${rollback} blocks were rolled back, not ${expected.rollback}`]),
	];
};

/** What differs from what the vector expects, at the first step where something does; undefined: nothing. */
export const playForkVector = (hasher: Hasher, vector: ForkVector): string | undefined => {
	const {k, slotLengthMs} = vector;
	const slots = {systemStartMs: 0, slotLengthMs};
	const forks = new ForkChoice<ForkHeader>({k, slots, anchor: 'origin', nowMs: 0});
	const story: Story = {forks, headers: headersOf(hasher, vector)};
	for (const [index, step] of vector.steps.entries()) {
		const result = happen(story, step.event);
		const complaints = complaintsOf(story, step, result, select(story));
		if (complaints.length > 0) return `step ${index} (${step.event.kind}): ${complaints.join('; ')}`;
	}
	return undefined;
};
