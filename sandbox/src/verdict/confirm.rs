//! The host's own look at what the guest says is missing.

use airlock_model::run::{Inconclusive, TestPlan};

use super::features;
use super::frames::Missing;

/// What the host knows of the interpreter and of the packages beside it.
pub(crate) trait Carries {
    /// Whether this top-level module can be imported inside.
    fn carries(&self, module: &str) -> bool;
    /// Whether it is a standard module that this interpreter lacks.
    fn lacks_standard(&self, module: &str) -> bool;
    /// Whether the interpreter was seen to lack `threads`, `processes`, `sockets` or `time zone data`.
    fn lacks_feature(&self, feature: &str) -> bool;
    /// Whether the operator's packages hold this top-level module.
    fn operator_carries(&self, module: &str) -> bool;
    /// Whether some file of the operator's packages imports this top-level module.
    fn operator_imports(&self, module: &str) -> bool;
}

/// The cause that reports name, if the tree bears the guest out; otherwise the
/// failure is a failure. `links` tells that the host refused a link during the run.
pub(crate) fn confirm(plan: &TestPlan, runtime: &impl Carries, links: bool, missing: &Missing) -> Option<Inconclusive> {
    let imported = |module: &str| imports(plan, runtime, module);
    let lacks_feature = |feature: &str| runtime.lacks_feature(feature);
    if let Missing::Module(module) = missing
        && let Some(feature) = features::behind(module).filter(|feature| lacks_feature(feature))
    {
        return imported("concurrent").then(|| Inconclusive::MissingFeature { feature: feature.to_owned() });
    }
    match missing {
        Missing::Module(module) if lacks(runtime, module) => {
            let used = imported(module) || features::needed_by(module).iter().any(|by| imported(by));
            used.then(|| Inconclusive::MissingFeature { feature: module.clone() })
        }
        // A dotted name means that its package was found.
        Missing::Module(module) => (plan.imports.contains(module) && !runtime.carries(module))
            .then(|| Inconclusive::MissingPackage { package: module.clone(), because: None }),
        Missing::Feature(feature) => {
            let name = features::confirmed(feature, lacks_feature, imported, &plan.standard_calls, links)?;
            Some(Inconclusive::MissingFeature { feature: name.to_owned() })
        }
    }
}

fn lacks(runtime: &impl Carries, module: &str) -> bool {
    runtime.lacks_standard(module) || (features::is_private_part(module) && !runtime.carries(module))
}

/// Whether the tree imports a standard module, by itself or through one of the
/// operator's packages: the tree's own text does not show what those import.
fn imports(plan: &TestPlan, runtime: &impl Carries, module: &str) -> bool {
    plan.standard_imports.iter().any(|import| import == module)
        || (plan.imports.iter().any(|package| runtime.operator_carries(package)) && runtime.operator_imports(module))
}
