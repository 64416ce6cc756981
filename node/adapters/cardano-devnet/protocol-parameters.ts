/**
 * The protocol parameters that the devnet's ledger enforces: Cardano mainnet's of Conway, in the form in which Ogmios v6
 * reports them (`queryLedgerState/protocolParameters`). The cost models are what `script_data_hash` commits to.
 */
const ada = (lovelace: number) => ({ada: {lovelace}});
const HALF = '1/2';

const COST_MODEL_V1: readonly number[] = [
	100788, 420, 1, 1, 1000, 173, 0, 1, 1000, 59957, 4, 1, 11183, 32, 201305, 8356, 4, 16000, 100, 16000, 100,
	16000, 100, 16000, 100, 16000, 100, 16000, 100, 100, 100, 16000, 100, 94375, 32, 132994, 32, 61462, 4,
	72010, 178, 0, 1, 22151, 32, 91189, 769, 4, 2, 85848, 228465, 122, 0, 1, 1, 1000, 42921, 4, 2, 24548, 29498,
	38, 1, 898148, 27279, 1, 51775, 558, 1, 39184, 1000, 60594, 1, 141895, 32, 83150, 32, 15299, 32, 76049, 1,
	13169, 4, 22100, 10, 28999, 74, 1, 28999, 74, 1, 43285, 552, 1, 44749, 541, 1, 33852, 32, 68246, 32, 72362,
	32, 7243, 32, 7391, 32, 11546, 32, 85848, 228465, 122, 0, 1, 1, 90434, 519, 0, 1, 74433, 32, 85848, 228465,
	122, 0, 1, 1, 85848, 228465, 122, 0, 1, 1, 270652, 22588, 4, 1457325, 64566, 4, 20467, 1, 4, 0, 141992, 32,
	100788, 420, 1, 1, 81663, 32, 59498, 32, 20142, 32, 24588, 32, 20744, 32, 25933, 32, 24623, 32, 53384111,
	14333, 10,
];

const COST_MODEL_V2: readonly number[] = [
	100788, 420, 1, 1, 1000, 173, 0, 1, 1000, 59957, 4, 1, 11183, 32, 201305, 8356, 4, 16000, 100, 16000, 100,
	16000, 100, 16000, 100, 16000, 100, 16000, 100, 100, 100, 16000, 100, 94375, 32, 132994, 32, 61462, 4,
	72010, 178, 0, 1, 22151, 32, 91189, 769, 4, 2, 85848, 228465, 122, 0, 1, 1, 1000, 42921, 4, 2, 24548, 29498,
	38, 1, 898148, 27279, 1, 51775, 558, 1, 39184, 1000, 60594, 1, 141895, 32, 83150, 32, 15299, 32, 76049, 1,
	13169, 4, 22100, 10, 28999, 74, 1, 28999, 74, 1, 43285, 552, 1, 44749, 541, 1, 33852, 32, 68246, 32, 72362,
	32, 7243, 32, 7391, 32, 11546, 32, 85848, 228465, 122, 0, 1, 1, 90434, 519, 0, 1, 74433, 32, 85848, 228465,
	122, 0, 1, 1, 85848, 228465, 122, 0, 1, 1, 955506, 213312, 0, 2, 270652, 22588, 4, 1457325, 64566, 4, 20467,
	1, 4, 0, 141992, 32, 100788, 420, 1, 1, 81663, 32, 59498, 32, 20142, 32, 24588, 32, 20744, 32, 25933, 32,
	24623, 32, 43053543, 10, 53384111, 14333, 10, 43574283, 26308, 10,
];

const COST_MODEL_V3: readonly number[] = [
	100788, 420, 1, 1, 1000, 173, 0, 1, 1000, 59957, 4, 1, 11183, 32, 201305, 8356, 4, 16000, 100, 16000, 100,
	16000, 100, 16000, 100, 16000, 100, 16000, 100, 100, 100, 16000, 100, 94375, 32, 132994, 32, 61462, 4,
	72010, 178, 0, 1, 22151, 32, 91189, 769, 4, 2, 85848, 123203, 7305, -900, 1716, 549, 57, 85848, 0, 1, 1,
	1000, 42921, 4, 2, 24548, 29498, 38, 1, 898148, 27279, 1, 51775, 558, 1, 39184, 1000, 60594, 1, 141895, 32,
	83150, 32, 15299, 32, 76049, 1, 13169, 4, 22100, 10, 28999, 74, 1, 28999, 74, 1, 43285, 552, 1, 44749, 541,
	1, 33852, 32, 68246, 32, 72362, 32, 7243, 32, 7391, 32, 11546, 32, 85848, 123203, 7305, -900, 1716, 549, 57,
	85848, 0, 1, 90434, 519, 0, 1, 74433, 32, 85848, 123203, 7305, -900, 1716, 549, 57, 85848, 0, 1, 1, 85848,
	123203, 7305, -900, 1716, 549, 57, 85848, 0, 1, 955506, 213312, 0, 2, 270652, 22588, 4, 1457325, 64566, 4,
	20467, 1, 4, 0, 141992, 32, 100788, 420, 1, 1, 81663, 32, 59498, 32, 20142, 32, 24588, 32, 20744, 32, 25933,
	32, 24623, 32, 43053543, 10, 53384111, 14333, 10, 43574283, 26308, 10, 16000, 100, 16000, 100, 962335, 18,
	2780678, 6, 442008, 1, 52538055, 3756, 18, 267929, 18, 76433006, 8868, 18, 52948122, 18, 1995836, 36,
	3227919, 12, 901022, 1, 166917843, 4307, 36, 284546, 36, 158221314, 26549, 36, 74698472, 36, 333849714, 1,
	254006273, 72, 2174038, 72, 2261318, 64571, 4, 207616, 8310, 4, 1293828, 28716, 63, 0, 1, 1006041, 43623,
	251, 0, 1, 100181, 726, 719, 0, 1, 100181, 726, 719, 0, 1, 100181, 726, 719, 0, 1, 107878, 680, 0, 1, 95336,
	1, 281145, 18848, 0, 1, 180194, 159, 1, 1, 158519, 8942, 0, 1, 159378, 8813, 0, 1, 107490, 3298, 1, 106057,
	655, 1, 1964219, 24520, 3,
];

export const PROTOCOL_PARAMETERS: Readonly<Record<string, unknown>> = {
	minFeeCoefficient: 44,
	minFeeConstant: ada(155_381),
	minFeeReferenceScripts: {base: 15, range: 25_600, multiplier: 1.2},
	maxReferenceScriptsSize: {bytes: 204_800},
	minUtxoDepositConstant: ada(0),
	minUtxoDepositCoefficient: 4310,
	maxBlockBodySize: {bytes: 90_112},
	maxBlockHeaderSize: {bytes: 1_100},
	maxTransactionSize: {bytes: 16_384},
	maxValueSize: {bytes: 5_000},
	stakeCredentialDeposit: ada(2_000_000),
	stakePoolDeposit: ada(500_000_000),
	stakePoolRetirementEpochBound: 18,
	stakePoolPledgeInfluence: '3/10',
	stakePoolVotingThresholds: {
		noConfidence: HALF,
		constitutionalCommittee: {default: HALF, stateOfNoConfidence: HALF},
		hardForkInitiation: HALF,
		protocolParametersUpdate: {security: HALF},
	},
	minStakePoolCost: ada(170_000_000),
	desiredNumberOfStakePools: 500,
	monetaryExpansion: '3/1000',
	treasuryExpansion: '1/5',
	collateralPercentage: 150,
	maxCollateralInputs: 3,
	plutusCostModels: {'plutus:v1': COST_MODEL_V1, 'plutus:v2': COST_MODEL_V2, 'plutus:v3': COST_MODEL_V3},
	scriptExecutionPrices: {memory: '577/10000', cpu: '721/10000000'},
	maxExecutionUnitsPerTransaction: {memory: 14_000_000, cpu: 10_000_000_000},
	maxExecutionUnitsPerBlock: {memory: 62_000_000, cpu: 20_000_000_000},
	constitutionalCommitteeMinSize: 7,
	constitutionalCommitteeMaxTermLength: 146,
	governanceActionLifetime: 6,
	governanceActionDeposit: ada(100_000_000_000),
	delegateRepresentativeDeposit: ada(500_000_000),
	delegateRepresentativeMaxIdleTime: 20,
	delegateRepresentativeVotingThresholds: {
		noConfidence: HALF,
		constitutionalCommittee: {default: HALF, stateOfNoConfidence: HALF},
		constitution: HALF,
		hardForkInitiation: HALF,
		protocolParametersUpdate: {network: HALF, economic: HALF, technical: HALF, governance: HALF},
		treasuryWithdrawals: HALF,
	},
	version: {major: 10, minor: 0},
};
