//! What an image carries, as its supervisor told before any plugin was near.

use std::collections::BTreeSet;

use airlock_model::inventory::normalised;

use super::wire::Ready;
use crate::packages::Target;
use crate::verdict::Carries;

/// The modules of an image.
#[derive(Debug, Default)]
pub(super) struct Carried {
    modules: BTreeSet<String>,
    lacking: BTreeSet<String>,
    features: BTreeSet<String>,
    target: Target,
}

impl Carried {
    /// The interpreter of the image, as pip is told of it.
    pub(super) const fn target(&self) -> &Target {
        &self.target
    }
}

fn target(ready: &mut Ready) -> Target {
    let short: Vec<&str> = ready.python.split('.').take(2).collect();
    let short = short.join(".");
    let markers = [
        ("implementation_name", "cpython"),
        ("os_name", "posix"),
        ("platform_machine", ready.machine.as_str()),
        ("platform_python_implementation", "CPython"),
        ("platform_system", "Linux"),
        ("python_full_version", ready.python.as_str()),
        ("python_version", short.as_str()),
        ("sys_platform", "linux"),
    ];
    let markers = markers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let platforms = platforms(&ready.machine, &ready.libc);
    let carried = std::mem::take(&mut ready.distributions);
    let carried = carried.into_iter().map(|(name, version)| (normalised(&name), version)).collect();
    Target { python: short, implementation: "cp".into(), abis: Vec::new(), platforms, markers, carried }
}

/// The names under which wheels are published that this C library can load: each lower
/// version of it counts, and old ones have names of their own (PEP 600).
fn platforms(machine: &str, libc: &str) -> Vec<String> {
    let minor = libc.strip_prefix("2.").and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
    let old = minor.filter(|minor| *minor >= 17).map(|_| ["manylinux2014", "manylinux2010", "manylinux1"]);
    let exact = (5..=minor.unwrap_or(0)).rev().map(|minor| format!("manylinux_2_{minor}_{machine}"));
    let old = old.into_iter().flatten().map(|name| format!("{name}_{machine}"));
    exact.chain(old).chain([format!("linux_{machine}")]).collect()
}

impl From<Ready> for Carried {
    fn from(mut ready: Ready) -> Self {
        let target = target(&mut ready);
        let set = |names: Vec<String>| names.into_iter().collect();
        Self { modules: set(ready.modules), lacking: set(ready.lacking), features: set(ready.features), target }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wheels_for_older_libraries_count() {
        let found = platforms("x86_64", "2.18");
        assert_eq!(found[..2], ["manylinux_2_18_x86_64", "manylinux_2_17_x86_64"]);
        assert_eq!(found[found.len() - 2..], ["manylinux1_x86_64", "linux_x86_64"]);
        assert_eq!(platforms("aarch64", ""), ["linux_aarch64"]);
    }
}
