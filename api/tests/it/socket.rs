//! Over real sockets: clients that lie about lengths, or go away.

use std::net::SocketAddr;
use std::time::Duration;

use airlock_model::Role;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::harness::{ARCHIVE, Registry, client_form};

async fn served(registry: &Registry) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (app, never) = (registry.app.clone(), CancellationToken::new());
    tokio::spawn(airlock_api::serve(listener, app, Duration::from_millis(300), never));
    address
}

async fn exchange(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.write_all(request).await.expect("sent");
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    // A connection that is closed hard has answered before.
    let _ = tokio::time::timeout(Duration::from_secs(10), read).await.expect("an answer in time");
    String::from_utf8_lossy(&answer).into_owned()
}

fn head(token: &str, more: &str) -> String {
    format!(
        "PUT /api/v1/plugins/weather-tool/1.0.0 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n{more}\r\n\r\n"
    )
}

#[tokio::test]
async fn lengths_that_lie() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    let address = served(&registry).await;
    let huge = exchange(address, head(&ada, "Content-Length: 2147483648").as_bytes()).await;
    assert!(huge.starts_with("HTTP/1.1 413 "), "{huge}");
    let bad = [head(&ada, "Transfer-Encoding: chunked").as_bytes(), b"6\r\n\x1f\x8b\x08\x00aa\r\nzz\r\n"].concat();
    let bad = exchange(address, &bad).await;
    assert!(bad.starts_with("HTTP/1.1 400 "), "{bad}");
    let both = head(&ada, "Content-Length: 5\r\nTransfer-Encoding: chunked");
    let both = exchange(address, &[both.as_bytes(), b"0\r\n\r\n"].concat()).await;
    assert!(both.starts_with("HTTP/1.1 400 "), "{both}");
    registry.settles_at(0).await;
}

#[tokio::test]
async fn a_connection_cut_in_the_middle_leaves_nothing() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    let address = served(&registry).await;
    let mut stream = TcpStream::connect(address).await.expect("connected");
    let begun = [head(&ada, "Content-Length: 50000").as_bytes(), ARCHIVE, &[0; 20_000]].concat();
    stream.write_all(&begun).await.expect("sent");
    registry.settles_at(1).await;
    drop(stream);
    registry.settles_at(0).await;
}

#[tokio::test]
async fn the_existing_clients_upload_over_a_real_connection() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    let address = served(&registry).await;
    let archive = [ARCHIVE, &[7; 60_000]].concat();
    let body = client_form("weather-tool", "1.0.0", &archive);
    let head = format!(
        "POST /api/v1/plugins/publish HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: AgentiCraft-Registry-Client/1.0\r\n\
         Accept: application/json\r\nAccept-Encoding: gzip, deflate\r\nAuthorization: Bearer {ada}\r\nContent-Length: {}\r\n\
         Content-Type: multipart/form-data; boundary={}\r\n\r\n",
        body.len(),
        crate::harness::BOUNDARY
    );
    let answer = exchange(address, &[head.as_bytes(), &body].concat()).await;
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    registry.settles_at(1).await;
}

#[tokio::test]
async fn a_header_that_never_ends_is_not_waited_for() {
    let registry = Registry::new().await;
    let address = served(&registry).await;
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.write_all(b"GET /health HTTP/1.1\r\nX-Slow: ").await.expect("sent");
    let mut answer = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
    closed.expect("the server closes").expect("in order");
    assert!(!answer.starts_with(b"HTTP/1.1 200"), "{answer:?}");
}

#[tokio::test]
async fn a_shutdown_lets_running_requests_end() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let shutdown = CancellationToken::new();
    let serving =
        tokio::spawn(airlock_api::serve(listener, registry.app.clone(), Duration::from_secs(5), shutdown.clone()));
    let mut stream = TcpStream::connect(address).await.expect("connected");
    let length = format!("Content-Length: {}", ARCHIVE.len());
    stream.write_all(&[head(&ada, &length).as_bytes(), &ARCHIVE[..10]].concat()).await.expect("sent");
    registry.settles_at(1).await;
    shutdown.cancel();
    stream.write_all(&ARCHIVE[10..]).await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    assert!(answer.starts_with(b"HTTP/1.1 202 "), "{}", String::from_utf8_lossy(&answer));
    tokio::time::timeout(Duration::from_secs(10), serving).await.expect("it ends").expect("in order");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn who_is_refused_in_the_middle_of_an_upload_can_read_why() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    let address = served(&registry).await;
    for head in [head(&ada, "Content-Length: 20000000"), head("wrong", "Content-Length: 20000000")] {
        let answer = exchange(address, &[head.as_bytes(), &vec![0; 20_000_000]].concat()).await;
        assert!(answer.contains("application/problem+json"), "{answer}");
    }
}
