//! The HTTP client of a registry.

mod answers;
mod events;
mod follow;

use std::path::Path;
use std::time::Duration;

use airlock_model::{PluginName, PluginVersion, Report, ValidationId, escape};
use clap::Args;
use reqwest::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;

pub(crate) use answers::{Accepted, Listed, Validation};

use crate::exit::{Doing as _, Exit, Failure};

const CONNECT: Duration = Duration::from_secs(10);
/// The longest silence while an answer is being read. Event streams are kept alive by the server.
const SILENCE: Duration = Duration::from_secs(60);

/// Which registry, and as whom.
#[derive(Debug, Clone, Args)]
pub(crate) struct Registry {
    /// The registry's address.
    #[arg(long = "registry", value_name = "URL", env = "AIRLOCK_REGISTRY", default_value = "http://127.0.0.1:8080")]
    address: String,

    /// An API token; better given in the environment, where other users of this machine do not see it.
    #[arg(long, value_name = "TOKEN", env = "AIRLOCK_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

impl Registry {
    /// A client for it.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        Client::new(&self.address, self.token.as_deref())
    }
}

/// A client of one registry. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Client {
    /// A client for the registry at `address`, with or without a path prefix.
    pub(crate) fn new(address: &str, token: Option<&str>) -> Result<Self, Failure> {
        let wrong = || {
            Failure::usage(format!("{} is not the address of a registry", escape::quoted(address)))
                .remedy("write it like https://plugins.example.org, with --registry or AIRLOCK_REGISTRY")
        };
        let url = reqwest::Url::parse(address).map_err(|_| wrong())?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(wrong());
        }
        let http = reqwest::Client::builder()
            .user_agent(concat!("airlock/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Failure::ours(format!("the HTTP client cannot be set up: {error}")))?;
        let base = address.trim_end_matches('/').to_owned();
        Ok(Self { http, base, token: token.filter(|token| !token.is_empty()).map(str::to_owned) })
    }

    /// Uploads the archive at `path` as this version of this plugin.
    pub(crate) async fn upload(
        &self,
        name: &PluginName,
        version: &PluginVersion,
        path: &Path,
    ) -> Result<Accepted, Failure> {
        let opened = tokio::fs::File::open(path).await;
        let file = opened.doing(format_args!("opening {}", path.display()))?;
        let length = file.metadata().await.doing(format_args!("reading {}", path.display()))?.len();
        let body = reqwest::Body::wrap_stream(tokio_util::io::ReaderStream::new(file));
        self.put(name, version, body, length).await
    }

    /// Uploads an archive that is in memory.
    pub(crate) async fn upload_bytes(
        &self,
        name: &PluginName,
        version: &PluginVersion,
        archive: Vec<u8>,
    ) -> Result<Accepted, Failure> {
        let length = archive.len() as u64;
        self.put(name, version, archive.into(), length).await
    }

    async fn put(
        &self,
        name: &PluginName,
        version: &PluginVersion,
        body: reqwest::Body,
        length: u64,
    ) -> Result<Accepted, Failure> {
        let request = self
            .request(Method::PUT, &format!("/api/v1/plugins/{name}/{version}"))
            .header(CONTENT_TYPE, "application/gzip")
            .header(CONTENT_LENGTH, length)
            .body(body);
        self.answer(request).await
    }

    /// Where a validation stands.
    pub(crate) async fn validation(&self, id: ValidationId) -> Result<Validation, Failure> {
        self.answer(self.request(Method::GET, &format!("/api/v1/validations/{id}"))).await
    }

    /// The report on a validation.
    pub(crate) async fn report(&self, id: ValidationId) -> Result<Report, Failure> {
        self.answer(self.request(Method::GET, &format!("/api/v1/validations/{id}/report"))).await
    }

    /// Held plugins, newest first.
    pub(crate) async fn held(&self) -> Result<Vec<Listed>, Failure> {
        let mut held = Vec::new();
        let mut path = "/api/v1/reviews?limit=100".to_owned();
        loop {
            let page: answers::Page = self.answer(self.request(Method::GET, &path)).await?;
            held.extend(page.validations);
            match page.next {
                // A cursor is made of characters that need no escaping in an address.
                Some(next) => path = format!("/api/v1/reviews?limit=100&cursor={next}"),
                None => return Ok(held),
            }
        }
    }

    /// Decides a held plugin, `approve` or `reject`.
    pub(crate) async fn decide(&self, id: ValidationId, decision: &str, reason: &str) -> Result<(), Failure> {
        let request = self.request(Method::POST, &format!("/api/v1/reviews/{id}"));
        self.send(request.json(&serde_json::json!({"decision": decision, "reason": reason}))).await.map(drop)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base)).header(ACCEPT, "application/json");
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn answer<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Failure> {
        let response = self.send(request).await?;
        let bytes = response.bytes().await.map_err(|error| self.unreachable(&error))?;
        serde_json::from_slice(&bytes).map_err(|error| self.unreadable(&error))
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        if response.status().is_success() { Ok(response) } else { Err(self.refusal(response).await) }
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let mut innermost: &dyn std::error::Error = error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        let words = escape::line(&innermost.to_string());
        if error.is_connect() {
            Failure::ours(format!("the registry at {} cannot be reached: {words}", self.base))
                .remedy("see that it runs, and that --registry or AIRLOCK_REGISTRY names it")
        } else {
            Failure::ours(format!("the registry at {} broke off: {words}", self.base)).remedy("try again")
        }
    }

    fn unreadable(&self, error: &serde_json::Error) -> Failure {
        Failure::ours(format!("the answer of {} cannot be read: {error}", self.base))
            .remedy("see that --registry or AIRLOCK_REGISTRY names an Airlock registry of this version")
    }

    async fn refusal(&self, response: Response) -> Failure {
        let status = response.status();
        if status.is_redirection() {
            let target = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or("elsewhere");
            return Failure::usage(format!("{} redirects to {}", self.base, escape::line(target)))
                .remedy("give the address it redirects to, with --registry or AIRLOCK_REGISTRY");
        }
        let problem: Option<answers::Problem> = response.json().await.ok();
        let words = problem
            .map_or_else(|| format!("{} answered {status}", self.base), |problem| escape::block(&problem.detail));
        self.explained(status, &words)
    }

    fn explained(&self, status: StatusCode, words: &str) -> Failure {
        match status {
            StatusCode::UNAUTHORIZED if self.token.is_none() => {
                Failure::usage("the registry wants a token, and none was given")
                    .remedy("set AIRLOCK_TOKEN; the operator makes one with `airlock token new NAME --data DIR`")
            }
            StatusCode::UNAUTHORIZED => Failure::usage("the registry does not know this token, or it has ended")
                .remedy(
                    "set AIRLOCK_TOKEN to another; the operator makes one with `airlock token new NAME --data DIR`",
                ),
            StatusCode::TOO_MANY_REQUESTS => Failure::ours(words).remedy("wait a minute and try again"),
            _ if status.is_server_error() => Failure::ours(words).remedy("try again; the operator's log says more"),
            _ => Failure::refused(words),
        }
    }
}

impl Failure {
    /// Whether trying again may help: nothing was refused, something broke.
    pub(crate) fn may_pass(&self) -> bool {
        self.exit == Exit::Ours
    }
}
