//! Where a request ends (RFC 9112 6.1 to 6.3 and 7.1). A request that can be read in two ways could smuggle another one
//! past a proxy: it gets one refusal, nothing that comes after it is done, and the connection ends.
//!
//! Not among the shapes is what has one meaning: line feeds alone (2.2), a target in absolute form (3.2.2), empty
//! lines before a request (2.2), chunk extensions (7.1.1). A chunk extension without a name and a line without a colon
//! among the trailers are wrong too, but actix passes over both without a difference in where the body ends.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::harness::World;

/// What comes after each request in the same packet.
const SECOND: &str = "GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n";

/// What the server answers to some bytes: the statuses, and whether it has closed the connection.
async fn answers(base: &str, sent: &str) -> (Vec<u16>, bool) {
    let mut stream =
        TcpStream::connect(base.trim_start_matches("http://")).await.expect("a connection");
    stream.write_all(sent.as_bytes()).await.expect("to be sent");
    let mut got = Vec::new();
    let closed = timeout(Duration::from_secs(8), async {
        let mut part = [0; 4096];
        while let Ok(1..) = stream.read(&mut part).await.inspect(|&n| got.extend(&part[..n])) {}
    });
    let closed = closed.await.is_ok();
    let text = String::from_utf8_lossy(&got);
    let answers = text.split("HTTP/1.1 ").skip(1).chain(text.split("HTTP/1.0 ").skip(1));
    (answers.map(|answer| answer[..3].parse().expect("a status")).collect(), closed)
}

fn post(headers: &str, body: &str) -> String {
    let line = "POST /api/v1/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    format!("{line}{headers}\r\n{body}")
}

fn chunked(body: &str) -> String {
    post("transfer-encoding: chunked\r\n", body)
}

fn get(headers: &str) -> String {
    format!("GET /health/live HTTP/1.1\r\n{headers}\r\n")
}

fn lengths() -> Vec<String> {
    let lengths = [
        "2\r\ncontent-length: 40",
        "2, 40",
        "2, 2",
        "+2",
        "-1",
        "0x2",
        "2abc",
        "2 3",
        "2_0",
        "\"2\"",
        "99999999999999999999999",
        "",
    ];
    let lengths = lengths.map(|length| post(&format!("content-length: {length}\r\n"), "{}"));
    let both = [
        "content-length: 6\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
    ];
    lengths.into_iter().chain(both.map(|headers| post(headers, "0\r\n\r\n"))).collect()
}

fn codings() -> Vec<String> {
    let codings = [
        "xchunked",
        "chunked, identity",
        "identity",
        "chunked, chunked",
        "gzip",
        "\"chunked\"",
        "chunked;x=y",
        "\u{b}chunked",
        "cow",
        "chunked\r\ntransfer-encoding: identity",
        "\r\n chunked",
    ];
    let codings =
        codings.map(|coding| post(&format!("transfer-encoding: {coding}\r\n"), "0\r\n\r\n"));
    let of_1_0 =
        post("transfer-encoding: chunked\r\n", "0\r\n\r\n").replace("HTTP/1.1", "HTTP/1.0");
    codings.into_iter().chain([of_1_0]).collect()
}

fn chunks() -> Vec<String> {
    let sizes = ["0x2", "-1", "+2", " 2", "10000000000000002", "", "0_2", "2 "];
    let sizes = sizes.map(|size| chunked(&format!("{size}\r\n{{}}\r\n0\r\n\r\n")));
    let ends = [
        "2\n{}\r\n0\r\n\r\n",
        "2;a\n{}\r\n0\r\n\r\n",
        "2;a\rb\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}0\r\n\r\n",
        "2\r\n{}\n0\r\n\r\n",
        "2\r\n{}xx\r\n0\r\n\r\n",
        "2\r\n{}\r\n0\n\n",
    ];
    sizes.into_iter().chain(ends.map(chunked)).collect()
}

fn fields() -> Vec<String> {
    let fields = [
        "host: x\r\ncontent-length : 2\r\n",
        "host: x\r\ntransfer-encoding\t: chunked\r\n",
        "host: x\r\nx-a: b\r\n c\r\n",
        " host: x\r\n",
        "host: x\r\nx: a\0b\r\n",
        "host: x\r\nx: y\rcontent-length: 40\r\n",
        "host: x\r\nfoo\r\n",
        "host: x\r\n: foo\r\n",
        "host: x\r\nhost: y\r\n",
        "host: a b\r\n",
        "host: a@b\r\n",
        "",
    ];
    fields.map(get).into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_ends_in_two_places_is_refused_and_nothing_after_it_is_done() {
    let world = World::on_sqlite().await;
    let shapes: Vec<String> = [lengths(), codings(), chunks(), fields()].concat();
    assert!(shapes.len() >= 35);
    let wrong = shapes.iter().map(async |shape| {
        let (statuses, closed) = answers(&world.base, &format!("{shape}{SECOND}")).await;
        let refused = matches!(statuses[..], [400..=499 | 501 | 505]);
        (!refused || !closed).then(|| format!("{shape:?}: {statuses:?}, closed: {closed}"))
    });
    let wrong: Vec<String> = join_all(wrong).await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The refusal says that the connection ends, so nothing that came with the request is done (RFC 9112 9.6), although
/// it would have been no mistake to answer the second: both end where they say.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_body_that_is_refused_nothing_more_is_done() {
    let world = World::on_sqlite().await;
    let of_another_type = post("content-length: 2\r\n", "{}").replace("/json", "/x");
    let refused = [of_another_type, chunked("2\r\n{}\r\n0\r\n\r\n")];
    for first in refused {
        let (statuses, closed) = answers(&world.base, &format!("{first}{SECOND}{SECOND}")).await;
        assert!(matches!(statuses[..], [415 | 422]) && closed, "{first:?}: {statuses:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_are_framed_well_are_all_answered() {
    let world = World::on_sqlite().await;
    let last = get("host: x\r\nconnection: close\r\n");
    let with_body = "GET /health/live HTTP/1.1\r\nhost: [::1]:8080\r\ncontent-length: 2\r\n\r\n{}";
    let refused_for_what_it_says = post("content-length: 2\r\n", "{}");
    let all = format!("{SECOND}{with_body}{refused_for_what_it_says}{SECOND}{last}");
    let (statuses, closed) = answers(&world.base, &all).await;
    assert_eq!(statuses, [200, 200, 422, 200, 200]);
    assert!(closed);
}
