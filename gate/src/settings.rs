//! What a gate is made of.

use std::path::PathBuf;
use std::sync::Arc;

use airlock_model::Policy;
use airlock_model::limits::Limits;
use airlock_sandbox::Sandbox;

use crate::advisories::Advisories;

/// What a gate is made of.
#[derive(Clone)]
pub struct GateSettings {
    /// Bounds for archive, scan and run.
    pub limits: Limits,
    /// What is done about what is found.
    pub policy: Policy,
    /// How the examination is confined.
    pub jail: JailSettings,
    /// Where tests run; without one they are reported as not run.
    pub sandbox: Option<Arc<dyn Sandbox>>,
    /// Files analysed at once inside one examination; 0 for as many as there are cores.
    pub jobs: usize,
    /// What the inventory is held against.
    pub advisories: Advisories,
}

/// How the examination is confined.
#[derive(Debug, Clone)]
pub struct JailSettings {
    /// The program that is started as the confined child: this very binary.
    pub program: PathBuf,
    /// Whether to go on where the kernel lacks Landlock or seccomp.
    pub allow_weaker: bool,
}
