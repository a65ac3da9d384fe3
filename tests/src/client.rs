//! The existing client's calls, replayed as they were recorded (WIRE.md section 1).

use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, HeaderValue, USER_AGENT};
use reqwest::multipart::{Form, Part};
use reqwest::{Response, StatusCode};
use serde_json::Value;

use crate::package::{self, Files};

/// A client with one API key. It follows no redirects, tries once, and gives up
/// after 30 seconds, as the existing one does.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
}

impl Client {
    /// A client of the registry at `base` (with any path prefix), with or without a key.
    ///
    /// # Panics
    /// When the key cannot stand in a header.
    #[must_use]
    pub fn new(base: &str, token: Option<&str>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static("AgentiCraft-Registry-Client/1.0"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate"));
        if let Some(token) = token {
            let bearer = format!("Bearer {token}").parse().expect("a token fits a header");
            headers.insert(AUTHORIZATION, bearer);
        }
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .expect("a client");
        Self { http, base: base.trim_end_matches('/').to_owned() }
    }

    /// The address of a path of the registry.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The HTTP client inside, for requests that the existing client never sends.
    #[must_use]
    pub const fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// `GET` of a path.
    pub async fn get(&self, path: &str) -> Response {
        self.http.get(self.url(path)).send().await.expect("an answer")
    }

    /// `GET` of a path that must answer 200 with JSON.
    pub async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        let status = response.status();
        let text = response.text().await.expect("a body");
        assert_eq!(status, StatusCode::OK, "GET {path}: {text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("GET {path}: {error}: {text}"))
    }

    /// `POST` of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Response {
        self.http.post(self.url(path)).json(body).send().await.expect("an answer")
    }

    /// The publish call: `package`, then `manifest` as the client dumps it, with
    /// Python's own tags where the manifest has a URL.
    pub async fn publish(&self, archive: Vec<u8>, manifest: &str) -> Response {
        let package = Part::bytes(archive).file_name("package.tar.gz").mime_str("application/x-tar").expect("a type");
        let manifest = Part::bytes(manifest.as_bytes().to_vec()).file_name("plugin.yaml");
        let form = Form::new().part("package", package).part("manifest", manifest);
        self.http.post(self.url("/api/v1/plugins/publish")).multipart(form).send().await.expect("an answer")
    }

    /// Publishes files the way the client packs them; the validation's id when accepted.
    pub async fn submit(&self, files: &Files) -> String {
        let name = package::field(files, "name");
        let response = self.publish(package::as_the_client_packs(&name, files), &dumped(files)).await;
        accepted(response).await
    }

    /// Uploads an archive as a raw body.
    pub async fn put(&self, name: &str, version: &str, archive: Vec<u8>) -> Response {
        let url = self.url(&format!("/api/v1/plugins/{name}/{version}"));
        self.http.put(url).body(archive).send().await.expect("an answer")
    }

    /// Polls a validation until it is settled.
    ///
    /// # Panics
    /// When it is not after two minutes; that bounds a broken test, it measures nothing.
    pub async fn settled(&self, id: &str) -> Value {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            let validation = self.json(&format!("/api/v1/validations/{id}")).await;
            let state = validation["state"].as_str().expect("a state").to_owned();
            if matches!(state.as_str(), "published" | "held" | "rejected" | "errored" | "withdrawn") {
                return validation;
            }
            assert!(Instant::now() < deadline, "still {state}: {validation}");
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// The report of a validation.
    pub async fn report(&self, id: &str) -> Value {
        self.json(&format!("/api/v1/validations/{id}/report")).await
    }
}

/// The id in the answer to an upload that must have been accepted.
///
/// # Panics
/// When it was not.
pub async fn accepted(response: Response) -> String {
    let status = response.status();
    let location = response.headers().get("location").map(|value| value.to_str().expect("ASCII").to_owned());
    let text = response.text().await.expect("a body");
    assert_eq!(status, StatusCode::ACCEPTED, "{text}");
    let body: Value = serde_json::from_str(&text).expect("JSON");
    let id = body["id"].as_str().expect("the validation's id").to_owned();
    assert!(location.expect("a Location").ends_with(&format!("/api/v1/validations/{id}")), "{text}");
    id
}

/// The `manifest` part as the client writes it when there is a homepage: a Python
/// object tag over a nested mapping, and keys without a value left out.
#[must_use]
pub fn dumped(files: &Files) -> String {
    format!(
        "author:\n  name: Somebody\nentry_point: {}\nhomepage: !!python/object:pydantic.networks.HttpUrl\n  \
         _url: !!python/object/new:pydantic_core._pydantic_core.Url\n  - https://example.com/\nname: {}\n\
         requirements:\n  agenticraft: '>=0.2.0'\n  version: not-the-version\ntype: !!python/object/apply:\
         agenticraft.marketplace.manifest.PluginType\n- tool\nversion: {}\n",
        package::field(files, "entry_point"),
        package::field(files, "name"),
        package::field(files, "version"),
    )
}
