//! One registry for each test, and the requests that tests make of it.

use std::sync::Arc;
use std::time::Duration;

use airlock_api::{ApiSettings, ApiState};
use airlock_model::difference::{FileChange, Listed, RequirementChange, Step, TextChange};
use airlock_model::finding::{Confidence, Severity};
use airlock_model::inspection::{Blob, FileEntry, FileKind, TextFormat};
use airlock_model::inventory::{RequirementKind, Scope};
use airlock_model::run::TestPlan;
use airlock_model::{
    AdvisoryCheck, Difference, Finding, Inspection, Judgement, Manifest, Requirement, Role, RuleMeta, Sha256,
    StageName, Timestamp, ValidationId, Verdict,
};
use airlock_store::{
    Claim, Clock, FixedClock, FsBlobs, MemoryQueue, NewToken, NewUser, Next, ObjectKey, Signal, Store, StoreOptions,
};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use futures::StreamExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

/// The time at which every test takes place: 2026-01-01T00:00:00Z.
const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

/// The boundary of every multipart body.
pub(crate) const BOUNDARY: &str = "x-boundary";

/// Bytes that begin like a tar.gz; nobody here looks further.
pub(crate) const ARCHIVE: &[u8] = b"\x1f\x8b\x08\x00 the rest of an archive";

/// What the catalogue serves.
pub(crate) const CANONICAL: &[u8] = b"\x1f\x8b\x08\x00 the canonical archive";

const SOURCE: &[u8] = b"import os\n<script>alert(1)</script>\n";

pub(crate) static RULE: RuleMeta = RuleMeta {
    id: "AL-CODE-os-system",
    title: "A shell command is run",
    severity: Severity::High,
    confidence: Confidence::Medium,
    cwe: Some(78),
    bandit: &["B605"],
    ruff: &["S605"],
    remedy: "Run the program without a shell.",
    doc: "## What it finds\n\nA call of `os.system`.\n",
};

pub(crate) struct Registry {
    pub(crate) state: ApiState,
    pub(crate) app: Router,
    pub(crate) folder: TempDir,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}: {:?}", self.headers)).to_str().expect("ASCII")
    }

    /// Asserts that this is a problem with this status, and gives its detail.
    pub(crate) fn problem(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let body = self.json();
        assert_eq!(body["status"], status);
        body["detail"].as_str().expect("a detail").to_owned()
    }
}

impl Registry {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut ApiState)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("airlock.db").display());
        let signal = Signal::memory();
        let clock = Clock::Fixed(FixedClock::at(NOW));
        let options = StoreOptions { clock, signal: signal.clone(), ..StoreOptions::default() };
        let store = Store::connect(&url, options).await.expect("a database");
        store.migrate().await.expect("the schema");
        let blobs = async |name: &str| FsBlobs::open(folder.path().join(name)).await.expect("a folder");
        let mut state = ApiState {
            store,
            quarantine: Arc::new(blobs("quarantine").await),
            catalogue: Arc::new(blobs("catalogue").await),
            queue: Arc::new(MemoryQueue::new()),
            signal,
            settings: ApiSettings {
                public_url: "https://plugins.example".into(),
                registry_version: "1.2.3".into(),
                tool: "airlock test".into(),
                max_upload_bytes: 100_000,
                ..ApiSettings::default()
            },
            rules: vec![&RULE],
        };
        change(&mut state);
        Self { app: airlock_api::router(state.clone()), state, folder }
    }

    /// A new user's token.
    pub(crate) async fn token(&self, name: &str, role: Role) -> String {
        let new = NewUser { name: name.parse().expect("a user name"), role, email: None };
        let user = self.state.store.create_user(&new).await.expect("a user");
        let token = NewToken { user: user.id, label: "test".into(), scopes: Vec::new(), lifetime: None };
        self.state.store.create_token(&token).await.expect("a token").text.reveal()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.expect("routers do not fail");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.map(|bytes| bytes.to_vec()).unwrap_or_default();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        self.send(request(Method::GET, path, token, Body::empty())).await
    }

    pub(crate) async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Answer {
        let mut request = request(Method::POST, path, token, Body::from(body.to_string()));
        request.headers_mut().insert("content-type", "application/json".parse().expect("a header"));
        self.send(request).await
    }

    /// The existing client's upload.
    pub(crate) async fn publish(&self, token: &str, name: &str, version: &str, archive: &[u8]) -> Answer {
        self.send(form_request("/api/v1/plugins/publish", token, client_form(name, version, archive))).await
    }

    /// Uploads and gives the validation's id.
    pub(crate) async fn submitted(&self, token: &str, name: &str, version: &str) -> ValidationId {
        let archive = [ARCHIVE, name.as_bytes(), version.as_bytes()].concat();
        let answer = self.publish(token, name, version, &archive).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
        answer.json()["id"].as_str().expect("an id").parse().expect("a validation id")
    }

    pub(crate) async fn claim(&self, stage: StageName) -> Claim {
        self.state.store.claim_stage(&[stage], "worker-1").await.expect("claimed").expect("a stage waits")
    }

    /// Does a worker's inspect stage on what waits.
    pub(crate) async fn inspected(&self, verdict: Verdict, next: Next) -> Claim {
        let claim = self.claim(StageName::Inspect).await;
        let views = futures::stream::iter([Ok(SOURCE.into())]).boxed();
        self.state.quarantine.put_stream(&ObjectKey::views(claim.submission), views).await.expect("stored");
        let not_run = (next != Next::Test).then_some("tests not run: there are none");
        self.state
            .store
            .record_inspection(&claim, &inspection(&claim), &judgement(verdict), next, not_run)
            .await
            .expect("recorded");
        claim
    }

    /// Does a worker's promote stage on what waits.
    pub(crate) async fn promoted(&self) -> Claim {
        let claim = self.claim(StageName::Promote).await;
        let bytes = futures::stream::iter([Ok(CANONICAL.into())]).boxed();
        self.state.catalogue.put_stream(&ObjectKey::catalogue(&canonical().sha256), bytes).await.expect("stored");
        self.state.store.record_promotion(&claim, canonical()).await.expect("promoted");
        claim
    }

    /// Brings a version into the catalogue.
    pub(crate) async fn published(&self, token: &str, name: &str, version: &str) -> ValidationId {
        let id = self.submitted(token, name, version).await;
        self.inspected(Verdict::Approve, Next::Promote).await;
        self.promoted().await;
        id
    }

    /// How many uploads lie in quarantine.
    pub(crate) fn uploads(&self) -> usize {
        let entries =
            |name: &str| std::fs::read_dir(self.folder.path().join("quarantine").join(name)).map_or(0, Iterator::count);
        entries("uploads") + entries(".unfinished")
    }

    /// Waits until there are so many uploads in quarantine: objects of refused ones are deleted behind the answer.
    pub(crate) async fn settles_at(&self, uploads: usize) {
        for _ in 0..200 {
            if self.uploads() == uploads {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(self.uploads(), uploads, "objects in quarantine");
    }

    pub(crate) fn catalogue_folder(&self) -> std::path::PathBuf {
        self.folder.path().join("catalogue")
    }
}

pub(crate) fn request(method: Method, path: &str, token: Option<&str>, body: Body) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path).header("accept", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.body(body).expect("a request")
}

pub(crate) fn form_request(path: &str, token: &str, body: impl Into<Body>) -> Request<Body> {
    let mut request = request(Method::POST, path, Some(token), body.into());
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    request.headers_mut().insert("content-type", kind.parse().expect("a header"));
    request
}

/// One part of a multipart body.
pub(crate) fn part(disposition: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n");
    [head.as_bytes(), content, b"\r\n"].concat()
}

pub(crate) fn end() -> Vec<u8> {
    format!("--{BOUNDARY}--\r\n").into_bytes()
}

/// The multipart body of the existing client: package, then manifest with a Python tag.
pub(crate) fn client_form(name: &str, version: &str, archive: &[u8]) -> Vec<u8> {
    let manifest = format!(
        "author:\n  name: Ada\nhomepage: !!python/object:pydantic.networks.HttpUrl\n  name: not-this\nname: {name}\nversion: {version}\n"
    );
    [
        part("name=\"package\"; filename=\"package.tar.gz\"", archive),
        part("name=\"manifest\"; filename=\"plugin.yaml\"", manifest.as_bytes()),
        end(),
    ]
    .concat()
}

pub(crate) fn canonical() -> Blob {
    Blob { sha256: Sha256::of(CANONICAL), size: CANONICAL.len() as u64 }
}

pub(crate) fn manifest(name: &str, version: &str) -> Manifest {
    serde_json::from_value(json!({
        "name": name, "version": version, "type": "tool", "category": "utility", "title": "Weather \u{202e}<b>",
        "description": "Tells the weather", "author": {"name": "Ada <script>", "email": "ada@example.com"},
        "license": "MIT", "entry_point": "tool.main:Tool", "homepage": "https://example.com/",
        "config": [{"name": "key", "description": "A key", "default_value": null, "type": "str", "required": false}],
        "tags": ["weather", "net"], "capabilities": [], "endpoints": [], "examples": [],
        "requirements": {"python": ">=3.10", "agenticraft": ">=0.2.0", "system": {}, "dependencies": [
            {"name": "maps", "version": "^1.0.0", "optional": false}]},
        "rating": 5, "x-ours": "kept",
    }))
    .expect("a manifest")
}

/// What differs from an earlier version, with hostile text wherever a plugin could put it.
fn difference() -> Difference {
    const EVIL: &str = "<script>\u{202e}\u{1b}[2J";
    let file =
        FileChange { path: format!("{EVIL}.py"), size_before: None, size_after: Some(7), sha256: Sha256::of(SOURCE) };
    let asked = RequirementChange {
        kind: RequirementKind::System,
        name: EVIL.into(),
        before: Vec::new(),
        after: vec![EVIL.into()],
    };
    let change = TextChange { before: "tool.main:Old".into(), after: EVIL.into() };
    let mut difference = Difference { same_rules: true, step: Some(Step::Patch), ..Difference::default() };
    difference.previous = "0.9.0".parse().ok();
    difference.files.added = Listed { items: vec![file], more: 2 };
    difference.dependencies.added = Listed { items: vec![asked], more: 0 };
    difference.entry_point = Some(change);
    difference
}

fn inspection(claim: &Claim) -> Inspection {
    Inspection {
        upload: claim.upload,
        canonical: Some(canonical()),
        manifest: Some(manifest(claim.plugin.as_str(), &claim.version.to_string())),
        findings: Vec::new(),
        capabilities: Vec::new(),
        plan: TestPlan::default(),
        files: vec![FileEntry {
            path: "a dir/evil\u{202e}.py".into(),
            size: SOURCE.len() as u64 - 10,
            offset: 10,
            sha256: Sha256::of(&SOURCE[10..]),
            kind: FileKind::Python,
        }],
        readme: Some("# Weather\n\n<script>alert(1)</script>\n\n[a](javascript:alert(1))\n".into()),
        readme_format: TextFormat::Markdown,
        changelog: Some("# 1.0\r\n\r\n<b>*First*</b> of\u{202e}all\n".into()),
        changelog_format: TextFormat::Plain,
        rule_set: "1".into(),
        dependencies: vec![Requirement {
            specifier: "==1.0".into(),
            pinned: Some("1.0".into()),
            marker: Some("os_name == '<b>\u{202e}'".into()),
            line: Some(3),
            ..Requirement::of(RequirementKind::Package, "leaky", Scope::Runtime, "evil\u{202e}.txt")
        }],
        advisories: Some(AdvisoryCheck {
            checked: true,
            records: 7,
            updated_at: None,
            newest: None,
            vulnerabilities: Vec::new(),
        }),
        difference: Some(difference()),
    }
}

fn judgement(verdict: Verdict) -> Judgement {
    let mut finding =
        Finding::of(&RULE, "os.system runs <img src=x>").in_file("evil\u{202e}.py").snippet("os.system(\u{1b}[31m)");
    finding.line = Some(3);
    finding.fingerprint = "0123456789abcdef".into();
    let reasons = match verdict {
        Verdict::Approve => Vec::new(),
        Verdict::Hold | Verdict::Reject => vec!["evil.py:3: AL-CODE-os-system (policy:3: shell)".to_owned()],
    };
    Judgement { verdict, findings: vec![finding], run: None, reasons }
}

/// Puts `[id]` in the place of everything that differs from run to run: UUIDs.
pub(crate) fn scrubbed(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(without_uuids(&text)),
        Value::Array(items) => items.into_iter().map(scrubbed).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, scrubbed(value))).collect(),
        other => other,
    }
}

pub(crate) fn without_uuids(text: &str) -> String {
    let is_uuid = |part: &str| part.len() == 36 && uuid::Uuid::try_parse(part).is_ok();
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if rest.get(..36).is_some_and(is_uuid) {
            out.push_str("[id]");
            rest = &rest[36..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}
