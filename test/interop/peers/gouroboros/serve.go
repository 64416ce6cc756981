package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"os"
	"sync"

	ouroboros "github.com/blinklabs-io/gouroboros"
	"github.com/blinklabs-io/gouroboros/cbor"
	"github.com/blinklabs-io/gouroboros/ledger"
	"github.com/blinklabs-io/gouroboros/protocol"
	"github.com/blinklabs-io/gouroboros/protocol/blockfetch"
	"github.com/blinklabs-io/gouroboros/protocol/chainsync"
	"github.com/blinklabs-io/gouroboros/protocol/common"
	"github.com/blinklabs-io/gouroboros/protocol/peersharing"
	"github.com/blinklabs-io/gouroboros/protocol/txsubmission"
)

type servedBlock struct {
	kind   uint
	bytes  []byte
	point  common.Point
	number uint64
}

func readChunk(file string) ([]servedBlock, error) {
	rest, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	blocks := []servedBlock{}
	for len(rest) > 0 {
		wrapped := blockfetch.WrappedBlock{}
		length, err := cbor.Decode(rest, &wrapped)
		if err != nil {
			return nil, err
		}
		block, err := ledger.NewBlockFromCbor(wrapped.Type, wrapped.RawBlock)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, servedBlock{
			kind:   wrapped.Type,
			bytes:  append([]byte{}, wrapped.RawBlock...),
			point:  common.NewPoint(block.SlotNumber(), block.Hash().Bytes()),
			number: block.BlockNumber(),
		})
		rest = rest[length:]
	}
	return blocks, nil
}

// chain is what every connection is served; where each reads it is in its cursor.
type chain struct {
	blocks  []servedBlock
	mutex   sync.Mutex
	cursors map[string]*cursor
	digest  []byte
	fetched int
}

type cursor struct {
	next int
	// Told as a roll-back before the first header, as cardano-node does it; nil afterwards.
	intersection *common.Point
}

func (chain *chain) tip() chainsync.Tip {
	last := chain.blocks[len(chain.blocks)-1]
	return chainsync.Tip{Point: last.point, BlockNumber: last.number}
}

func (chain *chain) indexOf(point common.Point) int {
	for index, block := range chain.blocks {
		if block.point.Slot == point.Slot && string(block.point.Hash) == string(point.Hash) {
			return index
		}
	}
	return -1
}

// The parent of the first block is a point of the chain as well: its slot is unknown here, so that its hash decides.
func (chain *chain) findIntersect(context chainsync.CallbackContext, points []common.Point) (common.Point, chainsync.Tip, error) {
	first, err := ledger.NewBlockFromCbor(chain.blocks[0].kind, chain.blocks[0].bytes)
	if err != nil {
		return common.Point{}, chain.tip(), err
	}
	for _, point := range points {
		at := chain.indexOf(point)
		if at >= 0 || string(point.Hash) == string(first.PrevHash().Bytes()) {
			chain.mutex.Lock()
			defer chain.mutex.Unlock()
			chain.cursors[context.ConnectionId.String()] = &cursor{next: at + 1, intersection: &point}
			report("intersection served", facts{"point": pointText(point)}, nil)
			return point, chain.tip(), nil
		}
	}
	return common.Point{}, chain.tip(), chainsync.ErrIntersectNotFound
}

func (chain *chain) requestNext(context chainsync.CallbackContext) error {
	chain.mutex.Lock()
	at := chain.cursors[context.ConnectionId.String()]
	chain.mutex.Unlock()
	if at == nil {
		return fmt.Errorf("headers are asked for before an intersection")
	}
	if at.intersection != nil {
		point := *at.intersection
		at.intersection = nil
		return context.Server.RollBackward(point, chain.tip())
	}
	if at.next == len(chain.blocks) {
		return context.Server.AwaitReply()
	}
	block := chain.blocks[at.next]
	at.next++
	return context.Server.RollForward(block.kind, block.bytes, chain.tip())
}

func (chain *chain) requestRange(context blockfetch.CallbackContext, from common.Point, to common.Point) error {
	first, last := chain.indexOf(from), chain.indexOf(to)
	if first < 0 || last < first {
		return context.Server.NoBlocks()
	}
	if err := context.Server.StartBatch(); err != nil {
		return err
	}
	for _, block := range chain.blocks[first : last+1] {
		if err := context.Server.Block(block.kind, block.bytes); err != nil {
			return err
		}
	}
	if err := context.Server.BatchDone(); err != nil {
		return err
	}
	chain.mutex.Lock()
	defer chain.mutex.Unlock()
	for _, block := range chain.blocks[first : last+1] {
		digest := sha256.Sum256(append(chain.digest, block.bytes...))
		chain.digest = digest[:]
		chain.fetched++
	}
	report("blocks served", facts{"blocks": chain.fetched, "digest": fmt.Sprintf("%x", chain.digest)}, nil)
	return nil
}

// serve says where it listens, and goes on until its standard input is closed.
func serve(file string, magic uint32) error {
	blocks, err := readChunk(file)
	if err != nil {
		return err
	}
	liftLimits()
	served := &chain{blocks: blocks, cursors: map[string]*cursor{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	report("listening", facts{"port": listener.Addr().(*net.TCPAddr).Port, "blocks": len(blocks)}, nil)
	go func() {
		for {
			socket, err := listener.Accept()
			if err != nil {
				return
			}
			go served.accept(socket, magic)
		}
	}()
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// The library ends a connection on which more than 100 requests, 100 KiB of headers or, before the first is away, 64 KiB of blocks
// wait. Whoever reads ahead as cardano-node does has up to 300 requests under way: these limits are lifted here.
const requestsMax = 400

func liftLimits() {
	for _, states := range []protocol.StateMap{chainsync.StateMap, blockfetch.StateMap} {
		for state, entry := range states {
			entry.PendingMessageByteLimit = 0
			states[state] = entry
		}
	}
}

func (served *chain) accept(socket net.Conn, magic uint32) {
	headers := chainsync.NewConfig(
		chainsync.WithFindIntersectFunc(served.findIntersect),
		chainsync.WithRequestNextFunc(served.requestNext),
	)
	headers.RecvQueueSize = requestsMax
	connection, err := ouroboros.New(
		ouroboros.WithConnection(socket),
		ouroboros.WithServer(true),
		ouroboros.WithNodeToNode(true),
		ouroboros.WithNetworkMagic(magic),
		ouroboros.WithPeerSharing(true),
		ouroboros.WithChainSyncConfig(headers),
		ouroboros.WithBlockFetchConfig(blockfetch.NewConfig(
			blockfetch.WithRequestRangeFunc(served.requestRange),
		)),
		ouroboros.WithPeerSharingConfig(peersharing.NewConfig(
			peersharing.WithShareRequestFunc(func(peersharing.CallbackContext, int) ([]peersharing.PeerAddress, error) {
				report("peer-sharing served", facts{}, nil)
				return []peersharing.PeerAddress{}, nil
			}),
		)),
		ouroboros.WithTxSubmissionConfig(txsubmission.NewConfig(
			txsubmission.WithInitFunc(func(txsubmission.CallbackContext) error {
				report("tx-submission opened", facts{}, nil)
				return nil
			}),
		)),
	)
	if err != nil {
		report("handshake served", nil, err)
		return
	}
	version, data := connection.ProtocolVersion()
	report("handshake served", facts{"version": version, "magic": data.NetworkMagic()}, nil)
	for err := range connection.ErrorChan() {
		report("connection ended", facts{"why": err.Error()}, nil)
	}
}
