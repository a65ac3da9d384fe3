//! Pure types of Airlock: names, versions, manifest, tree, findings, limits,
//! outcomes, states, policy, verdict, and the rendering of reports.
//!
//! This crate must **not** know any I/O, any clock, any database, any wire
//! format other than its own serialised types, or any other crate of Airlock.
//! Everything here is a value or a pure function of values, so that the gate at
//! home and the gate on the server cannot disagree.

pub mod advisory;
pub mod difference;
pub mod digest;
pub mod escape;
pub mod event;
pub mod finding;
pub mod fingerprint;
pub mod id;
pub mod inspection;
pub mod inventory;
pub mod likeness;
pub mod limits;
pub mod manifest;
pub mod name;
pub mod observed;
pub mod policy;
pub mod probe;
pub mod report;
pub mod role;
pub mod run;
pub mod sbom;
pub mod state;
pub mod stdlib;
pub mod time;
pub mod tree;
pub mod verdict;
pub mod version;

pub use advisory::{AdvisoryCheck, Vulnerability};
pub use difference::{Difference, Earlier};
pub use digest::Sha256;
pub use finding::{Confidence, Finding, RuleMeta, Severity};
pub use id::{StageId, SubmissionId, TokenId, UserId, ValidationId};
pub use inspection::Inspection;
pub use inventory::Requirement;
pub use manifest::Manifest;
pub use name::{FoldedName, PluginName};
pub use policy::Policy;
pub use report::Report;
pub use role::Role;
pub use run::{Outcome, RunReport};
pub use state::{Engine, StageName, StageState, ValidationState, VersionState};
pub use time::Timestamp;
pub use tree::{Tree, TreePath};
pub use verdict::{Judgement, Verdict};
pub use version::PluginVersion;
