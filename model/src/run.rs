//! What became of a run in the sandbox. "The plugin misbehaved" is data and has
//! a name here; "we failed" is an error and lives in the sandbox crate.

use serde::{Deserialize, Serialize};

use crate::finding::Evidence;
use crate::inventory::Wanted;
use crate::observed::Observed;
use crate::probe::{ProbeEnding, ProbeReport};
use crate::state::Engine;

mod outcome;

pub use outcome::{Inconclusive, Outcome, Unavailable};

/// Who saw a fact. What only the guest saw can make a result worse, never better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeenBy {
    /// The host: exit status, limiters, call trace.
    Host,
    /// Only the plugin's own process.
    Guest,
}

impl SeenBy {
    /// In words.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Host => "seen by the host",
            Self::Guest => "seen in the sandbox",
        }
    }
}

/// How one test ended, by the plugin's own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestOutcome {
    /// Passed.
    Passed,
    /// An assertion or an exception in the test.
    Failed,
    /// An exception in set-up, tear-down or collection.
    Error,
    /// Skipped.
    Skipped,
    /// Failed as expected.
    Xfailed,
    /// Passed although expected to fail.
    Xpassed,
}

/// One test's result, reported by the plugin's own tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestResult {
    /// The runner's id, for instance `tests/test_a.py::test_b[1]`; escape before showing.
    pub id: String,
    /// How it ended.
    pub outcome: TestOutcome,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The failure, cut to a few lines; escape before showing.
    pub message: Option<String>,
}

/// What the run used, measured by the host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resources {
    /// Wall time, in milliseconds.
    pub wall_ms: u64,
    /// CPU time, in milliseconds.
    pub cpu_ms: u64,
    /// Highest memory of the guest, in bytes.
    pub peak_memory_bytes: u64,
    /// Bytes charged to the guest's disk.
    pub disk_bytes: u64,
    /// Bytes printed, before any cut.
    pub output_bytes: u64,
    /// Files opened.
    pub files_opened: u64,
    /// Processes, where the engine has them.
    pub processes: u64,
}

impl Resources {
    /// In words.
    #[must_use]
    pub fn sentence(&self) -> String {
        let processes =
            if self.processes == 1 { "1 process".to_owned() } else { format!("{} processes", self.processes) };
        format!(
            "{} ms wall, {} ms CPU, {} KiB memory, {} bytes written, {} bytes printed, {processes}",
            self.wall_ms,
            self.cpu_ms,
            self.peak_memory_bytes / 1024,
            self.disk_bytes,
            self.output_bytes,
        )
    }
}

/// Something that happened during a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEvent {
    /// What kind, for instance `open`, `limit`, `socket`.
    pub kind: String,
    /// The path, name or amount; escape before showing.
    pub detail: String,
    /// Who saw it.
    pub seen_by: SeenBy,
}

/// A run that collects the tests and runs none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collection {
    /// How many tests it found and kept.
    pub tests: u64,
    /// What it cost, beside the tests' own run.
    pub resources: Resources,
}

/// Everything the test stage found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunReport {
    /// How it ended, as `outcome` and, where there is more to say, `detail`.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The engine, `wasm` or `docker`.
    pub engine: String,
    /// Reported by the plugin's own tests.
    pub tests: Vec<TestResult>,
    /// Measured by the host.
    pub resources: Resources,
    /// What happened, with who saw it.
    pub events: Vec<RunEvent>,
    /// The end of what the tests printed; escape before showing.
    pub output: String,
    /// Whether output was cut.
    pub output_truncated: bool,
    /// What a separate process collected, against which the results are held; absent where there was nothing to collect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<Collection>,
    /// What was seen, summed up and compared with what the manifest declares and the source shows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observed: Vec<Observed>,
    /// What importing the entry point did, in a sandbox of its own; absent where it was not tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Box<ProbeReport>>,
}

impl RunReport {
    /// A report of `engine` about nothing yet, to be filled.
    #[must_use]
    pub fn of(engine: impl Into<String>, outcome: Outcome) -> Self {
        Self {
            outcome,
            engine: engine.into(),
            tests: Vec::new(),
            resources: Resources::default(),
            events: Vec::new(),
            output: String::new(),
            output_truncated: false,
            collection: None,
            observed: Vec::new(),
            probe: None,
        }
    }

    /// The engine whose run may tell more than this one, because it has the feature that the tests lacked, or the
    /// import of the entry point where no test speaks against the plugin. A package that is missing is the operator's
    /// to allow, and no engine makes up for it.
    #[must_use]
    pub fn wants(&self) -> Option<Engine> {
        (self.lacks_feature().is_some() && self.engine != Engine::Docker.as_str()).then_some(Engine::Docker)
    }

    /// What lacked a feature, as a sentence.
    #[must_use]
    pub fn lacks_feature(&self) -> Option<String> {
        let probe = self.probe.as_ref().map(|probe| &probe.ending);
        match (&self.outcome, probe) {
            (Outcome::Inconclusive(Inconclusive::MissingFeature { .. }), _) => Some(self.outcome.sentence()),
            (
                Outcome::NoTests | Outcome::Passed,
                Some(ending @ ProbeEnding::Lacks(Inconclusive::MissingFeature { .. })),
            ) => Some(ending.sentence()),
            _ => None,
        }
    }
}

/// What the host reads from the source before anything runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestPlan {
    /// The plugin's name, which is the archive's top folder.
    pub plugin: String,
    /// Test ids read from the AST, `tests/test_a.py::test_b` or `…::TestC::test_d`.
    pub inventory: Vec<String>,
    /// Top-level modules that code and tests import and the plugin does not hold.
    pub imports: Vec<String>,
    /// Top-level modules of the standard library that code and tests import anywhere, private ones (`_ssl`) among them.
    #[serde(default)]
    pub standard_imports: Vec<String>,
    /// Of the standard library's functions that need threads, processes or the like, the
    /// qualified names of those that code and tests call, for instance `os.fork`.
    #[serde(default)]
    pub standard_calls: Vec<String>,
    /// Where test code reaches into the runner, the collector, frames or exit hooks.
    pub reaches_into_runner: Vec<Evidence>,
    /// The packages that the tests are to find, taken from the inventory when they are run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<Wanted>,
}
