//! Uploads: what is taken, what is refused, and that a refused one leaves nothing.

use std::time::Duration;

use airlock_model::{Role, Sha256};
use axum::body::{Body, Bytes};
use axum::http::Method;
use futures::{StreamExt as _, stream};

use crate::harness::{ARCHIVE, BOUNDARY, Registry, client_form, end, form_request, part, request};

const MANIFEST: &[u8] = b"name: weather-tool\nversion: 1.0.0\n";

fn package(content: &[u8]) -> Vec<u8> {
    part("name=\"package\"; filename=\"package.tar.gz\"", content)
}

fn manifest(content: &[u8]) -> Vec<u8> {
    part("name=\"manifest\"; filename=\"plugin.yaml\"", content)
}

fn put(token: &str, body: impl Into<Body>) -> axum::http::Request<Body> {
    request(Method::PUT, "/api/v1/plugins/weather-tool/1.0.0", Some(token), body.into())
}

#[tokio::test]
async fn the_three_ways_to_upload_lead_to_one_validation() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    let first = registry.publish(&ada, "weather-tool", "1.0.0", ARCHIVE).await;
    assert_eq!(first.status.as_u16(), 202, "{}", first.text());
    assert_eq!(first.json()["sha256"], Sha256::of(ARCHIVE).to_string());
    assert_eq!(first.json()["repeated"], false);

    let guide = [manifest(MANIFEST), package(ARCHIVE), end()].concat();
    let second = registry.send(form_request("/api/v1/plugins", &ada, guide)).await;
    let third = registry.send(put(&ada, ARCHIVE)).await;
    for again in [&second, &third] {
        assert_eq!(again.status.as_u16(), 202, "{}", again.text());
        let body = again.json();
        assert_eq!(
            (&body["success"], &body["repeated"], &body["id"]),
            (&true.into(), &true.into(), &first.json()["id"])
        );
        assert_eq!((&body["plugin"], &body["version"]), (&"weather-tool".into(), &"1.0.0".into()));
    }
    registry.settles_at(1).await;

    let other = registry.send(put(&ada, Body::from([ARCHIVE, b"more"].concat()))).await;
    assert_eq!(other.json()["superseded"], first.json()["id"]);
    registry.settles_at(1).await;
}

#[tokio::test]
async fn bad_uploads_are_answered_and_leave_nothing() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    let fine = || [package(ARCHIVE), manifest(MANIFEST)].concat();
    let huge = [&b"\x1f\x8b\x08\x00"[..], &vec![0; 100_001]].concat();
    let endless_header = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{}", "a".repeat(150_000));
    let cases: Vec<(&str, Vec<u8>, u16, &str)> = vec![
        ("nothing", Vec::new(), 400, "final boundary"),
        ("no parts", end(), 400, "'package' is missing"),
        ("no manifest", [package(ARCHIVE), end()].concat(), 400, "'manifest' is missing"),
        ("no package", [manifest(MANIFEST), end()].concat(), 400, "'package' is missing"),
        ("two packages", [fine(), package(ARCHIVE), end()].concat(), 400, "'package' comes twice"),
        ("two manifests", [fine(), manifest(MANIFEST), end()].concat(), 400, "'manifest' comes twice"),
        ("an unknown part", [fine(), part("name=\"owner\"", b"eve"), end()].concat(), 400, "'owner' is not known"),
        ("a nameless part", [fine(), part("filename=\"x\"", b"eve"), end()].concat(), 400, "no name"),
        ("a hostile part name", [fine(), part("name=\"a\u{202e}b\u{7f}\"", b""), end()].concat(), 400, ""),
        ("10,000 parts", [part("name=\"x\"", b"").repeat(10_000), end()].concat(), 413, "larger"),
        ("1,000 parts", [part("name=\"x\"", b"").repeat(1_000), end()].concat(), 400, "'x' is not known"),
        ("no final boundary", fine(), 400, "final boundary"),
        ("half a package", package(ARCHIVE)[..100].to_vec(), 400, "final boundary"),
        ("an endless header", endless_header.into_bytes(), 400, "final boundary"),
        ("an empty package", [package(b""), manifest(MANIFEST), end()].concat(), 400, "is empty"),
        ("a page", [package(b"<!doctype html><p>502"), manifest(MANIFEST), end()].concat(), 400, "HTML"),
        (
            "a bare tar",
            [package(&[b'a'; 512]), manifest(MANIFEST), end()].concat(),
            400,
            "neither like gzip nor like zip",
        ),
        ("a huge package", [package(&huge), manifest(MANIFEST), end()].concat(), 413, "100000 bytes"),
        ("a huge manifest", [package(ARCHIVE), manifest(&[b'#'; 65_537]), end()].concat(), 413, "65536 bytes"),
        ("a list", [package(ARCHIVE), manifest(b"- name: a\n"), end()].concat(), 400, "'name:'"),
        ("a bad name", [package(ARCHIVE), manifest(b"name: ../x\nversion: 1.0.0\n"), end()].concat(), 400, "'../x'"),
        (
            "a route's name",
            [package(ARCHIVE), manifest(b"name: publish\nversion: 1.0.0\n"), end()].concat(),
            400,
            "'publish'",
        ),
        ("a bad version", [package(ARCHIVE), manifest(b"name: ab\nversion: 1.0\n"), end()].concat(), 400, "'1.0'"),
        ("UTF-16", [package(ARCHIVE), manifest(b"\xff\xfen\0a\0"), end()].concat(), 400, "UTF-8"),
    ];
    for (name, body, status, says) in cases {
        let answer = registry.send(form_request("/api/v1/plugins/publish", &ada, body)).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.text());
        let detail = answer.problem(status);
        assert!(detail.contains(says), "{name}: {detail}");
        assert!(!detail.contains('\u{202e}'), "{name}: {detail}");
        registry.settles_at(0).await;
    }
}

#[tokio::test]
async fn names_with_nul_and_line_ends_go_nowhere() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    for disposition in [
        "name=\"pack\0age\"",
        "name=\"package\"; filename=\"a\0b\"",
        "name=\"package\r\nX-Evil: 1\"",
        "name*=utf-8''package",
        "name=\"package\"; filename*=utf-8''..%2f..%2fetc%2fpasswd",
    ] {
        let body = [part(disposition, ARCHIVE), manifest(MANIFEST), end()].concat();
        let answer = registry.send(form_request("/api/v1/plugins/publish", &ada, body)).await;
        let status = answer.status.as_u16();
        assert!(
            status == 400 || (status == 202 && disposition.contains("filename")),
            "{disposition:?}: {}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn media_types_and_encodings() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    let body = client_form("weather-tool", "1.0.0", ARCHIVE);
    let send = async |content_type: &str| {
        let mut request = form_request("/api/v1/plugins", &ada, body.clone());
        request.headers_mut().insert("content-type", content_type.parse().expect("a header"));
        registry.send(request).await
    };
    send("application/json").await.problem(415);
    send("multipart/mixed; boundary=x").await.problem(415);
    send("multipart/form-data").await.problem(400);
    send("multipart/form-data; boundary=").await.problem(400);
    send(&format!("multipart/form-data; boundary={}", "b".repeat(71))).await.problem(400);
    let mut encoded = put(&ada, ARCHIVE);
    encoded.headers_mut().insert("content-encoding", "gzip".parse().expect("a header"));
    registry.send(encoded).await.problem(415);
    registry.settles_at(0).await;
}

/// A body that must not be asked for.
fn untouchable() -> Body {
    Body::from_stream(
        stream::once(async { panic!("the body was read") }).map(|()| Ok::<_, std::io::Error>(Bytes::new())),
    )
}

#[tokio::test]
async fn nobody_without_a_right_makes_the_server_read_a_body() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    let user = registry.token("ulf", Role::User).await;
    let mallory = registry.token("mallory", Role::Publisher).await;
    registry.submitted(&ada, "weather-tool", "0.1.0").await;
    for path in ["/api/v1/plugins/publish", "/api/v1/plugins"] {
        registry.send(form_request(path, "airlock_0_wrong", untouchable())).await.problem(401);
        registry.send(form_request(path, &user, untouchable())).await.problem(403);
    }
    registry.send(put("wrong", untouchable())).await.problem(401);
    registry.send(put(&user, untouchable())).await.problem(403);
    registry.send(put(&mallory, untouchable())).await.problem(403);
    let confusable = request(Method::PUT, "/api/v1/plugins/weather-t00l/1.0.0", Some(&mallory), untouchable());
    let detail = registry.send(confusable).await.problem(403);
    assert!(detail.contains("weather-tool"), "{detail}");
    let mut announced = put(&ada, untouchable());
    announced.headers_mut().insert("content-length", "2147483648".parse().expect("a header"));
    registry.send(announced).await.problem(413);
}

#[tokio::test]
async fn a_body_without_a_length_is_bounded_as_well() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    let endless = || {
        let head = stream::once(async { Ok::<_, std::io::Error>(Bytes::from_static(b"\x1f\x8b\x08\x00")) });
        Body::from_stream(head.chain(stream::repeat_with(|| Ok(Bytes::from(vec![0; 10_000])))))
    };
    registry.send(put(&ada, endless())).await.problem(413);
    let begun = part("name=\"package\"", b"\x1f\x8b\x08\x00");
    let form = stream::iter([Ok(Bytes::from(begun))])
        .chain(stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![0; 10_000]))));
    registry.send(form_request("/api/v1/plugins", &ada, Body::from_stream(form))).await.problem(413);
    registry.settles_at(0).await;
}

#[tokio::test]
async fn a_body_that_breaks_off_or_stalls_leaves_nothing() {
    let registry = Registry::with(|state| state.settings.body_idle_timeout = Duration::from_millis(100)).await;
    let ada = registry.token("ada", Role::Publisher).await;
    let begun = || stream::iter((0..3).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(b"\x1f\x8b\x08\x00 more"))));
    let broken = begun().chain(stream::once(async { Err(std::io::Error::other("reset")) }));
    registry.send(put(&ada, Body::from_stream(broken))).await.problem(400);
    registry.settles_at(0).await;
    let stalled = begun().chain(stream::pending());
    registry.send(put(&ada, Body::from_stream(stalled))).await.problem(408);
    registry.settles_at(0).await;
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_nothing() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    let begun = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"\x1f\x8b\x08\x00 more"))]);
    let going = registry.send(put(&ada, Body::from_stream(begun.chain(stream::pending()))));
    assert!(tokio::time::timeout(Duration::from_millis(300), going).await.is_err());
    registry.settles_at(0).await;
}

#[tokio::test]
async fn what_the_store_refuses_is_deleted() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    let mallory = registry.token("mallory", Role::Publisher).await;
    registry.published(&ada, "weather-tool", "1.0.0").await;
    let kept = registry.uploads();
    registry.publish(&mallory, "weather-tool", "2.0.0", ARCHIVE).await.problem(403);
    registry.publish(&mallory, "weather-t0ol", "2.0.0", ARCHIVE).await.problem(403);
    let detail = registry.publish(&ada, "weather-tool", "1.0.0", b"PK\x03\x04 other").await.problem(409);
    assert!(detail.contains("raise the version number"), "{detail}");
    registry.settles_at(kept).await;
}
