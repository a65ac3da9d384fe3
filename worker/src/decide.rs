//! What comes after a stage: pure functions of what was found.

use airlock_model::{Inspection, Verdict};
use airlock_store::Next;

/// Why there will be no test stage, if so. Asked here and not of the gate, because the worker that inspects need
/// not be one that has a sandbox.
pub(crate) fn no_tests_because(inspection: &Inspection, condemned: bool) -> Option<&'static str> {
    if condemned || inspection.canonical.is_none() {
        Some("the inspection found a reason to refuse the plugin, so its code was not executed")
    } else if inspection.plan.inventory.is_empty() {
        Some("the plugin has no tests")
    } else {
        None
    }
}

/// What follows a verdict that no later stage can change.
pub(crate) const fn after_verdict(verdict: Verdict) -> Next {
    match verdict {
        Verdict::Approve => Next::Promote,
        Verdict::Hold => Next::Hold,
        Verdict::Reject => Next::Reject,
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
            upload: blob,
            canonical: packed.then_some(blob),
            manifest: None,
            findings: Vec::new(),
            capabilities: Vec::new(),
            plan: TestPlan { inventory: tests.iter().map(|&id| id.to_owned()).collect(), ..TestPlan::default() },
            files: Vec::new(),
            readme: None,
            changelog: None,
            rule_set: String::new(),
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
