//! What an interpreter is started for.

use airlock_model::run::TestPlan;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ProbeRequest;
use crate::probe::Decoys;
use crate::verdict::paths;

/// One job of one interpreter; no two jobs share one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Job {
    /// Running tests.
    Tests {
        /// What pytest is asked to run, relative to the plugin; empty means what is there.
        paths: Vec<String>,
    },
    /// Collecting them and running none, so that there is something to hold the results against.
    Collect {
        /// As for running them.
        paths: Vec<String>,
    },
    /// Importing an entry point.
    Probe {
        /// The module.
        module: String,
        /// What must be in it.
        attribute: String,
        /// What lies about.
        decoys: Decoys,
    },
}

impl Job {
    pub(crate) fn tests(plan: &TestPlan) -> Self {
        Self::Tests { paths: paths(plan) }
    }

    pub(crate) fn collect(plan: &TestPlan) -> Self {
        Self::Collect { paths: paths(plan) }
    }

    pub(crate) fn probe(request: &ProbeRequest, decoys: Decoys) -> Self {
        Self::Probe { module: request.module.clone(), attribute: request.attribute.clone(), decoys }
    }

    /// The modules of ours that do jobs.
    pub(crate) const MODULES: [&str; 2] = ["airlock_runner", "airlock_probe"];

    /// The one that does this job.
    pub(crate) const fn module(&self) -> &'static str {
        match self {
            Self::Tests { .. } | Self::Collect { .. } => Self::MODULES[0],
            Self::Probe { .. } => Self::MODULES[1],
        }
    }

    /// What that module is told, beside what the engine adds.
    pub(crate) fn settings(&self) -> Value {
        match self {
            Self::Tests { paths } => json!({ "paths": paths, "collect": false }),
            Self::Collect { paths } => json!({ "paths": paths, "collect": true }),
            Self::Probe { module, attribute, .. } => json!({ "module": module, "attribute": attribute }),
        }
    }
}
