//! Layers of packages on the disk: how they are made, how long they stay, and who may take them away.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use airlock_model::Outcome;
use airlock_model::run::Unavailable;
use airlock_sandbox::Sandbox as _;
use airlock_sandbox::packages::{self, PackageSettings, Packages};
use airlock_sandbox::wasm::WasmSandbox;
use anyhow::{Context as _, Result, ensure};

use crate::Test;
use crate::packages::{House, PURE, asks, block_on, ends, importing, lacks, run, wasm};
use crate::suite::{runtime, suite};

pub(crate) const TESTS: &[Test] = &[
    ("layers::byte_code_is_made_inside_and_used", byte_code_is_made_inside_and_used),
    ("layers::what_is_no_python_keeps_nothing_else_from_being_compiled", what_is_no_python),
    ("layers::nothing_is_unpacked_outside_the_jail", nothing_is_unpacked_outside_the_jail),
    ("layers::metadata_without_end_is_the_packages_fault", metadata_without_end),
    ("layers::those_that_nobody_used_for_longest_go_first", the_oldest_go_first),
    ("layers::one_that_a_run_uses_stays", one_that_a_run_uses_stays),
    ("layers::what_was_left_half_made_goes", what_was_left_half_made_goes),
];

fn fetch(sandbox: &WasmSandbox, name: &str) -> Result<()> {
    let lacks = block_on(async { Ok(sandbox.fetch(&[asks(name)]).await?) })?;
    ensure!(lacks.is_none(), "{lacks:?}");
    Ok(())
}

fn kept(house: &House) -> Result<Vec<String>> {
    let mut names: Vec<String> = house.layers()?.into_iter().map(|layer| layer.packages[0].0.clone()).collect();
    names.sort();
    Ok(names)
}

fn byte_code_is_made_inside_and_used() -> Result<()> {
    let house = House::new()?;
    let members = [("alpha/__init__.py", "from .inner import ANSWER\n"), ("alpha/inner.py", "ANSWER = 42\n")];
    house.wheel("alpha-1.0", PURE, &members, &[])?;
    let sandbox = house.wasm(&["alpha"])?;
    ends(&run(&sandbox, importing("alpha"), &[asks("alpha")])?, &Outcome::Passed)?;
    let compiled = house.in_layer("alpha/__pycache__/inner.cpython-312.pyc")?;
    ensure!(fs::metadata(&compiled)?.permissions().readonly(), "the layer is read-only");
    // Whoever compiled in this run would see the new source.
    let source = house.in_layer("alpha/inner.py")?;
    let mut open = fs::metadata(&source)?.permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut open, 0o644);
    fs::set_permissions(&source, open)?;
    fs::write(&source, "ANSWER = 43\n")?;
    ends(&run(&sandbox, importing("alpha"), &[asks("alpha")])?, &Outcome::Passed)
}

fn what_is_no_python() -> Result<()> {
    let house = House::new()?;
    let members = [("alpha.py", "ANSWER = 42\n"), ("aaa.py", "def (:\n"), ("bbb.py", "x = '\0'\n")];
    house.wheel("alpha-1.0", PURE, &members, &[])?;
    ends(&run(&house.wasm(&["alpha"])?, importing("alpha"), &[asks("alpha")])?, &Outcome::Passed)?;
    ensure!(house.in_layer("__pycache__/alpha.cpython-312.pyc")?.exists());
    ensure!(!house.in_layer("__pycache__/aaa.cpython-312.pyc")?.exists());
    Ok(())
}

fn nothing_is_unpacked_outside_the_jail() -> Result<()> {
    let house = House::new()?;
    house.wheel("alpha-1.0", PURE, &[("alpha.py", "ANSWER = 42\n")], &[])?;
    let nobody = Packages::new(house.settings(&["alpha"])?, "/bin/false".into(), false);
    let sandbox = WasmSandbox::new(runtime(), "/proc/self/exe".into(), false).with_packages(nobody);
    let found = block_on(async { Ok(sandbox.fetch(&[asks("alpha")]).await) })?;
    ensure!(found.is_err(), "the child did nothing: {found:?}");
    ensure!(house.layers()?.is_empty());
    Ok(())
}

fn metadata_without_end() -> Result<()> {
    let house = House::new()?;
    house.bomb("alpha-1.0", 1200)?;
    let sandbox = house.wasm(&["alpha"])?;
    let found = block_on(async { Ok(sandbox.fetch(&[asks("alpha")]).await?) })?;
    ensure!(found.map(Outcome::Inconclusive) == Some(lacks("alpha", Unavailable::TooLarge)));
    Ok(())
}

fn the_oldest_go_first() -> Result<()> {
    let house = House::new()?;
    let names = ["alpha", "beta", "gamma"];
    for name in names {
        house.wheel(&format!("{name}-1.0"), PURE, &[(&format!("{name}.py"), "ANSWER = 42\n")], &[])?;
    }
    let sandbox = house.wasm(&names)?;
    fetch(&sandbox, "alpha")?;
    let bytes = house.layers()?[0].bytes;
    ensure!(bytes > 0);
    fetch(&sandbox, "beta")?;
    // The first is used once more, so the second is the one that nobody used for longest.
    fetch(&sandbox, "alpha")?;
    ensure!(kept(&house)? == ["alpha", "beta"]);
    let room_for_two = PackageSettings { keep_bytes: bytes * 5 / 2, ..house.settings(&names)? };
    let sandbox = wasm(room_for_two);
    fetch(&sandbox, "gamma")?;
    ensure!(kept(&house)? == ["alpha", "gamma"], "{:?}", kept(&house)?);
    // What went comes back, as the wheel that it was.
    ends(&run(&sandbox, importing("beta"), &[asks("beta")])?, &Outcome::Passed)?;
    ensure!(kept(&house)? == ["beta", "gamma"], "{:?}", kept(&house)?);
    Ok(())
}

fn one_that_a_run_uses_stays() -> Result<()> {
    let house = House::new()?;
    house.wheel("alpha-1.0", PURE, &[("alpha.py", "ANSWER = 42\n")], &[])?;
    house.wheel("beta-1.0", PURE, &[("beta.py", "ANSWER = 42\n")], &[])?;
    let names = ["alpha", "beta"];
    let sandbox = wasm(PackageSettings { keep_bytes: 0, ..house.settings(&names)? });
    fetch(&sandbox, "alpha")?;
    let layer = house.in_layer("")?.parent().context("a layer")?.to_owned();
    let is_free = || -> Result<bool> { Ok(File::open(&layer)?.try_lock().is_ok()) };
    ensure!(is_free()?, "nobody uses it");
    let sleeping = suite("import time\ndef test_a(): time.sleep(3600)\n").inventory(&["test_a"]);
    let (request, _archive) = sleeping.plan(|plan| plan.packages = vec![asks("alpha")]).request()?;
    block_on(async {
        let running = tokio::spawn({
            let sandbox = sandbox.clone();
            async move { sandbox.run(request).await }
        });
        while is_free()? {
            ensure!(!running.is_finished(), "it never used the layer: {:?}", running.await);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        ensure!(sandbox.fetch(&[asks("beta")]).await?.is_none());
        ensure!(kept(&house)?.contains(&"alpha".to_owned()), "over the bound, and yet in use");
        let swept = packages::remove(house.cache())?;
        ensure!(swept.in_use == 1 && layer.exists(), "{swept:?}");
        running.abort();
        ensure!(running.await.is_err_and(|error| error.is_cancelled()));
        let swept = packages::remove(house.cache())?;
        ensure!(swept.removed.len() == 1 && !layer.exists(), "{swept:?}");
        Ok(())
    })
}

fn what_was_left_half_made_goes() -> Result<()> {
    let house = House::new()?;
    let left = |name: &str| -> Result<_> {
        let folder = house.cache().join(name);
        fs::create_dir_all(folder.join("site"))?;
        fs::write(folder.join("site/alpha.py"), "")?;
        Ok(folder)
    };
    let left_over = [left("layers/.making-a")?, left("layers/.removing-b")?, left(".fetching-c")?, left("layers/d")?];
    let in_use = left("layers/.making-e")?;
    let held = File::open(&in_use)?;
    held.lock_shared()?;
    packages::remove(house.cache())?;
    ensure!(!left_over.iter().any(|folder| folder.exists()), "{left_over:?}");
    ensure!(in_use.exists(), "somebody is at it");
    drop(held);
    packages::remove(house.cache())?;
    let exists = |folder: &Path| folder.exists();
    ensure!(!exists(&in_use));
    Ok(())
}
