// Command gouroboros is a peer for dCloud's interop suite, on the library of that name: it dials a relay over node-to-node
// or its socket over node-to-client, or serves a chunk of blocks. Each trial is one line of JSON on standard output.
package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	ouroboros "github.com/blinklabs-io/gouroboros"
	"github.com/blinklabs-io/gouroboros/protocol/common"
)

// No trial takes longer, or the program ends: a peer that waits for ever must not hold up the suite.
const trialsMax = 60 * time.Second

type facts map[string]any

func report(trial string, found facts, err error) {
	line := facts{"trial": trial}
	if err != nil {
		line["failure"] = err.Error()
	} else {
		line["found"] = found
	}
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
}

// parsePoint reads SLOT.HASH.
func parsePoint(text string) (common.Point, error) {
	slotText, hashText, _ := strings.Cut(text, ".")
	slot, err := strconv.ParseUint(slotText, 10, 64)
	if err != nil {
		return common.Point{}, err
	}
	hash, err := hex.DecodeString(hashText)
	return common.NewPoint(slot, hash), err
}

func pointText(point common.Point) string {
	return fmt.Sprintf("%d.%x", point.Slot, point.Hash)
}

// connect dials and shakes hands. What goes wrong afterwards is on the connection's channel of errors.
func connect(network string, address string, magic uint32, options ...ouroboros.ConnectionOptionFunc) (*ouroboros.Connection, error) {
	connection, err := ouroboros.New(append(options, ouroboros.WithNetworkMagic(magic))...)
	if err != nil {
		return nil, err
	}
	return connection, connection.Dial(network, address)
}

func usage() {
	fmt.Fprintln(os.Stderr, "gouroboros dial HOST:PORT MAGIC SLOT.HASH | local SOCKET MAGIC SLOT.HASH | serve CHUNK MAGIC")
	os.Exit(2)
}

func main() {
	if len(os.Args) < 4 {
		usage()
	}
	magic, err := strconv.ParseUint(os.Args[3], 10, 32)
	if err != nil {
		usage()
	}
	if os.Args[1] == "serve" {
		if err := serve(os.Args[2], uint32(magic)); err != nil {
			report("serve", nil, err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) < 5 {
		usage()
	}
	start, err := parsePoint(os.Args[4])
	if err != nil {
		usage()
	}
	time.AfterFunc(trialsMax, func() {
		report("the end", nil, fmt.Errorf("not reached in %s", trialsMax))
		os.Exit(1)
	})
	switch os.Args[1] {
	case "dial":
		dial(os.Args[2], uint32(magic), start)
	case "local":
		local(os.Args[2], uint32(magic), start)
	default:
		usage()
	}
}
