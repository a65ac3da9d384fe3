//! What became of a run in the sandbox. "The plugin misbehaved" is data and has
//! a name here; "we failed" is an error and lives in the sandbox crate.

use serde::{Deserialize, Serialize};

use crate::finding::Evidence;
use crate::inventory::Wanted;
use crate::observed::Observed;
use crate::probe::ProbeReport;
use crate::state::Engine;

/// Every way a run can end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", content = "detail", rename_all = "snake_case")]
pub enum Outcome {
    /// Every test that was collected passed (or was skipped within policy).
    Passed,
    /// At least one test failed.
    Failed {
        /// How many failed or ended in error.
        failed: u64,
    },
    /// There was nothing to run.
    NoTests,
    /// The run says nothing about the plugin.
    Inconclusive(Inconclusive),
    /// The wall clock ran out.
    TimedOut,
    /// CPU time ran out.
    CpuExceeded,
    /// Memory ran out.
    OutOfMemory,
    /// Too many processes or threads.
    TooManyProcesses,
    /// Wrote more than its disk or created more files than allowed.
    DiskExceeded,
    /// Printed more than allowed.
    OutputExceeded,
    /// Too many open descriptors.
    DescriptorsExceeded,
    /// The interpreter died.
    Crashed {
        /// The signal, trap or exit that ended it.
        how: String,
    },
    /// Did something that is forbidden.
    Violation {
        /// What it did.
        what: String,
        /// Who saw it.
        seen_by: SeenBy,
    },
    /// The report does not agree with what the host knows.
    TamperedReport {
        /// What does not agree.
        why: String,
    },
}

/// Why a run says nothing about the plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Inconclusive {
    /// A package that the tests import is neither in the plugin nor in the sandbox; the host confirmed it.
    MissingPackage {
        /// The top-level module that could not be imported, or the package that was asked for.
        package: String,
        /// Why a package that the plugin asks for was not given to its tests; absent where nobody tried.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<Unavailable>,
    },
    /// The interpreter of this sandbox lacks something the tests use; the host confirmed it.
    MissingFeature {
        /// The feature, for instance `threads`.
        feature: String,
    },
    /// The inventory read from the source holds tests that collection did not find.
    CollectionDiffers {
        /// Some of what is missing.
        missing: Vec<String>,
    },
    /// Test code reaches into the runner, so that its report cannot be relied on.
    ReachesIntoRunner {
        /// Where.
        evidence: Vec<Evidence>,
    },
    /// Everything was skipped or expected to fail.
    AllSkipped,
}

/// Why a package that a plugin asks for cannot be given to its tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unavailable {
    /// The operator's list of allowed packages lacks it.
    NotAllowed,
    /// There is no wheel of it that the sandbox's interpreter can use.
    NotFound,
    /// Its versions fit nothing else that is asked for.
    Conflict,
    /// Its code is asked for from a URL or a path, not by name.
    Elsewhere,
    /// What is asked for is no requirement that pip could read.
    NotUnderstood,
    /// Its wheel is not the one that was locked.
    Changed,
    /// It, or all of them together, are larger than allowed.
    TooLarge,
    /// Its wheel holds what no wheel may hold.
    Unusable,
}

impl Unavailable {
    /// What is wrong with a package and what to do, as the end of a sentence.
    pub(crate) const fn sentence(&self) -> &'static str {
        match self {
            Self::NotAllowed => {
                "is not among the packages that the operator allows; the operator can add it to sandbox.packages.allow"
            }
            Self::NotFound => {
                "was not found as a wheel that this sandbox can use; ask for a version that has one, or have the \
                 operator put a wheel into the wheelhouse"
            }
            Self::Conflict => {
                "conflicts with what else is asked for, with what the operator allows or with what the sandbox \
                 carries; ask for versions that go together"
            }
            Self::Elsewhere => "is asked for from a URL or a path; ask for it by its name and version",
            Self::NotUnderstood => "is asked for in words that pip does not understand; write it as PEP 508 says",
            Self::Changed => {
                "has another hash than when it was locked; the operator should find out why, and then remove the \
                 lock with `airlock sandbox packages remove`"
            }
            Self::TooLarge => "is too large; the operator can raise sandbox.packages.most, unpacked_bytes or files",
            Self::Unusable => "has a wheel that no installer should unpack; ask for another version of it",
        }
    }
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

    /// The engine whose run may tell more than this one, because it has the feature that the tests lacked. A package
    /// that is missing is the operator's to allow, and no engine makes up for it.
    #[must_use]
    pub fn wants(&self) -> Option<Engine> {
        let lacks_feature = matches!(self.outcome, Outcome::Inconclusive(Inconclusive::MissingFeature { .. }));
        (lacks_feature && self.engine != Engine::Docker.as_str()).then_some(Engine::Docker)
    }
}

impl Outcome {
    /// The outcome's name in snake case, as policy and reports write it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed { .. } => "failed",
            Self::NoTests => "no_tests",
            Self::Inconclusive(_) => "inconclusive",
            Self::TimedOut => "timed_out",
            Self::CpuExceeded => "cpu_exceeded",
            Self::OutOfMemory => "out_of_memory",
            Self::TooManyProcesses => "too_many_processes",
            Self::DiskExceeded => "disk_exceeded",
            Self::OutputExceeded => "output_exceeded",
            Self::DescriptorsExceeded => "descriptors_exceeded",
            Self::Crashed { .. } => "crashed",
            Self::Violation { .. } => "violation",
            Self::TamperedReport { .. } => "tampered_report",
        }
    }

    /// One sentence for a person.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Passed => "every test passed".into(),
            Self::Failed { failed: 1 } => "1 test failed".into(),
            Self::Failed { failed } => format!("{failed} tests failed"),
            Self::NoTests => "there are no tests".into(),
            Self::Inconclusive(cause) => cause.sentence(),
            Self::TimedOut => "the tests ran out of time".into(),
            Self::CpuExceeded => "the tests used more CPU time than allowed".into(),
            Self::OutOfMemory => "the tests used more memory than allowed".into(),
            Self::TooManyProcesses => "the tests started more processes than allowed".into(),
            Self::DiskExceeded => "the tests wrote more than allowed".into(),
            Self::OutputExceeded => "the tests printed more than allowed".into(),
            Self::DescriptorsExceeded => "the tests opened more files at once than allowed".into(),
            Self::Crashed { how } => format!("the interpreter crashed: {}", crate::escape::line(how)),
            Self::Violation { what, .. } => format!("the tests did what is forbidden: {}", crate::escape::line(what)),
            Self::TamperedReport { why } => {
                format!("the test report does not agree with what the host knows: {}", crate::escape::line(why))
            }
        }
    }
}

impl Inconclusive {
    /// The cause's name in snake case, as policy writes it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::MissingPackage { .. } => "missing_package",
            Self::MissingFeature { .. } => "missing_feature",
            Self::CollectionDiffers { .. } => "collection_differs",
            Self::ReachesIntoRunner { .. } => "reaches_into_runner",
            Self::AllSkipped => "all_skipped",
        }
    }

    fn sentence(&self) -> String {
        use crate::escape::quoted;
        match self {
            Self::MissingPackage { package, because: None } => {
                format!("tests not run: the sandbox does not carry the package {}", quoted(package))
            }
            Self::MissingPackage { package, because: Some(because) } => {
                format!("the tests lack a package: {} {}", quoted(package), because.sentence())
            }
            Self::MissingFeature { feature } => {
                format!("tests not run: the sandbox's interpreter lacks {}", quoted(feature))
            }
            Self::CollectionDiffers { missing } => format!(
                "the source defines tests that were not collected: {}",
                missing.iter().map(|id| quoted(id)).collect::<Vec<_>>().join(", ")
            ),
            Self::ReachesIntoRunner { .. } => {
                "test code reaches into the test runner, so its report cannot be relied on".into()
            }
            Self::AllSkipped => "no test passed: all were skipped or expected to fail".into(),
        }
    }
}

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
