//! Suites as honest authors write them.

use airlock_model::Outcome;
use airlock_model::run::{Inconclusive, TestOutcome, TestPlan};
use anyhow::{Result, ensure};

use crate::Test;
use crate::suite::{runtime, suite};

pub(crate) const TESTS: &[Test] = &[
    ("honest::passing", passing),
    ("honest::failing", failing),
    ("honest::asyncio", asyncio),
    ("honest::fixtures_and_parameters", fixtures_and_parameters),
    ("honest::unittest_and_subtests", unittest_and_subtests),
    ("honest::package_with_files_and_conftest", package_with_files_and_conftest),
    ("honest::own_configuration_is_ignored", own_configuration_is_ignored),
    ("honest::all_skipped", all_skipped),
    ("honest::no_tests", no_tests),
    ("honest::missing_package", missing_package),
    ("honest::missing_feature", missing_feature),
    ("honest::syntax_error", syntax_error),
    ("honest::lost_tests", lost_tests),
    ("honest::reaching_into_the_runner", reaching_into_the_runner),
    ("honest::deselected", deselected),
    ("honest::collected_apart", collected_apart),
    ("honest::two_faces", two_faces),
];

fn passing() -> Result<()> {
    let tests = "def test_a(): assert 1 + 1 == 2\ndef test_b(): print('hello')\n";
    let report = suite(tests).inventory(&["test_a", "test_b"]).passes(2)?;
    ensure!(report.resources.cpu_ms > 0 && report.resources.peak_memory_bytes > 1 << 20, "{report:#?}");
    ensure!(report.resources.files_opened > 0 && !report.output_truncated, "{report:#?}");
    Ok(())
}

fn failing() -> Result<()> {
    let tests = "def test_a(): assert 'left' == 'right'\ndef test_b(): pass\n";
    let report = suite(tests).inventory(&["test_a", "test_b"]).ends_as(&Outcome::Failed { failed: 1 })?;
    let message = report.tests[0].message.as_deref().unwrap_or_default();
    ensure!(message.contains("'left' == 'right'"), "assertions are rewritten: {message}");
    ensure!(report.tests[1].outcome == TestOutcome::Passed);
    Ok(())
}

fn asyncio() -> Result<()> {
    let tests = "
import asyncio, unittest

def test_gather():
    async def one(n):
        await asyncio.sleep(0.01)
        return n
    async def all():
        return await asyncio.gather(*(one(n) for n in range(5)))
    assert asyncio.run(all()) == [0, 1, 2, 3, 4]

def test_time_out():
    async def late():
        async with asyncio.timeout(0.02):
            await asyncio.sleep(5)
    try:
        asyncio.run(late())
    except TimeoutError:
        return
    assert False

class TestAsync(unittest.IsolatedAsyncioTestCase):
    async def test_case(self):
        await asyncio.sleep(0)
";
    suite(tests).inventory(&["test_gather", "test_time_out", "TestAsync::test_case"]).passes(3).map(drop)
}

fn fixtures_and_parameters() -> Result<()> {
    let tests = "
import os, pytest

@pytest.fixture
def number():
    yield 3

@pytest.mark.parametrize('a', [1, 2, 'x y'])
def test_parameter(a): assert a

def test_fixture(number): assert number == 3
def test_tmp_path(tmp_path):
    (tmp_path / 'a').write_text('b')
    assert (tmp_path / 'a').read_text() == 'b'
def test_capsys(capsys):
    print('out')
    assert capsys.readouterr().out == 'out\\n'
def test_monkeypatch(monkeypatch):
    monkeypatch.setenv('A', 'b')
    assert os.environ['A'] == 'b'
def test_caplog(caplog):
    import logging
    logging.getLogger().warning('careful')
    assert 'careful' in caplog.text
@pytest.mark.xfail
def test_expected(): assert False
@pytest.mark.skip
def test_skipped(): pass
";
    let names = ["test_parameter", "test_fixture", "test_tmp_path", "test_capsys", "test_monkeypatch", "test_caplog"];
    let report = suite(tests).inventory(&names).passes(10)?;
    let ended = |id: &str| report.tests.iter().find(|test| test.id.ends_with(id)).map(|test| test.outcome);
    ensure!(ended("test_expected") == Some(TestOutcome::Xfailed), "{report:#?}");
    ensure!(ended("test_skipped") == Some(TestOutcome::Skipped), "{report:#?}");
    ensure!(report.resources.disk_bytes > 0, "{report:#?}");
    Ok(())
}

fn unittest_and_subtests() -> Result<()> {
    let tests = "
import unittest

class TestOld(unittest.TestCase):
    def setUp(self): self.value = 1
    def test_value(self): self.assertEqual(self.value, 1)
    def test_sub(self):
        for n in range(3):
            with self.subTest(n=n): self.assertLess(n, 3)
    @unittest.expectedFailure
    def test_known(self): self.fail()

def test_sub(subtests):
    for n in range(3):
        with subtests.test(n=n): assert n < 3
";
    suite(tests).inventory(&["TestOld::test_value", "TestOld::test_sub", "test_sub"]).passes(4)?;
    let failing = "
def test_sub(subtests):
    for n in range(3):
        with subtests.test(n=n): assert n != 1
";
    suite(failing).inventory(&["test_sub"]).ends("failed").map(drop)
}

fn package_with_files_and_conftest() -> Result<()> {
    let tests = "
from pathlib import Path
import demo

def test_import(shared): assert demo.double(shared) == 42
def test_file(): assert (Path(demo.__file__).parent / 'table.csv').read_text() == '1,2'
def test_relative(): assert Path('src/demo/table.csv').exists()
";
    suite(tests)
        .file("src/demo/__init__.py", "def double(n): return 2 * n\n")
        .file("src/demo/table.csv", "1,2")
        .file("tests/conftest.py", "import pytest\n@pytest.fixture\ndef shared(): return 21\n")
        .inventory(&["test_import", "test_file", "test_relative"])
        .passes(3)
        .map(drop)
}

fn own_configuration_is_ignored() -> Result<()> {
    suite("def test_a(): assert False\n")
        .file("pytest.ini", "[pytest]\naddopts = --collect-only\n")
        .file("pytest.py", "def main(*args, **kwargs): return 0\n")
        .inventory(&["test_a"])
        .ends_as(&Outcome::Failed { failed: 1 })
        .map(drop)
}

fn all_skipped() -> Result<()> {
    let tests = "import pytest\npytestmark = pytest.mark.skip\ndef test_a(): pass\n";
    suite(tests).inventory(&["test_a"]).ends_as(&Outcome::Inconclusive(Inconclusive::AllSkipped)).map(drop)
}

fn no_tests() -> Result<()> {
    suite("X = 1\n").ends_as(&Outcome::NoTests)?;
    let mut report = suite("").plan(|plan| plan.plugin = "demo".into()).file("a.py", "").run()?;
    ensure!(report.outcome == Outcome::NoTests, "{report:#?}");
    report.tests.clear();
    Ok(())
}

fn missing_package() -> Result<()> {
    let missing = Outcome::Inconclusive(Inconclusive::MissingPackage { package: "numpy".into(), because: None });
    let tests = "import numpy\ndef test_a(): pass\n";
    suite(tests).inventory(&["test_a"]).imports(&["numpy"]).ends_as(&missing)?;
    let inside = "def test_a():\n    import numpy\ndef test_b(): pass\n";
    suite(inside).inventory(&["test_a", "test_b"]).imports(&["numpy"]).ends_as(&missing)?;
    suite("def test_a(x): pass\n")
        .file("tests/conftest.py", "import numpy\n")
        .inventory(&["test_a"])
        .imports(&["numpy"])
        .ends_as(&missing)?;
    // The guest's word alone is not enough: nothing in the source imports it.
    let alone = "def test_a(): raise ModuleNotFoundError('gone', name='numpy')\n";
    suite(alone).inventory(&["test_a"]).ends_as(&Outcome::Failed { failed: 1 })?;
    // Neither does an assertion fail for want of a package whose import was handled.
    let handled = "def test_a():\n    try:\n        import numpy\n    except ImportError:\n        assert False\n";
    suite(handled).inventory(&["test_a"]).imports(&["numpy"]).ends_as(&Outcome::Failed { failed: 1 })?;
    // A file that cannot be imported hides no failure of another.
    suite("def test_a(): assert False\n")
        .file("tests/test_needy.py", "import numpy\ndef test_b(): pass\n")
        .inventory(&["test_a"])
        .imports(&["numpy"])
        .ends_as(&Outcome::Failed { failed: 2 })?;
    // Nor does a missing package excuse another failure.
    let both = "def test_a():\n    import numpy\ndef test_b(): assert False\n";
    suite(both).inventory(&["test_a", "test_b"]).imports(&["numpy"]).ends_as(&Outcome::Failed { failed: 2 }).map(drop)
}

fn missing_feature() -> Result<()> {
    let missing = |feature: &str| Outcome::Inconclusive(Inconclusive::MissingFeature { feature: feature.into() });
    let threads = "import threading\ndef test_a():\n    t = threading.Thread(target=print)\n    t.start()\n";
    suite(threads).inventory(&["test_a"]).standard(&["threading"]).ends_as(&missing("threads"))?;
    let processes = "import subprocess\ndef test_a(): subprocess.run(['true'])\n";
    suite(processes).inventory(&["test_a"]).standard(&["subprocess"]).ends_as(&missing("processes"))?;
    let native = "import ctypes\ndef test_a(): pass\n";
    let report = suite(native).inventory(&["test_a"]).standard(&["ctypes"]).ends("inconclusive")?;
    ensure!(matches!(report.outcome, Outcome::Inconclusive(Inconclusive::MissingFeature { .. })), "{report:#?}");
    let links = "import os\ndef test_a(tmp_path): os.symlink('/etc/passwd', tmp_path / 'link')\n";
    suite(links).inventory(&["test_a"]).standard(&["os"]).ends_as(&missing("symbolic links"))?;
    let systems = "import os\ndef test_a(): os.fork()\n";
    let forks = |plan: &mut TestPlan| plan.standard_calls = vec!["os.fork".into()];
    suite(systems).inventory(&["test_a"]).plan(forks).ends_as(&missing("processes"))?;
    // The guest's word alone is not enough.
    let told =
        [("ModuleNotFoundError('gone', name='_ssl')", "json"), ("RuntimeError(\"can't start new thread\")", "asyncio")];
    for (alone, imported) in told {
        let tests = format!("import {imported}\ndef test_a(): raise {alone}\n");
        let failed = Outcome::Failed { failed: 1 };
        suite(&tests).inventory(&["test_a"]).standard(&[imported]).ends_as(&failed)?;
    }
    ensure!(runtime().carries("json") && runtime().carries("pytest"));
    ensure!(runtime().lacks_standard("ssl") && !runtime().carries("numpy"));
    Ok(())
}

fn syntax_error() -> Result<()> {
    let report = suite("def test_a(:\n").ends_as(&Outcome::Failed { failed: 1 })?;
    let message = report.tests[0].message.as_deref().unwrap_or_default();
    ensure!(message.contains("SyntaxError"), "{message}");
    Ok(())
}

fn lost_tests() -> Result<()> {
    let missing = vec!["tests/test_it.py::test_b".to_owned()];
    suite("def test_a(): pass\ndef test_b(): pass\ndel test_b\n")
        .inventory(&["test_a", "test_b"])
        .ends_as(&Outcome::Inconclusive(Inconclusive::CollectionDiffers { missing }))
        .map(drop)
}

fn reaching_into_the_runner() -> Result<()> {
    use airlock_model::finding::Evidence;
    let seen =
        vec![Evidence { file: Some("tests/conftest.py".into()), line: Some(1), message: "imports _pytest".into() }];
    let evidence = seen.clone();
    suite("def test_a(): pass\n")
        .inventory(&["test_a"])
        .plan(|plan| plan.reaches_into_runner = seen)
        .ends_as(&Outcome::Inconclusive(Inconclusive::ReachesIntoRunner { evidence }))
        .map(drop)
}

/// What is taken out in every process alike is no lie, but it shows less than the source promises.
fn deselected() -> Result<()> {
    let conftest = "
def pytest_collection_modifyitems(config, items):
    slow = [item for item in items if 'slow' in item.name]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if item not in slow]
";
    let missing = vec!["tests/test_it.py::test_slow".to_owned()];
    let report = suite("def test_a(): pass\ndef test_slow(): assert False\n")
        .file("tests/conftest.py", conftest)
        .inventory(&["test_a", "test_slow"])
        .ends_as(&Outcome::Inconclusive(Inconclusive::CollectionDiffers { missing }))?;
    ensure!(report.tests.iter().any(|test| test.outcome == TestOutcome::Skipped), "{report:#?}");
    Ok(())
}

fn collected_apart() -> Result<()> {
    let report = suite("def test_a(): pass\ndef test_b(): pass\n").inventory(&["test_a", "test_b"]).passes(2)?;
    let collection = report.collection.expect("it was collected");
    ensure!(collection.tests == 2 && collection.resources.cpu_ms > 0, "{collection:#?}");
    Ok(())
}

fn two_faces() -> Result<()> {
    let deselects = "
def pytest_collection_modifyitems(config, items):
    if not config.option.collectonly:
        config.hook.pytest_deselected(items=[item for item in items if item.name == 'test_b'])
        items[:] = [item for item in items if item.name != 'test_b']
";
    suite("def test_a(): pass\ndef test_b(): assert False\n")
        .file("tests/conftest.py", deselects)
        .inventory(&["test_a", "test_b"])
        .ends("tampered_report")?;
    let hides = "
def pytest_ignore_collect(collection_path, config):
    return not config.option.collectonly and collection_path.name == 'test_more.py'
";
    suite("def test_a(): pass\n")
        .file("tests/conftest.py", hides)
        .file("tests/test_more.py", "def test_c(): assert False\n")
        .inventory(&["test_a"])
        .ends("tampered_report")
        .map(drop)
}
