package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	ouroboros "github.com/blinklabs-io/gouroboros"
	"github.com/blinklabs-io/gouroboros/ledger"
	"github.com/blinklabs-io/gouroboros/protocol/blockfetch"
	"github.com/blinklabs-io/gouroboros/protocol/chainsync"
	"github.com/blinklabs-io/gouroboros/protocol/common"
	"github.com/blinklabs-io/gouroboros/protocol/keepalive"
	"github.com/blinklabs-io/gouroboros/protocol/txsubmission"
)

const (
	cookie        = 0xbeef
	keepAlives    = 2
	peersAskedFor = 5
	// The library ends a connection on which more than 384 messages wait; it does not hold the sender back.
	rangeBlocksMax = 288
)

// chainFacts follows a chain from the point on, until its tip is there.
type chainFacts struct {
	digest  []byte
	points  []common.Point
	tip     chainsync.Tip
	arrived chan error
}

func (facts *chainFacts) take(slot uint64, hash []byte, tip chainsync.Tip) error {
	digest := sha256.Sum256(append(facts.digest, hash...))
	facts.digest = digest[:]
	facts.points = append(facts.points, common.NewPoint(slot, hash))
	facts.tip = tip
	if slot < tip.Point.Slot {
		return nil
	}
	facts.arrived <- nil
	return chainsync.ErrStopSyncProcess
}

func (facts *chainFacts) report(trial string, err error) {
	report(trial, map[string]any{
		"blocks": len(facts.points),
		"digest": fmt.Sprintf("%x", facts.digest),
		"tip":    pointText(facts.tip.Point),
		"number": facts.tip.BlockNumber,
	}, err)
}

// A connection that ends says why, and wakes whoever waits.
func waitFor(arrived <-chan error, connection *ouroboros.Connection) error {
	select {
	case err := <-arrived:
		return err
	case err, open := <-connection.ErrorChan():
		if !open {
			return errors.New("the connection has ended")
		}
		return err
	}
}

func dial(address string, magic uint32, start common.Point) {
	headers := &chainFacts{arrived: make(chan error, 1)}
	blocks := &blockFacts{arrived: make(chan error, 1)}
	answers := make(chan error, keepAlives)
	asked := make(chan facts, 1)
	connection, err := connect("tcp", address, magic,
		ouroboros.WithNodeToNode(true),
		ouroboros.WithKeepAlive(true),
		ouroboros.WithPeerSharing(true),
		ouroboros.WithChainSyncConfig(headersConfig(headers)),
		ouroboros.WithBlockFetchConfig(blocks.config()),
		ouroboros.WithKeepAliveConfig(keepalive.NewConfig(
			keepalive.WithCookie(cookie),
			keepalive.WithPeriod(100*time.Millisecond),
			keepalive.WithKeepAliveResponseFunc(func(_ keepalive.CallbackContext, echoed uint16) error {
				if echoed != cookie {
					return fmt.Errorf("cookie %d", echoed)
				}
				select {
				case answers <- nil:
				default:
				}
				return nil
			}),
		)),
		ouroboros.WithTxSubmissionConfig(txsubmission.NewConfig(txsubmission.WithRequestTxIdsFunc(
			func(_ txsubmission.CallbackContext, blocking bool, acknowledged uint16, requested uint16) ([]txsubmission.TxIdAndSize, error) {
				asked <- facts{"blocking": blocking, "acknowledged": acknowledged, "requestsSome": requested > 0}
				if blocking {
					return nil, txsubmission.ErrStopServerProcess
				}
				return nil, nil
			},
		))),
	)
	if err != nil {
		report("handshake", nil, err)
		return
	}
	version, data := connection.ProtocolVersion()
	report("handshake", facts{"version": version, "magic": data.NetworkMagic(), "peerSharing": data.PeerSharing()}, nil)

	_, _, err = connection.ChainSync().Client.GetAvailableBlockRange([]common.Point{common.NewPoint(1, make([]byte, 32))})
	report("intersection that is not there", facts{"notFound": errors.Is(err, chainsync.ErrIntersectNotFound)}, nil)

	err = connection.ChainSync().Client.Sync([]common.Point{start})
	if err == nil {
		err = waitFor(headers.arrived, connection)
	}
	headers.report("chain-sync", err)

	err = nil
	for from := 0; from < len(headers.points) && err == nil; from += rangeBlocksMax {
		to := min(from+rangeBlocksMax, len(headers.points)) - 1
		err = connection.BlockFetch().Client.GetBlockRange(headers.points[from], headers.points[to])
		if err == nil {
			err = waitFor(blocks.arrived, connection)
		}
	}
	report("block-fetch", facts{"blocks": blocks.count, "bytes": blocks.bytes, "digest": fmt.Sprintf("%x", blocks.digest)}, err)

	block, err := connection.BlockFetch().Client.GetBlock(headers.tip.Point)
	report("block-fetch of one block", facts{"point": blockPoint(block)}, err)

	for range keepAlives {
		if err = waitFor(answers, connection); err != nil {
			break
		}
	}
	report("keep-alive", facts{"answers": keepAlives}, err)

	peers, err := connection.PeerSharing().Client.GetPeers(peersAskedFor)
	addresses := []string{}
	for _, peer := range peers {
		addresses = append(addresses, peer.IP.String())
	}
	report("peer-sharing", facts{"addresses": addresses}, err)

	connection.TxSubmission().Client.Init()
	select {
	case found := <-asked:
		report("tx-submission", found, nil)
	case err := <-connection.ErrorChan():
		report("tx-submission", nil, err)
	}
	_ = connection.Close()

	refused(address, magic)
	noBlocks(address, magic)
}

func headersConfig(headers *chainFacts) chainsync.Config {
	return chainsync.NewConfig(
		chainsync.WithRecvQueueSize(chainsync.MaxRecvQueueSize),
		chainsync.WithPipelineLimit(chainsync.MaxRecvQueueSize/2),
		chainsync.WithRollBackwardFunc(func(chainsync.CallbackContext, common.Point, chainsync.Tip) error { return nil }),
		chainsync.WithRollForwardFunc(func(_ chainsync.CallbackContext, _ uint, content any, tip chainsync.Tip) error {
			header, isHeader := content.(ledger.BlockHeader)
			if !isHeader {
				return fmt.Errorf("%T is no header", content)
			}
			return headers.take(header.SlotNumber(), header.Hash().Bytes(), tip)
		}),
	)
}

type blockFacts struct {
	digest  []byte
	count   int
	bytes   int
	arrived chan error
}

func (facts *blockFacts) config() blockfetch.Config {
	return blockfetch.NewConfig(
		blockfetch.WithBlockFunc(func(_ blockfetch.CallbackContext, _ uint, block ledger.Block) error {
			digest := sha256.Sum256(append(facts.digest, block.Cbor()...))
			facts.digest = digest[:]
			facts.bytes += len(block.Cbor())
			facts.count++
			return nil
		}),
		blockfetch.WithBatchDoneFunc(func(blockfetch.CallbackContext) error {
			facts.arrived <- nil
			return nil
		}),
	)
}

func blockPoint(block ledger.Block) string {
	if block == nil {
		return ""
	}
	return pointText(common.NewPoint(block.SlotNumber(), block.Hash().Bytes()))
}

// Who proposes another network is told that it is refused, and why.
func refused(address string, magic uint32) {
	connection, err := connect("tcp", address, magic+1, ouroboros.WithNodeToNode(true))
	if err == nil {
		_ = connection.Close()
		report("handshake of another network", nil, errors.New("it was accepted"))
		return
	}
	report("handshake of another network", facts{"refusal": err.Error()}, nil)
}

// The library keeps its lock after NoBlocks: this needs a connection of its own, and comes last.
func noBlocks(address string, magic uint32) {
	connection, err := connect("tcp", address, magic, ouroboros.WithNodeToNode(true))
	if err == nil {
		missing := common.NewPoint(1, make([]byte, 32))
		err = connection.BlockFetch().Client.GetBlockRange(missing, missing)
		_ = connection.Close()
	}
	report("block-fetch of a block that is not there", facts{"answer": fmt.Sprint(err)}, nil)
}
