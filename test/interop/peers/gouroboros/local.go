package main

import (
	"errors"
	"fmt"
	"strings"

	ouroboros "github.com/blinklabs-io/gouroboros"
	"github.com/blinklabs-io/gouroboros/ledger"
	"github.com/blinklabs-io/gouroboros/protocol/chainsync"
	"github.com/blinklabs-io/gouroboros/protocol/common"
	"github.com/blinklabs-io/gouroboros/protocol/localtxsubmission"
)

const conway = 6

func local(socket string, magic uint32, start common.Point) {
	blocks := &chainFacts{arrived: make(chan error, 1)}
	open := func() (*ouroboros.Connection, error) {
		return connect("unix", socket, magic,
			ouroboros.WithNodeToNode(false),
			ouroboros.WithChainSyncConfig(blocksConfig(blocks)),
			ouroboros.WithLocalTxSubmissionConfig(localtxsubmission.NewConfig()),
		)
	}
	connection, err := open()
	if err != nil {
		report("handshake", nil, err)
		return
	}
	version, data := connection.ProtocolVersion()
	report("handshake", facts{"version": version & 0x7fff, "magic": data.NetworkMagic()}, nil)

	queries(connection)

	err = connection.ChainSync().Client.Sync([]common.Point{start})
	if err == nil {
		err = waitFor(blocks.arrived, connection)
	}
	blocks.report("chain-sync of blocks", err)

	err = connection.LocalTxSubmission().Client.SubmitTx(conway, []byte{0x80})
	var rejection localtxsubmission.TransactionRejectedError
	if errors.As(err, &rejection) {
		report("local-tx-submission", facts{"saysWhy": strings.Contains(string(rejection.ReasonCbor), "This relay takes no transactions")}, nil)
	} else {
		report("local-tx-submission", nil, fmt.Errorf("no rejection: %v", err))
	}

	// What is not open ends the connection.
	_, _, _, err = connection.LocalTxMonitor().Client.GetSizes()
	report("local-tx-monitor", facts{"closed": err != nil}, nil)
	_ = connection.Close()

	connection, err = open()
	if err == nil {
		_, err = connection.LocalStateQuery().Client.GetStakeDistribution()
		_ = connection.Close()
	}
	report("query that is not answered", facts{"closed": err != nil}, nil)

	connection, err = connect("unix", socket, magic+1, ouroboros.WithNodeToNode(false))
	if err == nil {
		_ = connection.Close()
		report("handshake of another network", nil, errors.New("it was accepted"))
		return
	}
	report("handshake of another network", facts{"refusal": err.Error()}, nil)
}

func queries(connection *ouroboros.Connection) {
	client := connection.LocalStateQuery().Client
	point, err := client.GetChainPoint()
	if err != nil {
		report("query of the tip", nil, err)
		return
	}
	number, err := client.GetChainBlockNo()
	report("query of the tip", facts{"point": pointText(*point), "number": number}, err)
	era, err := client.GetCurrentEra()
	report("query of the era", facts{"era": era}, err)
	epoch, err := client.GetEpochNo()
	report("query of the epoch", facts{"epoch": epoch}, err)
	start, err := client.GetSystemStart()
	if err == nil {
		report("query of the system start", facts{"year": start.Year.Int64(), "day": start.Day, "picoseconds": start.Picoseconds.String()}, nil)
	} else {
		report("query of the system start", nil, err)
	}
	history, err := client.GetEraHistory()
	if err == nil && len(history) == 0 {
		err = errors.New("no eras")
	}
	if err != nil {
		report("query of the era history", nil, err)
		return
	}
	last := history[len(history)-1]
	report("query of the era history", facts{
		"eras":        len(history),
		"lastSlot":    last.Begin.SlotNo,
		"lastEpoch":   last.Begin.EpochNo,
		"epochLength": last.Params.EpochLength,
	}, nil)
}

func blocksConfig(blocks *chainFacts) chainsync.Config {
	return chainsync.NewConfig(
		// The library ends a connection on which more than 100 KiB of blocks wait: one at a time.
		chainsync.WithPipelineLimit(1),
		chainsync.WithRollBackwardFunc(func(chainsync.CallbackContext, common.Point, chainsync.Tip) error { return nil }),
		chainsync.WithRollForwardFunc(func(_ chainsync.CallbackContext, _ uint, content any, tip chainsync.Tip) error {
			block, isBlock := content.(ledger.Block)
			if !isBlock {
				return fmt.Errorf("%T is no block", content)
			}
			return blocks.take(block.SlotNumber(), block.Hash().Bytes(), tip)
		}),
	)
}
