//! Over real sockets: clients that lie about lengths, or go away.

use std::net::SocketAddr;
use std::time::Duration;

use airlock_model::Role;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{ARCHIVE, Registry, client_form};

async fn served(registry: &Registry) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let app = registry.app.clone().into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
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
