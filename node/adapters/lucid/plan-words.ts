/** Why a plan cannot be made, and what to do about it, for people; programs read the code and its fields. */
const PLAN_WORDS: Readonly<Record<string, string>> = {
	ALLOCATION_WRONG_ROOT:
		'The allocation list is not the one that the token was made for: use the list that was published with the deployment, unchanged.',
	BOND_EXIT_NOT_ANNOUNCED: 'The exit of the bond was not announced: announce it first, and wait.',
	CLAIMS_OVER:
		'Nothing is left to claim: all was claimed, or became the treasury’s once the time to claim was over.',
	CLAIMS_STILL_OPEN:
		'Holders can still claim: what is unclaimed becomes the treasury’s once the time to claim is over.',
	CHANNEL_CLOSING: 'The channel is closing: the payee settles before its end, then the rest goes back.',
	CHANNEL_EXPIRED: 'The time of the channel is over: open another one.',
	CHANNEL_REST_TOO_SMALL:
		'The voucher would leave less in the channel than an output must hold: end the channel with it instead.',
	CHECKPOINT_QUORUM_MISSING:
		'The signatures weigh no more than two thirds of the committee: wait for more members to sign.',
	EFFECT_UNKNOWN: 'Governance knows no such effect: docs/ONCHAIN.md lists those that can be proposed.',
	GRANT_MONEY_MISSING:
		'The treasury has less than the grant: execute it when there is more, before it expires. Tokens that are kept for claims are not its.',
	GRANT_OVER_CAP:
		'The grant is more than the cap leaves in this period: wait for the next one, or for a larger treasury.',
	GRANT_TOKENS_TOO_MANY: 'There are not so many tokens: propose fewer.',
	GRANT_TOO_SMALL: 'An output on Cardano holds at least 2 ADA: propose a grant of that or more.',
	GRANT_TO_TREASURY: 'The treasury cannot pay itself: propose the grant to somebody else.',
	PAYOUT_MONEY_MISSING:
		'What pays has too little ADA in outputs that can be used: try again later, and report it if that stays so.',
	PAYOUT_NOTHING_TO_CLAIM: 'All of it was claimed already: wait for the next checkpoint.',
	PAYOUT_NOT_PAYABLE: 'A slash is a record, not money: claim a withdrawal or a subsidy.',
	PROPOSAL_NOT_EXECUTABLE:
		'The proposal is executed after its timelock and before it expires: wait, or propose it anew.',
	PROPOSAL_NOT_PASSED:
		'The proposal has not passed: it missed the quorum or the majority. After the vote "dcloud gov close" ends it.',
	RECOVERY_DONE: 'That committee signs already: nothing has to be done.',
	RECOVERY_OF_OTHER_PERIOD:
		'Governance decided for another checkpoint than the one that stands on Cardano: propose it for that one, if its committee is dead too.',
	SETTING_UNWORKABLE:
		'With that setting nobody could govern any more: docs/PARAMETERS.md has the bounds of each.',
	TREASURY_EMPTY: 'The replaced treasury holds no money that could be moved.',
	TREASURY_NOT_REPLACED:
		'Governance still pays from this treasury: only the money of a replaced one is moved.',
};

export const planWords = (code: string): string =>
	PLAN_WORDS[code] ?? `The transaction makes no sense: ${code}.`;
