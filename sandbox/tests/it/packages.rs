//! Packages that tests ask for, from wheelhouses that these tests fill themselves: no network.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use airlock_model::inventory::Wanted;
use airlock_model::run::{Inconclusive, Unavailable};
use airlock_model::{Outcome, RunReport};
use airlock_sandbox::docker::DockerSandbox;
use airlock_sandbox::packages::{self, PackageLimits, PackageSettings, Packages};
use airlock_sandbox::wasm::WasmSandbox;
use airlock_sandbox::{Sandbox, SandboxError};
use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::Test;
use crate::suite::{Suite, runtime, suite};

pub(crate) const TESTS: &[Test] = &[
    ("packages::a_package_and_what_it_needs_are_there_in_wasm", in_wasm),
    ("packages::docker_finds_native_packages_in_an_image_of_their_own", in_docker),
    ("packages::what_cannot_be_had_is_named", what_cannot_be_had_is_named),
    ("packages::wheels_that_reach_out_are_refused", wheels_that_reach_out_are_refused),
    ("packages::nothing_runs_before_the_tests", nothing_runs_before_the_tests),
    ("packages::a_lock_holds_until_it_is_removed", a_lock_holds_until_it_is_removed),
    ("packages::two_who_ask_at_once_get_one_layer", two_who_ask_at_once_get_one_layer),
    ("packages::an_index_that_is_not_reached_is_our_fault", an_index_that_is_not_reached_is_our_fault),
    ("packages::a_package_that_is_there_excuses_nothing", a_package_that_is_there_excuses_nothing),
];

pub(crate) const PURE: &str = "py3-none-any";
const NATIVE: &str = "cp313-cp313-manylinux_2_17_x86_64";

/// A wheelhouse and a cache.
pub(crate) struct House {
    wheels: TempDir,
    cache: TempDir,
}

impl House {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { wheels: tempfile::tempdir()?, cache: tempfile::tempdir()? })
    }

    /// Adds a wheel, `name-version`, with these members and requirements.
    pub(crate) fn wheel(&self, stem: &str, tag: &str, members: &[(&str, &str)], needs: &[&str]) -> Result<()> {
        let (name, version) = stem.split_once('-').context("a name and a version")?;
        let file = std::fs::File::create(self.wheels.path().join(format!("{stem}-{tag}.whl")))?;
        let mut wheel = ZipWriter::new(file);
        let needs: String = needs.iter().map(|need| format!("Requires-Dist: {need}\n")).collect();
        let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}");
        let kind = format!("Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n");
        let about = [("METADATA", metadata.as_str()), ("WHEEL", kind.as_str()), ("RECORD", "")];
        let about = about.map(|(file, text)| (format!("{stem}.dist-info/{file}"), text));
        let members = members.iter().map(|(name, text)| ((*name).to_owned(), *text));
        for (name, text) in members.chain(about) {
            wheel.start_file(name, SimpleFileOptions::default())?;
            wheel.write_all(text.as_bytes())?;
        }
        wheel.finish()?;
        Ok(())
    }

    #[expect(clippy::disallowed_methods, reason = "tests have no configuration to ask for the path")]
    pub(crate) fn settings(&self, allow: &[&str]) -> Result<PackageSettings> {
        let environment = ["PATH", "PYENV_ROOT"];
        Ok(PackageSettings {
            allow: allow.iter().map(|text| text.parse()).collect::<Result<_, _>>()?,
            wheelhouse: Some(self.wheels.path().to_owned()),
            index: None,
            cache: self.cache.path().to_owned(),
            environment: environment
                .iter()
                .filter_map(|&name| Some((name.into(), std::env::var(name).ok()?)))
                .collect(),
            limits: PackageLimits { most: 8, unpacked_bytes: 1 << 20, files: 100, time: Duration::from_secs(120) },
            keep_bytes: u64::MAX,
        })
    }

    pub(crate) fn wasm(&self, allow: &[&str]) -> Result<WasmSandbox> {
        Ok(wasm(self.settings(allow)?))
    }

    pub(crate) fn layers(&self) -> Result<Vec<packages::Cached>> {
        Ok(packages::cached(self.cache.path())?)
    }

    /// Adds a wheel whose description is that many mebibytes long, and its file is not.
    pub(crate) fn bomb(&self, stem: &str, mebibytes: usize) -> Result<()> {
        let (name, version) = stem.split_once('-').context("a name and a version")?;
        let file = std::fs::File::create(self.wheels.path().join(format!("{stem}-{PURE}.whl")))?;
        let mut wheel = ZipWriter::new(file);
        for (file, text) in [("WHEEL", "Wheel-Version: 1.0\n"), ("RECORD", "")] {
            wheel.start_file(format!("{stem}.dist-info/{file}"), SimpleFileOptions::default())?;
            wheel.write_all(text.as_bytes())?;
        }
        wheel.start_file(format!("{stem}.dist-info/METADATA"), SimpleFileOptions::default())?;
        wheel.write_all(format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\n").as_bytes())?;
        let line = vec![b' '; 1 << 20];
        for _ in 0..mebibytes {
            wheel.write_all(&line)?;
        }
        wheel.finish()?;
        Ok(())
    }

    pub(crate) fn cache(&self) -> &Path {
        self.cache.path()
    }

    /// Where a file of the one layer lies.
    pub(crate) fn in_layer(&self, file: &str) -> Result<PathBuf> {
        let layers = self.layers()?;
        let [layer] = layers.as_slice() else { anyhow::bail!("one layer is there: {layers:?}") };
        Ok(self.cache.path().join("layers").join(&layer.hash).join("site").join(file))
    }
}

impl Drop for House {
    fn drop(&mut self) {
        // Layers are read-only, which whoever is not root has to undo.
        let _ = packages::remove(self.cache.path());
    }
}

fn packages(settings: PackageSettings) -> Option<Packages> {
    Packages::new(settings, "/proc/self/exe".into(), false)
}

pub(crate) fn wasm(settings: PackageSettings) -> WasmSandbox {
    WasmSandbox::new(runtime(), "/proc/self/exe".into(), false).with_packages(packages(settings))
}

pub(crate) fn asks(name: &str) -> Wanted {
    let (name, specifier) = name.split_at(name.find(['=', '<', '>']).unwrap_or(name.len()));
    Wanted {
        name: name.into(),
        specifier: specifier.into(),
        extras: vec![],
        marker: None,
        source: None,
        required: true,
    }
}

pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(work)
}

pub(crate) fn run(sandbox: &dyn Sandbox, suite: Suite, wanted: &[Wanted]) -> Result<RunReport> {
    let (request, _archive) = suite.plan(|plan| plan.packages = wanted.to_vec()).request()?;
    block_on(async { Ok(sandbox.run(request).await?) })
}

/// A suite whose one test imports a module.
pub(crate) fn importing(module: &str) -> Suite {
    suite(&format!("import {module}\ndef test_a(): assert {module}.ANSWER == 42\n"))
        .inventory(&["test_a"])
        .imports(&[module])
}

pub(crate) fn lacks(package: &str, because: Unavailable) -> Outcome {
    Outcome::Inconclusive(Inconclusive::MissingPackage { package: package.into(), because: Some(because) })
}

pub(crate) fn ends(report: &RunReport, outcome: &Outcome) -> Result<()> {
    ensure!(report.outcome == *outcome, "expected {outcome:?}: {report:#?}");
    Ok(())
}

fn in_wasm() -> Result<()> {
    let house = House::new()?;
    house.wheel("alpha-1.0", PURE, &[("alpha.py", "from beta import ANSWER\n")], &["beta>=1", "pytest"])?;
    house.wheel("beta-1.1", PURE, &[("beta/__init__.py", "ANSWER = 42\n")], &[])?;
    house.wheel("beta-2.0", PURE, &[("beta/__init__.py", "ANSWER = 43\n")], &[])?;
    let sandbox = house.wasm(&["Alpha", "beta<2"])?;
    let report = run(&sandbox, importing("alpha"), &[asks("alpha")])?;
    ends(&report, &Outcome::Passed)?;
    let opened: Vec<_> = report.events.iter().filter(|event| event.detail.contains("layer")).collect();
    ensure!(opened.is_empty(), "reading packages is not the plugin's doing: {opened:?}");
    let layers = house.layers()?;
    let found: Vec<_> = layers.iter().map(|layer| layer.packages.as_slice()).collect();
    ensure!(found == [[("alpha".into(), "1.0".into()), ("beta".into(), "1.1".into())]], "{found:?}");
    let written = std::fs::metadata(house.in_layer("alpha.py")?)?.permissions().readonly();
    ensure!(written, "the layer is read-only");
    // Without a request there is no layer, and so no package.
    let report = run(&sandbox, importing("alpha"), &[])?;
    ends(&report, &Outcome::Inconclusive(Inconclusive::MissingPackage { package: "alpha".into(), because: None }))
}

fn in_docker() -> Result<()> {
    let house = House::new()?;
    house.wheel("native-1.0", NATIVE, &[("native.py", "ANSWER = 42\n")], &["beta; sys_platform == 'linux'"])?;
    house.wheel("beta-1.1", PURE, &[("beta.py", "")], &[])?;
    let allow = ["native", "beta"];
    // In wasm there is no wheel of it.
    let report = run(&house.wasm(&allow)?, importing("native"), &[asks("native")])?;
    ends(&report, &lacks("native", Unavailable::NotFound))?;

    let settings = crate::docker::settings(1)?;
    let settings = airlock_sandbox::docker::DockerSettings { packages: packages(house.settings(&allow)?), ..settings };
    let tests = "import native, beta\n\
                 def test_a(): assert native.ANSWER == 42\n\
                 def test_b():\n    try: open('/layer/native.py', 'a')\n    except OSError: return\n    assert False\n";
    let suite = || suite(tests).inventory(&["test_a", "test_b"]).imports(&["native", "beta"]);
    block_on(async {
        let sandbox = DockerSandbox::new(settings).await?;
        for _ in 0..2 {
            let (request, _archive) = suite().plan(|plan| plan.packages = vec![asks("native")]).request()?;
            ends(&sandbox.run(request).await?, &Outcome::Passed)?;
        }
        // Waiting containers serve those that ask for nothing, and carry nothing.
        let (request, _archive) = suite().request()?;
        let missing = Inconclusive::MissingPackage { package: "native".into(), because: None };
        ends(&sandbox.run(request).await?, &Outcome::Inconclusive(missing))?;
        sandbox.close().await?;
        let removed = sandbox.remove_layers().await?;
        ensure!(removed >= 1, "its image is there until it is removed");
        Ok(())
    })
}

fn what_cannot_be_had_is_named() -> Result<()> {
    let house = House::new()?;
    house.wheel("alpha-1.0", PURE, &[("alpha.py", "ANSWER = 42\n")], &["beta"])?;
    house.wheel("beta-1.1", PURE, &[("beta.py", "")], &[])?;
    house.wheel("far-1.0", PURE, &[("far.py", "")], &["away @ https://192.0.2.1/away-1.0-py3-none-any.whl"])?;
    let large = "#".repeat(2 << 20);
    house.wheel("large-1.0", PURE, &[("large.py", &large)], &[])?;
    let from_url = Wanted { source: Some("https://192.0.2.1/x".into()), ..asks("alpha") };
    let option = Wanted { specifier: " --index-url=https://192.0.2.1".into(), ..asks("alpha") };
    let elsewhere = Wanted { marker: Some("sys_platform == 'win32'".into()), ..asks("unknown") };
    let linter = Wanted { required: false, ..asks("unknown") };
    let fetched = |allow: &[&str], wanted: &Wanted| -> Result<Option<Outcome>> {
        let sandbox = house.wasm(allow)?;
        let lacks = block_on(async { Ok(sandbox.fetch(std::slice::from_ref(wanted)).await?) })?;
        Ok(lacks.map(Outcome::Inconclusive))
    };
    let cases = [
        (&["beta"][..], asks("alpha"), Some(lacks("alpha", Unavailable::NotAllowed))),
        (&["alpha"], asks("alpha"), Some(lacks("beta", Unavailable::NotAllowed))),
        (&["gamma"], asks("gamma"), Some(lacks("gamma", Unavailable::NotFound))),
        (&["alpha", "beta"], asks("alpha>=2"), Some(lacks("alpha", Unavailable::NotFound))),
        (&["alpha", "beta<1"], asks("alpha"), Some(lacks("alpha", Unavailable::Conflict))),
        (&["alpha"], from_url, Some(lacks("alpha", Unavailable::Elsewhere))),
        (&["far", "away"], asks("far"), Some(lacks("far", Unavailable::Elsewhere))),
        (&["alpha"], option, Some(lacks("alpha", Unavailable::NotUnderstood))),
        (&["large"], asks("large"), Some(lacks("large", Unavailable::TooLarge))),
        (&["alpha"], elsewhere, None),
        (&["alpha"], linter, None),
    ];
    for (allow, wanted, outcome) in cases {
        let found = fetched(allow, &wanted)?;
        ensure!(found == outcome, "{allow:?} {wanted:?}: {found:?}");
    }
    ensure!(fetched(&[], &asks("alpha"))?.is_none(), "without a list nothing is fetched or asked for");
    ensure!(house.layers()?.is_empty(), "nothing of it is kept");
    // A suite that would pass is run all the same, and says nothing.
    let passing = suite("def test_a(): pass\n").inventory(&["test_a"]);
    let report = run(&house.wasm(&["beta"])?, passing, &[asks("alpha")])?;
    ends(&report, &lacks("alpha", Unavailable::NotAllowed))?;
    ensure!(report.tests.len() == 1, "{report:#?}");
    Ok(())
}

fn wheels_that_reach_out_are_refused() -> Result<()> {
    let house = House::new()?;
    house.wheel("alpha-1.0", PURE, &[("../escaped.py", "")], &[])?;
    let report = run(&house.wasm(&["alpha"])?, importing("alpha"), &[asks("alpha")])?;
    ends(&report, &lacks("alpha", Unavailable::Unusable))?;
    ensure!(house.layers()?.is_empty());
    let escaped = |folder: &Path| folder.join("escaped.py").exists();
    ensure!(!escaped(house.cache.path()) && !escaped(&house.cache.path().join("layers")));
    Ok(())
}

fn nothing_runs_before_the_tests() -> Result<()> {
    let house = House::new()?;
    let mark = house.cache.path().join("ran");
    let write = format!("open({:?}, 'w')\n", mark.display().to_string());
    let members = [
        ("alpha.py", "ANSWER = 42\n"),
        ("alpha.pth", &*format!("import os; {write}")),
        ("sitecustomize.py", &*write),
        ("setup.py", &*write),
        ("alpha-1.0.data/scripts/run", &*write),
    ];
    house.wheel("alpha-1.0", PURE, &members, &[])?;
    ends(&run(&house.wasm(&["alpha"])?, importing("alpha"), &[asks("alpha")])?, &Outcome::Passed)?;
    ensure!(!house.in_layer("alpha.pth")?.exists() && house.in_layer("alpha.py")?.exists());
    // What has no wheel is not built.
    let mut source = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (path, text) in [("beta-1.0/setup.py", write.as_str()), ("beta-1.0/PKG-INFO", "Name: beta\nVersion: 1.0\n")] {
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        source.append_data(&mut header, path, text.as_bytes())?;
    }
    std::fs::write(house.wheels.path().join("beta-1.0.tar.gz"), source.into_inner()?.finish()?)?;
    let place = house.wheels.path().join("beta-1.0.tar.gz");
    let hidden = format!("beta @ file://{}", place.display());
    house.wheel("gamma-1.0", PURE, &[("gamma.py", "")], &[&hidden])?;
    let allow = ["beta", "gamma"];
    let report = run(&house.wasm(&allow)?, importing("beta"), &[asks("beta")])?;
    ends(&report, &lacks("beta", Unavailable::NotFound))?;
    let report = run(&house.wasm(&allow)?, importing("gamma"), &[asks("gamma")])?;
    ensure!(report.outcome.as_str() == "inconclusive", "{report:#?}");
    ensure!(!mark.exists(), "something was executed");
    Ok(())
}

fn a_lock_holds_until_it_is_removed() -> Result<()> {
    let house = House::new()?;
    house.wheel("alpha-1.0", PURE, &[("alpha.py", "ANSWER = 42\n")], &[])?;
    let sandbox = house.wasm(&["alpha"])?;
    let outcome = || -> Result<Outcome> { Ok(run(&sandbox, importing("alpha"), &[asks("alpha")])?.outcome) };
    ensure!(outcome()? == Outcome::Passed);
    // Other bytes under the same name: what is kept goes on to be used,
    house.wheel("alpha-1.0", PURE, &[("alpha.py", "ANSWER = 43\n")], &[])?;
    ensure!(outcome()? == Outcome::Passed);
    // and when the layer is gone the lock remembers what it was.
    let locks = house.cache.path().join("locks");
    let kept = tempfile::tempdir()?;
    let copy = |from: &Path, to: &Path| -> Result<()> {
        std::fs::create_dir_all(to)?;
        for entry in std::fs::read_dir(from)? {
            let entry = entry?;
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
        Ok(())
    };
    copy(&locks, kept.path())?;
    packages::remove(house.cache.path())?;
    copy(kept.path(), &locks)?;
    ensure!(outcome()? == lacks("alpha", Unavailable::Changed));
    packages::remove(house.cache.path())?;
    ensure!(outcome()? == Outcome::Failed { failed: 1 }, "the new wheel is another one");
    Ok(())
}

fn two_who_ask_at_once_get_one_layer() -> Result<()> {
    let house = House::new()?;
    house.wheel("alpha-1.0", PURE, &[("alpha.py", "ANSWER = 42\n")], &[])?;
    let (one, two) = (house.wasm(&["alpha"])?, house.wasm(&["alpha"])?);
    // The third asks otherwise for the same: another lock, the same layer.
    let three = house.wasm(&["alpha", "beta"])?;
    let asked = [asks("alpha")];
    let lacks = block_on(async {
        let (one, two, three) = tokio::try_join!(one.fetch(&asked), two.fetch(&asked), three.fetch(&asked))?;
        Ok([one, two, three])
    })?;
    ensure!(lacks == [None, None, None], "{lacks:?}");
    house.in_layer("alpha.py")?;
    let left: Vec<_> = std::fs::read_dir(house.cache.path().join("layers"))?.collect::<Result<_, _>>()?;
    ensure!(left.len() == 1, "{left:?}");
    Ok(())
}

fn an_index_that_is_not_reached_is_our_fault() -> Result<()> {
    let house = House::new()?;
    // Nobody listens on the first port.
    let index = Some("http://127.0.0.1:1/simple".to_owned());
    let settings = PackageSettings { wheelhouse: None, index, ..house.settings(&["alpha"])? };
    let sandbox = wasm(settings);
    let found = block_on(async { Ok(sandbox.fetch(&[asks("alpha")]).await) })?;
    ensure!(matches!(found, Err(SandboxError::IndexUnreachable { .. })), "{found:?}");
    Ok(())
}

fn a_package_that_is_there_excuses_nothing() -> Result<()> {
    let house = House::new()?;
    house.wheel("alpha-1.0", PURE, &[("alpha.py", "ANSWER = 42\n")], &[])?;
    let sandbox = house.wasm(&["alpha"])?;
    let tests = "def test_a(): raise ModuleNotFoundError(\"No module named 'alpha'\", name='alpha')\n";
    let lying = suite(tests).inventory(&["test_a"]).imports(&["alpha"]);
    ends(&run(&sandbox, lying, &[asks("alpha")])?, &Outcome::Failed { failed: 1 })?;
    // One that is not there stays a lack.
    let report = run(&sandbox, importing("numpy"), &[asks("alpha")])?;
    ends(&report, &Outcome::Inconclusive(Inconclusive::MissingPackage { package: "numpy".into(), because: None }))
}
