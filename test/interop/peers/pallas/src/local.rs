//! Our socket as a server of node-to-client.
use pallas_network::facades::NodeClient;
use pallas_network::miniprotocols::handshake::{
    Client as Handshake, Confirmation, RefuseReason, n2c,
};
use pallas_network::miniprotocols::localstate::queries_v16;
use pallas_network::miniprotocols::localtxsubmission::{EraTx, Response};
use pallas_network::miniprotocols::{PROTOCOL_N2C_HANDSHAKE, Point, chainsync};
use pallas_network::multiplexer::{Bearer, Plexer};
use pallas_traverse::MultiEraBlock;
use serde_json::json;

use crate::{Trial, chained, hex, point_text, report};

const BABBAGE: u16 = 5;
const CONWAY: u16 = 6;

pub async fn local(socket: &str, magic: u64, start: Point) {
    report("handshake", handshake(socket, magic).await);
    let mut client = match NodeClient::connect(socket, magic).await {
        Ok(client) => client,
        Err(error) => return report("connection", Err(error.into())),
    };
    queries(&mut client).await;
    report("chain-sync of blocks", blocks(&mut client, start).await);
    report("local-tx-submission", submission(&mut client).await);
    report(
        "local-tx-monitor",
        Ok(json!({"closed": client.monitor().acquire().await.is_err()})),
    );
    report(
        "query that is not answered",
        unanswered(socket, magic).await,
    );
    report(
        "handshake of another network",
        refusal(socket, magic + 1).await,
    );
}

async fn confirmation(
    socket: &str,
    magic: u64,
) -> Result<Confirmation<n2c::VersionData>, Box<dyn std::error::Error + Send + Sync>> {
    let mut plexer = Plexer::new(Bearer::connect_unix(socket).await?);
    let mut handshake = Handshake::new(plexer.subscribe_client(PROTOCOL_N2C_HANDSHAKE));
    let plexer = plexer.spawn();
    let confirmation = handshake
        .handshake(n2c::VersionTable::v10_and_above(magic))
        .await;
    plexer.abort().await;
    Ok(confirmation?)
}

async fn handshake(socket: &str, magic: u64) -> Trial {
    match confirmation(socket, magic).await? {
        Confirmation::Accepted(version, data) => {
            let ours = n2c::VersionData::new(magic, Some(false));
            Ok(json!({"version": version & 0x7fff, "magic": if data == ours { magic } else { 0 }}))
        }
        other => Err(format!("{other:?}").into()),
    }
}

async fn refusal(socket: &str, magic: u64) -> Trial {
    match confirmation(socket, magic).await? {
        Confirmation::Rejected(RefuseReason::Refused(_, why)) => {
            Ok(json!({"refusal": format!("handshake: refused: {why}")}))
        }
        other => Err(format!("{other:?}").into()),
    }
}

fn small(number: queries_v16::BigInt) -> Option<i64> {
    match number {
        queries_v16::BigInt::Int(int) => i128::from(int).try_into().ok(),
        _ => None,
    }
}

async fn queries(client: &mut NodeClient) {
    let state = client.statequery();
    if let Err(error) = state.acquire(None).await {
        return report("query of the tip", Err(error.into()));
    }
    let point = queries_v16::get_chain_point(state).await;
    let number = queries_v16::get_chain_block_no(state).await;
    report(
        "query of the tip",
        point
            .and_then(|point| {
                number.map(
                    |number| json!({"point": point_text(&point), "number": number.block_number}),
                )
            })
            .map_err(Into::into),
    );
    let era = queries_v16::get_current_era(state).await;
    report(
        "query of the era",
        era.map(|era| json!({"era": era})).map_err(Into::into),
    );
    let epoch = queries_v16::get_block_epoch_number(state, BABBAGE).await;
    report(
        "query of the epoch",
        epoch
            .map(|epoch| json!({"epoch": epoch}))
            .map_err(Into::into),
    );
    let start = queries_v16::get_system_start(state).await;
    report(
        "query of the system start",
        start
            .map(|start| {
                json!({
                    "year": small(start.year),
                    "day": start.day_of_year,
                    "picoseconds": small(start.picoseconds_of_day).map(|count| count.to_string()),
                })
            })
            .map_err(Into::into),
    );
    if let Err(error) = state.send_release().await {
        report("release", Err(error.into()));
    }
}

async fn blocks(client: &mut NodeClient, start: Point) -> Trial {
    let chainsync = client.chainsync();
    let (found, _) = chainsync.find_intersect(vec![start.clone()]).await?;
    if found.as_ref() != Some(&start) {
        return Err("the start point is no intersection".into());
    }
    let mut digest = vec![];
    let mut count = 0;
    loop {
        match chainsync.request_next().await? {
            chainsync::NextResponse::RollForward(content, tip) => {
                let block = MultiEraBlock::decode(&content)?;
                digest = chained(&digest, block.hash().as_ref());
                count += 1;
                if block.slot() >= tip.0.slot_or_default() {
                    return Ok(json!({
                        "blocks": count, "digest": hex(&digest), "tip": point_text(&tip.0), "number": tip.1,
                    }));
                }
            }
            chainsync::NextResponse::RollBackward(..) => {}
            chainsync::NextResponse::Await => return Err("told to wait before the tip".into()),
        }
    }
}

async fn submission(client: &mut NodeClient) -> Trial {
    match client
        .submission()
        .submit_tx(EraTx(CONWAY, vec![0x80]))
        .await?
    {
        Response::Accepted => Err("it was accepted".into()),
        Response::Rejected(why) => {
            Ok(json!({"saysWhy": format!("{why:?}").contains("This relay takes no transactions")}))
        }
    }
}

/// What is not answered ends the connection.
async fn unanswered(socket: &str, magic: u64) -> Trial {
    let mut client = NodeClient::connect(socket, magic).await?;
    let state = client.statequery();
    state.acquire(None).await?;
    let answer = queries_v16::get_stake_distribution(state, BABBAGE).await;
    Ok(json!({"closed": answer.is_err()}))
}
