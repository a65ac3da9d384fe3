//! Bad input is answered, never fatal, and loses nothing.

use std::io::Write;

use airlock_tests::client::{Client, accepted};
use airlock_tests::package::{self, Files};
use airlock_tests::server::Server;
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::StatusCode;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Uploads an archive that must be accepted, examined and refused; the report.
async fn refused(client: &Client, name: &str, archive: Vec<u8>) -> Value {
    let id = accepted(client.put(name, "1.0.0", archive).await).await;
    let validation = client.settled(&id).await;
    assert_eq!(validation["state"], "rejected", "{name}: {validation}");
    let reasons = validation["reasons"].as_array().expect("reasons");
    assert!(!reasons.is_empty(), "{name}: a refusal without a reason");
    client.report(&id).await
}

fn rules(report: &Value) -> Vec<&str> {
    report["findings"].as_array().expect("findings").iter().map(|f| f["rule"].as_str().expect("a rule")).collect()
}

#[tokio::test]
async fn what_is_no_archive_is_answered_at_once() {
    let server = Server::start().await;
    let client = server.client("alice", "publisher");
    for body in [&b""[..], b"<!DOCTYPE html><html><body>404</body></html>", b"{\"error\": \"expired\"}"] {
        let response = client.put("some-plugin", "1.0.0", body.to_vec()).await;
        let status = response.status();
        let problem: Value = response.json().await.expect("problem details");
        assert!(status.is_client_error(), "{status} {problem}");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 20), "{problem}");
    }
    for (name, version) in
        [("..", "1.0.0"), ("CON", "1.0.0"), ("search", "1.0.0"), ("some-plugin", "1.0"), ("a%0Ab", "1.0.0")]
    {
        let response = client.put(name, version, b"PK".to_vec()).await;
        assert!(response.status().is_client_error(), "{name} {version}: {}", response.status());
    }
    assert_eq!(
        client.json("/api/v1/validations").await["validations"].as_array().map(Vec::len),
        Some(0),
        "nothing is kept"
    );
    assert_eq!(quarantined(&server), 0, "no object is left behind");
    client.submit(&package::plugin("shells-out")).await;
    assert!(quarantined(&server) > 0, "what is accepted is kept, so the count above means something");
}

/// How many objects lie in the quarantine folder.
fn quarantined(server: &Server) -> usize {
    fn count(dir: &std::path::Path) -> usize {
        std::fs::read_dir(dir).map_or(0, |entries| {
            entries.flatten().map(|entry| if entry.path().is_dir() { count(&entry.path()) } else { 1 }).sum()
        })
    }
    count(&server.data().join("objects/quarantine"))
}

#[tokio::test]
async fn two_gigabytes_are_refused_and_nothing_of_them_is_kept() {
    let server = Server::start().await;
    let token = server.token("alice", "publisher");
    let memory = resident(server.pid());
    let address = server.url().replace("http://", "");
    for length in ["Content-Length: 2147483648", "Transfer-Encoding: chunked"] {
        let mut socket = tokio::net::TcpStream::connect(&address).await.expect("connected");
        let head = format!(
            "PUT /api/v1/plugins/some-plugin/1.0.0 HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n{length}\r\n\r\n"
        );
        socket.write_all(head.as_bytes()).await.expect("sent");
        let (mut read, mut write) = socket.into_split();
        let chunked = length.starts_with('T');
        let sender = tokio::spawn(async move {
            let block = vec![0x1f_u8; 1 << 20];
            for _ in 0..2048 {
                let size = format!("{:x}\r\n", block.len());
                let framed = !chunked || write.write_all(size.as_bytes()).await.is_ok();
                if !framed
                    || write.write_all(&block).await.is_err()
                    || (chunked && write.write_all(b"\r\n").await.is_err())
                {
                    return false;
                }
            }
            true
        });
        let mut answer = Vec::new();
        let _ = read.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        drop(read);
        assert!(answer.starts_with("HTTP/1.1 413") || answer.starts_with("HTTP/1.1 400"), "{length}: {answer}");
        sender.abort();
    }
    let grown = resident(server.pid()).saturating_sub(memory);
    assert!(grown < 64 << 20, "memory grew by {grown} bytes");
    assert_eq!(quarantined(&server), 0, "no object is left behind");
}

/// Resident memory of a process, in bytes.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a running process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

#[tokio::test]
async fn hostile_archives_are_refused_with_the_member_named() {
    let server = Server::start().await;
    let client = server.client("alice", "publisher");
    let good = package::plugin("no-tests");

    let whole = package::as_the_guide_packs(&good);
    let report = refused(&client, "cut-short", whole[..whole.len() / 2].to_vec()).await;
    assert!(rules(&report).iter().any(|rule| rule.starts_with("AL-ARCHIVE-")), "{report}");

    for (name, member) in [("climbs-out", "../evil.py"), ("starts-at-root", "/etc/evil.py"), ("has-newline", "a\nb.py")]
    {
        let report = refused(&client, name, raw_tar(&[(&format!("{name}/plugin.yaml"), b"x"), (member, b"x")])).await;
        assert!(rules(&report).iter().any(|rule| rule.starts_with("AL-ARCHIVE-")), "{name}: {report}");
        assert!(!report.to_string().contains("a\\nb.py\\n"), "the name is shown escaped");
    }

    let bomb = package::with(&good, "zeros.bin", &vec![0; 64 << 20]);
    let report = refused(&client, "zip-bomb", package::as_the_guide_packs(&bomb)).await;
    assert!(rules(&report).iter().any(|rule| rule.starts_with("AL-ARCHIVE-")), "{report}");

    let many: Files = (0..20_000).map(|n| (format!("file{n}.txt"), b"x".to_vec())).collect();
    let report = refused(&client, "too-many-files", package::as_the_client_packs("too-many-files", &many)).await;
    assert!(rules(&report).iter().any(|rule| rule.starts_with("AL-ARCHIVE-")), "{report}");

    let validation = client.settled(&client.submit(&good).await).await;
    assert_eq!(validation["state"], "published", "the server goes on");
}

/// A tar.gz whose names are written as they are, without a library's care.
fn raw_tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, bytes) in members {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..107].copy_from_slice(b"0000644");
        header[108..115].copy_from_slice(b"0000000");
        header[116..123].copy_from_slice(b"0000000");
        header[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
        header[136..147].copy_from_slice(b"00000000000");
        header[148..156].copy_from_slice(b"        ");
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        tar.extend_from_slice(&header);
        tar.extend_from_slice(bytes);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(&tar).expect("to memory");
    gzip.finish().expect("to memory")
}

#[tokio::test]
async fn multipart_that_is_not_what_the_client_sends() {
    let server = Server::start().await;
    let token = server.token("alice", "publisher");
    let client = Client::new(&server.url(), Some(&token));
    let send = async |content_type: &str, body: Vec<u8>| {
        let request = client.http().post(client.url("/api/v1/plugins/publish")).header("content-type", content_type);
        let response = request.body(body).send().await.expect("an answer");
        (response.status(), response.text().await.expect("a body"))
    };
    let part = |name: &str, bytes: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n{bytes}\r\n")
    };
    let cases = [
        ("no boundary", "multipart/form-data", String::new()),
        ("another type", "application/json", "{}".to_owned()),
        ("no parts", "multipart/form-data; boundary=b", "--b--\r\n".to_owned()),
        ("no final boundary", "multipart/form-data; boundary=b", part("package", "PK\u{3}\u{4}")),
        (
            "two packages",
            "multipart/form-data; boundary=b",
            part("package", "PK\u{3}\u{4}") + &part("package", "PK\u{3}\u{4}") + "--b--\r\n",
        ),
        ("no manifest", "multipart/form-data; boundary=b", part("package", "PK\u{3}\u{4}") + "--b--\r\n"),
        (
            "a manifest without a name",
            "multipart/form-data; boundary=b",
            part("package", "PK\u{3}\u{4}") + &part("manifest", "version: 1.0.0") + "--b--\r\n",
        ),
        ("very many parts", "multipart/form-data; boundary=b", part("x", "y").repeat(20_000) + "--b--\r\n"),
    ];
    for (what, content_type, body) in cases {
        let (status, text) = send(content_type, body.into_bytes()).await;
        assert!(status.is_client_error(), "{what}: {status} {text}");
        let problem: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{what}: {error}: {text}"));
        assert!(problem["detail"].is_string(), "{what}: {text}");
    }
    assert_eq!(quarantined(&server), 0, "no object is left behind");
    let long = "x".repeat(6000);
    let stranger = Client::new(&server.url(), Some(&long)).get("/api/v1/validations").await;
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
    assert!(server.anonymous().get("/health").await.status().is_success(), "the server goes on");
}
