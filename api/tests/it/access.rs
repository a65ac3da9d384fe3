//! Who may do what: every route of the router's own list with every role.

use airlock_model::{Role, Verdict};
use airlock_store::Next;
use axum::body::Body;
use axum::http::Method;
use serde_json::Value;

use crate::harness::{Registry, request};

/// What a route's description says of who may use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Everyone,
    /// Without a token, and with any good one.
    Readers,
    /// With any good token.
    SignedIn,
    Publishers,
    Reviewers,
}

fn access(operation: &Value) -> Access {
    let lines = operation["security"].as_array().expect("every route says who may use it");
    let open = lines.iter().any(|line| line.as_object().is_some_and(serde_json::Map::is_empty));
    let scopes = lines.iter().find_map(|line| line.get("token"));
    match (open, scopes.map(|scopes| scopes[0].as_str())) {
        (true, None) => Access::Everyone,
        (true, Some(None | Some("read"))) => Access::Readers,
        (false, Some(None)) => Access::SignedIn,
        (false, Some(Some("publish"))) => Access::Publishers,
        (false, Some(Some("review"))) => Access::Reviewers,
        other => panic!("{other:?}"),
    }
}

const METHODS: [(&str, Method); 4] =
    [("get", Method::GET), ("post", Method::POST), ("put", Method::PUT), ("delete", Method::DELETE)];

fn routes(document: &Value) -> Vec<(Method, String, Access)> {
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let path = path
            .replace("{id}", "0197c9d2-7e1a-7c3e-9f00-3a5b8c2d1e4f")
            .replace("{validation}", "0197c9d2-7e1a-7c3e-9f00-3a5b8c2d1e4f")
            .replace("{name}", "not-there")
            .replace("{version}", "1.0.0")
            .replace("{*path}", "a/b.py");
        for (word, method) in &METHODS {
            if let Some(operation) = item.get(*word) {
                routes.push((method.clone(), path.clone(), access(operation)));
            }
        }
    }
    routes
}

fn expected(access: Access, role: Option<Role>) -> Option<u16> {
    match (access, role) {
        (Access::Everyone | Access::Readers, _) => None,
        (Access::SignedIn, Some(_)) => None,
        (_, None) => Some(401),
        (Access::Publishers, Some(Role::User)) => Some(403),
        (Access::Publishers, Some(_)) => None,
        (Access::Reviewers, Some(Role::Admin)) => None,
        (Access::Reviewers, Some(_)) => Some(403),
    }
}

#[tokio::test]
async fn every_route_with_every_role() {
    let registry = Registry::new().await;
    let document = registry.get("/openapi.json", None).await.json();
    let routes = routes(&document);
    assert!(routes.len() >= 30, "{}", routes.len());
    let mut callers = vec![(None, None)];
    for (name, role) in [("ulf", Role::User), ("pia", Role::Publisher), ("ada", Role::Admin)] {
        callers.push((Some(role), Some(registry.token(name, role).await)));
    }
    for (method, path, access) in &routes {
        for (role, token) in &callers {
            let answer = registry.send(request(method.clone(), path, token.as_deref(), Body::empty())).await;
            let status = answer.status.as_u16();
            match expected(*access, *role) {
                Some(expected) => assert_eq!(status, expected, "{method} {path} as {role:?}"),
                None => assert!(!matches!(status, 401 | 403 | 405 | 500..), "{method} {path} as {role:?}: {status}"),
            }
        }
        for bad in ["airlock_0_wrong", &"a".repeat(1 << 20), "..", "eyJhbGciOiJub25lIn0.e30."] {
            let answer = registry.send(request(method.clone(), path, Some(bad), Body::empty())).await;
            if *access == Access::Everyone {
                assert_ne!(answer.status.as_u16(), 401, "{method} {path}");
            } else {
                assert_eq!(answer.status.as_u16(), 401, "{method} {path} with {bad:.20}");
            }
        }
    }
}

#[tokio::test]
async fn a_closed_registry_answers_nobody_without_a_token() {
    let registry = Registry::with(|state| state.settings.anonymous_read = false).await;
    let user = registry.token("ulf", Role::User).await;
    let document = registry.get("/openapi.json", None).await.json();
    for (method, path, access) in routes(&document) {
        let answer = registry.send(request(method.clone(), &path, None, Body::empty())).await;
        let open = access == Access::Everyone;
        assert_eq!(answer.status.as_u16() != 401, open, "{method} {path}: {}", answer.status);
    }
    assert_eq!(registry.get("/api/v1/search", Some(&user)).await.status.as_u16(), 200);
}

#[tokio::test]
async fn all_refusals_of_a_token_are_one_answer() {
    let registry = Registry::new().await;
    let good = registry.token("ada", Role::Publisher).await;
    let mut wrong = good.clone();
    wrong.replace_range(wrong.len() - 1.., if good.ends_with('0') { "1" } else { "0" });
    let body = async |token: Option<&str>| {
        let mut body = registry.get("/api/v1/validations", token).await.json();
        body["request_id"].take();
        body
    };
    let none = body(None).await;
    for token in [wrong.as_str(), "x", "airlock__", "Bearer", &good.to_uppercase()] {
        assert_eq!(body(Some(token)).await, none, "{token}");
    }
}

#[tokio::test]
async fn anothers_validation_does_not_exist() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    let mallory = registry.token("mallory", Role::Publisher).await;
    let user = registry.token("ulf", Role::User).await;
    let admin = registry.token("root", Role::Admin).await;
    let id = registry.submitted(&ada, "weather-tool", "1.0.0").await;
    registry.inspected(Verdict::Reject, Next::Reject).await;
    let nobody = "0197c9d2-7e1a-7c3e-9f00-3a5b8c2d1e4f";
    let file = "/files/a%20dir/evil%E2%80%AE.py";
    for what in ["", "/report", "/report.sarif", "/events", "/files", file] {
        let answer = async |id: &str, token: &str| {
            let answer = registry.get(&format!("/api/v1/validations/{id}{what}"), Some(token)).await;
            let mut body = answer.json();
            answer.problem(404);
            body["request_id"].take();
            body["instance"].take();
            body
        };
        for token in [&mallory, &user] {
            assert_eq!(answer(&id.to_string(), token).await, answer(nobody, token).await, "{what}");
        }
        for token in [&ada, &admin] {
            let path = format!("/api/v1/validations/{id}{what}");
            assert_eq!(registry.get(&path, Some(token)).await.status.as_u16(), 200, "{what}");
        }
    }
    for what in ["retry", "withdraw"] {
        let path = format!("/api/v1/validations/{id}/{what}");
        registry.post(&path, Some(&mallory), &serde_json::json!({})).await.problem(404);
    }
    registry.get(&format!("/ui/validations/{id}"), Some(&mallory)).await;
    assert_eq!(registry.get(&format!("/ui/validations/{id}"), Some(&mallory)).await.status.as_u16(), 404);
    assert_eq!(registry.get(&format!("/ui/validations/{id}"), None).await.status.as_u16(), 404);
    let listed = registry.get("/api/v1/validations", Some(&mallory)).await.json();
    assert_eq!(listed["validations"], serde_json::json!([]));
}
