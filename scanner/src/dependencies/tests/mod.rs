//! Inventories and findings of whole trees.

mod hostile;

use std::fmt::Write as _;

use airlock_model::fingerprint::settle_package;
use airlock_model::inventory::RequirementKind;
use airlock_model::limits::ScanLimits;
use airlock_model::{Requirement, Tree, TreePath};

use super::{Asked, Lookalike, check};

pub(super) fn tree(files: &[(&str, &str)]) -> Tree {
    let mut tree = Tree::new();
    for (path, text) in files {
        tree.insert(TreePath::new(*path).expect("a path"), text.as_bytes());
    }
    tree
}

pub(super) fn asked(files: &[(&str, &str)]) -> Asked {
    asked_knowing(files, &|_| None)
}

fn asked_knowing(files: &[(&str, &str)], lookalike: &Lookalike<'_>) -> Asked {
    check(&tree(files), None, &ScanLimits::default(), lookalike)
}

fn line(one: &Requirement) -> String {
    let mut text = format!("{}:{} {} {}", one.file, one.line.unwrap_or(0), one.scope.as_str(), one.name);
    if one.kind != RequirementKind::Package {
        let _ = write!(text, " ({})", one.kind.as_str());
    }
    if !one.extras.is_empty() {
        let _ = write!(text, " [{}]", one.extras.join(","));
    }
    let parts = [
        ("", &one.pinned.as_ref().map(|_| format!("{} pinned", one.specifier)).or_else(|| Some(one.specifier.clone()))),
        ("; ", &one.marker),
        ("from ", &one.source),
        ("group ", &one.group),
    ];
    for (before, part) in parts {
        if let Some(part) = part.as_ref().filter(|part| !part.is_empty()) {
            let _ = write!(text, " {before}{part}");
        }
    }
    if one.hashes > 0 {
        let _ = write!(text, " {} hashes", one.hashes);
    }
    text
}

/// Everything that comes of a tree, to be read by a person.
pub(super) fn shown(asked: Asked) -> String {
    let mut out = String::new();
    for one in &asked.requirements {
        writeln!(out, "{}", line(one)).expect("to a string");
    }
    out.push('\n');
    let mut findings = settle_package(asked.findings);
    findings.sort_by(|a, b| (&a.file, a.line, &a.rule).cmp(&(&b.file, b.line, &b.rule)));
    for finding in findings {
        let place = format!("{}:{}", finding.file.as_deref().unwrap_or("-"), finding.line.unwrap_or(0));
        let severity = finding.severity.as_str();
        writeln!(out, "{place} {} {severity}: {}\n    {}", finding.rule, finding.message, finding.remedy)
            .expect("to a string");
    }
    out
}

#[test]
fn a_requirements_file_becomes_an_inventory() {
    let hash = "a".repeat(64);
    let text = format!(
        "# what we need\nRequests[socks]==2.32.3 ; python_version >= '3.10' \\\n    --hash=sha256:{hash} --hash=sha256:{hash}\n\
         Friendly_Bard>=1,<2\nplain\n-r requirements-more.txt\n-c constraints.txt\n--pre\n"
    );
    let files =
        [("requirements.txt", text.as_str()), ("requirements-more.txt", "more==1\n"), ("constraints.txt", "plain<3\n")];
    insta::assert_snapshot!(shown(asked(&files)));
}

#[test]
fn what_bypasses_the_index_is_found() {
    let text = "--index-url https://ann:s3cret@packages.example/simple\n--extra-index-url http://packages.example/simple\n\
        -f ./wheels\n--trusted-host packages.example\nhelpful @ git+https://tok:en@git.example/helpful.git@main\n\
        https://files.example/other-1.0-py3-none-any.whl\n-e git+ssh://git@git.example/third.git#egg=Third\n-e .\n./vendored\n../outside\n\
        /opt/local\nname @ file:///opt/name.whl\n";
    let said = shown(asked(&[("requirements.txt", text), ("vendored/setup.py", "")]));
    assert!(!said.contains("s3cret") && !said.contains("tok:en"), "{said}");
    insta::assert_snapshot!(said);
}

#[test]
fn what_cannot_be_understood_names_line_and_nearest_form() {
    let text = "good==1\nrequests=>2.31\nflask ^3.0\nname ; python > '3'\n--evil x\n[broken\na==1.0 extra words\nuser==${VERSION}\n-i\n\
        odd # \u{2028}hidden=1\n";
    insta::assert_snapshot!(shown(asked(&[("requirements.txt", text)])));
}

#[test]
fn includes_are_followed_inside_the_package_only() {
    let files = [
        ("requirements.txt", "-r requirements/base.txt\n-r ../outside.txt\n-r https://h/x.txt\n-r missing.txt\n"),
        ("requirements/base.txt", "base==1\n-r ../requirements-dev.txt\n"),
        ("requirements-dev.txt", "dev==1\n-r requirements/base.txt\n-r requirements-dev.txt\n"),
    ];
    insta::assert_snapshot!(shown(asked(&files)));
}

#[test]
fn pyproject_is_read_in_every_dialect() {
    let text = r#"
[build-system]
requires = ["setuptools>=61", "wheel"]

[project]
requires-python = ">=3.10"
dependencies = ["httpx>=0.27", "broken=>1", 3]

[project.optional-dependencies]
fast = ["orjson==3.10.0"]

[dependency-groups]
test = ["pytest>=8", {include-group = "fast"}]

[tool.poetry.dependencies]
python = "^3.10"
rich = "^13.1"
tool = {git = "https://git.example/tool.git", rev = "main"}
maybe = {version = "~1.2", optional = true}
many = [{version = "1.0"}, {version = "2.0"}]
odd = "latest"

[tool.poetry.group.docs.dependencies]
sphinx = "*"

[[tool.poetry.source]]
name = "own"
url = "http://packages.example/simple"

[tool.uv]
index-url = "https://packages.example/simple"

[tool.uv.sources]
httpx = {path = "../httpx"}
"#;
    insta::assert_snapshot!(shown(asked(&[("pyproject.toml", text)])));
}

#[test]
fn setup_files_are_read_and_never_run() {
    let setup = "from setuptools import setup\nDEPS = ['requests>=2']\nextra = open('x').read()\nsetup(\n    name='x',\n    install_requires=DEPS,\n    \
        tests_require=['pytest', extra],\n    extras_require={'fast': ['orjson'], 'slow': make()},\n    setup_requires='wheel\\ncython\\n',\n    **more,\n)\n";
    let cfg = "[metadata]\nname = x\n[options]\ninstall_requires =\n    flask>=3\n    # why\n    click ; os_name == 'nt'\n    broken=1\nzip_safe = no\n[options.extras_require]\ndocs = sphinx\n";
    insta::assert_snapshot!(shown(asked(&[("setup.py", setup), ("setup.cfg", cfg)])));
}

#[test]
fn what_only_the_whole_shows_is_found() {
    let hash = "b".repeat(64);
    let text = format!(
        "one==1 --hash=sha256:{hash}\ntwo==2\nthree>=3 --hash=sha256:{hash}\nfour==4 --hash=md5:0123 --hash=sha256:12\n"
    );
    let files = [("requirements.txt", text.as_str()), ("pyproject.toml", "[project]\ndependencies = [\"one>=2\"]\n")];
    insta::assert_snapshot!(shown(asked(&files)));
}

#[test]
fn names_are_held_against_whoever_knows_them() {
    let knows = |name: &str| (name == "reqeusts").then(|| "requests".to_owned());
    let files = [
        ("requirements.txt", "reqeusts==1\nrequests==2\n"),
        ("pyproject.toml", "[project]\ndependencies = [\"Reqeusts\"]\n"),
    ];
    let findings = asked_knowing(&files, &knows).findings;
    let found: Vec<_> = findings.iter().filter(|finding| finding.rule == "AL-DEPS-typosquat").collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].message.contains("'requests'"), "{found:?}");
}

#[test]
fn an_honest_package_gets_at_most_notes() {
    let files = [
        ("requirements.txt", "requests>=2.31,<3\n-r requirements-dev.txt\n"),
        ("requirements-dev.txt", "pytest==8.3.5\n"),
        (
            "pyproject.toml",
            "[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n[project]\nname = \"x\"\ndependencies = [\"requests>=2.31,<3\"]\n",
        ),
        ("src/requirements_parser.txt.md", "not=>ours\n"),
    ];
    let findings = asked(&files).findings;
    let grave: Vec<_> = findings.iter().filter(|finding| finding.severity > airlock_model::Severity::Note).collect();
    assert!(grave.is_empty(), "{grave:?}");
}
