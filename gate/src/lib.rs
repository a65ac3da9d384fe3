//! One package through inspect, test and verdict, without a store: what a worker
//! and `airlock check` both run.
//!
//! This crate must **not** know HTTP, SQL, queues, object stores or who asks. It
//! knows files on this machine, the jail, the scanner inside it, and a sandbox.

pub mod advisories;
mod blame;
mod child;
mod compare;
mod frames;
mod inspect;
mod observed;
mod redact;
mod settings;
mod test;
mod yara;

pub use airlock_scanner::package::Expected;
pub use child::jailed_main;
pub use inspect::Inspected;
pub use settings::{GateSettings, JailSettings};
pub use test::{Tested, no_tests_because};
pub use yara::YaraSettings;

use airlock_model::Engine;
use airlock_model::fingerprint;
use airlock_model::inspection::Inspection;
use airlock_model::run::RunReport;
use airlock_model::verdict::{self, Judgement, Waiver};
use airlock_sandbox::SandboxError;

/// What went wrong with the gate itself. None of these says anything about a plugin.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// A file of ours could not be read or written.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The child could not be started or watched.
    #[error("the examination could not be started: {0}")]
    Jail(#[from] airlock_sandbox::jail::JailError),
    /// The child could not lock itself down.
    #[error(
        "this system cannot confine the examination ({0}); upgrade the kernel, or set `jail.allow_weaker = true` to go on without"
    )]
    Unprotected(String),
    /// The child was ended from outside.
    #[error("the examination was ended from outside (signal {0})")]
    Killed(i32),
    /// The child was not given the CPU time to end within its wall time.
    #[error("the examination did not end in time although it had CPU time left; this machine is too busy for it")]
    Starved,
    /// Our own code failed; the text is its last words.
    #[error("the examination itself failed: {0}")]
    Failed(String),
    /// The child's answer cannot be read.
    #[error("the examination's answer cannot be read: {0}")]
    Protocol(String),
    /// The operator's YARA rules could not be made ready.
    #[error("the YARA rules of scan.yara_dir could not be made ready for the examination: {0}")]
    Rules(String),
    /// The sandbox failed.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

impl GateError {
    /// Whether trying again is pointless because our own code fails on this very
    /// input, so that a person has to look.
    #[must_use]
    pub const fn is_ours_on_this_input(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::Protocol(_))
    }
}

/// The gate. Cheap to clone.
#[derive(Clone)]
pub struct Gate {
    settings: std::sync::Arc<GateSettings>,
    yara: Option<std::sync::Arc<YaraSettings>>,
    room: std::path::PathBuf,
    prefers: Option<Engine>,
}

impl Gate {
    /// A gate with these settings.
    #[must_use]
    pub fn new(settings: GateSettings) -> Self {
        Self { settings: std::sync::Arc::new(settings), yara: None, room: std::env::temp_dir(), prefers: None }
    }

    /// The same gate, holding an operator's YARA rules against every file as well.
    #[must_use]
    pub fn with_yara(self, yara: YaraSettings) -> Self {
        Self { yara: Some(std::sync::Arc::new(yara)), ..self }
    }

    /// The same gate, keeping what it works on in `folder` instead of the system's
    /// temporary folder. Its owner clears it after a crash.
    #[must_use]
    pub fn working_in(&self, folder: &std::path::Path) -> Self {
        Self { room: folder.to_owned(), ..self.clone() }
    }

    /// The same gate, running tests in that engine alone where it has it.
    #[must_use]
    pub fn preferring(&self, engine: Option<Engine>) -> Self {
        Self { prefers: engine, ..self.clone() }
    }

    /// The engines that there are here, whether they answer or not.
    #[must_use]
    pub fn made_of(&self) -> Vec<Engine> {
        self.settings.sandbox.as_ref().map_or_else(Vec::new, |sandbox| sandbox.engines())
    }

    /// The engines that answer here at this moment.
    pub async fn engines(&self) -> Vec<Engine> {
        match &self.settings.sandbox {
            Some(sandbox) => sandbox.answering().await,
            None => Vec::new(),
        }
    }

    /// Decides. What a probe saw joins the inspection's findings.
    #[must_use]
    pub fn judge(&self, inspection: &Inspection, run: Option<&RunReport>, waivers: &[Waiver]) -> Judgement {
        let policy = &self.settings.policy;
        let Some(probe) = run.and_then(|run| run.probe.as_ref()) else {
            return verdict::judge(policy, &inspection.findings, run, waivers);
        };
        let mut findings = inspection.findings.clone();
        findings.extend(observed::findings(probe, inspection));
        verdict::judge(policy, &fingerprint::settle(findings), run, waivers)
    }

    /// Whether the findings alone refuse the package, so that its code must not be run.
    #[must_use]
    pub fn condemned(&self, inspection: &Inspection, waivers: &[Waiver]) -> bool {
        verdict::condemned(&self.settings.policy, &inspection.findings, waivers)
    }
}
