//! Our relay as a server of node-to-node.
use pallas_network::miniprotocols::handshake::n2n::{VersionData, VersionTable};
use pallas_network::miniprotocols::handshake::{Client as Handshake, Confirmation, RefuseReason};
use pallas_network::miniprotocols::txsubmission::{self, Request};
use pallas_network::miniprotocols::{
    PROTOCOL_N2N_BLOCK_FETCH, PROTOCOL_N2N_CHAIN_SYNC, PROTOCOL_N2N_HANDSHAKE,
    PROTOCOL_N2N_KEEP_ALIVE, PROTOCOL_N2N_PEER_SHARING, PROTOCOL_N2N_TX_SUBMISSION, Point,
    blockfetch, chainsync, keepalive, peersharing,
};
use pallas_network::multiplexer::{Bearer, Plexer, RunningPlexer};
use pallas_traverse::{MultiEraBlock, MultiEraHeader};
use serde_json::json;

use crate::{Trial, chained, hex, point_text, report};

const KEEP_ALIVES: usize = 2;
const PEERS_ASKED_FOR: u8 = 5;

struct Peer {
    _plexer: RunningPlexer,
    confirmation: Confirmation<VersionData>,
    chainsync: chainsync::N2NClient,
    blockfetch: blockfetch::Client,
    keepalive: keepalive::Client,
    peersharing: peersharing::Client,
    txsubmission: txsubmission::Client,
}

/// As the library's own facade, which proposes no peer sharing.
async fn connect(
    address: &str,
    magic: u64,
) -> Result<Peer, Box<dyn std::error::Error + Send + Sync>> {
    let mut plexer = Plexer::new(Bearer::connect_tcp(address).await?);
    let mut handshake = Handshake::new(plexer.subscribe_client(PROTOCOL_N2N_HANDSHAKE));
    let chainsync = chainsync::Client::new(plexer.subscribe_client(PROTOCOL_N2N_CHAIN_SYNC));
    let blockfetch = blockfetch::Client::new(plexer.subscribe_client(PROTOCOL_N2N_BLOCK_FETCH));
    let keepalive = keepalive::Client::new(plexer.subscribe_client(PROTOCOL_N2N_KEEP_ALIVE));
    let peersharing = peersharing::Client::new(plexer.subscribe_client(PROTOCOL_N2N_PEER_SHARING));
    let txsubmission =
        txsubmission::Client::new(plexer.subscribe_client(PROTOCOL_N2N_TX_SUBMISSION));
    let plexer = plexer.spawn();
    let mut versions = VersionTable::v7_and_above(magic);
    for (version, data) in versions.values.iter_mut() {
        if *version >= 11 {
            *data = VersionData::new(magic, true, Some(1), Some(false));
        }
    }
    let confirmation = handshake.handshake(versions).await?;
    Ok(Peer {
        _plexer: plexer,
        confirmation,
        chainsync,
        blockfetch,
        keepalive,
        peersharing,
        txsubmission,
    })
}

pub async fn dial(address: &str, magic: u64, start: Point) {
    let mut peer = match connect(address, magic).await {
        Ok(peer) => peer,
        Err(error) => return report("handshake", Err(error)),
    };
    report(
        "handshake",
        match &peer.confirmation {
            Confirmation::Accepted(version, data) => Ok(
                json!({"version": version, "magic": data.network_magic, "peerSharing": data.peer_sharing == Some(1)}),
            ),
            other => Err(format!("{other:?}").into()),
        },
    );
    let missing = Point::new(1, vec![0; 32]);
    let intersection = peer.chainsync.find_intersect(vec![missing.clone()]).await;
    report(
        "intersection that is not there",
        intersection
            .map(|(point, _)| json!({"notFound": point.is_none()}))
            .map_err(Into::into),
    );
    let mut points = vec![];
    report("chain-sync", headers(&mut peer, start, &mut points).await);
    report("block-fetch", blocks(&mut peer, &points).await);
    if let Some(last) = points.last() {
        report("block-fetch of one block", one_block(&mut peer, last).await);
    }
    report("keep-alive", keep_alive(&mut peer).await);
    report("peer-sharing", peers(&mut peer).await);
    let range = peer
        .blockfetch
        .request_range((missing.clone(), missing))
        .await;
    report(
        "block-fetch of a block that is not there",
        range.map(|has| json!({"answer": if has.is_some() { "blocks" } else { "block(s) not found" }})).map_err(Into::into),
    );
    report("tx-submission", transactions(&mut peer).await);
    report(
        "handshake of another network",
        refusal(address, magic + 1).await,
    );
    report("query of versions", versions(address, magic).await);
}

async fn headers(peer: &mut Peer, start: Point, points: &mut Vec<Point>) -> Trial {
    let (found, _) = peer.chainsync.find_intersect(vec![start.clone()]).await?;
    if found.as_ref() != Some(&start) {
        return Err("the start point is no intersection".into());
    }
    let mut digest = vec![];
    loop {
        match peer.chainsync.request_next().await? {
            chainsync::NextResponse::RollForward(content, tip) => {
                let header = MultiEraHeader::decode(content.variant, None, &content.cbor)?;
                digest = chained(&digest, header.hash().as_ref());
                points.push(Point::new(header.slot(), header.hash().to_vec()));
                if header.slot() >= tip.0.slot_or_default() {
                    return Ok(json!({
                        "blocks": points.len(), "digest": hex(&digest), "tip": point_text(&tip.0), "number": tip.1,
                    }));
                }
            }
            chainsync::NextResponse::RollBackward(..) => {}
            chainsync::NextResponse::Await => return Err("told to wait before the tip".into()),
        }
    }
}

/// Bodies are `[era, block]`; what is compared is the block alone.
fn without_era(body: &[u8]) -> &[u8] {
    &body[2..]
}

async fn blocks(peer: &mut Peer, points: &[Point]) -> Trial {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Err("there are no headers".into());
    };
    let bodies = peer
        .blockfetch
        .fetch_range((first.clone(), last.clone()))
        .await?;
    let digest = bodies
        .iter()
        .fold(vec![], |digest, body| chained(&digest, without_era(body)));
    for (body, point) in bodies.iter().zip(points) {
        let block = MultiEraBlock::decode(body)?;
        if Point::new(block.slot(), block.hash().to_vec()) != *point {
            return Err(format!("the body at {} is another's", point_text(point)).into());
        }
    }
    let bytes: usize = bodies.iter().map(|body| without_era(body).len()).sum();
    Ok(json!({"blocks": bodies.len(), "bytes": bytes, "digest": hex(&digest)}))
}

async fn one_block(peer: &mut Peer, point: &Point) -> Trial {
    let body = peer.blockfetch.fetch_single(point.clone()).await?;
    let block = MultiEraBlock::decode(&body)?;
    Ok(json!({"point": point_text(&Point::new(block.slot(), block.hash().to_vec()))}))
}

async fn keep_alive(peer: &mut Peer) -> Trial {
    for _ in 0..KEEP_ALIVES {
        peer.keepalive.keepalive_roundtrip().await?;
    }
    Ok(json!({"answers": KEEP_ALIVES}))
}

async fn peers(peer: &mut Peer) -> Trial {
    peer.peersharing.send_share_request(PEERS_ASKED_FOR).await?;
    let shared = peer.peersharing.recv_peer_addresses().await?;
    let addresses: Vec<String> = shared
        .iter()
        .map(|address| match address {
            peersharing::PeerAddress::V4(ip, _) => ip.to_string(),
            peersharing::PeerAddress::V6(ip, _) => ip.to_string(),
        })
        .collect();
    Ok(json!({"addresses": addresses}))
}

async fn transactions(peer: &mut Peer) -> Trial {
    peer.txsubmission.send_init().await?;
    let found = match peer.txsubmission.next_request().await? {
        Request::TxIds(acknowledged, requested) => (true, acknowledged, requested),
        Request::TxIdsNonBlocking(acknowledged, requested) => (false, acknowledged, requested),
        Request::Txs(_) => return Err("transactions are asked for that nobody offered".into()),
    };
    Ok(json!({"blocking": found.0, "acknowledged": found.1, "requestsSome": found.2 > 0}))
}

/// Who proposes another network is told that it is refused, and why.
async fn refusal(address: &str, magic: u64) -> Trial {
    match connect(address, magic).await?.confirmation {
        Confirmation::Rejected(RefuseReason::Refused(_, why)) => {
            Ok(json!({"refusal": format!("handshake: refused: {why}")}))
        }
        other => Err(format!("{other:?}").into()),
    }
}

async fn versions(address: &str, magic: u64) -> Trial {
    let table = pallas_network::facades::PeerClient::handshake_query(address, magic).await?;
    let mut versions: Vec<&u64> = table.values.keys().collect();
    versions.sort();
    Ok(json!({"versions": versions}))
}
