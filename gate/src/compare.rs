//! Comparing an inspection with an earlier version of the same plugin.

use airlock_model::difference::{Difference, Earlier};
use airlock_model::fingerprint::settle_package;
use airlock_model::inspection::Inspection;
use airlock_scanner::package::change;

use crate::Gate;

impl Gate {
    /// Adds to an inspection what is different from `earlier`, and what that step is found to do; without an earlier
    /// version it says that there is none. An inspection without a readable manifest is left as it is: there is no
    /// version to compare.
    pub fn compare(&self, inspection: &mut Inspection, earlier: Option<&Earlier>) {
        let Some(version) = inspection.manifest.as_ref().map(|manifest| manifest.version.clone()) else { return };
        let difference = Difference::between(earlier, &version, inspection);
        let mut findings = change::findings(&difference, &version, inspection);
        findings.append(&mut inspection.findings);
        inspection.findings = settle_package(findings);
        inspection.difference = Some(difference);
    }
}
