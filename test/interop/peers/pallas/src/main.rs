//! A peer for dCloud's interop suite, on pallas: it dials a relay over node-to-node or its socket over node-to-client, or serves
//! a chunk of blocks. Each trial is one line of JSON on standard output.
mod dial;
mod local;
mod serve;

use std::time::Duration;

use pallas_network::miniprotocols::Point;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// No trial takes longer, or the program ends: a peer that waits for ever must not hold up the suite.
const TRIALS_MAX: Duration = Duration::from_secs(60);

pub type Trial = Result<Value, Box<dyn std::error::Error + Send + Sync>>;

pub fn report(trial: &str, outcome: Trial) {
    match outcome {
        Ok(found) => println!("{}", json!({"trial": trial, "found": found})),
        Err(error) => println!(
            "{}",
            json!({"trial": trial, "failure": with_sources(&*error)})
        ),
    }
}

fn with_sources(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", with_sources(source)),
        None => format!("{error}: {error:?}"),
    }
}

/// SHA-256 over what came before and these bytes.
pub fn chained(digest: &[u8], bytes: &[u8]) -> Vec<u8> {
    Sha256::new()
        .chain_update(digest)
        .chain_update(bytes)
        .finalize()
        .to_vec()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn point_text(point: &Point) -> String {
    match point {
        Point::Origin => "origin".into(),
        Point::Specific(slot, hash) => format!("{slot}.{}", hex(hash)),
    }
}

/// SLOT.HASH
fn parse_point(text: &str) -> Option<Point> {
    let (slot, hash) = text.split_once('.')?;
    let bytes: Option<Vec<u8>> = (0..hash.len() / 2)
        .map(|at| u8::from_str_radix(hash.get(2 * at..2 * at + 2)?, 16).ok())
        .collect();
    Some(Point::new(slot.parse().ok()?, bytes?))
}

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let arguments = match words[..] {
        ["serve", chunk, magic] => Some(("serve", chunk, magic.parse().ok(), Some(Point::Origin))),
        [verb, place, magic, start] => Some((verb, place, magic.parse().ok(), parse_point(start))),
        _ => None,
    };
    let Some((verb, place, Some(magic), Some(start))) = arguments else {
        eprintln!(
            "pallas-peer dial HOST:PORT MAGIC SLOT.HASH | local SOCKET MAGIC SLOT.HASH | serve CHUNK MAGIC"
        );
        std::process::exit(2);
    };
    let trials = async {
        match verb {
            "dial" => dial::dial(place, magic, start).await,
            _ => local::local(place, magic, start).await,
        }
    };
    if verb == "serve" {
        if let Err(error) = serve::serve(place, magic).await {
            report("serve", Err(error));
            std::process::exit(1);
        }
    } else if tokio::time::timeout(TRIALS_MAX, trials).await.is_err() {
        report(
            "the end",
            Err(format!("not reached in {TRIALS_MAX:?}").into()),
        );
        std::process::exit(1);
    }
}
