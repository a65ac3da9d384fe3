//! What an image carries, as its supervisor told before any plugin was near.

use std::collections::BTreeSet;

use super::wire::Ready;
use crate::verdict::Carries;

/// The modules of an image.
#[derive(Debug, Default)]
pub(super) struct Carried {
    modules: BTreeSet<String>,
    lacking: BTreeSet<String>,
    features: BTreeSet<String>,
}

impl From<Ready> for Carried {
    fn from(ready: Ready) -> Self {
        let set = |names: Vec<String>| names.into_iter().collect();
        Self { modules: set(ready.modules), lacking: set(ready.lacking), features: set(ready.features) }
    }
}

impl Carries for Carried {
    fn carries(&self, module: &str) -> bool {
        self.modules.contains(module)
    }

    fn lacks_standard(&self, module: &str) -> bool {
        self.lacking.contains(module)
    }

    fn lacks_feature(&self, feature: &str) -> bool {
        self.features.contains(feature)
    }

    // An image's packages are its builder's; which of them import what is not looked at,
    // so a lack that only they met is a failure of the tests.
    fn operator_carries(&self, _: &str) -> bool {
        false
    }

    fn operator_imports(&self, _: &str) -> bool {
        false
    }
}
