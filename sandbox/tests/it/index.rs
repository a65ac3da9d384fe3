//! A package from the index that pip asks by itself, by its name.

use airlock_model::Outcome;
use airlock_sandbox::packages::{PackageSettings, Packages};
use airlock_sandbox::wasm::WasmSandbox;
use anyhow::{Result, ensure};

use crate::Test;
use crate::packages::{House, asks, run};
use crate::suite::{runtime, suite};

pub(crate) const TESTS: &[Test] = &[("index::a_package_is_fetched_by_its_name", a_package_is_fetched_by_its_name)];

/// What pip needs to get out of some networks.
const NETWORK: [&str; 4] = ["SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "https_proxy"];

#[expect(clippy::disallowed_methods, reason = "tests have no configuration to ask for the way out")]
fn a_package_is_fetched_by_its_name() -> Result<()> {
    let house = House::new()?;
    let mut settings = PackageSettings { wheelhouse: None, ..house.settings(&["attrs>=23"])? };
    settings.environment.extend(NETWORK.iter().filter_map(|&name| Some((name.into(), std::env::var(name).ok()?))));
    settings.limits.unpacked_bytes = 16 << 20;
    let packages = Packages::new(settings, "/proc/self/exe".into(), false);
    let sandbox = WasmSandbox::new(runtime(), "/proc/self/exe".into(), false).with_packages(packages);
    let tests = "import attrs\ndef test_a(): assert attrs.asdict(attrs.make_class('A', ['b'])(1)) == {'b': 1}\n";
    let report = run(&sandbox, suite(tests).inventory(&["test_a"]), &[asks("attrs")])?;
    ensure!(report.outcome == Outcome::Passed, "{report:#?}");
    ensure!(house.layers()?[0].packages[0].0 == "attrs");
    Ok(())
}
