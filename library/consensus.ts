/** `dcloud/consensus`: headers and blocks, of this chain and of Cardano's eras since Shelley. */
export {type Block, decodeBlock, encodeBlock} from '#consensus/block/block';
export {bodyHash, bodySize} from '#consensus/block/body-hash';
export {type BodyFailure, checkBody} from '#consensus/block/check-body';
export {type CardanoBlock, decodeCardanoBlock} from '#consensus/cardano/cardano-block';
export {CARDANO_NETWORKS, type CardanoNetwork, paramsOfEra} from '#consensus/cardano/cardano-network';
export {parentOf, startParent, unknownState} from '#consensus/cardano/cardano-parent';
export {type CardanoEra, eraOfBlockTag, eraOfHeaderTag, headerTagOf} from '#consensus/cardano/era';
export {
	type CardanoHeaderFailure,
	type CardanoParent,
	type CardanoRules,
	decodeEraHeader,
	type JudgedHeader,
	judgeCardanoHeader,
} from '#consensus/cardano/judge-cardano-header';
export {parseProtocolState} from '#consensus/cardano/protocol-state';
export {
	type CardanoPoolStake,
	type CardanoStake,
	type CardanoStakes,
	parseStakeDistribution,
} from '#consensus/cardano/stake-distribution';
export {TRUST_LEVELS, type TrustLevel} from '#consensus/cardano/trust-level';
export {type ChainTip, isPreferred} from '#consensus/chain/chain-selection';
export {type CardanoHeader, decodeCardanoHeader} from '#consensus/header/cardano-header';
export {encodeHeader} from '#consensus/header/encode-header';
export {decodeHeader, type Header} from '#consensus/header/header';
export type {HeaderError} from '#consensus/header/header-error';
export {type HeaderContext, validateHeader} from '#consensus/header/validate-header';
export {isSlotLeader} from '#consensus/leader/slot-leader';
export {leaderValue, nonceContribution, vrfInput} from '#consensus/leader/vrf-values';
export type {LeaderPool, LedgerView} from '#consensus/ledger-view';
export {combineNonces, type Nonce} from '#consensus/nonce/nonce';
export type {OperationalCertificate} from '#consensus/opcert/operational-certificate';
export type {ConsensusParams} from '#consensus/params';
export {genesisPraosState, type PraosState, tickPraos, updatePraos} from '#consensus/praos-state';
export {devnetParams, publicParams} from '#consensus/profiles';
export {epochOf, firstSlotOf, kesPeriodOf, slotAt, slotStartMs} from '#consensus/time';
