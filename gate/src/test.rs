//! The test stage: the package's own tests in the sandbox.

use std::path::Path;

use airlock_model::inspection::Inspection;
use airlock_model::run::RunReport;
use airlock_model::verdict::Waiver;
use airlock_sandbox::RunRequest;

use crate::{Gate, GateError, redact};

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

/// Why the tests of a package need not or must not run, if so: code that is
/// already condemned is never executed.
#[must_use]
pub fn no_tests_because(inspection: &Inspection, condemned: bool) -> Option<&'static str> {
    if condemned || inspection.canonical.is_none() {
        Some("the inspection found a reason to refuse the plugin, so its code was not executed")
    } else if inspection.plan.inventory.is_empty() {
        Some("the plugin has no tests")
    } else {
        None
    }
}

impl Gate {
    /// Why this gate will not run the tests, if so.
    #[must_use]
    pub fn skips_tests(&self, inspection: &Inspection, waivers: &[Waiver]) -> Option<&'static str> {
        no_tests_because(inspection, self.condemned(inspection, waivers))
            .or_else(|| self.settings.sandbox.is_none().then_some("no sandbox is configured"))
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
        let mut report = sandbox.run(request).await?;
        redact::clear(&mut report);
        Ok(Tested::Ran(Box::new(report)))
    }
}

#[cfg(test)]
mod tests {
    use airlock_model::Sha256;
    use airlock_model::inspection::Blob;
    use airlock_model::run::TestPlan;

    use super::*;

    fn inspection(tests: &[&str], packed: bool) -> Inspection {
        let blob = Blob { sha256: Sha256::of(b""), size: 0 };
        Inspection {
            canonical: packed.then_some(blob),
            plan: TestPlan { inventory: tests.iter().map(|&id| id.to_owned()).collect(), ..TestPlan::default() },
            ..Inspection::empty(blob, "1")
        }
    }

    #[test]
    fn condemned_code_is_never_run() {
        assert!(no_tests_because(&inspection(&["tests/test_a.py::test_b"], true), true).is_some());
        assert!(no_tests_because(&inspection(&["tests/test_a.py::test_b"], false), false).is_some());
        assert_eq!(no_tests_because(&inspection(&["tests/test_a.py::test_b"], true), false), None);
        assert_eq!(no_tests_because(&inspection(&[], true), false), Some("the plugin has no tests"));
    }
}
