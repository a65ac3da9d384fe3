//! The test stage: the package's own tests in the sandbox, and an import of its entry
//! point, which packages without tests have too.

use std::path::Path;

use airlock_model::inspection::Inspection;
use airlock_model::limits::RunLimits;
use airlock_model::probe::ProbeReport;
use airlock_model::run::{RunReport, TestPlan};
use airlock_model::verdict::Waiver;
use airlock_model::{Outcome, inventory};
use airlock_sandbox::{ProbeRequest, RunRequest, Sandbox, SandboxError};

use crate::{Gate, GateError, observed, redact};

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

const NO_TESTS: &str = "the plugin has no tests";

/// Why the test stage of a package need not or must not run, if so: code that is
/// already condemned is never executed. A package without tests has its entry point imported all the same.
#[must_use]
pub fn no_tests_because(inspection: &Inspection, condemned: bool) -> Option<&'static str> {
    if condemned || inspection.canonical.is_none() {
        Some("the inspection found a reason to refuse the plugin, so its code was not executed")
    } else if inspection.plan.inventory.is_empty() && inspection.manifest.is_none() {
        Some(NO_TESTS)
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
        let Some(sandbox) = self.settings.sandbox.as_deref() else {
            return Ok(Tested::NotRun("no sandbox is configured".to_owned()));
        };
        let sandbox = self.prefers.and_then(|engine| sandbox.part(engine)).unwrap_or(sandbox);
        let plan = TestPlan { packages: inventory::wanted(&inspection.dependencies), ..inspection.plan.clone() };
        let limits = self.settings.limits.run_of(inspection.manifest.as_ref().map(|manifest| manifest.kind));
        let probe = probe(sandbox, canonical, inspection, &plan, &limits);
        let mut report = if inspection.plan.inventory.is_empty() {
            let Some(probe) = probe.await? else { return Ok(Tested::NotRun(NO_TESTS.to_owned())) };
            RunReport { probe: Some(Box::new(probe)), ..RunReport::of(sandbox.engine(), Outcome::NoTests) }
        } else {
            let request = RunRequest { canonical: canonical.to_owned(), plan: plan.clone(), limits: limits.clone() };
            let (report, probe) = tokio::try_join!(sandbox.run(request), probe)?;
            RunReport { probe: probe.map(Box::new), ..report }
        };
        redact::clear(&mut report);
        report.observed = observed::summary(&report, inspection);
        Ok(Tested::Ran(Box::new(report)))
    }
}

/// Imports the entry point in a sandbox of its own, where there is one to import.
async fn probe(
    sandbox: &dyn Sandbox,
    canonical: &Path,
    inspection: &Inspection,
    plan: &TestPlan,
    limits: &RunLimits,
) -> Result<Option<ProbeReport>, SandboxError> {
    let Some(manifest) = &inspection.manifest else { return Ok(None) };
    match ProbeRequest::of(canonical.to_owned(), plan.clone(), &manifest.entry_point, limits) {
        Some(request) => sandbox.probe(request).await.map(Some),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use airlock_model::Sha256;
    use airlock_model::inspection::Blob;

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
