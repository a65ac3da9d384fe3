//! A store of its own for each test, and what tests put into it.

use std::time::Duration;

use airlock_model::inspection::{Blob, TextFormat};
use airlock_model::run::TestPlan;
use airlock_model::{
    Confidence, Finding, Inspection, Judgement, Manifest, PluginName, PluginVersion, Role, Severity, Sha256, StageName,
    Timestamp, Verdict,
};
use airlock_store::{
    Accepted, Caller, Claim, Clock, FixedClock, NewSubmission, NewUser, Next, ObjectKey, Store, StoreOptions,
    SubmitError,
};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tempfile::TempDir;
use uuid::Uuid;

use crate::services::services;

/// Runs each named test once on SQLite and once on PostgreSQL, with a clock that stands still.
#[macro_export]
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let bench = $crate::bench::Bench::sqlite().await;
                super::$name(&bench).await;
                bench.end().await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let bench = $crate::bench::Bench::postgres().await;
                super::$name(&bench).await;
                bench.end().await;
            })+
        }
    };
}

/// 2026-01-01 00:00:00 UTC.
const NEW_YEAR: i64 = 1_767_225_600_000_000;

pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) clock: FixedClock,
    pub(crate) url: String,
    folder: Option<TempDir>,
    database: Option<String>,
}

impl Bench {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("airlock.db").display());
        Self::on(url, Some(folder), None).await
    }

    pub(crate) async fn postgres() -> Self {
        let server = services().postgres;
        let name = format!("airlock_{}", Uuid::new_v4().simple());
        administer(&server, &format!("CREATE DATABASE {name}")).await;
        let (base, options) = server.split_once('?').map_or((server.as_str(), ""), |(base, options)| (base, options));
        let (base, _) = base.rsplit_once('/').expect("the URL names a database");
        Self::on(format!("{base}/{name}?{options}"), None, Some(name)).await
    }

    async fn on(url: String, folder: Option<TempDir>, database: Option<String>) -> Self {
        let clock = FixedClock::at(Timestamp::from_micros(NEW_YEAR));
        let options = StoreOptions { clock: Clock::Fixed(clock.clone()), ..StoreOptions::default() };
        let store = Store::connect(&url, options).await.expect("the database answers: run ./scripts/test");
        store.migrate().await.unwrap();
        Self { store, clock, url, folder, database }
    }

    /// Drops the database of a test that succeeded; one that failed leaves it to be looked at.
    pub(crate) async fn end(self) {
        self.store.close().await.unwrap();
        if let Some(name) = &self.database {
            administer(&services().postgres, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
        drop(self.folder);
    }

    pub(crate) async fn caller(&self, name: &str, role: Role) -> Caller {
        let new = NewUser { name: name.parse().unwrap(), role, email: None };
        let user = self.store.create_user(&new).await.unwrap();
        Caller { user: user.id, name: user.name, role, token: None, scopes: Vec::new() }
    }

    pub(crate) async fn publisher(&self) -> Caller {
        self.caller("ada", Role::Publisher).await
    }

    pub(crate) async fn submit(&self, new: &NewSubmission) -> Accepted {
        self.store.accept_submission(new).await.unwrap()
    }

    pub(crate) async fn refused(&self, new: &NewSubmission) -> SubmitError {
        self.store.accept_submission(new).await.expect_err("must be refused")
    }

    pub(crate) async fn claim(&self, stage: StageName) -> Claim {
        self.store.claim_stage(&[stage], "worker-1").await.unwrap().expect("a stage waits")
    }

    /// Brings an upload as far as the promote stage, claimed.
    pub(crate) async fn approved(&self, new: &NewSubmission) -> Claim {
        self.submit(new).await;
        let claim = self.claim(StageName::Inspect).await;
        self.store
            .record_inspection(&claim, &inspection(&claim), &judgement(Verdict::Approve), Next::Promote, Some("none"))
            .await
            .unwrap();
        self.claim(StageName::Promote).await
    }

    /// Brings an upload into the catalogue.
    pub(crate) async fn published(&self, new: &NewSubmission) -> Claim {
        let claim = self.approved(new).await;
        self.store.record_promotion(&claim, canonical(&claim)).await.unwrap();
        claim
    }

    /// A number that a query selects, for looking behind the store's back.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let mut connection = sqlx::AnyConnection::connect(&self.url).await.unwrap();
        let number = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        number
    }

    /// Runs a statement behind the store's back.
    pub(crate) async fn execute(&self, sql: &str) -> Result<(), sqlx::Error> {
        let mut connection = sqlx::AnyConnection::connect(&self.url).await.unwrap();
        connection.execute(AssertSqlSafe(sql.to_owned())).await.map(drop)
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

async fn administer(url: &str, sql: &str) {
    let mut connection =
        sqlx::PgConnection::connect(url).await.expect("PostgreSQL answers: run ./scripts/test, which starts it");
    connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
    connection.close().await.unwrap();
}

pub(crate) fn name(text: &str) -> PluginName {
    text.parse().unwrap()
}

pub(crate) fn version(text: &str) -> PluginVersion {
    text.parse().unwrap()
}

pub(crate) fn upload(caller: &Caller, plugin: &str, number: &str, content: &str) -> NewSubmission {
    NewSubmission {
        caller: caller.clone(),
        name: name(plugin),
        version: version(number),
        upload: blob(content),
        object_key: ObjectKey::new_upload(),
        client: Some("AgentiCraft-Registry-Client/1.0".to_owned()),
    }
}

pub(crate) fn blob(content: &str) -> Blob {
    Blob { sha256: Sha256::of(content.as_bytes()), size: content.len() as u64 }
}

pub(crate) fn canonical(claim: &Claim) -> Blob {
    blob(&format!("canonical {}", claim.upload.sha256))
}

pub(crate) fn manifest(plugin: &str, number: &str) -> Manifest {
    serde_json::from_value(serde_json::json!({
        "name": plugin, "version": number, "type": "tool", "category": "utility", "title": format!("The {plugin}"),
        "description": "Says 100% of what it does", "author": {"name": "Ada"}, "license": "MIT",
        "entry_point": "tool.main:Tool", "config": [], "tags": ["Search", "net_tools"], "capabilities": [],
        "endpoints": [], "examples": [],
        "requirements": {"python": ">=3.10", "agenticraft": ">=0.2.0", "dependencies": [], "system": {}},
    }))
    .unwrap()
}

pub(crate) fn inspection(claim: &Claim) -> Inspection {
    Inspection {
        upload: claim.upload,
        canonical: Some(canonical(claim)),
        manifest: Some(manifest(claim.plugin.as_str(), &claim.version.to_string())),
        findings: vec![finding("a.py")],
        capabilities: Vec::new(),
        plan: TestPlan::default(),
        files: Vec::new(),
        readme: Some("# Read me\0".to_owned()),
        readme_format: TextFormat::Rst,
        changelog: None,
        changelog_format: TextFormat::Plain,
        rule_set: "1".to_owned(),
        dependencies: Vec::new(),
        advisories: None,
        difference: None,
    }
}

pub(crate) fn finding(file: &str) -> Finding {
    let mut finding = Finding::of(
        &airlock_model::RuleMeta {
            id: "AL-CODE-os-system",
            title: "A shell command is run",
            severity: Severity::High,
            confidence: Confidence::Medium,
            cwe: Some(78),
            bandit: &["B605"],
            ruff: &["S605"],
            remedy: "Run the program without a shell.",
            doc: "",
        },
        "os.system(command) runs a shell",
    )
    .in_file(file);
    finding.fingerprint = format!("fingerprint of {file}");
    finding
}

pub(crate) fn judgement(verdict: Verdict) -> Judgement {
    let reasons = match verdict {
        Verdict::Approve => Vec::new(),
        Verdict::Hold | Verdict::Reject => vec!["a.py: os.system(command) runs a shell (policy:3: shell)".to_owned()],
    };
    Judgement { verdict, findings: vec![finding("a.py"), finding("b\0.py")], run: None, reasons }
}
