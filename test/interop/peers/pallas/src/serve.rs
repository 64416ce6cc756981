//! A server of node-to-node that our relay follows.
use std::sync::{Arc, Mutex};

use pallas_network::facades::PeerServer;
use pallas_network::miniprotocols::chainsync::{ClientRequest, HeaderContent, Tip};
use pallas_network::miniprotocols::handshake::n2n::VersionData;
use pallas_network::miniprotocols::{
    Point, blockfetch, chainsync, keepalive, peersharing, txsubmission,
};
use pallas_network::multiplexer::Bearer;
use pallas_traverse::MultiEraBlock;
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::{chained, hex, point_text, report};

/// The highest that the library knows.
const VERSION: u64 = 14;

type Failure = Box<dyn std::error::Error + Send + Sync>;

struct ServedBlock {
    header: HeaderContent,
    /// `[era, block]`
    body: Vec<u8>,
    point: Point,
    number: u64,
}

struct Chain {
    blocks: Vec<ServedBlock>,
    parent: Vec<u8>,
    fetched: Mutex<(usize, Vec<u8>)>,
}

/// Where an item of CBOR ends: blocks follow one another in a chunk.
fn split(bytes: &[u8]) -> Result<Vec<&[u8]>, Failure> {
    let mut decoder = pallas_codec::minicbor::Decoder::new(bytes);
    let mut items = vec![];
    while decoder.position() < bytes.len() {
        let from = decoder.position();
        decoder.skip()?;
        items.push(&bytes[from..decoder.position()]);
    }
    Ok(items)
}

fn read_chunk(file: &str) -> Result<Chain, Failure> {
    let bytes = std::fs::read(file)?;
    let mut blocks = vec![];
    let mut parent = vec![];
    for body in split(&bytes)? {
        let block = MultiEraBlock::decode(body)?;
        let header = block.header();
        if blocks.is_empty() {
            parent = header
                .previous_hash()
                .map(|hash| hash.to_vec())
                .unwrap_or_default();
        }
        blocks.push(ServedBlock {
            // Headers count eras from 0, where Byron is one; blocks have two of Byron.
            header: HeaderContent {
                variant: body[1] - 1,
                byron_prefix: None,
                cbor: header.cbor().to_vec(),
            },
            body: body.to_vec(),
            point: Point::new(block.slot(), block.hash().to_vec()),
            number: block.number(),
        });
    }
    Ok(Chain {
        blocks,
        parent,
        fetched: Mutex::new((0, vec![])),
    })
}

impl Chain {
    fn tip(&self) -> Tip {
        let last = self.blocks.last().expect("a chunk holds blocks");
        Tip(last.point.clone(), last.number)
    }

    fn index_of(&self, point: &Point) -> Option<usize> {
        self.blocks.iter().position(|block| block.point == *point)
    }

    /// The parent of the first block is a point of the chain as well: its slot is unknown here, so that its hash decides.
    fn next_after(&self, point: &Point) -> Option<usize> {
        match point {
            Point::Specific(_, hash) if *hash == self.parent => Some(0),
            other => self.index_of(other).map(|index| index + 1),
        }
    }
}

/// Says where it listens, and goes on until its standard input is closed.
pub async fn serve(file: &str, magic: u64) -> Result<(), Failure> {
    let chain = Arc::new(read_chunk(file)?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    report(
        "listening",
        Ok(json!({"port": listener.local_addr()?.port(), "blocks": chain.blocks.len()})),
    );
    tokio::spawn(async move {
        loop {
            match accept(&listener, magic).await {
                Ok(server) => {
                    report(
                        "handshake served",
                        Ok(json!({"version": VERSION, "magic": magic})),
                    );
                    tokio::spawn(answer(server, chain.clone()));
                }
                Err(error) => report("handshake served", Err(error)),
            }
        }
    });
    let mut rest = vec![];
    tokio::io::stdin().read_to_end(&mut rest).await?;
    Ok(())
}

/// The library's own facade accepts only who proposes just what it proposes itself, no duplex and no peer sharing.
async fn accept(listener: &TcpListener, magic: u64) -> Result<PeerServer, Failure> {
    let (bearer, _) = Bearer::accept_tcp(listener).await?;
    let mut server = PeerServer::new(bearer);
    let proposed = server.handshake().receive_proposed_versions().await?;
    let data = proposed
        .values
        .get(&VERSION)
        .ok_or("version 14 is not proposed")?;
    if data.network_magic != magic {
        return Err("another network is proposed".into());
    }
    server
        .handshake()
        .accept_version(VERSION, VersionData::new(magic, true, Some(1), Some(false)))
        .await?;
    Ok(server)
}

async fn answer(server: PeerServer, chain: Arc<Chain>) {
    let PeerServer {
        plexer,
        chainsync,
        blockfetch,
        txsubmission,
        keepalive,
        peersharing,
        ..
    } = server;
    let keeps = tokio::spawn(answer_keep_alive(keepalive));
    let submits = tokio::spawn(answer_transactions(txsubmission));
    let shares = tokio::spawn(answer_peers(peersharing));
    let fetches = tokio::spawn(answer_blocks(blockfetch, chain.clone()));
    let ended = answer_headers(chainsync, chain).await;
    report(
        "connection ended",
        Ok(json!({"why": ended.err().map(|error| error.to_string())})),
    );
    for task in [
        keeps.abort_handle(),
        submits.abort_handle(),
        shares.abort_handle(),
        fetches.abort_handle(),
    ] {
        task.abort();
    }
    plexer.abort().await;
}

async fn answer_headers(
    mut server: chainsync::N2NServer,
    chain: Arc<Chain>,
) -> Result<(), Failure> {
    let mut next = None;
    while let Some(request) = server.recv_while_idle().await? {
        match request {
            ClientRequest::Intersect(points) => {
                let found = points
                    .iter()
                    .find_map(|point| Some((point.clone(), chain.next_after(point)?)));
                next = found.as_ref().map(|(_, index)| *index);
                match found {
                    // Straight on from here: to roll back there first, as cardano-node does, is not demanded.
                    Some((point, _)) => {
                        report(
                            "intersection served",
                            Ok(json!({"point": point_text(&point)})),
                        );
                        server.send_intersect_found(point, chain.tip()).await?;
                    }
                    None => server.send_intersect_not_found(chain.tip()).await?,
                }
            }
            ClientRequest::RequestNext => {
                let at = next.ok_or("headers are asked for before an intersection")?;
                match chain.blocks.get(at) {
                    Some(block) => {
                        next = Some(at + 1);
                        server
                            .send_roll_forward(block.header.clone(), chain.tip())
                            .await?;
                    }
                    None => {
                        server.send_await_reply().await?;
                        std::future::pending::<()>().await;
                    }
                }
            }
        }
    }
    Ok(())
}

async fn answer_blocks(mut server: blockfetch::Server, chain: Arc<Chain>) -> Result<(), Failure> {
    while let Some(blockfetch::BlockRequest((from, to))) = server.recv_while_idle().await? {
        let range = chain
            .index_of(&from)
            .zip(chain.index_of(&to))
            .filter(|(from, to)| from <= to);
        let blocks = range
            .map(|(from, to)| &chain.blocks[from..=to])
            .unwrap_or_default();
        server
            .send_block_range(blocks.iter().map(|block| block.body.clone()).collect())
            .await?;
        let mut fetched = chain.fetched.lock().expect("nobody panics with it");
        for block in blocks {
            fetched.0 += 1;
            fetched.1 = chained(&fetched.1, &block.body[2..]);
        }
        report(
            "blocks served",
            Ok(json!({"blocks": fetched.0, "digest": hex(&fetched.1)})),
        );
    }
    Ok(())
}

async fn answer_keep_alive(mut server: keepalive::Server) -> Result<(), keepalive::ServerError> {
    loop {
        server.keepalive_roundtrip().await?;
    }
}

async fn answer_transactions(mut server: txsubmission::Server) {
    if server.wait_for_init().await.is_ok() {
        report("tx-submission opened", Ok(json!({})));
    }
}

async fn answer_peers(mut server: peersharing::Server) -> Result<(), peersharing::ServerError> {
    while server.recv_share_request().await?.is_some() {
        report("peer-sharing served", Ok(json!({})));
        server.send_peer_addresses(vec![]).await?;
    }
    Ok(())
}
