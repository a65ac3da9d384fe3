//! The test stage: the package's own tests in the sandbox.

use std::path::Path;

use airlock_model::inspection::Inspection;
use airlock_model::run::RunReport;
use airlock_model::verdict::Waiver;
use airlock_sandbox::RunRequest;

use crate::{Gate, GateError};

/// What came of the test stage.
#[derive(Debug, Clone, PartialEq)]
pub enum Tested {
    /// The sandbox ran them, or tried to.
    Ran(Box<RunReport>),
    /// They were not run; the text says why.
    NotRun(String),
}

impl Tested {
    /// The report, where there is one.
    #[must_use]
    pub fn report(&self) -> Option<&RunReport> {
        match self {
            Self::Ran(report) => Some(report),
            Self::NotRun(_) => None,
        }
    }
}

impl Gate {
    /// Why the tests need not or must not run, if so: code that is already
    /// condemned is never executed.
    #[must_use]
    pub fn skips_tests(&self, inspection: &Inspection, waivers: &[Waiver]) -> Option<&'static str> {
        if inspection.canonical.is_none() || self.condemned(inspection, waivers) {
            return Some("the inspection found a reason to refuse the plugin, so its code was not executed");
        }
        if inspection.plan.inventory.is_empty() {
            return Some("the plugin has no tests");
        }
        self.settings.sandbox.is_none().then_some("no sandbox is configured")
    }

    /// Runs the tests of the package whose canonical archive is at `canonical`.
    pub async fn test(
        &self,
        canonical: &Path,
        inspection: &Inspection,
        waivers: &[Waiver],
    ) -> Result<Tested, GateError> {
        if let Some(reason) = self.skips_tests(inspection, waivers) {
            return Ok(Tested::NotRun(reason.to_owned()));
        }
        let Some(sandbox) = &self.settings.sandbox else {
            return Ok(Tested::NotRun("no sandbox is configured".to_owned()));
        };
        let request = RunRequest {
            canonical: canonical.to_owned(),
            plan: inspection.plan.clone(),
            limits: self.settings.limits.run.clone(),
        };
        Ok(Tested::Ran(Box::new(sandbox.run(request).await?)))
    }
}
