//! Every way a run can end, with its name and its sentence.

use serde::{Deserialize, Serialize};

use super::SeenBy;
use crate::finding::Evidence;

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
